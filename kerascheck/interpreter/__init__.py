"""Python source to a graph, by abstract interpretation: nothing of the user's is imported or run."""

from kerascheck.interpreter.driver import interpret

__all__ = ["interpret"]
