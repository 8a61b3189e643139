"""Expressions that NumPy's rules are held against: known exactly, known but for what depends on values, refused."""

from __future__ import annotations

EXACT = """
np.zeros((2, 3))
np.zeros(4, dtype=np.int32)
np.ones([2, 3], "float32")
np.empty(shape=(1,), dtype=float)
np.full((2, 2), 7)
np.full((2, 2), 7.0)
np.full((2, 2), True)
np.full((2, 2), 1, dtype=np.uint8)
np.zeros_like(a)
np.ones_like(f, dtype="int8")
np.full_like(a, 3)
np.empty_like([1, 2])
np.eye(3)
np.eye(3, 4, dtype=int)
np.identity(5)
np.tri(3)
np.arange(5)
np.arange(2, 11, 3)
np.arange(0.0, 1.0, 0.25)
np.arange(1, 0)
np.arange(3, dtype="float32")
np.arange(10)[::-1]
np.linspace(0, 1)
np.linspace(0.0, 1.0, 11)
np.linspace(0, 10, num=5, endpoint=False, dtype=np.float32)
np.linspace(np.zeros(3), 1, 5)
np.logspace(0, 2, 7)
np.geomspace(1, 8, 4)
np.hanning(8)
np.array([1, 2, 3])
np.array([1, 2.5])
np.array([True, 2])
np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
np.array((1, 2))
np.array(3)
np.array(2.5)
np.array([])
np.array([a, a])
np.array([f[0], v[:4]])
np.array([1, 2], ndmin=3)
np.asarray([[1.0]])
np.asarray(f, dtype=np.float64)
np.array(f)
np.float32(a)
np.reshape(a, (4, 6))
np.reshape(a, -1)
np.reshape(a, (3, -1))
np.reshape(a, [2, 12])
a.reshape(4, 6)
a.reshape((4, 6))
a.reshape([4, -1])
a.reshape(-1)
a.reshape(len(a), -1)
a.reshape(a.shape[0], a.shape[1] * a.shape[2])
a.reshape(a.shape + (1,))
a.ravel()
np.ravel(a)
a.flatten()
np.resize(v, (2, 5))
a.T
a.transpose()
a.transpose(0, 2, 1)
a.transpose((2, 0, 1))
np.transpose(a)
np.transpose(a, (1, 0, 2))
np.transpose(a, axes=[1, 2, 0])
np.swapaxes(a, 0, -1)
a.swapaxes(0, 1)
np.moveaxis(a, 0, -1)
np.moveaxis(a, [0, 1], [-1, -2])
np.expand_dims(a, 0)
np.expand_dims(a, -1)
np.expand_dims(a, axis=(0, 2))
np.squeeze(s)
np.squeeze(s, 0)
s.squeeze()
s.squeeze(axis=2)
np.broadcast_to(v, (3, 5))
np.flip(a)
np.flip(a, 1)
np.flipud(f)
np.fliplr(f)
np.roll(a, 2, axis=1)
np.rot90(f)
np.rot90(a, 2)
np.repeat(a, 2)
np.repeat(a, 3, axis=1)
a.repeat(2, axis=-1)
np.repeat(f, [1, 2, 3], axis=0)
np.tile(v, 3)
np.tile(v, (2, 3))
np.tile(a, (2, 1))
np.pad(v, 2)
np.pad(f, ((1, 2), (0, 3)))
np.pad(f, (1, 2))
np.pad(f, [(0, 0), (1, 1)], mode="constant")
np.pad(f, ((1,),), "edge")
np.concatenate([a, a])
np.concatenate((a, a), axis=2)
np.concatenate([f, i2], axis=1)
np.concatenate([a, a], axis=None)
np.concatenate([v, [1.5]])
np.concatenate([v, v], dtype="float32")
np.stack([a, a])
np.stack((f, f, f), axis=-1)
np.stack(a, axis=1)
np.vstack([v, v])
np.vstack((f, f))
np.vstack(a)
np.hstack([v, v])
np.hstack((f, f))
np.dstack([f, f])
np.column_stack((v, v))
np.column_stack((v, i5))
np.append(v, 3)
np.append(v, [1.5, 2.5])
np.append(f, f, axis=0)
np.split(a, 2)
np.split(f, 4, axis=1)
np.split(v, [1, 3])
np.array_split(v, 3)
np.array_split(f, 2, axis=1)
np.hsplit(f, 2)
np.vsplit(f, 3)
np.meshgrid(v, np.zeros(3))
np.meshgrid(v, np.zeros(3), indexing="ij")
np.diag(v)
np.diag(q)
np.diag(v, 1)
np.diagonal(q)
np.atleast_1d(3.0)
np.atleast_2d(v)
np.atleast_3d(f)
np.triu(q)
np.tril(q, -1)
np.sum(a)
a.sum()
a.sum(axis=0)
np.sum(a, axis=(0, 2))
np.sum(a, axis=-1, keepdims=True)
np.sum(np.zeros(3, "bool"))
np.mean(u8)
np.mean(u8, axis=0)
f.mean(axis=1, dtype="float64")
np.std(f, axis=0)
f.std()
np.var(i2, 1)
np.median(f, axis=0)
np.max(a, axis=1)
a.max()
a.min(0)
np.amax(f)
np.prod(i2, axis=0)
np.argmax(f, axis=1)
np.argmax(f)
f.argmin(-1)
np.argsort(f)
np.sort(f, axis=None)
np.all(a > 1)
np.any(a > 1, axis=0)
np.count_nonzero(f, axis=0)
np.average(f, axis=0)
np.ptp(f, axis=1)
np.linalg.norm(f)
np.linalg.norm(i2, axis=1, keepdims=True)
np.nanmean(f, axis=0)
np.cumsum(i2, axis=1)
np.cumsum(u8)
np.cumprod(f, axis=0)
np.diff(f)
np.diff(v, n=2)
np.clip(f, 0, 1)
np.clip(u8, 0, 255)
f.clip(0.0, 1.0)
f.round(2)
np.round(f)
np.rint(i2)
np.abs(c)
abs(f)
np.sqrt(i2)
np.exp(u8)
np.log1p(f)
np.sin(np.arange(4))
np.isnan(f)
np.logical_not(f)
np.nan_to_num(f)
np.real(c)
c.imag
np.sign(f)
np.square(i2)
np.maximum(f, 0)
np.maximum(i2, 0.0)
np.minimum(f, i2)
np.power(f, 2)
np.mod(i2, 3)
np.arctan2(f, f)
np.add(f, 1)
np.multiply(f, f)
np.logical_and(a, a)
np.greater(f, 0)
np.equal(i2, 1)
np.where(f > 0, f, 0)
np.where(f > 0, 1, 0)
np.where(f > 0, f, i2)
np.take(f, [0, 2], axis=1)
np.take(v, 1)
np.take_along_axis(f, np.argsort(f, axis=1), axis=1)
np.dot(f, f.T)
np.dot(v, v)
f.dot(f.T)
f @ f.T
a @ np.zeros((4, 2))
np.matmul(a, a.transpose(0, 2, 1))
np.inner(v, v)
np.outer(v, i5)
np.kron(f, q)
np.tensordot(a, a, axes=([0, 1], [0, 1]))
np.einsum("ij,kj->ik", f, f)
np.einsum("bij->bj", a)
np.trace(q)
np.searchsorted(v, [1.0, 2.0])
np.isclose(f, f)
np.isin(v, [1, 2])
a[0]
a[-1, 2]
a[0, 0, 0]
a[:2]
a[:, 1:]
a[..., 0]
a[..., None]
a[None]
a[:, np.newaxis, :, 1]
a[::2, ::-1]
a[5:1]
a[[0, 1]]
a[:, [0, 2, 1]]
a[[0, 1], [1, 2]]
a[[0, 1], :, [1, 2]]
a[0, :, [1, 2]]
a[np.array([[0, 1], [1, 0]])]
a[i2 * 0]
f[np.arange(3), [0, 1, 2]]
f[np.argmax(f, axis=0) * 0]
f + 1
1 - f
f * 2.5
f / 255
u8 / 255.0
u8 * 2
u8 + u8
i2 // 2
i2 % 2
f ** 2
2 ** i2
-f
~(f > 0)
f > 0
(f > 0) & (f < 1)
f + i2
u8 - f
h * 2.0
h + f
c * f
f + [1, 2, 3, 4]
f + v[:4]
f - f.mean(axis=0)
(f - f.mean(axis=1, keepdims=True)) / f.std(axis=1, keepdims=True)
f.astype("float64")
u8.astype(np.float32) / 255.0
f.astype(int)
f.astype(bool)
f.astype("f4")
i2.astype(u8.dtype)
f.copy()
np.copy(f)
np.random.rand()
np.random.rand(3, 4)
np.random.randn(5)
np.random.random((2, 3))
np.random.random(4)
np.random.random_sample((2,))
np.random.normal(size=(2, 3))
np.random.normal(0.0, 1.0, (4,))
np.random.normal(0, 1, 7)
np.random.normal(np.zeros(3), 1.0)
np.random.uniform(-1, 1, (3, 2))
np.random.uniform(size=5)
np.random.randint(10, size=(3, 1))
np.random.randint(0, 10, 4)
np.random.randint(0, 2, size=(2,), dtype="int32")
np.random.poisson(3.0, (2, 2))
np.random.binomial(1, 0.5, size=6)
np.random.standard_normal((2, 2))
np.random.choice(10, 5)
np.random.choice(10, (2, 3))
np.random.choice([1.0, 2.0], size=4)
np.random.permutation(6)
np.random.permutation(f)
np.random.multivariate_normal([0, 0], [[1, 0], [0, 1]], 5)
np.random.dirichlet([1.0, 2.0, 3.0], 4)
np.random.default_rng().normal(size=(2, 3))
np.random.default_rng(7).integers(0, 10, (4,))
np.random.default_rng(7).random((3,))
np.random.default_rng(7).random(3, dtype="float32")
np.random.default_rng(7).standard_normal(3)
np.random.default_rng(7).choice(f, 2)
np.random.default_rng(7).choice(f, 2, axis=1)
np.random.default_rng(7).permutation(f)
np.random.default_rng(7).uniform(0, 1, size=(2, 2))
np.random.RandomState(1).randn(2, 3)
np.random.RandomState(1).uniform(size=(3,))
np.random.RandomState(1).randint(0, 5, size=3)
a.shape[1:]
a.ndim
a.size
len(a)
np.prod(a.shape)
np.sum((1, 2, 3))
np.max([1, 5, 2])
np.ceil(2.1)
np.floor(7 / 2)
int(np.sqrt(64))
"""


"""Expressions whose result is known exactly."""


LOOSE = """
np.unique(i5)
np.unique(i5, return_counts=True)
np.unique(i5, return_index=True, return_inverse=True)
np.unique(f, axis=0)
np.where(f > 0)
np.nonzero(f)
np.argwhere(f)
np.flatnonzero(f)
f[f > 0]
f[f > 0, None]
f[f[:, 0] >= 0]
f[:, f[0] >= 0]
f[v[:3] >= 0, 1:]
a[a[:, :, 0] >= 0]
np.delete(f, 0, axis=1)
np.delete(v, [0, 1])
np.insert(v, 0, 9)
np.compress([True, False, True], f, axis=0)
np.bincount(i5)
np.histogram(v)
np.histogram(v, bins=4)
np.cov(f)
np.linalg.inv(q)
np.frombuffer(b"1234", dtype="uint8")
np.interp(2.5, [1, 2], [3, 4])
np.convolve(v, v)
np.cross(np.zeros(3), np.zeros(3))
np.diagflat(v)
np.rollaxis(a, 2)
np.percentile(f, 50)
np.percentile(f, [25, 75], axis=0)
np.trim_zeros(v)
np.einsum(f, [0, 1], [1, 0])
"""


"""Expressions of which a part depends on values, or is not followed."""


REFUSED = """
np.reshape(a, (5, 5))
a.reshape(7, -1)
np.concatenate([f, v])
np.concatenate([f, a], axis=0)
np.stack([f, v])
f + v
a @ a
np.squeeze(a, 0)
np.expand_dims(a, 5)
np.transpose(a, (0, 1))
np.split(v, 2)
np.sum(a, axis=3)
np.array([[1, 2], [3]])
a[0, 0, 0, 0]
a[[0, 1], [0, 1, 2]]
np.dot(f, f)
np.einsum("ij,jk->ik", f, f)
np.argmax(f, axis=4)
"""


"""Expressions that NumPy refuses."""
