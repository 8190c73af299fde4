"""The elementwise family: one scalar function applied to every element of broadcast arrays.

An op of the family is one statement of its facts (a `ScalarOp`); all else about it is derived here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import NullType
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable, weak_type
from lamina.ir.shapes import broadcast_static

Dtype = str
Weak = type | None
TypeRule = Callable[[tuple[Dtype, ...], tuple[Weak, ...]], tuple[tuple[Dtype, ...], Dtype]]
Scalar = str | Callable[..., Any]

_PYTHON_DTYPES: dict[type, str] = {bool: "bool", int: "int64", complex: "complex128"}
_SMALL_INTEGERS = {"bool", "int8", "uint8", "int16", "uint16"}


@dataclass(frozen=True, eq=False)
class ScalarOp:
    """The facts about one function of scalars.

    Attributes
    ----------
    name : str
        ``nd.name`` in the IR; capitalised in printed graphs.
    nin : int
    numpy : callable
        Its meaning on arrays whose dtypes are those of the chosen loop.
    types : callable
        From the operands' dtypes and weak Python types, the dtypes to compute in and the dtype of
        the result.
    scalar : str, callable, or mapping from dtype kind to those
        The body of the loop: an MLIR operation, or an expression of other ops.
    pullback : callable or None
        From (operands..., result, cotangent), the cotangent of each operand: an expression, or None
        where the result does not depend smoothly on it. None: the op has no gradient.
    symbol : str or None
        Infix or prefix sign in printed composites.
    commutative, associative : bool
    unit : number or None
        ``f(x, unit) = x``, for the right operand, and for the left one of a commutative op.
    involution : bool
        ``f(f(x)) = x``.
    inverse : str or None
        Name of g with ``g(f(x)) = x`` on the domain.
    domain : (float, float)
        Open interval on which it is defined and smooth; tests draw from it.
    domains : tuple of (float, float)
        One interval an operand, where they differ.
    barrier : bool
        Whether the pullback is another than the derivative's, on purpose.
    disconnected : bool
        Whether the result counts as independent of the operands, for gradients.
    orders : tuple of int
        Operands, such as the order of a Bessel function, with respect to which the derivative is
        not implemented: to ask for it is an error.
    """

    name: str
    nin: int
    numpy: Callable[..., Any]
    types: TypeRule
    scalar: Scalar | Mapping[str, Scalar] | None = None
    pullback: Callable[..., Any] | None = None
    symbol: str | None = None
    commutative: bool = False
    associative: bool = False
    unit: Any = None
    involution: bool = False
    inverse: str | None = None
    domain: tuple[float, float] = (-np.inf, np.inf)
    domains: tuple[tuple[float, float], ...] = ()
    barrier: bool = False
    disconnected: bool = False
    orders: tuple[int, ...] = ()
    doc: str = ""
    module: str = "lamina.ir.ops"

    def body(self, kind: str) -> Scalar:
        """The loop body for operands of a dtype kind: one of ``biufc``."""
        body = self.scalar
        if isinstance(body, Mapping):
            body = next((b for kinds, b in body.items() if kind in kinds), None)
        if body is None:
            raise TypeError(f"{self.name} has no native body for dtypes of kind {kind!r}")
        return body

    def __call__(self, *operands: Any) -> Any:
        """The op of this function, applied."""
        return by_name(self.name)(*operands)

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__

    def __reduce__(self) -> Any:
        return scalar_op, (self.name,)


class frozendict(dict):  # type: ignore[type-arg]
    """An immutable dict, shown as the reference shows it."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))

    def __repr__(self) -> str:
        return f"<frozendict {dict.__repr__(self)}>"


class Elemwise(Op):
    """A scalar op applied to every element of its operands, broadcast against each other.

    Operands of lower rank get leading dimensions of length 1. Only a dimension statically known to
    be 1 broadcasts.

    Parameters
    ----------
    scalar_op : ScalarOp
        Or one of the user's own, an instance of ``lamina.scalar.ScalarOp``.
    inplace_pattern : mapping from output to input number
        Which operand's buffer the result takes; set only in printed, compiled graphs.
    """

    __module__ = "lamina.tensor.elemwise"
    __props__ = ("scalar_op", "inplace_pattern")

    def __init__(self, scalar_op: ScalarOp, inplace_pattern: Mapping[int, int] | None = None):
        self.scalar_op = scalar_op
        self.inplace_pattern = frozendict(inplace_pattern or {})
        self.destroy_map = {o: [i] for o, i in self.inplace_pattern.items()}
        self.__doc__ = scalar_op.doc
        self.__name__ = scalar_op.name
        if getattr(scalar_op, "lowering", None) is not None:  # of the user's own
            self.lowering = scalar_op.lowered  # type: ignore[attr-defined]

    @property
    def nd_name(self) -> str:
        return self.scalar_op.name

    @property
    def nin(self) -> int:
        return self.scalar_op.nin

    def loop(self, inputs: Sequence[Variable]) -> tuple[tuple[Dtype, ...], Dtype]:
        """The dtypes that the operands are cast to, and that of the result."""
        dtypes = tuple(v.type.dtype for v in inputs)  # type: ignore[attr-defined]
        try:
            return self.scalar_op.types(dtypes, tuple(map(weak_type, inputs)))
        except NoLoop:
            raise TypeError(f"{self} is not defined for {', '.join(dtypes)}") from None

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) != self.nin:
            raise TypeError(f"{self} takes {self.nin} operands, got {len(inputs)}")
        variables = [as_tensor_variable(v) for v in inputs]
        loop, dtype = self.loop(variables)
        for variable, wanted in zip(variables, loop, strict=True):
            _check_weak_fits(variable, wanted)
        ndim = max(v.type.ndim for v in variables)
        if any(v.type.ndim != ndim for v in variables):
            from lamina.ir.ops.dimshuffle import shape_padleft

            variables = [shape_padleft(v, ndim - v.type.ndim) for v in variables]
        try:
            shape = broadcast_static([v.type.shape for v in variables])
        except ValueError as error:
            operands = " and ".join(f"{v} {v.type.shape}" for v in variables)
            raise ValueError(f"{self} of {operands}: {error}") from None
        return Apply(self, variables, [TensorType(dtype, shape)()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = self.compute(node, [np.asarray(x) for x in inputs])

    def compute(self, node: Apply, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """The result on arrays, as NumPy gives it."""
        check_run_time_broadcast(node, arrays)
        loop, dtype = self.loop(node.inputs)
        with np.errstate(all="ignore"):
            cast = [a if a.dtype == d else a.astype(d) for a, d in zip(arrays, loop, strict=True)]
            return np.asarray(self.scalar_op.numpy(*cast), dtype)

    def infer_dtype(self, dtypes: Sequence[Dtype]) -> Dtype:
        """The dtype of the result on operands that already have the dtypes of a loop."""
        return self.scalar_op.types(tuple(dtypes), (None,) * len(dtypes))[1]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[not self.scalar_op.disconnected] for _ in node.inputs]

    def L_op(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        output_grads: Sequence[Variable],
    ) -> list[Any]:
        from lamina.ir.graph.errors import MethodNotDefined

        if self.scalar_op.pullback is None:
            raise MethodNotDefined(f"{self} has no gradient")
        terms = self.scalar_op.pullback(*inputs, outputs[0], output_grads[0])
        if self.nin == 1:
            return [terms]
        reason = "the derivative of {} with respect to operand {} is not implemented"
        return [
            NullType(reason.format(self, i))() if i in self.scalar_op.orders else term
            for i, term in enumerate(terms)
        ]

    def __str__(self) -> str:
        name = str(self.scalar_op)
        return name[0].upper() + (name[1:] if "{" in name else name[1:].lower())

    def __repr__(self) -> str:
        return super().__repr__()


def check_run_time_broadcast(node: Apply, arrays: Sequence[np.ndarray]) -> None:
    """Refuse to broadcast a dimension that is 1 by chance."""
    for axis in range(node.outputs[0].type.ndim):  # type: ignore[attr-defined]
        lengths = {
            a.shape[axis]
            for v, a in zip(node.inputs, arrays, strict=True)
            if v.type.shape[axis] != 1  # type: ignore[attr-defined]
        }
        if len(lengths) > 1:
            from lamina.ir.graph.source_line import describe

            operands = ", ".join(
                f"{v} {a.shape}" for v, a in zip(node.inputs, arrays, strict=True) if a.ndim
            )
            raise ValueError(
                f"{node.op}: operands differ on axis {axis}: {operands}. Only a dimension that is "
                f"statically 1 broadcasts. {describe(node.line)}"
            )


def _check_weak_fits(variable: Variable, dtype: Dtype) -> None:
    """A Python integer beyond the range of the array that it meets is an error, as in NumPy."""
    if weak_type(variable) is not int or np.dtype(dtype).kind not in "iu":
        return
    while variable.owner is not None:
        variable = variable.owner.inputs[0]
    value, limits = int(variable.data), np.iinfo(dtype)  # type: ignore[attr-defined]
    if not limits.min <= value <= limits.max:
        raise OverflowError(f"Python integer {value} out of bounds for {dtype}")


_registry: dict[str, Elemwise] = {}
_by_ufunc: dict[Any, Elemwise] = {}


def scalar_op(name: str) -> ScalarOp:
    """The scalar op called `name`."""
    return by_name(name).scalar_op


def by_name(name: str) -> Elemwise:
    """The elementwise op called `name`."""
    from lamina.ir import operators  # noqa: F401  fills the registry

    if name.startswith("Cast{"):
        from lamina.ir.ops.cast import cast_op

        return cast_op(name[5:-1])
    return _registry[name]


def by_ufunc(ufunc: np.ufunc) -> Elemwise | None:
    """The op that means what a NumPy ufunc does."""
    return _by_ufunc.get(ufunc)


def all_elementwise() -> list[Elemwise]:
    """Every named op of the family, in order of definition."""
    from lamina.ir import operators  # noqa: F401  fills the registry

    return list(_registry.values())


def elementwise(
    name: str,
    numpy: Callable[..., Any],
    scalar: Scalar | Mapping[str, Scalar],
    pullback: Callable[..., Any] | None = None,
    *,
    nin: int | None = None,
    types: TypeRule | np.ufunc | None = None,
    doc: str = "",
    **facts: Any,
) -> Elemwise:
    """Define the elementwise op `name`; the result is the public function.

    `types` is a rule, or a ufunc whose dtypes it has; a ufunc given as `numpy` is its own rule.
    """
    rule: Any = numpy if types is None else types
    if isinstance(rule, np.ufunc):
        nin = nin or rule.nin
        rule = like(rule)
    assert nin is not None
    doc = doc or f"{name}, element by element."
    module = sys._getframe(1).f_globals.get("__name__", "")
    scalar_op = ScalarOp(name, nin, numpy, rule, scalar, pullback, doc=doc, module=module, **facts)
    op = Elemwise(scalar_op)
    _registry[name] = op
    if isinstance(numpy, np.ufunc):
        _by_ufunc[numpy] = op
    return op


def strong(dtypes: Sequence[Dtype], weaks: Sequence[Weak]) -> tuple[Dtype, ...]:
    """The dtypes when Python scalars meet no array: bool, int64, floatX, complex128."""
    return tuple(
        d if w is None else _PYTHON_DTYPES.get(w, config.floatX)
        for d, w in zip(dtypes, weaks, strict=True)
    )


class NoLoop(TypeError):
    """A ufunc has no loop for the dtypes."""


def like(ufunc: np.ufunc, floats: bool = False) -> TypeRule:
    """The dtypes of a ufunc's loops.

    Two differences from NumPy: a float that comes from 8 or 16 bit integers is float32, and, where
    `floats`, one that comes from integers of any size is floatX.
    """

    def rule(dtypes: tuple[Dtype, ...], weaks: tuple[Weak, ...]) -> tuple[tuple[Dtype, ...], Dtype]:
        if all(weaks):
            dtypes, weaks = strong(dtypes, weaks), (None,) * len(weaks)
        return _resolve(ufunc, floats, dtypes, weaks, config.floatX)

    return rule


@cache
def _resolve(
    ufunc: np.ufunc,
    floats: bool,
    dtypes: tuple[Dtype, ...],
    weaks: tuple[Weak, ...],
    floatX: str,
) -> tuple[tuple[Dtype, ...], Dtype]:
    integers = all(
        np.dtype(d).kind in "biu" if w is None else w in (int, bool)
        for d, w in zip(dtypes, weaks, strict=True)
    )
    asked = tuple(
        np.dtype(d) if w is None or w is bool else w for d, w in zip(dtypes, weaks, strict=True)
    )
    try:
        *loop, out = (t.name for t in ufunc.resolve_dtypes((*asked, None)))
    except TypeError:
        raise NoLoop from None
    if integers and np.dtype(out).kind == "f":
        if floats:
            return (floatX,) * len(dtypes), floatX
        if np.dtype(out).itemsize < 4 and set(dtypes) <= _SMALL_INTEGERS:
            *loop, out = (
                t.name for t in ufunc.resolve_dtypes((np.dtype("f4"),) * len(dtypes) + (None,))
            )
    return tuple(loop), out


def common(ndata: int = 0) -> TypeRule:
    """Operands from number `ndata` on are cast to their common dtype, the result's; the others to
    bool.
    """

    def rule(dtypes: tuple[Dtype, ...], weaks: tuple[Weak, ...]) -> tuple[tuple[Dtype, ...], Dtype]:
        dtype = common_dtype(dtypes[ndata:], weaks[ndata:])
        return ("bool",) * ndata + (dtype,) * (len(dtypes) - ndata), dtype

    return rule


def common_dtype(dtypes: Sequence[Dtype], weaks: Sequence[Weak] | None = None) -> Dtype:
    """NumPy's common dtype; Python scalars give way to arrays."""
    weaks = (None,) * len(dtypes) if weaks is None else weaks
    if all(weaks):
        dtypes, weaks = strong(dtypes, weaks), (None,) * len(dtypes)
    return _common(tuple(dtypes), tuple(weaks))


@cache
def _common(dtypes: tuple[Dtype, ...], weaks: tuple[Weak, ...]) -> Dtype:
    examples = [np.dtype(d) if w is None else w(1) for d, w in zip(dtypes, weaks, strict=True)]
    return np.result_type(*examples).name


def zero(*arguments: Any) -> Any:
    """The pullback of a function that is constant between its jumps."""
    from lamina.ir.ops.creation import zeros_like

    *operands, _, _ = arguments
    zeros = [zeros_like(x, dtype=_float_for(x)) for x in operands]
    return zeros if len(zeros) > 1 else zeros[0]


def _float_for(x: Any) -> Dtype:
    return x.dtype if np.dtype(x.dtype).kind in "fc" else config.floatX
