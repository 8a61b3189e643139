"""What scikit-learn gives, held against scikit-learn itself."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from kerascheck.interpreter.values import ListValue, TensorValue
from tests.interpreter.support import variables

CALLS = [
    *(f"sklearn.datasets.{name}(return_X_y=True)" for name in ("load_iris", "load_digits", "load_wine")),
    *(f"sklearn.datasets.{name}(return_X_y=True)" for name in ("load_breast_cancer", "load_diabetes")),
    "(sklearn.datasets.load_digits().images, sklearn.datasets.load_iris()['data'])",
    "sklearn.datasets.make_classification()",
    "sklearn.datasets.make_classification(30, 8, random_state=1)",
    "sklearn.datasets.make_classification(n_samples=30)",
    "sklearn.datasets.make_regression(n_samples=30)",
    "sklearn.datasets.make_moons(50)",
    "sklearn.datasets.make_circles(n_samples=50, noise=0.1)",
    "sklearn.model_selection.train_test_split(np.zeros((10, 3)), np.zeros(10, 'int32'))",
    "sklearn.model_selection.train_test_split(np.zeros((11, 3)), np.zeros(11), test_size=0.3)",
    "sklearn.model_selection.train_test_split(np.zeros((11, 3)), test_size=4)",
    "sklearn.model_selection.train_test_split(np.zeros((11, 3)), train_size=0.5)",
    "sklearn.model_selection.train_test_split(np.zeros((11, 3)), train_size=0.5, test_size=0.2)",
    *(
        f"[sklearn.preprocessing.{name}().fit_transform(np.ones((7, 4)))]"
        for name in ("StandardScaler", "MinMaxScaler")
    ),
    *(
        f"[sklearn.preprocessing.{name}().fit_transform(np.ones((7, 4), 'float32'))]"
        for name in ("MaxAbsScaler", "RobustScaler")
    ),
    "[sklearn.preprocessing.Normalizer().fit_transform(np.ones((7, 4)))]",
    "[sklearn.preprocessing.StandardScaler().fit(np.ones((7, 4))).transform(np.ones((3, 4)))]",
    "[sklearn.preprocessing.LabelEncoder().fit_transform(np.array([3, 1, 3]))]",
]

IMPORTS = "import numpy as np\nimport sklearn.datasets, sklearn.model_selection, sklearn.preprocessing\n"


@pytest.mark.parametrize("call", CALLS)
def test_arrays_have_the_shapes_and_dtypes_of_scikit_learns(call: str) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    program = f"{IMPORTS}found = {call}\n"
    real: dict[str, Any] = {}
    exec(program, real)
    found = variables(program)["found"]
    ours = found.items if isinstance(found, ListValue) else found
    expected = [(numpy.asarray(each).shape, str(numpy.asarray(each).dtype)) for each in real["found"]]
    assert all(isinstance(each, TensorValue) for each in ours)
    assert [(tuple(each.spec.shape.dims), each.spec.dtype) for each in ours] == expected
