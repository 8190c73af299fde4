"""Makes the calls of a kernel's LLVM IR reach the vector math library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from lamina.codegen.noalias import KERNEL_PREFIX
from lamina.codegen.target import Target
from lamina.codegen.vector_math_table import DTYPES, functions, symbol

# Attribute groups are numbered from here, out of the way of the text's own.
_FIRST_GROUP = 1_000_000
_INTRINSICS = "acos asin atan atan2 cos cosh exp exp2 log log10 log2 pow sin sinh tan tanh".split()
_CALL = re.compile(
    # 1 up to the name, 2 the result's type, 3 the name, 4 arguments and attribute groups
    r"(call (?:[a-z]+ )*(double|float) @)([\w.]+)(\([^()\n]*\)(?: #\d+)*)"
    # or the declaration of a library function, which is written anew
    r"|^declare [^\n]*@lm_[^\n]*\n",
    re.MULTILINE,
)
# a kernel's parameters, or a power of doubles: what it is assigned to, its base and its exponent
_POWER = re.compile(
    r"^define [^\n]*@(?P<function>[\w.]+)\((?P<parameters>[^\n]*)"
    r"|^(?P<result> *%\w+ = )(?P<call>(?:tail )?call (?:[a-z]+ )*double @)(?:pow|llvm\.pow\.f64)"
    r"\(double (?P<base>%?[-+.\w]+), double (?P<exponent>%?[-+.\w]+)\)(?P<tail>[^\n]*)$",
    re.MULTILINE,
)
_CALLED = re.compile(r"@(lm_\w+_f(?:64|32)(?:_v\d+)?)\(")


def required(externals: Iterable[str]) -> tuple[str, ...]:
    """Return the scalar symbols whose objects define what a kernel's object lacks, sorted.

    Parameters
    ----------
    externals : iterable of str
        Names that the object refers to, others than the library's among them.

    Examples
    --------
    >>> required(["lm_exp_f64_v8", "lm_exp_f64", "memcpy"])
    ('lm_exp_f64',)
    """
    own = (name.partition("_v")[0] for name in externals if name.startswith("lm_"))
    return tuple(sorted(set(own)))


def needs_library(ll_text: str) -> tuple[str, ...]:
    """Return the scalar symbols of the library's functions that LLVM IR calls, sorted.

    It is empty if the library is not needed. Each is an argument of `library_object`.
    """
    return required(_CALLED.findall(ll_text))


def bind_calls(ll_text: str, target: Target) -> str:
    """Let calls of libm's functions call the library's, and loops over them be vectorised.

    ``call double @exp(double %x)`` becomes ``call double @lm_exp_f64(double %x)`` with the
    attribute ``vector-function-abi-variant``, from which LLVM's loop vectoriser learns the names of
    the vector forms. C's names (``expf``) and LLVM's (``llvm.exp.f64``) are taken, and the own
    names ``lm_sigmoid_f64`` and so on. What the library lacks stays as it is.

    Parameters
    ----------
    ll_text : str
        A module as MLIR's translation writes it, not yet bound.
    target : Target
        Decides which functions and vector forms there are.
    """
    table = _replacements(target)
    if not table:
        return ll_text
    used: dict[str, int] = {}
    ll_text = _split_powers(ll_text)

    def replace(match: re.Match[str]) -> str:
        head, result, name, tail = match.groups()
        if head is None:
            return ""
        found = table.get((name, result))
        if found is None:
            return match[0]
        return f"{head}{found}{tail} #{used.setdefault(found, _FIRST_GROUP + len(used))}"

    text = _CALL.sub(replace, ll_text)
    return text + _appendix(used, target) if used else ll_text


def _split_powers(ll_text: str) -> str:
    """Take the logarithm of a base that is a kernel's parameter, or a constant, apart.

    LLVM then moves it out of the loop over the powers.
    """
    if "@pow(" not in ll_text and "@llvm.pow.f64(" not in ll_text:
        return ll_text
    parameters: set[str] = set()
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal parameters, count
        if match["function"] is not None:
            kernel = match["function"].startswith(KERNEL_PREFIX)
            parameters = set(re.findall(r"double (%\w+)", match["parameters"])) if kernel else set()
            return match[0]
        base, call, tail = match["base"], match["call"], match["tail"]
        if base.startswith("%") and base not in parameters:
            return match[0]
        count += 1
        parts = [
            f"  %{part}.{count} = {call}lm_{part}_f64(double {base}){tail}\n"
            for part in ("log_high", "log_low")
        ]
        return "".join(parts) + (
            f"{match['result']}{call}lm_pow_by_log_f64(double {base}, double {match['exponent']},"
            f" double %log_high.{count}, double %log_low.{count}){tail}"
        )

    return _POWER.sub(replace, ll_text)


def is_bound(ll_text: str) -> bool:
    """Return whether `bind_calls` has found calls in a module."""
    return f"attributes #{_FIRST_GROUP} = " in ll_text


@cache
def _replacements(target: Target) -> dict[tuple[str, str], str]:
    """Return the library's symbol for each name and result type that a call may have."""
    table: dict[tuple[str, str], str] = {}
    for name, function in functions(target).items():
        for dtype in function.dtypes:
            result = DTYPES[dtype]
            found = symbol(name, dtype)
            table[found, result] = found
            table[name + ("f" if dtype == "f32" else ""), result] = found
            if name in _INTRINSICS:
                table[f"llvm.{name}.{dtype}", result] = found
    return table


def _appendix(used: dict[str, int], target: Target) -> str:
    """Return declarations of what is used, and the attribute groups of the calls.

    LLVM accepts a vector form only if the module declares it, and drops declarations that nothing
    refers to, hence ``llvm.compiler.used``.
    """
    lines: list[str] = []
    vectors: list[str] = []
    for scalar, group in used.items():
        declarations, names, attributes = _forms(target)[scalar]
        lines += declarations
        lines.append(f"attributes #{group} = {{ {attributes} }}")
        vectors += names
    references = ", ".join(f"ptr @{name}" for name in vectors)
    lines.append(
        f"@llvm.compiler.used = appending global [{len(vectors)} x ptr] [{references}],"
        ' section "llvm.metadata"'
    )
    return "\n" + "\n".join(lines) + "\n"


@cache
def _forms(target: Target) -> dict[str, tuple[list[str], list[str], str]]:
    """Return declarations, vector symbols and call attributes for each scalar symbol."""
    pure = "nounwind willreturn memory(none)"
    forms = {}
    for name, function in functions(target).items():
        for dtype in function.dtypes:
            scalar = symbol(name, dtype)
            vectors = {n: symbol(name, dtype, n) for n in function.widths[dtype]}
            declarations = []
            for lanes, form in {1: scalar, **vectors}.items():
                ty = DTYPES[dtype] if lanes == 1 else f"<{lanes} x {DTYPES[dtype]}>"
                arguments = ", ".join([ty] * function.arity)
                declarations.append(f"declare {ty} @{form}({arguments}) {pure}")
            # Vector function ABI: N for no mask, the length, a v for each vector argument
            variants = ",".join(
                f"_ZGV_LLVM_N{lanes}{'v' * function.arity}_{scalar}({form})"
                for lanes, form in vectors.items()
            )
            attributes = f'{pure} "vector-function-abi-variant"="{variants}"'
            forms[scalar] = declarations, list(vectors.values()), attributes
    return forms
