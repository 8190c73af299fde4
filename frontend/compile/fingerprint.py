"""A name for what a compilation depends on, so that its result can be kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from lamina.branches import Branches
from lamina.compile.modes import Mode
from lamina.compile.request import Request
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.elementwise import by_name
from lamina.op_from_graph import OpFromGraph
from lamina.passes.user_rules import Tagged, own_rules
from lamina.scan.op import Scan


def fingerprint(fgraph: FunctionGraph, request: Request) -> str | None:
    """A hash of the graph (ops, types, constants, order of inputs; neither names nor lines), of how
    it is called, of the flags that matter and of the versions of all tools; None if an op of the
    graph is the user's own, or has parameters that only Python can tell apart.
    """
    digest = hashlib.sha256()

    def note(*parts: Any) -> None:
        for part in parts:
            text = part if isinstance(part, bytes) else str(part).encode()
            digest.update(len(text).to_bytes(8, "little"))
            digest.update(text)

    if config.check_rewrites != "off":
        return None  # what is stored is not checked again
    limit = config.rewrite_limit
    left = limit if limit < 0 else max(limit - len(fgraph.fired), 0)
    note(_toolchain(), config.floatX, config.strict_ieee, left)
    if not _note_rules(own_rules(), note) or not _note_mode(request.mode, note):
        return None
    note(len(request.arguments), len(request.cells), request.returns_list)
    if not _note_graph(fgraph, note):
        return None
    cells = {id(cell): i for i, cell in enumerate(request.cells)}
    note([cells.setdefault(id(t), len(cells)) for t in request.targets])
    return digest.hexdigest()


def _note_mode(mode: Mode, note: Callable[..., None]) -> bool:
    """Note which rewrites a mode asks for; whether that can be told."""
    note(mode.optimizer, mode.included, mode.excluded, mode.required)
    if mode.optimizer == "egraph":
        note(_egglog_version())
    return _note_rules(mode.rules, note)


def _note_rules(rules: Iterable[Tagged], note: Callable[..., None]) -> bool:
    for tag, rule in rules:
        if rule.text is None:
            return False
        note(tag, rule.name, rule.text)
    return True


def _note_graph(fgraph: FunctionGraph, note: Callable[..., None]) -> bool:
    """Note all that a graph is; whether that can be told."""
    numbers: dict[Variable, int] = {}
    for v in fgraph.inputs:
        numbers[v] = len(numbers)
        note(v.type)
    for node in fgraph.toposort():
        if isinstance(node.op, Scan):
            op = node.op
            note("scan", op.n_sequences, op.n_carries, op.until, op.callback)
            if op.mode is not None and not _note_mode(op.mode, note):
                return False
            if not _note_graph(op.fgraph, note):
                return False
        elif isinstance(node.op, (Branches, OpFromGraph)):
            note("branches" if isinstance(node.op, Branches) else "graph")
            if not _note_graph(node.op.fgraph, note):
                return False
        else:
            if not _is_lamina_s(node.op) or not _is_told_by_its_text(node.op):
                return False
            note(_op_text(node.op))
        for v in node.inputs:
            if v not in numbers:
                assert isinstance(v, Constant)
                numbers[v] = len(numbers)
                note(v.type, getattr(v, "weak", None), _content(v))
            note(numbers[v])
        for v in node.outputs:
            numbers[v] = len(numbers)
            note(v.type)
    for v in fgraph.outputs:
        if v not in numbers:
            assert isinstance(v, Constant)
            numbers[v] = len(numbers)
            note(v.type, _content(v))
        note(numbers[v])
    return True


def _content(constant: Constant) -> bytes:
    if constant.data is None:
        return b"None"
    return np.ascontiguousarray(constant.type.exact(constant.data)).tobytes()


def _is_lamina_s(op: Op) -> bool:
    """Whether an op is none of the user's own, which may have the name of another."""
    own = getattr(op, "scalar_op", None)
    if own is None:
        return type(op).__module__.startswith("lamina.")
    try:
        return by_name(own.name).scalar_op is own
    except KeyError:
        return False


def _is_told_by_its_text(op: Op) -> bool:
    """Whether ops of equal texts are equal; all are that have machine code."""
    if not op.callback and (hasattr(op, "nd_name") or hasattr(op, "scalar_op")):
        return True
    names = getattr(op, "__props__", None)  # without any, each is equal to itself alone
    return names is not None and all(_is_plain(getattr(op, name)) for name in names)


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, np.dtype))


def _op_text(op: Op) -> str:
    properties = [(name, getattr(op, name)) for name in getattr(op, "__props__", ())]
    parts = [f"{n}={_op_text(v) if isinstance(v, Op) else v!r}" for n, v in properties]
    return f"{type(op).__module__}.{type(op).__qualname__}({', '.join(parts)})"


@cache
def _egglog_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("egglog")
    except PackageNotFoundError:
        return ""  # to compile will raise


@cache
def _toolchain() -> str:
    """The versions of the compiler's parts, its own sources included, and the processor."""
    from importlib.metadata import version

    from lamina.codegen.target import host

    packages = ("numpy", "llvmlite", "torch-mlir", "xdsl")
    own = []
    import lamina.codegen
    import lamina.ir
    import lamina.passes
    import lamina.runtime

    for package in (lamina, lamina.ir, lamina.passes, lamina.codegen, lamina.runtime):
        for folder, _, files in sorted(os.walk(os.path.dirname(package.__file__ or ""))):
            for name in sorted(files):
                if name.endswith((".py", ".json")):
                    status = os.stat(os.path.join(folder, name))
                    own.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    sources = hashlib.sha256("\n".join(own).encode()).hexdigest()
    return f"{[version(p) for p in packages]} {sources} {host()}"
