"""Variables and constants whose values are arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.ir.binding import Operand
from lamina.ir.graph.array_methods import ArrayMethods
from lamina.ir.graph.hooks import call_function, call_ufunc
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.variable import Constant, Variable

if TYPE_CHECKING:
    from lamina.ir.graph.op import Op
    from lamina.ir.graph.tensor_type import TensorType


class TensorOperators(ArrayMethods, Operand):
    """What array variables, constants and shared variables have in common: NumPy's operators and
    methods.
    """

    type: TensorType
    name: str | None
    __array_priority__ = 1000
    __hash__ = object.__hash__

    def bind(self, op: Op, operands: Sequence[Any]) -> Any:
        return op(*operands)

    @property
    def dtype(self) -> str:
        return self.type.dtype

    @property
    def ndim(self) -> int:
        return self.type.ndim

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        return self.type.broadcastable

    @property
    def shape(self) -> Any:
        return _shape().shape(self)

    @property
    def size(self) -> Any:
        return _shape().size(self)

    @property
    def T(self) -> Any:
        return _dimshuffle().transpose(self)

    @property
    def mT(self) -> Any:
        return _dimshuffle().matrix_transpose(self)

    @property
    def real(self) -> Any:
        return _elementwise().real(self)

    @property
    def imag(self) -> Any:
        return _elementwise().imag(self)

    def __pos__(self) -> Any:
        return self

    def __matmul__(self, other: Any) -> Any:
        return _contraction().matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _contraction().matmul(other, self)

    def __getitem__(self, index: Any) -> Any:
        from lamina.ir.ops.indexing import subtensor

        return subtensor(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            f"{self} is symbolic and cannot be changed in place. "
            "Use `y = x[index].set(value)` or `x[index].inc(value)`, and go on with y."
        )

    def __bool__(self) -> bool:
        raise TypeError(
            f"The truth value of {self} is not known while the graph is built. "
            "Use switch(condition, a, b) or ifelse for a choice, and & | ~ for logic; "
            "`is None` tests for None."
        )

    def __len__(self) -> int:
        if self.ndim and self.type.shape[0] is not None:
            return self.type.shape[0]
        raise TypeError(
            f"The length of {self} is not known while the graph is built. Use x.shape[0], or "
            "declare it in the static shape."
        )

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError(f"{self} has no dimensions to iterate over")
        if self.type.shape[0] is None:
            raise TypeError(
                f"{self} cannot be iterated: its length is not known while the graph is built. "
                "Use scan, or declare the length in the static shape."
            )
        return (self[i] for i in range(self.type.shape[0]))

    def __contains__(self, item: Any) -> bool:
        raise TypeError(f"Whether {self} contains a value is not known yet; use any(eq(x, value))")

    def __index__(self) -> int:
        raise TypeError(f"{self} has no value while the graph is built, so it is no Python index")

    def __float__(self) -> float:
        raise TypeError(f"{self} has no value while the graph is built; {self}.eval() computes it")

    __int__ = __float__  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return call_ufunc()(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call_function()(func, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            f"{self} is symbolic and has no array yet; {self}.eval() computes it. "
            "(A sparse matrix that meets it must be made dense by .toarray().)"
        )

    def astype(self, dtype: Any) -> Any:
        return _elementwise().cast(self, dtype)

    def sum(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        return _reduction().sum(self, axis, dtype, keepdims, acc_dtype)

    def prod(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        return _reduction().prod(self, axis, dtype, keepdims, acc_dtype)

    def mean(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
    ) -> Any:
        return _moments().mean(self, axis, dtype, keepdims, acc_dtype)

    def var(
        self, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
    ) -> Any:
        return _moments().var(self, axis, ddof, keepdims, corrected)

    def std(
        self, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
    ) -> Any:
        return _moments().std(self, axis, ddof, keepdims, corrected)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _reduction().max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _reduction().min(self, axis, keepdims)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _reduction().argmax(self, axis, keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _reduction().argmin(self, axis, keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _reduction().any(self, axis, keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        return _reduction().all(self, axis, keepdims)

    def dot(self, right: Any) -> Any:
        return _contraction().dot(self, right)

    def reshape(self, *shape: Any, ndim: int | None = None) -> Any:
        return _reshape().reshape(self, shape[0] if len(shape) == 1 else shape, ndim=ndim)

    def dimshuffle(self, *pattern: Any) -> Any:
        if len(pattern) == 1 and isinstance(pattern[0], (list, tuple)):
            pattern = tuple(pattern[0])
        return _dimshuffle().dimshuffle(self, pattern)

    def transpose(self, *axes: Any) -> Any:
        single = len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (list, tuple)))
        return _dimshuffle().transpose(self, (axes[0] if single else axes) or None)

    def squeeze(self, axis: Any = None) -> Any:
        return _dimshuffle().squeeze(self, axis)

    def flatten(self, ndim: int = 1) -> Any:
        return _reshape().flatten(self, ndim)

    def ravel(self) -> Any:
        return _reshape().flatten(self)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        return _dimshuffle().swapaxes(self, axis1, axis2)

    def clip(self, a_min: Any, a_max: Any) -> Any:
        return _elementwise().clip(self, a_min, a_max)

    def conj(self) -> Any:
        return _elementwise().conj(self)

    conjugate = conj

    def round(self, mode: str | None = None) -> Any:
        return _elementwise().round(self, mode)

    def fill(self, value: Any) -> Any:
        return _elementwise().second(self, value)

    def zeros_like(self, dtype: Any = None) -> Any:
        from lamina.ir.ops.creation import zeros_like

        return zeros_like(self, dtype)

    def ones_like(self, dtype: Any = None) -> Any:
        from lamina.ir.ops.creation import ones_like

        return ones_like(self, dtype)

    def set(self, value: Any, **kwargs: Any) -> Any:
        """The array that this is a part ``x[index]`` of, with the part replaced by `value`."""
        from lamina.ir.ops.indexing import set_subtensor

        return set_subtensor(self, value, **kwargs)

    def inc(self, value: Any, **kwargs: Any) -> Any:
        """The array that this is a part ``x[index]`` of, with `value` added to the part."""
        from lamina.ir.ops.indexing import inc_subtensor

        return inc_subtensor(self, value, **kwargs)


class TensorVariable(TensorOperators, Variable):
    """A symbolic array."""

    __module__ = "lamina.tensor.variable"
    __hash__ = object.__hash__


class TensorConstant(TensorOperators, Constant):
    """An array known when the graph is built.

    Attributes
    ----------
    weak : type or None
        ``int``, ``float``, ``complex`` or ``bool`` for a Python scalar, which never changes the
        dtype of an array that it meets.
    """

    __module__ = "lamina.tensor.variable"
    __hash__ = object.__hash__

    def __init__(
        self, type: TensorType, data: Any, name: str | None = None, weak: type | None = None
    ):
        data = type.filter(data)
        if None in type.shape:
            type = type.clone(shape=data.shape)
        super().__init__(type, data, name)
        self.weak = weak

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.data.flags.writeable = False

    def signature(self) -> Any:
        array = np.ascontiguousarray(self.data)
        return self.type, array.tobytes(), self.weak

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        if self.data.ndim == 0:
            return str(self.data.item() if self.data.dtype.kind == "b" else self.data)
        text = np.array2string(self.data, max_line_width=1000, threshold=10)
        text = " ".join(line.strip() for line in text.splitlines() if line)
        return text if len(text) <= 80 else f"{text[:38]} ... {text[-38:]}"

    def equals(self, other: Any) -> bool:
        """Whether `other` is a constant of the same type and value."""
        return isinstance(other, TensorConstant) and self.type.values_eq(self.data, other.data)


class TensorSharedVariable(TensorOperators, SharedVariable):
    """A shared variable whose value is an array."""

    __module__ = "lamina.tensor.sharedvar"
    __hash__ = object.__hash__

    def zero(self, borrow: bool = False) -> None:
        """Set every element to 0."""
        self.set_value(np.zeros_like(self.cell[0]), borrow=True)


def _shape() -> Any:
    from lamina.ir.ops import shape

    return shape


def _reshape() -> Any:
    from lamina.ir.ops import reshape

    return reshape


def _dimshuffle() -> Any:
    from lamina.ir.ops import dimshuffle

    return dimshuffle


def _moments() -> Any:
    from lamina.ir.ops import moments

    return moments


def _reduction() -> Any:
    from lamina.ir.ops import reduction

    return reduction


def _contraction() -> Any:
    from lamina.ir.ops import contraction

    return contraction


def _elementwise() -> Any:
    from lamina.ir import operators

    return operators
