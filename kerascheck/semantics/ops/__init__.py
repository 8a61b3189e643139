"""What each function does to shapes, one module a family; ``semantics.api`` finds them by name."""
