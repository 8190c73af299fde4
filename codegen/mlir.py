"""The one file that knows MLIR's Python bindings: parse, run passes, replace ops, translate.

The wheel `torch-mlir` carries the complete upstream bindings as `torch_mlir.ir` and
`torch_mlir.passmanager`, with every upstream pass registered. ``LAMINA_MLIR=mlir`` asks for a real
`mlir` package instead; it is used only if it passes `lamina.codegen.pipelines.check_bindings`.

There is one context for the process, with MLIR's thread pool off: starting threads for modules of
this size costs more than it saves (1.1 ms a kernel against 7), and a context costs 3 to 8 ms.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

DEFAULT_BINDINGS = "torch_mlir"


class LoweringError(RuntimeError):
    """MLIR refused a module: the text does not parse, a pass failed, or an op has no lowering."""


class _Bindings(NamedTuple):
    ir: Any
    pass_manager: Any
    translate: Callable[[Any], str]
    context: Any


@lru_cache(maxsize=1)
def _bindings() -> _Bindings:
    package = os.environ.get("LAMINA_MLIR") or DEFAULT_BINDINGS
    try:
        ir = import_module(f"{package}.ir")
        passes = import_module(f"{package}.passmanager")
        # Not `dialects.llvm`: that module of generated op classes takes 180 ms to import.
        llvm = import_module(f"{package}._mlir_libs._mlirDialectsLLVM")
    except ImportError as error:
        raise LoweringError(
            f"the MLIR bindings `{package}` cannot be imported ({error}): install torch-mlir, or "
            "unset LAMINA_MLIR if it names another package"
        ) from error
    context = ir.Context()
    context.enable_multithreading(False)
    return _Bindings(ir, passes.PassManager, llvm.translate_module_to_llvmir, context)


@lru_cache(maxsize=1)
def _checked_bindings() -> _Bindings:
    bindings = _bindings()
    if (os.environ.get("LAMINA_MLIR") or DEFAULT_BINDINGS) != DEFAULT_BINDINGS:
        # Imported here because the pipelines, which the check runs, are written in terms of Module.
        from lamina.codegen.pipelines import check_bindings

        check_bindings()
    return bindings


@lru_cache(maxsize=64)
def _pass_manager(pipeline: str, verify: bool) -> Any:
    bindings = _bindings()
    with bindings.context:
        manager = bindings.pass_manager.parse(pipeline)
    manager.enable_verifier(verify)
    return manager


class Call(NamedTuple):
    """One kind of call that replaced an op: the symbol, its operand types and its result type."""

    symbol: str
    operands: tuple[str, ...]
    result: str


class Module:
    """An MLIR module in memory."""

    def __init__(self, text: str, *, checked: bool = True) -> None:
        """Parse and verify `text`; `checked=False` is for the check of the bindings itself."""
        self._bindings = _checked_bindings() if checked else _bindings()
        try:
            self._module = self._bindings.ir.Module.parse(text, self._bindings.context)
        except self._bindings.ir.MLIRError as error:
            raise LoweringError(str(error)) from None

    def run(self, pipeline: str, *, verify: bool = False) -> None:
        """Run `pipeline`; `verify` checks the module after each pass, in twice the time.

        A pass that is nested wrongly can abort the process, so the pipelines are fixed strings and
        never come from a user.
        """
        manager = _pass_manager(pipeline, verify)
        try:
            manager.run(self._module.operation)
        except self._bindings.ir.MLIRError as error:
            raise LoweringError(str(error)) from None

    def text(self, *, locations: bool = False) -> str:
        """Print the module, with `loc(...)` on every op when `locations` is set."""
        return self._module.operation.get_asm(enable_debug_info=locations)

    def set_target(self, triple: str, data_layout: str) -> None:
        """State the target, without which i64 loads are translated as aligned to 4 bytes."""
        string = self._bindings.ir.StringAttr.get
        with self._bindings.context:
            attributes = self._module.operation.attributes
            attributes["llvm.target_triple"] = string(triple)
            attributes["llvm.data_layout"] = string(data_layout)

    def ops(self, wanted: Callable[[str], bool], *, first: bool = False) -> list[Any]:
        """List the ops whose name is `wanted`, in program order; only the first if `first`."""
        return _walk(self._bindings.ir, self._module.operation, wanted, first)

    def replace_by_calls(
        self, names: Collection[str], callee: Callable[[str, tuple[str, ...], str], str | None]
    ) -> list[Call]:
        """Replace each op called one of `names` by a call: ``math.exp %x`` -> ``call @exp(%x)``.

        `callee` maps op name, operand types and result type to a symbol, or to None for "leave
        it". The symbols are not declared: see `add_functions`.
        """
        ir = self._bindings.ir
        calls: dict[Call, None] = {}
        with self._bindings.context:
            for op in self.ops(names.__contains__):
                operands = list(op.operands)
                result = op.results[0]
                types = tuple(str(operand.type) for operand in operands)
                result_type = str(result.type)
                symbol = callee(op.name, types, result_type)
                if symbol is None:
                    continue
                call = ir.Operation.create(
                    "func.call",
                    results=[result.type],
                    operands=operands,
                    attributes={"callee": ir.FlatSymbolRefAttr.get(symbol)},
                    loc=op.location,
                    ip=ir.InsertionPoint(op),
                )
                result.replace_all_uses_with(call.results[0])
                op.erase()
                calls[Call(symbol, types, result_type)] = None
        return list(calls)

    def symbols(self, within: str | None = None) -> set[str]:
        """The names of the functions and globals of the module, or of the first op `within`."""
        return {
            op.attributes["sym_name"].value
            for op in self._body(within).operations
            if "sym_name" in op.attributes
        }

    def undefined(self, within: str | None = None) -> list[str]:
        """The names of the functions that are declared there and have no body, in order."""
        return [
            op.attributes["sym_name"].value
            for op in self._body(within).operations
            if op.operation.name == "func.func" and not len(op.regions[0].blocks)
        ]

    def add_functions(self, text: str, within: str | None = None) -> None:
        """Append the functions of the module `text` there, but for those whose name is taken.

        A function with a body takes the place of a declaration.
        """
        ir = self._bindings.ir
        body = self._body(within)
        present = {
            op.attributes["sym_name"].value: op
            for op in body.operations
            if "sym_name" in op.attributes
        }
        open_ = set(self.undefined(within))
        added = ir.Module.parse(text, self._bindings.context)
        for op in list(added.body.operations):
            name = op.attributes["sym_name"].value
            if name in open_ and len(op.regions[0].blocks):
                present[name].operation.erase()
            elif name in present:
                continue
            op.detach_from_parent()
            body.append(op)

    def _body(self, within: str | None) -> Any:
        if within is None:
            return self._module.body
        found = self.ops(lambda name: name == within, first=True)
        if not found:
            raise LoweringError(f"the module has no `{within}`")
        return found[0].regions[0].blocks[0]

    def inside(self, name: str) -> Module:
        """A module of what stands in the first op called `name`."""
        module = Module("")
        for op in self._body(name).operations:
            module._module.body.append(op.operation.clone())
        return module

    def to_llvm_ir(self, *, dialects: Iterable[str] = ("llvm",)) -> str:
        """Translate to LLVM IR text; every op must be of one of `dialects`.

        The translation ends the process on an op that it does not know, a left-over
        `builtin.unrealized_conversion_cast` above all, so that is looked for first.
        """
        known = tuple(f"{dialect}." for dialect in dialects)
        left = self.ops(
            lambda name: not name.startswith(known) and name != "builtin.module", first=True
        )
        if left:
            raise LoweringError(
                f"cannot translate to LLVM IR: `{left[0].name}` has no lowering "
                f"({left[0].location}); it stands in\n{_enclosing_function(left[0])}"
            )
        with self._bindings.context:
            return self._bindings.translate(self._module.operation)


def _walk(ir: Any, root: Any, wanted: Callable[[str], bool], first: bool) -> list[Any]:
    found: list[Any] = []
    advance, interrupt = ir.WalkResult.ADVANCE, ir.WalkResult.INTERRUPT

    def visit(op: Any) -> Any:
        if wanted(op.name):
            found.append(op)
            if first:
                return interrupt
        return advance

    root.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _enclosing_function(op: Any) -> str:
    while op.parent is not None and "sym_name" not in op.attributes:
        op = op.parent
    text = str(op)
    return text if len(text) < 4000 else f"{text[:4000]}\n..."
