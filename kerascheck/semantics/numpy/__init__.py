"""What NumPy's functions do to the shapes and dtypes of arrays."""
