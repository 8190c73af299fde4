"""The worklist, what it keeps of names and lines, and how it can be stopped."""

import numpy as np
import pytest
from xdsl.dialects.builtin import StringAttr

import lamina.tensor as pt
from lamina.import_graph import import_graph
from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.program import Program
from lamina.passes.driver import NoEnd, Rewrite, Rewriter, Trace
from lamina.passes.registry import optimize, run_tag

x = pt.vector("x")


def program(*outputs) -> Program:
    return import_graph(FunctionGraph(None, outputs, clone=False))


def names(program: Program) -> list[str]:
    return [op.name for op in program.block.ops]


def test_what_nothing_uses_goes_and_checks_stay():
    y = pt.vector("y")
    dead = program((x + y).shape[0], pt.exp(x))
    optimize(dead.block)
    assert "nd.add" not in names(dead)
    assert names(dead).count("nd.assert_equal") == 1


def test_the_trace_tells_rule_operation_and_line():
    trace = run_tag(program(pt.log(1 + x)).block, "stabilize")
    (fired,) = trace.fired
    assert (fired.tag, fired.rewrite, fired.operation) == ("stabilize", "log-of-one-plus", "nd.log")
    assert fired.line.startswith("test_driver.py:")
    assert str(fired) == f"stabilize: log-of-one-plus on nd.log ({fired.line})"


def test_a_limit_stops_after_so_many_rewrites():
    y = pt.log(1 + x) + pt.log(1 + pt.sqr(x))
    for limit, count in ((0, 2), (1, 1), (2, 0), (-1, 0)):
        limited = program(y)
        with config.change_flags(rewrite_limit=limit):
            trace = optimize(limited.block, include=("stabilize",))
        assert names(limited).count("nd.log") == count
        assert len(trace.fired) == 2 - count


def test_one_trace_counts_the_rewrites_of_all_stages():
    trace = Trace(limit=1)
    stages = program(1 / pt.exp(-(-x)))  # noqa: B002
    run_tag(stages.block, "canonicalize", trace=trace)
    run_tag(stages.block, "specialize", trace=trace)
    assert [f.tag for f in trace.fired] == ["canonicalize"]
    assert "nd.true_div" in names(stages)


def test_replacements_bear_the_name_and_the_line():
    y = pt.log(1 + x)
    y.name = "result"
    named = program(y)
    optimize(named.block)
    (op,) = [op for op in named.block.ops if op.name == "nd.log1p"]
    assert op.results[0].name_hint == "result"
    line = op.attributes["line"]
    assert isinstance(line, StringAttr) and line.data.startswith("test_driver.py:")


def test_rewrites_that_undo_each_other_are_found():
    endless = program(x + 1.0)
    swap = Rewrite(
        "swap", lambda op, rewriter: op.definition(*map(rewriter.value, op.operands[::-1]))
    )
    add = next(op for op in endless.block.ops if op.name == "nd.add")
    with pytest.raises(NoEnd, match="swap"):
        Rewriter(endless.block, {type(add): (swap,)}).run()
    endless.module.verify()


def test_a_refused_rewrite_leaves_nothing_behind():
    kept = program(x + x)
    before = str(kept.module)

    def build_and_refuse(op, rewriter):
        rewriter.value(op.operands[0]) * rewriter.value(op.operands[1])

    add = next(op for op in kept.block.ops if op.name == "nd.add")
    Rewriter(kept.block, {type(add): (Rewrite("refuse", build_and_refuse),)}).run()
    assert str(kept.module) == before


def test_nested_regions_are_left_alone():
    from xdsl.ir import Block, Region

    nested = program(pt.log(1 + x))
    inner = Block(arg_types=[nd.nd_type(pt.scalar().type)])
    neg = nd.create(pt.neg, [inner.args[0]])
    again = nd.create(pt.neg, [neg.results[0]])
    inner.add_ops([neg, again, nd.YieldOp.create(operands=again.results)])
    kernel = nd.KernelOp.create(
        operands=[nested.block.args[0]], result_types=[nested.block.args[0].type],
        regions=[Region(inner)],
    )  # fmt: skip
    last = nested.block.last_op
    nested.block.insert_op_before(kernel, last)
    last.operands[0] = kernel.results[0]
    run_tag(nested.block, "canonicalize")
    assert [op.name for op in inner.ops] == ["nd.neg", "nd.neg", "nd.yield"]


def test_equal_operations_merge_whatever_the_order_of_commuting_operands():
    y = pt.vector("y")
    merged = program((x + y) * (y + x), pt.sum(x, axis=0) + pt.sum(x, axis=0))
    optimize(merged.block, include=())
    assert names(merged).count("nd.add") == 2
    assert names(merged).count("nd.sum") == 1


def test_results_of_other_dtypes_and_axes_do_not_merge():
    m = pt.matrix("m")
    apart = program(m.sum(axis=0), m.sum(axis=1), x.astype("float32"), x.astype("int64"))
    optimize(apart.block)
    assert names(apart).count("nd.sum") == 2
    assert names(apart).count("nd.cast") == 2


def test_constants_of_equal_value_and_other_sign_of_zero_do_not_merge():
    signs = program(x + 0.0 * np.float64(1), x + np.float64(-0.0))
    optimize(signs.block, include=())
    assert names(signs).count("nd.add") == 2
