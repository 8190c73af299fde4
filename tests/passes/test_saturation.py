"""Equality saturation: what it finds, what it must not, and that it means the same."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block

import lamina
import lamina.ir.operators as ops
import lamina.tensor as pt
from lamina.graph import rewrite_graph
from lamina.graph.rewriting import Rule, Var, using_rules
from lamina.import_graph import import_graph
from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.passes.driver import Rewriter, Trace
from lamina.passes.registry import TAGS, optimize
from lamina.passes.rules import Rule as NdRule
from lamina.passes.rules import _built
from lamina.passes.saturation.costs import operation_cost, scalar_cost
from lamina.passes.saturation.egraph import EGraph
from lamina.passes.saturation.equalities import (
    ASSOCIATIVITY,
    conditions,
    is_exact,
    variables,
)
from lamina.passes.saturation.extraction import extract, needed
from lamina.passes.saturation.rules import tell_rules
from lamina.passes.saturation.saturate import Budget, Report, saturate
from lamina.passes.saturation.terms import Node, Snapshot, Symbol
from lamina.passes.values import Value, uniform
from tests.evaluate import evaluate
from tests.passes.random_graphs import RandomGraph
from tests.passes.test_random_graphs import agree, tolerance, values_of_all

EGRAPH = lamina.Mode(optimizer="egraph")
x, y, z, w = pt.dvectors("x", "y", "z", "w")
i, j, k = (pt.lvector(name) for name in "ijk")
A, B, C = pt.dmatrices("A", "B", "C")


def search(
    inputs: list[Any], outputs: list[Any], *include: str, budget: Budget | None = None
) -> tuple[Block, Report]:
    """The block that saturation leaves, and the report on its largest part."""
    program = import_graph(FunctionGraph(inputs, outputs, clone=False))
    reports = saturate(program.block, ("fast_run", *include), budget=budget)
    program.module.verify()
    return program.block, max(reports, key=lambda report: report.written)


def operations(block: Block) -> Counter[str]:
    """How often each elementwise op and product of matrices is computed; a square is a product."""
    return Counter(
        {"nd.sqr": "mul"}.get(op.name, op.name.removeprefix("nd."))
        for op in block.ops
        if isinstance(op, nd.ElementwiseOp) or op.name == "nd.dot"
    )


# What greedy rewriting misses.

FOUND = {
    "factoring integers": ([i, j, k], [i * j + i * k], (), "mul add"),
    "the scheme of Horner": (
        [i, j, k], [j * i * i * i + k * i * i + j * i], (), "mul mul mul add add"
    ),
    "a maximum that is shared": (
        [x, y, z], [pt.maximum(pt.maximum(x, y), z), pt.maximum(y, z)], (), "maximum maximum"
    ),
    "exponentials that are each used twice": (
        [x, y, z], [pt.exp(x) * pt.exp(y), pt.exp(x) * pt.exp(z)], (), "add add exp exp"
    ),
    "moduli that are each used twice": (
        [x, y, z], [abs(x) * abs(y), abs(x) * abs(z)], (), "mul mul abs abs"
    ),
    "factoring floats": ([x, y, z], [x * y + x * z], ("reassociate",), "mul add"),
    "a factor that cancels once it is out": (
        [x, y, z], [(x * y + x * z) / x], ("reassociate",), "add"
    ),
    "one division": ([x, y, z, w], [x / w + y / w + z / w], ("reassociate",),
                     "add add true_div"),
    "one division by a product": (
        [x, y, z, w], [((x / y) / z) / w], ("reassociate",), "mul mul true_div"
    ),
    "exponentials that stand apart": (
        [x, y, z], [pt.exp(x) * y * pt.exp(z)], ("reassociate",), "add exp mul"
    ),
    "a matrix that is common to two products": (
        [A, B, C], [A @ B + A @ C], ("reassociate",), "add dot"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_finds_what_greedy_order_misses(case: Any):
    inputs, outputs, include, expected = case
    block, report = search(inputs, outputs, *include)
    assert report.gains and report.found < report.greedy <= report.written
    assert operations(block) == Counter(expected.split())


def test_a_product_of_matrices_that_meets_only_vectors_is_not_computed():
    block, report = search([A, B, x, y], [(A @ B) @ x, y @ (A @ B)])
    assert report.gains
    products = [op for op in block.ops if op.name == "nd.dot"]
    assert len(products) == 4
    assert all(1 in nd.static_shape(op.results[0]) for op in products)


def test_the_order_of_products_of_matrices_follows_their_static_shapes():
    a, b, c = (
        pt.tensor(n, shape=s, dtype="float64")
        for n, s in (("a", (30, 2)), ("b", (2, 30)), ("c", (30, 2)))
    )
    block, report = search([a, b, c], [a @ b @ c])
    assert report.gains
    assert [nd.static_shape(op.results[0]) for op in block.ops if op.name == "nd.dot"] == [
        (2, 2), (30, 2),
    ]  # fmt: skip
    _, report = search([a, b, c], [a @ (b @ c)])
    assert not report.gains


# What is not allowed.

REFUSED = {
    "sums of floats": ([x, y, z], [(x + y) + z, y + z]),
    "products of floats": ([x, y, z], [(x * y) * z, y * z]),
    "a common factor": ([x, y, z], [x * y + x * z]),
    "a common divisor": ([x, y, z], [x / z + y / z]),
    "sums of matrices in products": ([A, B, C], [A @ B + A @ C]),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_floats_are_rounded_otherwise_only_where_that_is_asked_for(case: Any):
    inputs, outputs = case
    assert not search(inputs, outputs)[1].gains
    assert search(inputs, outputs, "reassociate")[1].gains


def test_strict_ieee_keeps_the_order_of_all_floats():
    with config.change_flags(strict_ieee=True):
        assert not search([x, y, z], [(x * y + x * z) / x], "reassociate")[1].gains
        assert not search([A, B, x, y], [(A @ B) @ x, (A @ B) @ y], "reassociate")[1].gains
        assert search([i, j, k], [i * j + i * k])[1].gains


def test_a_form_that_keeps_its_digits_is_not_given_up_for_a_cheaper_one():
    u = pt.exp(x)
    block, report = search([x], [pt.log(1 + u), 1 + u, u - 1])
    assert not report.gains
    optimize(block)
    assert operations(block) == Counter(["exp", "add", "expm1", "scalar_softplus"])


def test_equalities_of_floats_are_used_if_they_are_exact():
    exact = {rule.name for rule in ASSOCIATIVITY if is_exact(rule, "f")}
    assert "associative-maximum" in exact
    assert not exact & {"associative-add", "associative-mul"}
    assert all(is_exact(rule, "i") for rule in ASSOCIATIVITY)
    catalogue = {r.name: r for rs in TAGS.values() for r in rs if isinstance(r, NdRule)}
    assert is_exact(catalogue["sum-with-negative"], "f")
    assert not is_exact(catalogue["log-of-one-plus"], "f")


# Rules.


def test_each_elementwise_rule_of_the_catalogue_holds_in_an_e_graph():
    rules = [
        r
        for rs in TAGS.values()
        for r in rs
        if isinstance(r, NdRule) and r.when is None and r.is_elementwise
    ]
    assert len(rules) > 60
    missing = []
    for letter, dtype in (("f", "float64"), ("i", "int64")):
        chosen = [r for r in rules if letter in r.kinds and (letter == "f" or "f" not in r.kinds)]
        for start in range(0, len(chosen), 12):
            egraph, sides = _e_graph_of(chosen[start : start + 12], dtype)
            egraph.schedule.step(egraph, 10**6, 10**6, growing=True)
            names = egraph.snapshot().names
            missing += [r.name for r, a, b in sides if names[a] != names[b]]
    assert missing == []


def _e_graph_of(rules: list[NdRule], dtype: str) -> tuple[EGraph, list[tuple[NdRule, str, str]]]:
    """Both sides of rules on 0-d values, and what each is called."""
    letters = sorted(set().union(*(variables(r.before) for r in rules)))
    dtypes = [*(dtype for _ in letters), *("bool" for _ in letters)]
    block = Block(arg_types=[nd.nd_type(TensorType(d, ())) for d in dtypes])
    block.add_op(ReturnOp())
    rewriter = Rewriter(block, {})
    assert block.last_op is not None
    rewriter.op = block.last_op
    egraph = EGraph(0)
    for number, v in enumerate(block.args):
        egraph.given(v, number)
    sides = []
    for rule in rules:
        pairs = zip(letters, block.args, strict=False)
        found = {name: Value(v, rewriter) for name, v in pairs}
        for name in conditions(rule):
            found[name] = Value(block.args[len(letters) + letters.index(name)], rewriter)
        before = _built(rule.before, found).ssa
        after = _built(rule.after, found)
        after = after.ssa if isinstance(after, Value) else rewriter.number(after, dtype)
        sides.append((rule, egraph.value(before), egraph.value(after)))
    tagged = [("canonicalize", rule) for rule in rules]
    tell_rules(egraph, tagged, False, egraph.op_names, {np.dtype(dtype).kind, "b"})
    return egraph, sides


def test_a_condition_is_asked_of_the_values_that_a_rule_has_matched():
    v, number = Var("v"), Var("number")
    asked = []

    def is_three(match: Any) -> bool:
        asked.append(uniform(match.number))
        return asked[-1] == 3

    rule = Rule("cosine-of-product", pt.cos(v * number), after=pt.cos(v), when=is_three)
    with using_rules(rule):
        block, _ = search([x], [pt.cos(2 * x), pt.cos(x * 3)])
        optimize(block)
    assert {2, 3} <= set(asked)
    constants = [op.data for op in block.ops if isinstance(op, nd.ConstantOp)]
    assert [float(c) for c in constants if c.dtype.kind == "f"] == [2.0]


def test_the_order_of_rules_decides_nothing():
    v, u = Var("v"), Var("u")
    first = Rule("sine-first", pt.sin(v), after=pt.cos(v))
    second = Rule("sine-plus", pt.sin(v) + u, after=u)
    for rules in ((first, second), (second, first)):
        with using_rules(*rules):
            block, report = search([x, y], [pt.sin(x) + y])
        assert operations(block) == Counter() and report.gains


# Types, checks, and how functions are compiled.


def test_results_keep_dtype_and_shape_where_a_rule_drops_an_operand():
    a, s = pt.tensor("a", shape=(2, None), dtype="float32"), pt.fscalar("s")
    outputs = [(a * s) / a, (s - s) * a + s, a - a, s * x / s]
    f = lamina.function([a, s, x], outputs, mode=EGRAPH)
    g = lamina.function([a, s, x], outputs)
    arguments = np.ones((2, 3), "float32") * 3, np.float32(2), np.arange(1.0, 4.0)
    for one, other in zip(f(*arguments), g(*arguments), strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        np.testing.assert_array_equal(one, other)


def test_checks_stay_and_come_before_what_relies_on_them():
    f = lamina.function([i, j, k], [i * j + i * k, j - k], mode=EGRAPH)
    assert [v.tolist() for v in f([1, 2], [3, 4], [5, 6])] == [[8, 20], [-2, -2]]
    with pytest.raises(ValueError, match="j"):
        f([1, 2], [3, 4, 5], [6, 7])
    with pytest.raises(ValueError, match="k"):
        f([1, 2], [3, 4], [6])


def test_steps_of_loops_are_saturated_too():
    values, _ = lamina.scan(
        lambda u, m: m * u + u * u, outputs_info=[i], non_sequences=[j], n_steps=2
    )
    f = lamina.function([i, j], values, mode=EGRAPH)
    np.testing.assert_array_equal(f([1, 2], [3, 4]), [[4, 12], [28, 192]])
    assert "// saturation: cost 300 as written" in f.ir("canonicalize")


def test_what_was_found_stands_at_the_top_of_the_first_stage():
    f = lamina.function([i, j, k], i * j + i * k, mode=EGRAPH)
    text = f.ir("canonicalize")
    assert "// saturation: cost 300 as written, 300 by greedy rewriting, 200 by saturation" in text
    assert text.count("nd.mul ") == 1
    with config.change_flags(rewrite_limit=0):
        f = lamina.function([i, j, k], i * j + i * k, mode=EGRAPH)
        assert f.ir("canonicalize").count("nd.mul ") == 2


def test_what_replaces_a_part_bears_the_line_of_its_result():
    block, _ = search([i, j, k], [i * j + i * k])
    made = [op for op in block.ops if op.name in ("nd.mul", "nd.add")]
    assert made and all("test_saturation" in str(op.attributes["line"]) for op in made)


def test_the_trace_counts_a_part_as_one_firing():
    program = import_graph(FunctionGraph([i, j, k], [i * j + i * k], clone=False))
    trace = Trace()
    reports = saturate(program.block, trace=trace)
    assert [str(r) for r in reports] == [f.rewrite for f in trace.fired if f.tag == "saturation"]


def test_a_budget_ends_the_search_and_what_was_found_until_then_is_taken():
    polynomial = sum((j * i**n for n in range(6)), start=k)
    for budget in (Budget(nodes=1), Budget(iterations=1, rounds=1), Budget(seconds=0.0)):
        block, report = search([i, j, k], [polynomial], budget=budget)
        assert report.iterations <= 2 and not report.saturated
        assert report.found <= report.greedy
    assert operations(block)


def test_without_egglog_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "egglog", None)
    with pytest.raises(ImportError, match=r"pip install 'lamina\[egraph\]'"):
        rewrite_graph(x + y, include=("egraph",))


# Costs and extraction.


def test_costs_of_elements_follow_from_what_ops_are_made_of():
    add = scalar_cost(ops.add, "f")
    assert 10 * add <= scalar_cost(ops.exp, "f") <= 20 * add
    assert scalar_cost(ops.mul, "f") < scalar_cost(ops.true_div, "f") < scalar_cost(ops.log, "f")
    assert scalar_cost(ops.sqr, "f") == scalar_cost(ops.mul, "f")
    assert scalar_cost(ops.exp, "f") < scalar_cost(ops.log1mexp, "f")


def test_costs_grow_with_static_shapes():
    def cost(*shape: int | None) -> float:
        type = TensorType("float64", shape)
        return operation_cost(ops.add, [type, type], type)

    assert cost(10, 10) == 100 * cost() == 10 * cost(10)
    assert cost(10) < cost(None) < cost(None, None)


def test_extraction_counts_what_is_shared_once():
    type = TensorType("float64", (10,))
    leaf = Symbol(0, 0)
    exp, sin, add = (Symbol(n, op) for n, op in enumerate((ops.exp, ops.tanh, ops.add), 1))
    nodes = {
        "x": [Node(leaf, ())],
        "e": [Node(exp, ("x",))],
        "t": [Node(sin, ("x",))],
        # alone each is as cheap either way; together they are cheap only if both use e
        "a": [Node(sin, ("x",)), Node(add, ("e", "x"))],
        "b": [Node(add, ("e", "e"))],
        "loop": [Node(add, ("loop", "x")), Node(exp, ("e",))],
    }
    snapshot = Snapshot(nodes, dict.fromkeys(nodes, type), {})
    choice = extract(snapshot, ["a", "b"])
    assert set(needed(choice, ["a", "b"])) == {"x", "e", "a", "b"}
    assert needed(choice, ["loop"]) == ["x", "e", "loop"]


# Random graphs.


def compare_random(seeds: range, *include: str) -> int:
    compared = 0
    for seed in seeds:
        graph = RandomGraph(seed)
        with np.errstate(all="ignore"):
            everything = values_of_all(graph)
        if everything is None or not all(np.isfinite(a).all() for a in everything):
            continue
        before = everything[-len(graph.outputs) :]
        after = evaluate(rewrite_graph(graph.outputs, include=("egraph", *include)), graph.values)
        for number, pair in enumerate(zip(before, after, strict=True)):
            assert agree(*pair, tolerance(graph)), (seed, number, pair)
        compared += 1
    return compared


def compare_compiled(seeds: range) -> int:
    compared = 0
    for seed in seeds:
        graph = RandomGraph(seed)
        with np.errstate(all="ignore"):
            everything = values_of_all(graph)
        if everything is None or not all(np.isfinite(a).all() for a in everything):
            continue
        inputs, arguments = list(graph.values), list(graph.values.values())
        modes = ("FAST_RUN", EGRAPH)
        one, other = (
            lamina.function(inputs, graph.outputs, mode=mode, on_unused_input="ignore")(*arguments)
            for mode in modes
        )
        for number, pair in enumerate(zip(one, other, strict=True)):
            assert agree(*pair, tolerance(graph)), (seed, number, pair)
        compared += 1
    return compared


def test_random_graphs_mean_the_same():
    assert compare_random(range(6)) > 2
    assert compare_random(range(6, 10), "reassociate") > 1


def test_compiled_random_graphs_give_what_fast_run_gives():
    assert compare_compiled(range(20, 24)) > 1


@pytest.mark.fuzz
@pytest.mark.only_fuzz
def test_a_hundred_random_graphs_give_what_fast_run_gives():
    assert compare_random(range(100, 250)) + compare_compiled(range(250, 310)) > 100
