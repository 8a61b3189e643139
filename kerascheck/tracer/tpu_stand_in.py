"""Stands in for a TPU: code that asks for one goes on with a strategy of one replica, and where it asked is noted.

There is none here, and connecting to one from a check of the code would be wrong if there were.
"""

from __future__ import annotations

from typing import Any

from kerascheck.tracer.runtime import Runtime, replace_attribute

RESOLVER = "TPUClusterResolver"
STRATEGY = "TPUStrategy"

CALLS = (
    ("config", "experimental_connect_to_cluster"),
    ("config", "experimental_connect_to_host"),
    ("tpu.experimental", "initialize_tpu_system"),
    ("tpu.experimental", "shutdown_tpu_system"),
)
"""Functions that talk to a TPU, which do nothing here."""


def stand_in_for_tpus(runtime: Runtime) -> None:
    """Replace what connects to TPUs from now on."""
    tensorflow = runtime.tensorflow
    resolver, strategy = _resolver(runtime), _strategy(runtime)
    for package in (tensorflow, tensorflow.compat.v1, tensorflow.compat.v2):
        replace_attribute(package.distribute.cluster_resolver, RESOLVER, resolver)
        for module in (package.distribute, package.distribute.experimental):
            if STRATEGY in dir(module):
                replace_attribute(module, STRATEGY, strategy)
        for path, name in CALLS:
            module = package
            for part in path.split("."):
                module = getattr(module, part)
            if name in dir(module):
                replace_attribute(module, name, _note(runtime))


def _asked(runtime: Runtime) -> None:
    if runtime.watched.tpu is None:
        runtime.watched.tpu = runtime.user.here()


def _note(runtime: Runtime) -> Any:
    def function(*_args: Any, **_keywords: Any) -> None:
        _asked(runtime)

    return function


def _resolver(runtime: Runtime) -> Any:
    base = runtime.tensorflow.distribute.cluster_resolver.ClusterResolver

    class Resolver(base):  # type: ignore[misc, valid-type]
        """Resolves to a cluster of no machine."""

        def __init__(self, tpu: Any = None, zone: Any = None, project: Any = None, **_keywords: Any) -> None:
            _asked(runtime)
            self.tpu, self.zone, self.project = tpu, zone, project

        @staticmethod
        def connect(tpu: Any = None, zone: Any = None, project: Any = None) -> Any:
            """What TensorFlow's resolver does in one call: connect and initialize."""
            return Resolver(tpu, zone, project)

        def cluster_spec(self) -> Any:
            """A cluster of no machine."""
            return runtime.tensorflow.train.ClusterSpec({})

        def master(self, task_type: Any = None, task_id: Any = None, rpc_layer: Any = None) -> str:
            """The address of this process."""
            return ""

        def get_master(self) -> str:
            """As :meth:`master`."""
            return ""

        def num_accelerators(
            self, task_type: Any = None, task_id: Any = None, config_proto: Any = None
        ) -> dict[str, int]:
            """One core."""
            return {"TPU": 1}

    Resolver.__name__ = Resolver.__qualname__ = RESOLVER
    return Resolver


def _strategy(runtime: Runtime) -> Any:
    base = runtime.tensorflow.distribute.OneDeviceStrategy

    class OneReplica(base):  # type: ignore[misc, valid-type]
        """A strategy of one replica, on the device that there is."""

        def __init__(self, tpu_cluster_resolver: Any = None, *_args: Any, **_keywords: Any) -> None:
            _asked(runtime)
            super().__init__("/cpu:0")
            self._resolver = tpu_cluster_resolver

        @property
        def cluster_resolver(self) -> Any:
            """What it was made with."""
            return self._resolver

    return OneReplica
