"""Every rule on whole arrays: it fires, refuses a near miss, and its two sides mean the same."""

from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import FunctionType
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Block, Region

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.passes.driver import Rewriter
from lamina.passes.fold_constants import computed
from lamina.passes.registry import TAGS, run_tag
from lamina.passes.rules import Applied, Rule, Var, _built, transposed
from lamina.passes.values import Value

RULES = [
    r for members in TAGS.values() for r in members if isinstance(r, Rule) and not r.is_elementwise
]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
SHAPES = {"square": (3, 3), "stack": (2, 3, 3)}


def names_of(pattern: Any) -> list[str]:
    if isinstance(pattern, Var):
        return [pattern.name]
    return [n for p in getattr(pattern, "operands", ()) for n in names_of(p)]


def program(rule: Rule, pattern: Any, shape: Any, twice: bool = False) -> Block:
    """A function that returns an instance of `pattern`, and its operands if `twice`."""
    names = sorted(set(names_of(rule.before)))
    types = [nd.nd_type(TensorType("float64", shape)) for _ in names]
    block = Block(arg_types=types)
    rewriter = Rewriter(block, {})
    last = ReturnOp()
    block.add_op(last)
    rewriter.op = last
    made = _built(pattern, {n: Value(v, rewriter) for n, v in zip(names, block.args, strict=True)})
    returned = [made.ssa, *(made.ssa.owner.operands if twice else ())]
    block.erase_op(last)
    block.add_op(ReturnOp(*returned))
    FuncOp("main", FunctionType.from_lists(types, [v.type for v in returned]), Region(block))
    return block


def value_of(block: Block) -> np.ndarray:
    numbers = np.random.default_rng(0)
    known: dict[Any, Any] = {v: numbers.normal(size=nd.static_shape(v)) for v in block.args}
    for op in block.ops:
        if isinstance(op, nd.ConstantOp):
            known[op.results[0]] = op.data
        elif isinstance(op, nd.NdOp):
            known[op.results[0]] = np.asarray(computed(op, [known[v] for v in op.operands]))
    assert block.last_op is not None
    return known[block.last_op.operands[0]]


@every_rule
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_it_fires_and_both_sides_mean_the_same_but_not_a_mutated_one(rule: Rule, shape: Any):
    block = program(rule, rule.before, shape)
    before = value_of(block)
    assert [f.rewrite for f in run_tag(block, rule.name, (rule.name,)).fired][:1] == [rule.name]
    np.testing.assert_allclose(value_of(block), before, rtol=1e-9)
    mutated = Applied(ops.add, (rule.after, 1))
    assert not np.allclose(value_of(program(rule, mutated, shape)), before)


def another(pattern: Any) -> Any:
    """The pattern with its innermost op another."""
    for i, p in enumerate(pattern.operands):
        if isinstance(p, Applied):
            inner = p.operands[0] if p.op is transposed else Applied(transposed, (p.operands[0],))
            operands = (*pattern.operands[:i], inner, *pattern.operands[i + 1 :])
            return Applied(pattern.op, operands)
    raise AssertionError(pattern)


@every_rule
def test_a_near_miss_is_refused(rule: Rule):
    block = program(rule, another(rule.before), (3, 3))
    fired = run_tag(block, rule.name, (rule.name,)).fired
    assert not fired


@pytest.mark.parametrize("rule", [r for r in RULES if r.once], ids=lambda rule: rule.name)
def test_parts_that_are_used_elsewhere_are_not_computed_twice(rule: Rule):
    assert not run_tag(program(rule, rule.before, (3, 3), True), rule.name, (rule.name,)).fired
