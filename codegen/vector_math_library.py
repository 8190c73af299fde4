"""The vector math library as LLVM IR and as objects, one for each function and dtype."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from lamina.codegen.target import Target
from lamina.codegen.vector_math_table import DTYPES, Function, defined, symbol
from lamina.codegen.vector_math_trace import define

_WEIGHTS = '!0 = !{!"branch_weights", i32 1, i32 4000}\n'


def scalar_symbols(target: Target) -> tuple[str, ...]:
    """Return the symbols of the scalar forms; each stands for its vector forms, too."""
    return tuple(symbol(name, dtype) for name, f in defined(target).items() for dtype in f.dtypes)


def library_ir(target: Target, symbols: Iterable[str] | None = None) -> str:
    """Return the library's LLVM IR.

    Parameters
    ----------
    target : Target
        Decides which vector forms there are.
    symbols : iterable of str, optional
        Scalar symbols, ``"lm_exp_f64"``, of what is wanted with all its vector forms; by default
        everything, see `scalar_symbols`.

    Examples
    --------
    >>> v3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma")
    >>> [line[:37] for line in library_ir(v3, ["lm_exp_f64"]).splitlines() if "define" in line]
    ['define double @lm_exp_f64(double %x0)', 'define <2 x double> @lm_exp_f64_v2(<2', \
'define <4 x double> @lm_exp_f64_v4(<4']
    """
    wanted = scalar_symbols(target) if symbols is None else sorted(set(symbols))
    declarations: set[str] = set()
    helpers: dict[str, str] = {}
    definitions: list[str] = []
    for scalar in wanted:
        function, dtype = _parse(scalar, target)
        for lanes in (1, *function.widths[dtype]):
            text, trace = define(
                symbol(function.name, dtype, lanes),
                function.formula,
                function.arity,
                dtype,
                lanes,
                permutes=target.has("avx512f"),
            )
            definitions.append(text)
            declarations |= trace.declarations
            helpers |= trace.helpers
    return "\n".join(
        [f'target triple = "{target.triple}"', *sorted(declarations), *helpers.values()]
        + [*definitions, _WEIGHTS]
    )


def _parse(scalar: str, target: Target) -> tuple[Function, str]:
    name, _, dtype = scalar.removeprefix("lm_").rpartition("_")
    function = defined(target).get(name)
    if function is None or dtype not in DTYPES:
        raise ValueError(
            f"the vector math library has no {scalar!r}: choose of {scalar_symbols(target)}"
        )
    return function, dtype


def library_object(target: Target, symbols: Iterable[str] | None = None) -> bytes:
    """Compile `library_ir` to an object. It refers to libm for what is rarely needed.

    LLVM's passes would find nothing in this code and take 40 % of the time: only instructions are
    selected.
    """
    machine = target.machine(2)
    module = llvm.parse_assembly(library_ir(target, symbols), llvm.create_context())
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    return machine.emit_object(module)


def library_key(target: Target, symbols: Iterable[str] | None = None) -> str:
    """Return the key under which `library_object` may be kept on disk.

    It changes with the formulas, the coefficients, LLVM and the processor.
    """
    wanted = None if symbols is None else sorted(set(symbols))
    text = f"{_source_digest()} {llvmlite.__version__} {llvm.llvm_version_info} {target} {wanted}"
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _source_digest() -> str:
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("vector_math*"), folder / "target.py"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
