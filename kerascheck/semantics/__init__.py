"""What each Keras layer and each op does to shapes, dtypes, weights and the batch axis."""
