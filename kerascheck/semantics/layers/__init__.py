"""Shape functions of Keras layers, one module a family; ``semantics.api`` finds them by name."""
