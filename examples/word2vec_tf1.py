"""Word vectors from the words around each word (CBOW), with a sampled softmax."""

import collections

import numpy as np
import tensorflow as tf

VOCABULARY_SIZE = 40
EMBEDDING_SIZE = 32
WINDOW = 2
BATCH_SIZE = 64
NUM_SAMPLED = 8
STEPS = 500


def make_corpus(length=5000, seed=0):
    """Word ids in which each word is mostly followed by one of its neighbours."""
    rng = np.random.RandomState(seed)
    words = [0]
    for _ in range(length - 1):
        words.append((words[-1] + rng.randint(-2, 3)) % VOCABULARY_SIZE)
    return words


def batches(words, steps):
    """Context words, the row of the batch each belongs to, and the words in the middle."""
    position = WINDOW
    for _ in range(steps):
        contexts, rows, targets = [], [], []
        for row in range(BATCH_SIZE):
            around = words[position - WINDOW : position] + words[position + 1 : position + 1 + WINDOW]
            contexts.extend(around)
            rows.extend([row] * len(around))
            targets.append([words[position]])
            position = position + 1 if position + 1 < len(words) - WINDOW else WINDOW
        yield np.array(contexts), np.array(rows), np.array(targets)


tf.set_random_seed(1)

contexts = tf.placeholder(tf.int32, [None], name="contexts")
rows = tf.placeholder(tf.int32, [None], name="rows")
targets = tf.placeholder(tf.int64, [BATCH_SIZE, 1], name="targets")

with tf.variable_scope("word2vec"):
    embeddings = tf.get_variable(
        "embeddings",
        [VOCABULARY_SIZE, EMBEDDING_SIZE],
        initializer=tf.random_uniform_initializer(-1.0, 1.0),
    )
    softmax_weights = tf.get_variable("softmax_weights", [VOCABULARY_SIZE, EMBEDDING_SIZE])
    softmax_biases = tf.get_variable("softmax_biases", [VOCABULARY_SIZE], initializer=tf.zeros_initializer())

# The mean of the vectors around each word.
hidden = tf.segment_mean(tf.nn.embedding_lookup(embeddings, contexts), rows)

loss = tf.reduce_mean(
    tf.nn.sampled_softmax_loss(
        weights=softmax_weights,
        biases=softmax_biases,
        labels=targets,
        inputs=hidden,
        num_sampled=NUM_SAMPLED,
        num_classes=VOCABULARY_SIZE,
    )
)
train_op = tf.train.AdagradOptimizer(1.0).minimize(loss)

corpus = make_corpus()
print("most common words:", collections.Counter(corpus).most_common(5))

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step, (context, row, target) in enumerate(batches(corpus, STEPS)):
        feed = {contexts: context, rows: row, targets: target}
        _, batch_loss = session.run([train_op, loss], feed_dict=feed)
        if step % 100 == 0:
            print("step", step, "loss", batch_loss)
    np.save("embeddings.npy", session.run(embeddings))
