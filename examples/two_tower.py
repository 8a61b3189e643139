"""A two-tower recommender: how well does a film suit a user?"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

NUM_USERS = 200
NUM_FILMS = 120
NUM_GENRES = 6
EMBEDDING_SIZE = 16


def make_ratings(count=4096, seed=0):
    """Users and films with a hidden taste each; a film is liked when the two agree."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(NUM_USERS, NUM_GENRES))
    genre = rng.normal(size=(NUM_FILMS, NUM_GENRES))
    users = rng.integers(0, NUM_USERS, size=count)
    films = rng.integers(0, NUM_FILMS, size=count)
    liked = (np.sum(taste[users] * genre[films], axis=1) > 0).astype("float32")
    return {"user": users, "film": films}, liked


# One table for all films, also used to list the nearest films once we are trained.
film_table = tf.Variable(
    tf.random.normal([NUM_FILMS, EMBEDDING_SIZE], stddev=0.05),
    name="film_table",
)


def user_tower(user):
    x = layers.Embedding(NUM_USERS, EMBEDDING_SIZE)(user)
    x = layers.Dense(32, activation="relu")(x)
    return layers.Dense(EMBEDDING_SIZE)(x)


def film_tower(film):
    lookup = layers.Lambda(
        lambda ids: tf.nn.embedding_lookup(film_table, ids),
        output_shape=(EMBEDDING_SIZE,),
        name="film_lookup",
    )
    x = lookup(film)
    x = layers.Dense(32, activation="relu")(x)
    return layers.Dense(EMBEDDING_SIZE)(x)


def build_model():
    user = keras.Input(shape=(), dtype="int32", name="user")
    film = keras.Input(shape=(), dtype="int32", name="film")
    score = layers.Dot(axes=-1)([user_tower(user), film_tower(film)])
    liked = layers.Activation("sigmoid")(score)
    return keras.Model({"user": user, "film": film}, liked, name="two_tower")


def nearest_films(film, count=5):
    """The films whose vectors point the same way."""
    vectors = tf.math.l2_normalize(film_table, axis=1)
    similarity = tf.linalg.matvec(vectors, vectors[film])
    return tf.math.top_k(similarity, k=count + 1).indices[1:].numpy()


if __name__ == "__main__":
    ratings, liked = make_ratings()
    model = build_model()
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(ratings, liked, batch_size=256, epochs=3, validation_split=0.1, verbose=2)
    print("films like film 7:", nearest_films(7))
