"""Who may import whom, read from the sources. Imports inside functions count."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("frontend", "ir", "passes", "codegen", "runtime")
SOURCES = sorted(
    path
    for folder in (*ROOMS, "tests", "examples", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)

MAY_IMPORT = {
    "frontend": "",  # all
    "ir": r"\.ir\b",
    "passes": r"\.(passes|ir)\b",
    "codegen": r"\.(codegen|ir|runtime\.descriptor)\b",
    "runtime": r"\.runtime\b",
}
MLIR = {"mlir", "torch_mlir"}
HEAVY = MLIR | {"llvmlite", "scipy", "xdsl"}


@dataclass(frozen=True)
class Import:
    """One imported name, lamina.runtime.descriptor for instance, however it is imported."""

    name: str
    line: int
    relative: bool = False
    deferred: bool = False  # inside a function, or only for type checkers

    @property
    def library(self) -> str:
        return self.name.partition(".")[0]


def imports(node: ast.AST, deferred: bool = False) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield Import(alias.name, node.lineno, deferred=deferred)
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                yield Import(f"{module}.{alias.name}", node.lineno, level > 0, deferred)
        case ast.Call(
            func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            yield Import(module, node.lineno, deferred=deferred)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            deferred = True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            deferred = True
    for child in ast.iter_child_nodes(node):
        yield from imports(child, deferred)


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """What a file imports: read once for all rules."""
    return tuple(imports(ast.parse(path.read_text(encoding="utf-8"))))


def goes_through_a_wall(place: str, found: Import) -> bool:
    allowed = MAY_IMPORT.get(place.partition("/")[0], "")
    return found.library == "lamina" and not re.match(f"lamina{allowed}", found.name)


def is_relative_or_misses_lamina(place: str, found: Import) -> bool:
    return found.relative or found.library in ROOMS


def shows_graphs_and_ops_a_compiler(place: str, found: Import) -> bool:
    # SciPy says what some ops mean: it is imported when one is evaluated, never before
    inside = place.startswith(("ir/graph/", "ir/ops/")) and found.library in HEAVY
    return inside and (found.library != "scipy" or not found.deferred)


def loads_a_compiler_early(place: str, found: Import) -> bool:
    # These turn graphs into nd and back, and are themselves imported when a function is compiled.
    converters = ("/import_graph.py", "/imported_block.py", "/raise_graph.py", "/raise_kernel.py")
    early = place.startswith("frontend/") and not place.endswith(converters)
    early = early or place == "ir/configuration.py"
    return early and found.library in HEAVY and not found.deferred


def is_a_second_mlir_adapter(place: str, found: Import) -> bool:
    return place.startswith(ROOMS) and place != "codegen/mlir.py" and found.library in MLIR


Rule = Callable[[str, Import], bool]


@pytest.mark.parametrize(
    "rule",
    [
        goes_through_a_wall,
        is_relative_or_misses_lamina,
        shows_graphs_and_ops_a_compiler,
        loads_a_compiler_early,
        is_a_second_mlir_adapter,
    ],
)
def test_no_import(rule: Rule):
    broken = []
    for path in SOURCES:
        place = path.relative_to(ROOT).as_posix()
        for found in imports_of(path):
            if rule(place, found):
                broken.append(f"{place}:{found.line}: {found.name}")
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "place", "source", "finds"),
    [
        (goes_through_a_wall, "ir/a.py", "import lamina", True),
        (goes_through_a_wall, "ir/a.py", "from lamina.ir.graph import apply", False),
        (goes_through_a_wall, "passes/a.py", "from lamina import codegen", True),
        (goes_through_a_wall, "passes/a.py", "from lamina.ir_like import a", True),
        (goes_through_a_wall, "codegen/a.py", "from lamina.runtime import descriptor", False),
        (goes_through_a_wall, "codegen/a.py", "from lamina.runtime import blas", True),
        (goes_through_a_wall, "runtime/a.py", "def f():\n import lamina.ir.graph", True),
        (goes_through_a_wall, "runtime/a.py", "import_module('lamina.ir')", True),
        (goes_through_a_wall, "frontend/a.py", "import lamina.codegen.mlir", False),
        (is_relative_or_misses_lamina, "ir/a.py", "from .graph import apply", True),
        (is_relative_or_misses_lamina, "tests/a.py", "from ir.graph import apply", True),
        (shows_graphs_and_ops_a_compiler, "ir/ops/a.py", "import scipy.linalg", True),
        (shows_graphs_and_ops_a_compiler, "ir/ops/a.py", "def f():\n import scipy", False),
        (shows_graphs_and_ops_a_compiler, "ir/ops/a.py", "def f():\n import xdsl", True),
        (shows_graphs_and_ops_a_compiler, "ir/dialect/types.py", "import xdsl.ir", False),
        (loads_a_compiler_early, "frontend/a.py", "try:\n import scipy\nfinally: pass", True),
        (loads_a_compiler_early, "frontend/a.py", "def f():\n import xdsl.ir", False),
        (loads_a_compiler_early, "frontend/compile/import_graph.py", "import xdsl.ir", False),
        (is_a_second_mlir_adapter, "codegen/a.py", "from torch_mlir import ir", True),
        (is_a_second_mlir_adapter, "codegen/mlir.py", "from torch_mlir import ir", False),
    ],
)
def test_a_rule_sees(rule: Rule, place: str, source: str, finds: bool):
    assert any(rule(place, found) for found in imports(ast.parse(source))) == finds


def test_no_frontend_module_bears_the_name_of_a_public_object():
    packages = ["lamina"] + [
        "lamina." + ".".join(path.relative_to(ROOT / "frontend").parent.parts)
        for path in sorted((ROOT / "frontend").glob("*/**/__init__.py"))
    ]
    # In a process of its own: once a module is imported it hides the object of its name.
    program = f"""
import importlib, pkgutil, types
for name in {packages}:
    package = importlib.import_module(name)
    for child in pkgutil.iter_modules(package.__path__):
        held = getattr(package, child.name, None)
        if not isinstance(held, types.ModuleType | None):
            print(f"{{name}}.{{child.name}}")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
