"""Every rule: it fires, refuses a near miss, and its two sides mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import FunctionType
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Block, Region

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import TensorType
from lamina.passes.driver import Fired, Rewriter
from lamina.passes.registry import TAGS, run_tag
from lamina.passes.rules import Applied, Rule, Var, _built
from lamina.passes.values import Value

RULES = [
    r for members in TAGS.values() for r in members if isinstance(r, Rule) and r.is_elementwise
]
DTYPES = {"f": "float64", "i": "int64", "u": "uint64", "c": "complex128", "b": "bool"}
SHAPES = ((2, 3), (3,), ())
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def variables(pattern: Any, dtype: str) -> dict[str, str]:
    """The variables of a pattern, conditions with dtype bool, all others with `dtype`."""
    if isinstance(pattern, Var):
        return {pattern.name: dtype}
    found: dict[str, str] = {}
    for i, p in enumerate(getattr(pattern, "operands", ())):
        choice = pattern.op.scalar_op.name == "switch" and i == 0
        found |= variables(p, "bool" if choice else dtype)
    return found


def dtype_of(rule: Rule) -> str:
    return DTYPES["f" if "f" in rule.kinds else "i"]


# What the two sides mean.


def samples(rule: Rule, letter: str, count: int = 4000) -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(0)
    values = {}
    for name, dtype in variables(rule.before, DTYPES[letter]).items():
        match np.dtype(dtype).kind:
            case "f":
                values[name] = numbers.uniform(-3, 3, count)
            case "c":
                values[name] = numbers.uniform(-3, 3, (count, 2)) @ [1, 1j]
            case kind:
                low, high = (0, 2) if kind == "b" else (-5 if kind == "i" else 0, 5)
                values[name] = numbers.integers(low, high, count).astype(dtype)
    return values


def meaning(pattern: Any, values: dict[str, np.ndarray], dtype: str) -> tuple[Any, np.ndarray]:
    """The value of a pattern, and where all operands are in the domains of their ops."""
    if isinstance(pattern, Var):
        return values[pattern.name], np.True_
    if not isinstance(pattern, Applied):
        return np.array(pattern, dtype), np.True_
    facts = pattern.op.scalar_op
    inside: Any = np.True_
    arrays = []
    for i, p in enumerate(pattern.operands):
        array, ok = meaning(p, values, dtype)
        low, high = facts.domains[i] if facts.domains else facts.domain
        if not isinstance(p, (Var, Applied)):
            ok = np.True_  # the number is part of the rule
        elif array.dtype.kind == "c":
            ok = ok & (np.abs(array) > 0.01)
        elif array.dtype.kind != "f":
            pass  # domains are of real numbers
        elif facts.domains and (low, high) == (0.1, np.inf):
            ok = ok & (np.abs(array) > 0.01)  # a divisor may be negative too
        else:
            ok = ok & (array >= low) & (array <= high)
        inside = inside & ok
        arrays.append(array)
    with np.errstate(all="ignore"):
        return facts.numpy(*arrays), inside


def agree(rule: Rule, after: Any, letter: str) -> bool:
    """Whether `after` means what the rule's `before` does, on samples from the ops' domains."""
    values, dtype = samples(rule, letter), DTYPES[letter]
    expected, inside = meaning(rule.before, values, dtype)
    found, _ = meaning(after, values, dtype)
    inside = np.broadcast_to(inside, expected.shape)
    assert inside.sum() > 100, "too few samples are in the domains"
    found = np.broadcast_to(found, expected.shape)
    if expected.dtype.kind not in "fc":
        return np.array_equal(found[inside], expected[inside])
    return np.allclose(found[inside], expected[inside], rtol=1e-9, atol=1e-11)


EVERY_KIND = [(rule, letter) for rule in RULES for letter in rule.kinds]


@pytest.mark.parametrize(("rule", "letter"), EVERY_KIND, ids=lambda v: getattr(v, "name", v))
def test_both_sides_mean_the_same(rule: Rule, letter: str):
    try:
        same = agree(rule, rule.after, letter)
    except TypeError:
        with pytest.raises(TypeError):  # the ops are not defined for the dtype in nd either
            program(rule.before, variables(rule.before, DTYPES[letter]))
    else:
        assert same


@every_rule
def test_a_mutated_after_means_something_else(rule: Rule):
    after, letter = rule.after, "f" if "f" in rule.kinds else "i"
    value, _ = meaning(after, samples(rule, letter), DTYPES[letter])
    if isinstance(after, Applied) and value.dtype == bool:
        other: Any = Applied(ops.invert, (after,))
    else:
        other = Applied(ops.add, (after, 1)) if isinstance(after, (Applied, Var)) else after + 1
    assert not agree(rule, other, letter)


# When it fires.


def program(
    pattern: Any, dtypes: dict[str, str], shapes: Any = SHAPES, keep_parts: bool = False
) -> Block:
    """A function that returns an instance of `pattern`; and its operands, to `keep_parts`."""
    types = [
        nd.nd_type(TensorType(dtype, shapes[i % len(shapes)]))
        for i, dtype in enumerate(dtypes.values())
    ]
    block = Block(arg_types=types)
    rewriter = Rewriter(block, {})
    block.add_op(ReturnOp())
    assert block.last_op is not None
    rewriter.op = block.last_op
    values = {name: Value(v, rewriter) for name, v in zip(dtypes, block.args, strict=True)}
    made = _built(pattern, values)
    returned = [made.ssa, *(made.ssa.owner.operands if keep_parts else ())]
    block.erase_op(rewriter.op)
    block.add_op(ReturnOp(*returned))
    FuncOp("main", FunctionType.from_lists(types, [v.type for v in returned]), Region(block))
    return block


def fire(rule: Rule, block: Block) -> list[Fired]:
    return run_tag(block, rule.name, (rule.name,)).fired


@every_rule
@pytest.mark.parametrize(
    "shapes", [SHAPES, ((4,),), ((None, 3), (None, 1), (3,)), ((), (2, 0))], ids=str
)
def test_before_fires_and_the_type_stays(rule: Rule, shapes: Any):
    block = program(rule.before, variables(rule.before, dtype_of(rule)), shapes)
    assert block.last_op is not None
    type = block.last_op.operands[0].type
    assert [f.rewrite for f in fire(rule, block)][:1] == [rule.name]
    assert block.last_op.operands[0].type == type


def near_misses(pattern: Any, seen: set[str] | None = None) -> Iterator[Any]:
    """Patterns that differ in one number, one of two equal variables, or one inner op."""
    seen = set() if seen is None else seen
    for i, p in enumerate(pattern.operands):

        def with_other(other: Any, i: int = i) -> Applied:
            return Applied(pattern.op, (*pattern.operands[:i], other, *pattern.operands[i + 1 :]))

        if isinstance(p, Var):
            if p.name in seen:
                yield with_other(Var("another"))
            seen.add(p.name)
        elif isinstance(p, Applied):
            yield from map(with_other, near_misses(p, seen))
            yield with_other(Applied(another_op(p.op), p.operands))
        else:
            yield with_other(p + 3)


def another_op(op: Any) -> Any:
    """An op on operands of the same dtypes with results of the same dtype."""
    alike = (
        (ops.lt, ops.le, ops.gt, ops.ge, ops.eq, ops.neq), (ops.and_, ops.or_, ops.xor),
        (ops.invert, ops.identity),
    )  # fmt: skip
    family = next((group for group in alike if op in group), (op,))
    if len(family) > 1:
        return family[family.index(op) - 1]
    others = {1: (ops.tanh, ops.sin), 2: (ops.arctan2,), 3: (ops.switch, ops.clip)}[op.nin]
    return next(other for other in others if other is not op)


@every_rule
def test_near_misses_are_refused(rule: Rule):
    count = 0
    for pattern in near_misses(rule.before):
        try:
            block = program(pattern, variables(pattern, dtype_of(rule)))
        except TypeError:
            continue  # tanh of integers
        count += 1
        assert not fire(rule, block), pattern
    assert count


@every_rule
def test_other_kinds_of_numbers_are_refused(rule: Rule):
    for letter, dtype in DTYPES.items():
        if letter in rule.kinds:
            continue
        dtypes = variables(rule.before, dtype)
        try:
            block = program(rule.before, dtypes)
        except TypeError:
            continue  # its ops have no such loop
        assert not fire(rule, block), dtype


@pytest.mark.parametrize("rule", [r for r in RULES if not r.keeps_nan], ids=lambda rule: rule.name)
def test_what_may_lose_a_nan_is_off_under_strict_ieee(rule: Rule):
    with config.change_flags(strict_ieee=True):
        assert not fire(rule, program(rule.before, variables(rule.before, dtype_of(rule))))


@pytest.mark.parametrize("rule", [r for r in RULES if r.when or r.once], ids=lambda rule: rule.name)
def test_a_guard_on_uses_refuses_parts_that_are_used_elsewhere(rule: Rule):
    dtypes = variables(rule.before, dtype_of(rule))
    assert not fire(rule, program(rule.before, dtypes, keep_parts=True))


def test_a_number_matches_a_constant_of_equal_elements_only():
    x = Var("x")
    rule = Rule("twice", before=x * 2, after=x + x)

    def times(data: Any) -> Block:
        block = program(x * 2, {"x": "float64"})
        constant = next(op for op in block.ops if isinstance(op, nd.ConstantOp))
        array = nd.constant_op(np.array(data, "float64"))
        block.insert_op_before(array, constant)
        constant.results[0].replace_all_uses_with(array.results[0])
        return block

    assert rule.match(_root(times([2.0, 2.0, 2.0]))) is not None
    assert rule.match(_root(times([2.0, 2.0, 1.0]))) is None


def _root(block: Block) -> Any:
    assert block.last_op is not None
    return block.last_op.operands[0].owner


def test_names_are_unique():
    names = [r.name for members in TAGS.values() for r in set(members)]
    assert sorted(set(names) - {"involution"}) == sorted(n for n in names if n != "involution")
