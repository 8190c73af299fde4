"""Functions of scalars that users define: the op of all elements follows from them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.elementwise import Elemwise, common_dtype, strong

# From the types of the operands, those of the results: scalars, which are 0-d arrays.
Preference = Callable[..., Sequence[TensorType]]

_COMPLEX = ("complex64", "complex128")


def _scalar(dtype: str) -> TensorType:
    return TensorType(dtype, ())


def upcast_out(*types: TensorType) -> list[TensorType]:
    """A result of the dtype in which the operands meet."""
    return [_scalar(common_dtype([t.dtype for t in types]))]


def same_out(type: TensorType) -> list[TensorType]:
    """A result of the operand's dtype."""
    return [_scalar(type.dtype)]


def same_out_nocomplex(type: TensorType) -> list[TensorType]:
    """A result of the operand's dtype, which is not complex."""
    return same_out(*_real([type]))


def same_out_float_only(type: TensorType) -> list[TensorType]:
    """A result of the operand's dtype, which is one of floats."""
    if type.numpy_dtype.kind != "f":
        raise TypeError(f"floats are wanted, not {type.dtype}")
    return same_out(type)


def upgrade_to_float(*types: TensorType) -> list[TensorType]:
    """A result of the dtype in which the operands meet, integers as floats that hold them."""
    floats = {"bool": "float32", "int8": "float32", "int16": "float32", "uint8": "float32",
              "uint16": "float32"}  # fmt: skip
    dtypes = [t.dtype if t.numpy_dtype.kind in "fc" else floats.get(t.dtype, "float64")
              for t in types]  # fmt: skip
    return [_scalar(common_dtype(dtypes))]


def upgrade_to_float_no_complex(*types: TensorType) -> list[TensorType]:
    """``upgrade_to_float`` of operands that are not complex."""
    return upgrade_to_float(*_real(types))


def upgrade_to_float64(*types: TensorType) -> list[TensorType]:
    """A float64 of operands that are not complex."""
    _real(types)
    return [_scalar("float64")]


def int_out(*types: TensorType) -> list[TensorType]:
    """An int64."""
    return [_scalar("int64")]


def float_out(*types: TensorType) -> list[TensorType]:
    """A number of floatX."""
    return [_scalar(config.floatX)]


def complex_out(*types: TensorType) -> list[TensorType]:
    """A complex64."""
    return [_scalar("complex64")]


def _real(types: Sequence[TensorType]) -> list[TensorType]:
    for t in types:
        if t.dtype in _COMPLEX:
            raise TypeError("complex operands are not supported")
    return list(types)


class transfer_type:
    """Results of the types of operands.

    Parameters
    ----------
    *transfer : int or callable
        For each result, the number of an operand, or what gives its type from those of all.
    """

    def __init__(self, *transfer: Any):
        self.transfer = transfer

    def __call__(self, *types: TensorType) -> list[TensorType]:
        found: list[Any] = [t(*types) if callable(t) else types[t] for t in self.transfer]
        return found

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.transfer == other.transfer  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self.transfer)


class specific_out:
    """Results of these types, whatever the operands are."""

    def __init__(self, *types: TensorType):
        self.types = types

    def __call__(self, *types: TensorType) -> list[TensorType]:
        return list(self.types)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.types == other.types  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self.types)


class ScalarOp:
    """A function of scalars with one result; ``Elemwise`` of it, or a call, applies it to arrays.

    A subclass states ``nin`` and

    - ``impl(x, y, ...)``: its value, of NumPy's scalars; or ``nfunc_spec = (name, nin, nout)``, the
      name of a function of arrays such as ``"scipy.special.zeta"``, which is faster;
    - ``lowering(x, y, ...)``, if it can: its value as an expression of other ops, so that compiled
      functions have machine code for it, fused with what is around. Without it they call Python;
    - ``L_op(inputs, outputs, output_grads)`` or ``grad(inputs, output_grads)``: a list of
      gradients, one for each operand.

    C code, as ``c_code`` gives it to PyTensor, is not used.

    Parameters
    ----------
    output_types_preference : callable, optional
        From the types of the operands, a list of the type of the result; the class may define the
        attribute, or ``output_types(types)``. `upcast_out` by default.
    name : str, optional
        The name in printed graphs; by default that of the class.

    Examples
    --------
    >>> class Cube(UnaryScalarOp):
    ...     def impl(self, x):
    ...         return x**3
    ...     def lowering(self, x):
    ...         return x * x * x
    ...     def L_op(self, inputs, outputs, output_grads):
    ...         return [3 * inputs[0] ** 2 * output_grads[0]]
    >>> cube = Elemwise(Cube(same_out, name="cube"))
    >>> cube(pt.dvector("x")).eval({"x": [1.0, 2.0]})
    array([1., 8.])
    """

    __module__ = "lamina.scalar.basic"

    nin = -1
    nout = 1
    nfunc_spec: tuple[str, int, int] | None = None
    output_types_preference: Preference | None = None

    # What built-in functions state besides.
    scalar = None
    symbol: str | None = None
    commutative = associative = involution = barrier = disconnected = False
    unit = inverse = None
    domain = (-np.inf, np.inf)
    domains: tuple[tuple[float, float], ...] = ()
    orders: tuple[int, ...] = ()

    def __init__(
        self, output_types_preference: Preference | None = None, name: str | None = None
    ) -> None:
        if output_types_preference is not None:
            self.output_types_preference = output_types_preference
        self.name = name or type(self).__name__
        if self.nin < 1 or self.nout != 1:
            raise TypeError(f"{self.name} must have a number of operands, nin, and one result")

    # -- what users define -------------------------------------------------------------------------

    def impl(self, *inputs: Any) -> Any:
        """The value of scalars."""
        raise MethodNotDefined(f"{type(self).__name__}.impl")

    def grad(self, inputs: Sequence[Any], output_grads: Sequence[Any]) -> list[Any]:
        """Gradients of a scalar by the operands, from that by the result."""
        raise MethodNotDefined(f"{type(self).__name__}.grad")

    def L_op(
        self, inputs: Sequence[Any], outputs: Sequence[Any], output_grads: Sequence[Any]
    ) -> list[Any]:
        """``grad``, given the result too."""
        return self.grad(inputs, output_grads)

    def output_types(self, types: Sequence[TensorType]) -> Sequence[TensorType]:
        """The type of the result, in a list, from those of the operands."""
        prefer: Any = self.output_types_preference
        return upcast_out(*types) if prefer is None else getattr(prefer, "__func__", prefer)(*types)

    # -- what the op of all elements takes ---------------------------------------------------------

    @property
    def doc(self) -> str:
        return type(self).__doc__ or ""

    @property
    def module(self) -> str:
        return type(self).__module__

    def types(
        self, dtypes: tuple[str, ...], weaks: tuple[type | None, ...]
    ) -> tuple[tuple[str, ...], str]:
        """The dtypes to compute in, and that of the result."""
        loop = strong(dtypes, weaks)
        return loop, self.output_types([_scalar(d) for d in loop])[0].dtype

    def numpy(self, *arrays: np.ndarray) -> Any:
        """The function on arrays."""
        if self.nfunc_spec is not None:
            return _function(self.nfunc_spec[0])(*arrays)
        dtype = self.types(tuple(a.dtype.name for a in arrays), (None,) * len(arrays))[1]
        given = np.broadcast_arrays(*arrays)
        result = np.empty(given[0].shape, dtype)
        for i in np.ndindex(result.shape):
            result[i] = self.impl(*(a[i] for a in given))
        return result

    @property
    def pullback(self) -> Callable[..., Any] | None:
        kind = type(self)
        if kind.grad is ScalarOp.grad and kind.L_op is ScalarOp.L_op:
            return None
        return self._pulled_back

    def _pulled_back(self, *given: Any) -> Any:
        *inputs, output, cotangent = given
        terms = list(self.L_op(inputs, [output], [cotangent]))
        if len(terms) != self.nin:
            raise ValueError(f"{self.name} has {self.nin} operands and {len(terms)} gradients")
        return terms[0] if self.nin == 1 else terms

    def lowered(self, *inputs: Any) -> Any:
        """What ``lowering`` makes of arrays of any dtypes; None if the class has none."""
        expression = getattr(self, "lowering", None)
        if expression is None:
            return None
        from lamina.ir.ops.cast import cast

        loop, dtype = self.types(tuple(v.type.dtype for v in inputs), (None,) * len(inputs))
        given = [cast(v, d) for v, d in zip(inputs, loop, strict=True)]
        return cast(expression(*given), dtype)

    def body(self, kind: str) -> Any:
        raise TypeError(f"{self.name} has no native body")

    # -- identity ----------------------------------------------------------------------------------

    def _key(self) -> tuple[Any, ...]:
        props = tuple(getattr(self, p) for p in getattr(type(self), "__props__", ()))
        prefer: Any = self.output_types_preference
        return type(self), self.name, getattr(prefer, "__func__", prefer), props

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScalarOp) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __call__(self, *operands: Any) -> Any:
        """The function of all elements of arrays, or of numbers."""
        return Elemwise(self)(*operands)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


class UnaryScalarOp(ScalarOp):
    """A function of one scalar; see `ScalarOp`."""

    __module__ = "lamina.scalar.basic"
    nin = 1


class BinaryScalarOp(ScalarOp):
    """A function of two scalars; see `ScalarOp`."""

    __module__ = "lamina.scalar.basic"
    nin = 2


def _function(path: str) -> Callable[..., Any]:
    """The function at a path such as ``scipy.special.zeta``; one without dots is NumPy's."""
    module, _, name = path.rpartition(".")
    function: Callable[..., Any] = getattr(importlib.import_module(module or "numpy"), name)
    return function
