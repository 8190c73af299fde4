"""New symbolic arrays: `tensor`, and `scalar` to `tensor7` with their typed and plural forms.

The letter before a typed form tells its dtype: b, w, i, l are int8 to int64, f and d float32 and
float64, c and z complex64 and complex128. A typed form is a TensorType; call it with a name.
"""

# pyright: reportUnsupportedDunderAll=false

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.tensor_variable import TensorVariable

Lengths = tuple[int | None, ...]

_DTYPES = ("int8", "int16", "int32", "int64", "float32", "float64", "complex64", "complex128")
_ONE = (None,)


def tensor(
    name: str | None = None, *, dtype: Any = None, shape: Iterable[int | None] | None = None
) -> TensorVariable:
    """A symbolic array.

    Parameters
    ----------
    name : str, optional
    dtype : optional
        ``config.floatX`` unless given.
    shape : iterable of int or None
        The length of each dimension; None is unknown until the array is given.

    Examples
    --------
    >>> pt.tensor("x", shape=(None, 3), dtype="float32").type
    Matrix(float32, shape=(?, 3))
    """
    if shape is None:
        raise TypeError(f"tensor({name!r}): give shape=, with None for unknown lengths: (None, 3)")
    return TensorType(config.floatX if dtype is None else dtype, shape)(name)


def _of(
    ndim: int, name: str | None, dtype: Any, shape: Iterable[int | None] | None, default: Lengths
) -> TensorVariable:
    lengths = default if shape is None else tuple(shape)
    if len(lengths) != ndim:
        raise ValueError(f"{name or 'the variable'} has {ndim} dimensions, got the shape {lengths}")
    return tensor(name, dtype=dtype, shape=lengths)


def scalar(name: str | None = None, *, dtype: Any = None) -> TensorVariable:
    """A symbolic array without dimensions, of ``config.floatX`` unless `dtype` is given."""
    return tensor(name, dtype=dtype, shape=())


def vector(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of one dimension, of ``config.floatX`` unless `dtype` is given."""
    return _of(1, name, dtype, shape, _ONE)


def row(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic matrix of one row, which broadcasts."""
    return _of(2, name, dtype, shape, (1, None))


def col(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic matrix of one column, which broadcasts."""
    return _of(2, name, dtype, shape, (None, 1))


def matrix(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of two dimensions, of ``config.floatX`` unless `dtype` is given."""
    return _of(2, name, dtype, shape, _ONE * 2)


def tensor3(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of three dimensions, of ``config.floatX`` unless `dtype` is given."""
    return _of(3, name, dtype, shape, _ONE * 3)


def tensor4(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of four dimensions, of ``config.floatX`` unless `dtype` is given."""
    return _of(4, name, dtype, shape, _ONE * 4)


def tensor5(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of five dimensions, of ``config.floatX`` unless `dtype` is given."""
    return _of(5, name, dtype, shape, _ONE * 5)


def tensor6(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of six dimensions, of ``config.floatX`` unless `dtype` is given."""
    return _of(6, name, dtype, shape, _ONE * 6)


def tensor7(name: str | None = None, *, dtype: Any = None, shape: Any = None) -> TensorVariable:
    """A symbolic array of seven dimensions, of ``config.floatX`` unless `dtype` is given."""
    return _of(7, name, dtype, shape, _ONE * 7)


def _typed(*shape: int | None) -> tuple[TensorType, ...]:
    return tuple(TensorType(dtype, shape) for dtype in _DTYPES)


bscalar, wscalar, iscalar, lscalar, fscalar, dscalar, cscalar, zscalar = _typed()
bvector, wvector, ivector, lvector, fvector, dvector, cvector, zvector = _typed(None)
brow, wrow, irow, lrow, frow, drow, crow, zrow = _typed(1, None)
bcol, wcol, icol, lcol, fcol, dcol, ccol, zcol = _typed(None, 1)
bmatrix, wmatrix, imatrix, lmatrix, fmatrix, dmatrix, cmatrix, zmatrix = _typed(*_ONE * 2)
btensor3, wtensor3, itensor3, ltensor3, ftensor3, dtensor3, ctensor3, ztensor3 = _typed(*_ONE * 3)
btensor4, wtensor4, itensor4, ltensor4, ftensor4, dtensor4, ctensor4, ztensor4 = _typed(*_ONE * 4)
btensor5, wtensor5, itensor5, ltensor5, ftensor5, dtensor5, ctensor5, ztensor5 = _typed(*_ONE * 5)
btensor6, wtensor6, itensor6, ltensor6, ftensor6, dtensor6, ctensor6, ztensor6 = _typed(*_ONE * 6)
btensor7, wtensor7, itensor7, ltensor7, ftensor7, dtensor7, ctensor7, ztensor7 = _typed(*_ONE * 7)


class Plural:
    """Several variables at once.

    ``dvectors("x", "y")`` and ``dvectors("xy")`` are two named ones, ``dvectors(2)`` two without a
    name; ``dvectors("x")`` is the one variable itself.
    """

    def __init__(self, one: Callable[..., TensorVariable]):
        self.one = one

    def __call__(self, *names: Any, **kwargs: Any) -> Any:
        if len(names) == 1 and isinstance(names[0], int):
            return [self.one(**kwargs) for _ in range(names[0])]
        if len(names) == 1 and names[0] is not None:
            names = tuple(names[0])
        if len(names) == 1:
            return self.one(names[0], **kwargs)
        return [self.one(name, **kwargs) for name in names]


def _plural(*kinds: Any) -> tuple[Plural, ...]:
    return tuple(map(Plural, kinds))


scalars, vectors, rows, cols, matrices = _plural(scalar, vector, row, col, matrix)
tensor3s, tensor4s, tensor5s, tensor6s, tensor7s = _plural(
    tensor3, tensor4, tensor5, tensor6, tensor7
)
bscalars, wscalars, iscalars, lscalars = _plural(bscalar, wscalar, iscalar, lscalar)
fscalars, dscalars, cscalars, zscalars = _plural(fscalar, dscalar, cscalar, zscalar)
bvectors, wvectors, ivectors, lvectors = _plural(bvector, wvector, ivector, lvector)
fvectors, dvectors, cvectors, zvectors = _plural(fvector, dvector, cvector, zvector)
brows, wrows, irows, lrows = _plural(brow, wrow, irow, lrow)
frows, drows, crows, zrows = _plural(frow, drow, crow, zrow)
bcols, wcols, icols, lcols = _plural(bcol, wcol, icol, lcol)
fcols, dcols, ccols, zcols = _plural(fcol, dcol, ccol, zcol)
bmatrices, wmatrices, imatrices, lmatrices = _plural(bmatrix, wmatrix, imatrix, lmatrix)
fmatrices, dmatrices, cmatrices, zmatrices = _plural(fmatrix, dmatrix, cmatrix, zmatrix)

__all__ = [
    name
    for name, value in list(globals().items())
    if not name.startswith("_") and isinstance(value, (TensorType, Plural, FunctionType))
]
