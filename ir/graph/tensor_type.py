"""The type of arrays: a dtype and a static shape."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.source_line import describe, user_line
from lamina.ir.graph.sparse import refuse_sparse
from lamina.ir.graph.tensor_variable import TensorConstant, TensorVariable
from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Variable

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
_NAMES = {0: "Scalar", 1: "Vector", 2: "Matrix"}
_canonical: dict[Any, str] = {}


def dtype_name(dtype: Any) -> str:
    """The NumPy name of `dtype`, ``"floatX"`` resolved.

    Raises
    ------
    TypeError
        No array of a graph has this dtype.
    """
    if dtype == "floatX":
        return config.floatX
    try:
        return _canonical[dtype]
    except (KeyError, TypeError):
        pass
    try:
        name = np.dtype(dtype).name
    except TypeError:
        raise TypeError(f"Unsupported dtype for TensorType: {dtype!r}") from None
    if name not in DTYPES:
        raise TypeError(
            f"Unsupported dtype for TensorType: {name}; supported are {', '.join(DTYPES)}"
        )
    if isinstance(dtype, (str, type, np.dtype)):
        _canonical[dtype] = name
    return name


class TensorType(Type):
    """Arrays of one dtype whose shape agrees with a static one.

    Parameters
    ----------
    dtype : str or numpy dtype
        ``"floatX"`` stands for ``config.floatX``.
    shape : iterable of int, None or bool
        One entry a dimension; None is unknown. (True stands for 1 and False for None.)
    """

    __module__ = "lamina.tensor.type"
    __slots__ = ("dtype", "shape", "name", "numpy_dtype")
    variable_type = TensorVariable
    constant_type = TensorConstant

    def __init__(self, dtype: Any, shape: Iterable[Any] | None = None, name: str | None = None):
        if shape is None:
            raise TypeError("TensorType needs a shape, such as (None, 3)")
        self.dtype = dtype_name(dtype)
        self.numpy_dtype = np.dtype(self.dtype)
        self.shape: tuple[int | None, ...] = tuple(map(_static_length, shape))
        self.name = name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def machine(self) -> TensorType:
        return self

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        return tuple(n == 1 for n in self.shape)

    def clone(
        self, dtype: Any = None, shape: Iterable[Any] | None = None, **kwargs: Any
    ) -> TensorType:
        """This type with another dtype or shape."""
        return TensorType(
            self.dtype if dtype is None else dtype, self.shape if shape is None else shape
        )

    def __call__(self, name: str | None = None, shape: Any = None) -> TensorVariable:
        if self.dtype == "float64" and config.warn_float64 != "ignore":
            _report_float64(name)
        return TensorVariable(self if shape is None else self.clone(shape=shape), name=name)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, TensorType):
            return NotImplemented
        return self.dtype == other.dtype and self.shape == other.shape

    def __hash__(self) -> int:
        return hash((self.dtype, self.shape))

    def __reduce__(self) -> Any:
        return TensorType, (self.dtype, self.shape, self.name)

    def in_same_class(self, other: Type) -> bool:
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.broadcastable == other.broadcastable
        )

    def is_super(self, other: Type) -> bool:
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.ndim == other.ndim
            and all(a is None or a == b for a, b in zip(self.shape, other.shape, strict=True))
        )

    def convert_variable(self, variable: Variable) -> Variable | None:
        """Narrow the static shape of `variable` where it agrees with this one."""
        theirs = variable.type
        if not isinstance(theirs, TensorType) or (theirs.dtype, theirs.ndim) != (
            self.dtype,
            self.ndim,
        ):
            return None
        pairs = list(zip(self.shape, theirs.shape, strict=True))
        if any(a is not None and b is not None and a != b for a, b in pairs):
            return None
        from lamina.ir.ops.specify_shape import specify_shape

        return specify_shape(variable, [b if a is None else a for a, b in pairs])

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        if isinstance(data, Variable):
            raise TypeError(
                f"Expected an array-like object, but found a Variable: {data}. "
                "Maybe you tried to call a function on a symbolic variable instead of a value."
            )
        if strict:
            if not isinstance(data, np.ndarray):
                raise TypeError(f"{self} expected a ndarray object, found {type(data).__name__}")
            if data.dtype != self.numpy_dtype:
                raise TypeError(f"{self} expected dtype {self.dtype}, got an array of {data.dtype}")
        array = self._convert(data, allow_downcast)
        self._check_shape(array)
        return array

    def _convert(self, data: Any, allow_downcast: bool | None) -> np.ndarray:
        wanted = self.numpy_dtype
        if type(data) is np.ndarray and data.dtype == wanted and data.dtype.isnative:
            return data
        if isinstance(data, np.ndarray) and hasattr(data, "mask"):
            raise TypeError(f"{self} cannot take a masked array, as its mask would be lost")
        refuse_sparse(data, str(self))
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise TypeError(f"{self} cannot take {_short(data)}: {error}") from None
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{self} cannot take {_short(data)} of dtype {array.dtype}")
        if array.dtype == wanted or allow_downcast or np.can_cast(array.dtype, wanted):
            with np.errstate(all="ignore"):
                return np.asarray(
                    np.real(array) if _drops_imaginary(array, wanted) else array, wanted
                )
        if not isinstance(data, (np.ndarray, np.generic)):
            python_float = (
                array.dtype.kind == "f" and wanted.kind in "fc" and allow_downcast is None
            )
            if _drops_imaginary(array, wanted):
                exact = False
            else:
                with np.errstate(all="ignore"):
                    converted = array.astype(wanted)
                exact = np.array_equal(converted, array)
            if exact or (python_float and self.dtype == config.floatX and array.ndim == 0):
                return converted
        raise TypeError(
            f"{self} cannot store accurately {_short(data)} of dtype {array.dtype}. "
            "Convert it, or pass allow_input_downcast=True to function."
        )

    def _check_shape(self, array: np.ndarray) -> None:
        if array.ndim != len(self.shape):
            raise TypeError(
                f"Wrong number of dimensions: expected {self.ndim}, got {array.ndim} "
                f"with shape {array.shape}."
            )
        for static, actual in zip(self.shape, array.shape, strict=True):
            if static is not None and static != actual:
                raise TypeError(
                    f"The type's shape ({_show(self.shape)}) is not compatible with the data's "
                    f"({_show(array.shape)})"
                )

    def exact(self, value: np.ndarray) -> np.ndarray:
        """`value` as a C-contiguous, aligned array of native byte order and no subclass; itself if
        it is.
        """
        flags = value.flags
        if (
            value.__class__ is np.ndarray
            and flags.c_contiguous
            and flags.aligned
            and value.dtype.isnative
        ):
            return value
        return np.array(value, self.numpy_dtype, order="C", subok=False)

    def values_eq(self, a: Any, b: Any, force_same_dtype: bool = True) -> bool:
        a, b = np.asarray(a), np.asarray(b)
        if a.shape != b.shape or (force_same_dtype and a.dtype != b.dtype):
            return False
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))

    def values_eq_approx(self, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol, atol, equal_nan=True))

    def make_constant(self, value: Any, name: str | None = None) -> TensorConstant:
        return TensorConstant(self, value, name)

    def __str__(self) -> str:
        if self.ndim == 2 and self.shape[0] == 1 and self.shape[1] != 1:
            kind = "Row"
        elif self.ndim == 2 and self.shape[1] == 1 and self.shape[0] != 1:
            kind = "Col"
        else:
            kind = _NAMES.get(self.ndim, f"Tensor{self.ndim}")
        return f"{kind}({self.dtype}, shape=({_show(self.shape)}))"

    __repr__ = __str__


def _report_float64(name: str | None) -> None:
    message = f"A float64 variable is made{f', {name}' if name else ''}: {describe(user_line())}"
    if config.warn_float64 == "raise":
        raise TypeError(f"{message}. config.warn_float64 forbids it.")
    warnings.warn(message, stacklevel=3)


def _static_length(entry: Any) -> int | None:
    if entry is None or entry is False:
        return None
    if entry is True:
        return 1
    if isinstance(entry, (int, np.integer)) and entry >= 0:
        return int(entry)
    raise ValueError(f"TensorType: a static length is None or an int >= 0, got {entry!r}")


def _show(shape: Iterable[int | None]) -> str:
    entries = ["?" if n is None else str(n) for n in shape]
    return ", ".join(entries) + ("," if len(entries) == 1 else "")


def _drops_imaginary(array: np.ndarray, wanted: np.dtype) -> bool:
    return array.dtype.kind == "c" and wanted.kind != "c"


def _short(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 60 else text[:57] + "..."
