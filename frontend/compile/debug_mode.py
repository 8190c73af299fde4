"""`DebugMode`: every op is checked as it runs, and machine code against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.compile.errors import WrongResult, describe_node
from lamina.compile.interpreted_function import InterpretedFunction
from lamina.compile.modes import Mode, OpByOpMode
from lamina.compile.request import Request
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.type import Type


class DebugModeError(Exception):
    """An op, or the compiler, breaks its promises."""

    __module__ = "lamina.compile.debug.debugmode"


class BadThunkOutput(DebugModeError):
    """Machine code, or a second run of an op, computes something else."""

    __module__ = "lamina.compile.debug.debugmode"


class BadDestroyMap(DebugModeError):
    """An op changed an operand that its ``destroy_map`` does not list."""

    __module__ = "lamina.compile.debug.debugmode"


class BadViewMap(DebugModeError):
    """A result shares memory with an operand; no ``view_map`` or ``destroy_map`` says so."""

    __module__ = "lamina.compile.debug.debugmode"


class InvalidValueError(DebugModeError):
    """An op computed what is no value of the type that it declared, or something not finite."""

    __module__ = "lamina.compile.debug.debugmode"


class StochasticOrder(DebugModeError):
    """Two compilations of one graph differ."""

    __module__ = "lamina.compile.debug.debugmode"


# How far machine code may be from NumPy, relative to the largest element: sums are ordered
# otherwise, and cancelled terms are compared too.
_TOLERANCES = {2: 2e-2, 4: 2e-4, 8: 1e-7}


@dataclass(frozen=True, init=False)
class DebugMode(OpByOpMode):
    """A mode for finding what is wrong with an op or the compiler; slow.

    A function is run op by op. Of each op it is checked that it changes no operand but those of
    its ``destroy_map``, that results share no memory with operands unless ``view_map`` says so,
    that they are values of the declared types, and that a second run gives the same. The results
    of the whole function are compared with those of machine code, compiled twice.

    Parameters
    ----------
    check_isfinite : bool, optional
        Require results of finite operands to be finite; the flag ``DebugMode__check_finite``
        unless given.
    check_py_code : bool, optional
        Run each op a second time; the flag ``DebugMode__check_py`` unless given.
    check_c_code : bool
        Compare with machine code.

    Raises
    ------
    DebugModeError
        By the construction or a call of a function.
    """

    check_isfinite: bool
    check_py_code: bool
    check_c_code: bool

    def __init__(
        self,
        optimizer: Any = "default",
        check_isfinite: bool | None = None,
        check_py_code: bool | None = None,
        check_c_code: bool = True,
        linker: str | None = None,
        name: str | None = "DebugMode",
        included: Iterable[str] = (),
        excluded: Iterable[str] = (),
        required: Iterable[str] = (),
        rewriters: Iterable[tuple[Any, float]] = (),
        rules: Iterable[Any] = (),
    ):
        super().__init__(optimizer, linker, name, included, excluded, required, rewriters, rules)
        finite = config.DebugMode__check_finite if check_isfinite is None else check_isfinite
        again = config.DebugMode__check_py if check_py_code is None else check_py_code
        object.__setattr__(self, "check_isfinite", finite)
        object.__setattr__(self, "check_py_code", again)
        object.__setattr__(self, "check_c_code", check_c_code)

    def watch(
        self, node: Apply, perform: Callable[[list[Any]], list[Any]]
    ) -> Callable[[list[Any]], list[Any]]:
        """`perform`, with checks of what it does."""

        def watched(operands: list[Any]) -> list[Any]:
            before = [_copy(value) for value in operands]
            try:
                results = perform(operands)
            except WrongResult as error:
                raise InvalidValueError(str(error)) from error
            self._check_memory(node, before, operands, results)
            self._check_finite(node, before, results)
            if self.check_py_code:
                again = perform([_copy(value) for value in before])
                for v, a, b in zip(node.outputs, results, again, strict=True):
                    if not _equal(v.type, a, b):
                        raise BadThunkOutput(
                            _message(node, before, "a second run differs", str_diagnostic(a, b))
                        )
            return results

        return watched

    def _check_memory(
        self, node: Apply, before: list[Any], operands: list[Any], results: list[Any]
    ) -> None:
        destroyed = {i for places in node.op.destroy_map.values() for i in places}
        for i, (old, new) in enumerate(zip(before, operands, strict=True)):
            if i not in destroyed and not _equal(node.inputs[i].type, old, new):
                what = f"operand {i}, {node.inputs[i]}, is changed; destroy_map does not list it"
                raise BadDestroyMap(_message(node, before, what))
        if type(node.op).__module__.startswith("lamina."):
            return  # the interpreter keeps its own ops' views apart, as function results show
        for o, result in enumerate(results):
            shared = {*node.op.view_map.get(o, ()), *node.op.destroy_map.get(o, ())}
            for i, operand in enumerate(operands):
                if i not in shared and _share_memory(result, operand):
                    what = f"result {o} shares memory with operand {i}; view_map does not say so"
                    raise BadViewMap(_message(node, before, what))

    def _check_finite(self, node: Apply, operands: list[Any], results: list[Any]) -> None:
        if not self.check_isfinite or not all(map(_finite, operands)):
            return
        for o, result in enumerate(results):
            if not _finite(result):
                what = f"result {o} is not finite, though all operands are"
                raise InvalidValueError(_message(node, operands, what))


# dataclass looks into the module that a class names, which must exist by then.
DebugMode.__module__ = "lamina.compile.debug.debugmode"


class DebugFunction(InterpretedFunction):
    """A function run op by op with checks, and compared with machine code."""

    def __init__(self, fgraph: FunctionGraph, request: Request):
        super().__init__(fgraph, request)
        mode = request.mode
        if isinstance(mode, DebugMode) and mode.check_c_code:
            self._outputs = fgraph.outputs
            self._request = request
            self._interpreted = self.call
            self._compiled = _compiled_twice(fgraph, request)
            self.call = self._compare

    def _compare(self, *args: Any, **kwargs: Any) -> Any:
        others = self._compiled(
            *[_copy(a) for a in args], **{k: _copy(v) for k, v in kwargs.items()}
        )
        results = self._interpreted(*args, **kwargs)
        listed = results if self._request.returns_list else [results]
        stored = [target[0] for target in self._request.targets]
        for v, value, other in zip(self._outputs, [*listed, *stored], others, strict=True):
            if not _near(v.type, value, other):
                raise BadThunkOutput(
                    f"machine code computes something else for {v}\n{str_diagnostic(value, other)}"
                )
        return results


def _compiled_twice(fgraph: FunctionGraph, request: Request) -> Callable[..., list[Any]]:
    from lamina.compile.native_function import compile_native

    given = request.mode
    mode = Mode(
        "native", given.optimizer, None, given.included, given.excluded, given.required,
        given.rewriters, given.rules,
    )  # fmt: skip
    arguments = tuple(replace(a, mutable=False) for a in request.arguments)
    borrow = (False,) * len(fgraph.outputs)
    plain = replace(
        request,
        mode=mode,
        arguments=arguments,
        targets=(),
        borrow=borrow,
        returns_list=True,
        profile=None,
    )
    with config.change_flags(cache=False):
        first, second = (compile_native(fgraph, plain) for _ in range(2))
    if not first.callbacks and first.ir("linalg") != second.ir("linalg"):
        raise StochasticOrder(f"two compilations of {request.name} give different code")
    return first.call


def str_diagnostic(
    expected: Any, value: Any, rtol: float | None = None, atol: float | None = None
) -> str:
    """How two values differ, for an error.

    Parameters
    ----------
    expected, value : array-like
    rtol, atol : float, optional
        Tolerances to be named.
    """
    lines = []
    for what, array in (("expected", np.asarray(expected)), ("found   ", np.asarray(value))):
        lines.append(f"{what}: {array.dtype} {array.shape} {np.array2string(array, threshold=20)}")
    a, b = np.asarray(expected), np.asarray(value)
    if a.shape == b.shape and a.dtype.kind in "iufcb" and b.dtype.kind in "iufcb" and a.size:
        with np.errstate(all="ignore"):
            difference = np.abs(a.astype("complex128") - b)
            lines.append(f"largest difference: {np.nanmax(difference)}")
            lines.append(f"largest relative difference: {np.nanmax(difference / np.abs(a))}")
    if rtol is not None or atol is not None:
        lines.append(f"tolerances: rtol={rtol}, atol={atol}")
    return "\n".join(lines)


def _message(node: Apply, values: list[Any], what: str, more: str = "") -> str:
    line = describe(node.line)
    parts = [
        f"{node.op}: {what}",
        describe_node(node, values),
        more,
        f"made at {line}" if line else "",
    ]
    return "\n".join(part for part in parts if part)


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _equal(kind: Type, a: Any, b: Any) -> bool:
    return bool(kind.values_eq(a, b))


def _near(kind: Type, a: Any, b: Any) -> bool:
    if not isinstance(kind, TensorType) or kind.numpy_dtype.kind not in "fc":
        return _equal(kind, a, b)
    if a.shape != b.shape:
        return False
    size = kind.numpy_dtype.itemsize // (2 if kind.numpy_dtype.kind == "c" else 1)
    finite = np.abs(a[np.isfinite(a)])
    scale = float(finite.max()) if finite.size else 0.0
    return kind.values_eq_approx(a, b, rtol=_TOLERANCES[size], atol=_TOLERANCES[size] * scale)


def _share_memory(a: Any, b: Any) -> bool:
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.may_share_memory(a, b)
