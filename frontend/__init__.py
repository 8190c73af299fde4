"""Lamina: define, manipulate and compile array expressions."""

# ruff: noqa: E402, F401, I001  a namespace; the finder of its paths comes first
# pyright: reportUnsupportedDunderAll=false, reportMissingModuleSource=false

import importlib
from typing import TYPE_CHECKING, Any

from lamina import home_finder, homes

home_finder.install()

from lamina.ir.configuration import config
from lamina.ir.graph import hooks
from lamina.compile.evaluation import evaluate
from lamina.compile.function_maker import function
from lamina.compile.io import In, Out
from lamina.compile.modes import Mode, get_mode
from lamina.compile.shared_value import shared
from lamina.symbolic import as_symbolic
from lamina import tensor

if TYPE_CHECKING:
    from lamina import compile, cuda, gradient, graph, printing, scalar
    from lamina.compile.function_maker import FunctionMaker
    from lamina.compile.function_object import Function
    from lamina.compile.loaded_function import load
    from lamina.conditional import ifelse
    from lamina.forward_mode import Rop, pushforward
    from lamina.compile.dumped_call import function_dump
    from lamina.compile.profile import ProfileStats
    from lamina.from_function import as_op, wrap_py
    from lamina.from_jax import wrap_jax
    from lamina.op_from_graph import OpFromGraph
    from lamina.derivatives import Lop, grad, hessian, jacobian, pullback, subgraph_grad
    from lamina.graph.replace import clone_replace, graph_replace, vectorize_graph
    from lamina.graph.rewrite import rewrite_graph
    from lamina.ir.graph.apply import Apply
    from lamina.ir.graph.function_graph import FunctionGraph
    from lamina.ir.graph.op import Op
    from lamina.ir.graph.shared import SharedVariable
    from lamina.ir.graph.type import Type
    from lamina.ir.graph.variable import Constant, Variable
    from lamina.numeric_gradient import verify_grad
    from lamina.printing import debugprint as dprint, pp, pprint, pydotprint
    from lamina.scan import foldl, foldr, map, reduce, scan

# Fetched when they are first asked for, so that an import of lamina does not wait for them.
_LATER = {
    name: module
    for module, names in {
        "lamina.compile": "Function FunctionMaker SharedVariable",
        "lamina.compile.builders": "OpFromGraph",
        "lamina.compile.dumped_call": "function_dump",
        "lamina.compile.loaded_function": "load",
        "lamina.compile.ops": "as_op wrap_py",
        "lamina.compile.profile": "ProfileStats",
        "lamina.from_jax": "wrap_jax",
        "lamina.gradient":
            "Lop Rop grad hessian jacobian pullback pushforward subgraph_grad verify_grad",
        "lamina.graph":
            "Apply Constant FunctionGraph Op Type Variable clone_replace graph_replace "
            "rewrite_graph vectorize_graph",
        "lamina.printing": "dprint pp pprint pydotprint",
        "lamina.scan": "foldl foldr map reduce",
    }.items()
    for name in names.split()
}  # fmt: skip
_MODULES = ("compile", "cuda", "gradient", "graph", "ifelse", "printing", "scalar", "scan")

__all__ = [
    "In", "Mode", "Out", "as_symbolic", "config", "function", "get_mode", "shared", "tensor",
    *_LATER, *_MODULES,
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LATER:
        module = importlib.import_module(_LATER[name])
        value = getattr(module, "debugprint" if name == "dprint" else name)
    elif name in _MODULES or f"lamina.{name}" in homes.HOMES:
        value = importlib.import_module(f"lamina.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _call_ufunc(*args: Any) -> Any:
    from lamina.tensor.numpy_calls import call_ufunc

    return call_ufunc(*args)


def _call_function(*args: Any) -> Any:
    from lamina.tensor.numpy_calls import call_function

    return call_function(*args)


def _debugprint(*args: Any, **kwargs: Any) -> Any:
    from lamina.printing import debugprint

    return debugprint(*args, **kwargs)


def _notebook(*args: Any) -> Any:
    from lamina.printing.notebook import shown

    return shown(*args)


def _vectorize_graph(*args: Any) -> Any:
    from lamina.graph.vectorize import vectorize_graph

    return vectorize_graph(*args)


def _vectorized(*args: Any) -> Any:
    from lamina.graph.vectorize import vectorized

    return vectorized(*args)


def _performer(*args: Any) -> Any:
    from lamina.compile.performer import Performer

    return Performer(*args)


hooks.provide("evaluate", evaluate)
hooks.provide("debugprint", _debugprint)
hooks.provide("notebook", _notebook)
hooks.provide("call_ufunc", _call_ufunc)
hooks.provide("call_function", _call_function)
hooks.provide("vectorize_graph", _vectorize_graph)
hooks.provide("vectorized", _vectorized)
hooks.provide("performer", _performer)
