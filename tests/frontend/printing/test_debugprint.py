import io
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import lamina
import lamina.ir.operators as nd
import lamina.tensor as pt
from lamina.assumptions import assume
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.elementwise import Elemwise
from lamina.printing import char_from_number, debugprint, get_node_by_id

VECTOR = TensorType("float64", (None,))


@pytest.fixture
def x():
    return VECTOR("x")


@pytest.fixture
def y():
    return VECTOR("y")


def text(graph, **options):
    return debugprint(graph, file="str", **options)


def lines(graph, **options):
    return text(graph, **options).splitlines()


class Twins(Op):
    """Two outputs equal to the input."""

    __props__ = ()

    def make_node(self, v):
        return Apply(self, [v], [v.type(), v.type()])


class Within(Op, HasInnerGraph):
    """A graph as an op."""

    def __init__(self, inputs, outputs):
        self.fgraph = FunctionGraph(inputs, outputs)

    inner_inputs = property(lambda self: self.fgraph.inputs)
    inner_outputs = property(lambda self: self.fgraph.outputs)

    def make_node(self, *inputs):
        return Apply(self, inputs, [v.type() for v in self.fgraph.outputs])

    def __str__(self):
        return "Within"


class Told(Within):
    """One that tells about its variables."""

    def debug_information(self, node):
        told = {v: f"outer-in-{i}" for i, v in enumerate(node.inputs)}
        told |= {v: f"outer-out-{i}" for i, v in enumerate(node.outputs)}
        told |= {v: f"inner-in-{i}" for i, v in enumerate(self.fgraph.inputs)}
        return told | {v: f"inner-out-{i}" for i, v in enumerate(self.fgraph.outputs)}

    def outer_variables(self, node):
        return dict(zip(self.fgraph.inputs, node.inputs, strict=True))


def test_numbers_become_letters_to_base_26():
    numbers = (0, 25, 26, 27, 51, 52, 675, 676)
    assert [char_from_number(n) for n in numbers] == "A Z BA BB BZ CA ZZ BAA".split()


def test_str_is_returned_and_not_printed(x, capsys):
    assert text(-x) == "Neg [id A]\n └─ x [id B]\n"
    assert capsys.readouterr().out == ""


def test_no_file_is_standard_output_which_is_returned(x, capsys):
    assert debugprint(x) is sys.stdout
    assert capsys.readouterr().out == "x [id A]\n"


def test_a_stream_is_written_to_and_returned(x):
    stream = io.StringIO()
    assert x.dprint(file=stream) is stream
    assert stream.getvalue() == "x [id A]\n"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"file": 3}, TypeError),
        ({"file": "path.txt"}, TypeError),
        ({"depth": None}, TypeError),
        ({"id_type": "letters"}, ValueError),
    ],
)
def test_a_wrong_argument_is_refused_by_its_name(x, options, error):
    with pytest.raises(error, match=next(iter(options))):
        debugprint(x, **options)


@pytest.mark.parametrize("thing", [3, "x", None, {"x": 1}, [1.0]])
def test_what_has_no_graph_is_refused(thing):
    with pytest.raises(TypeError, match="only variables"):
        text(thing)


def test_depth_counts_levels(x, y):
    z = nd.exp(nd.log(x)) + y
    assert text(z, depth=0) == ""
    assert lines(z, depth=1) == ["Add [id A]"]
    assert lines(z, depth=2) == ["Add [id A]", " ├─ Exp [id B]", " └─ y [id C]"]
    assert text(z, depth=4) == text(z) == text(z, depth=-1)


def test_what_a_depth_hides_at_one_place_is_shown_at_a_higher_one(x):
    log = nd.log(x)
    assert lines([nd.exp(log), log], depth=2)[2:] == ["Log [id B]", " └─ x [id C]"]


def test_nothing_is_printed_below_a_name_on_request(x, y):
    log = nd.log(x)
    log.name = "a"
    assert lines(log + y, stop_on_name=True) == [
        "Add [id A]", " ├─ Log [id B] 'a'", " └─ y [id C]",
    ]  # fmt: skip


def test_integers_identify_nodes(x):
    assert lines(-x, id_type="int") == ["Neg [id 0]", " └─ x [id 1]"]


def test_python_ids_identify_nodes(x):
    z = -x
    assert lines(z, id_type="id") == [f"Neg [id {id(z.owner)}]", f" └─ x [id {id(x)}]"]


def test_automatic_names_identify_variables(x):
    z = -x
    assert lines(z, id_type="auto") == [f"Neg [id {z.auto_name}]", f" └─ x [id {x.auto_name}]"]


def test_nodes_need_no_identifier(x):
    assert lines(-x + x, id_type="") == ["Add", " ├─ Neg", " │  └─ x", " └─ x"]


def test_an_input_without_a_name_shows_its_type():
    v = TensorType("int8", (2, None))()
    assert lines(v, print_type=True) == [
        "<Matrix(int8, shape=(2, ?))> [id A] <Matrix(int8, shape=(2, ?))>"
    ]


def test_outputs_of_one_application_share_its_identifier(x):
    a, b = Twins()(x)
    assert lines([a, b]) == ["Twins.0 [id A]", " └─ x [id B]", "Twins.1 [id A]", " └─ ···"]
    assert lines(a.owner) == lines([a, b])


def test_an_application_without_inputs_has_nothing_below_it():
    class Nullary(Op):
        __props__ = ()

        def make_node(self):
            return Apply(self, [], [VECTOR()])

    v = Nullary()()
    assert lines([v, v]) == ["Nullary [id A]", "Nullary [id A]"]


def test_several_calls_share_identifiers_by_used_ids(x, y):
    used = {}
    assert lines(-x, used_ids=used) == ["Neg [id A]", " └─ x [id B]"]
    assert lines(x + y, used_ids=used) == ["Add [id C]", " ├─ x [id B]", " └─ y [id D]"]
    assert used[x] == "B"


def test_several_calls_print_a_subgraph_once_by_done(x):
    done, z = {}, nd.log(x)
    assert lines(z, done=done) == ["Log [id A]", " └─ x [id B]"]
    assert lines(-z, done=done) == ["Neg [id C]", " └─ Log [id A]", "    └─ ···"]
    assert list(done.values()) == ["A", "B", "C"]


def test_a_function_graph_tells_the_order_of_computation(x, y):
    fgraph = FunctionGraph([x, y], [nd.exp(nd.log(x)) * y])
    got = {node.op: n for n, node in enumerate(fgraph.toposort())}
    assert lines(fgraph) == [
        f"Mul [id A] {got[nd.mul]}", f" ├─ Exp [id B] {got[nd.exp]}",
        f" │  └─ Log [id C] {got[nd.log]}", " │     └─ x [id D]", " └─ y [id E]",
    ]  # fmt: skip
    assert fgraph.dprint(file="str") == text(fgraph)


def test_inputs_of_a_function_graph_are_printed_on_request(x, y):
    assert lines(FunctionGraph([x, y], [-x]), print_fgraph_inputs=True) == [
        "→ x [id A]", "→ y [id B]", "← Neg [id C] 0", "   └─ x [id A]",
    ]  # fmt: skip


def test_several_graphs_are_printed_one_after_the_other(x):
    fgraph = FunctionGraph([x], [-x], clone=False)
    assert lines([fgraph, (x, nd.exp(x))]) == [
        "Neg [id A] 0", " └─ x [id B]", "x [id B]", "Exp [id C]", " └─ x [id B]",
    ]  # fmt: skip


def test_storage_of_a_compiled_function_is_printed_on_request(x):
    fgraph = FunctionGraph([x], [-x], clone=False)
    storage = {x: [np.array([1.0, 2.0])], fgraph.outputs[0]: [None]}
    function = SimpleNamespace(
        maker=SimpleNamespace(fgraph=fgraph), vm=SimpleNamespace(storage_map=storage)
    )
    assert lines(function) == ["Neg [id A] 0", " └─ x [id B]"]
    assert lines(function, print_storage=True) == [
        "Neg [id A] 0 [None]", " └─ x [id B] [array([1., 2.])]",
    ]  # fmt: skip


def test_storage_of_a_function_that_keeps_no_results_is_that_of_its_inputs(x):
    fgraph = FunctionGraph([x], [-x], clone=False)
    function = SimpleNamespace(
        maker=SimpleNamespace(fgraph=fgraph), input_storage=[SimpleNamespace(storage=[2.5])]
    )
    assert lines(function, print_storage=True) == ["Neg [id A] 0", " └─ x [id B] [2.5]"]


def test_memory_maps_are_printed_on_request(x):
    inplace = Elemwise(nd.exp.scalar_op, {0: 0})
    z = inplace(x)[0]
    assert lines(z, print_destroy_map=True)[1] == " ├─ Exp [id B] d={0: [0]}"
    assert lines(z, print_view_map=True)[0] == "Subtensor{i} [id A] v={0: [0]}"
    assert "{0: [0]}" not in text(z)


def test_types_are_printed_on_request(x):
    assert lines(-x, print_type=True) == [
        f"Neg [id A] <{x.type}>", f" └─ x [id B] <{x.type}>",
    ]  # fmt: skip


def test_shapes_are_printed_on_request():
    a, n = pt.tensor("a", shape=(None, 3)), pt.iscalar("n")
    assert lines(a[0] + n, print_shape=True, id_type="") == [
        "Add shape=(3,)",
        " ├─ Subtensor{i} shape=(3,)",
        " │  ├─ a shape=(?, 3)",
        " │  └─ 0 shape=()",
        " └─ ExpandDims{axis=0} shape=(1,)",
        "    └─ n shape=()",
    ]


def test_both_maps_of_memory_are_printed_by_one_option():
    class Both(Op):
        destroy_map, view_map = {0: [0]}, {1: [1]}

        def make_node(self, a, b):
            return Apply(self, [a, b], [a.type(), b.type()])

        def __str__(self):
            return "Both"

    a, b = Both()(pt.dvector("a"), pt.dvector("b"))
    top = "Both.0 [id A] d={0: [0]} v={1: [1]}"
    assert lines(a, print_memory_map=True)[0] == top
    assert lines(a, print_destroy_map=True, print_view_map=True)[0] == top
    assert lines(a)[0] == "Both.0 [id A]"


def test_assumptions_are_printed_on_request():
    k, b, n = pt.dmatrix("k"), pt.dmatrix("b"), pt.ivector("n")
    factor = pt.linalg.cholesky(assume(k, positive_definite=True))
    found = lines(factor @ b + b.T @ b, print_assumptions=True, id_type="")
    facts = {
        line.strip(" ├─└│").partition(" ")[0].partition("{")[0]: line.partition(" a=")[2]
        for line in found
    }
    assert facts["Cholesky"] == "{lower_triangular}"
    assert facts["Assume"] == "{symmetric, positive_definite}"
    assert facts["Add"] == facts["b"] == ""
    assert "a={symmetric}" in text(b.T @ b, print_assumptions=True).splitlines()[0]
    assert "a={diagonal" in text(pt.eye(3) * 2, print_assumptions=True)
    assert "a=" not in text(factor @ b) and "a=" not in text(n + 1, print_assumptions=True)


def test_assumptions_of_inner_and_compiled_graphs_are_printed():
    k = pt.dmatrix("k")
    inner = Within([k], [pt.linalg.cholesky(k)])(k)
    below = text(inner, print_assumptions=True).partition("Inner graphs:")[2]
    assert "a={lower_triangular}" in below
    f = lamina.function([k], pt.linalg.cholesky(k) + 1)
    assert "a={lower_triangular}" in text(f, print_assumptions=True)


def test_inner_graphs_are_left_out_on_request(x):
    z = Within([x], [nd.exp(x)])(x)
    assert "Inner graphs:" in text(z)
    assert text(z, print_inner_graphs=False) == "Within [id A]\n └─ x [id B]\n"


def test_inner_graphs_follow_once_for_each_application(x):
    i, j = VECTOR("i"), VECTOR()
    op = Within([i, j], [nd.exp(i) + j, j])
    a, b = op(x, x)
    assert (
        text([a, b], print_fgraph_inputs=True)
        == """\
Within.0 [id A]
 ├─ x [id B]
 └─ x [id B]
Within.1 [id A]
 └─ ···

Inner graphs:

Within [id A]
 → i [id C]
 → *1-<Vector(float64, shape=(?,))> [id D]
 ← Add [id E]
    ├─ Exp [id F]
    │  └─ i [id C]
    └─ *1-<Vector(float64, shape=(?,))> [id D]
 ← *1-<Vector(float64, shape=(?,))> [id D]
"""
    )


def test_an_inner_graph_within_another_comes_after_it(x):
    i, j = VECTOR("i"), VECTOR("j")
    inner = Within([i], [-i])
    outer = Within([j], [inner(j)])
    assert lines(outer(x))[3:] == [
        "Inner graphs:", "", "Within [id A]", " ← Within [id C]", "    └─ j [id D]", "",
        "Within [id C]", " ← Neg [id E]", "    └─ i [id F]",
    ]  # fmt: skip


def test_ops_tell_about_their_variables_and_link_inner_inputs_to_outer_ones(x):
    i = VECTOR()
    z = Told([i], [-i])(nd.exp(x))
    assert (
        text(-z, print_op_info=True)
        == """\
Neg [id A]
 └─ Within [id B] (outer-out-0)
    └─ Exp [id C] (outer-in-0)
       └─ x [id D]

Inner graphs:

Within [id B] (outer-out-0)
 ← Neg [id E] (inner-out-0)
    └─ *0-<Vector(float64, shape=(?,))> [id F] -> [id C] (inner-in-0)
"""
    )
    assert not re.search("outer-|inner-", text(z))


def test_a_node_is_found_by_its_identifier(x):
    z = nd.exp(x + 1)
    assert get_node_by_id(z, "A") is z.owner
    assert get_node_by_id(z, "C") is x
    assert get_node_by_id([z, -x], "1", "int") is z.owner.inputs[0].owner
    assert get_node_by_id(z, "Z") is None


def test_a_chain_of_20_000_nodes_prints_every_node_in_bounded_width(x):
    z = x
    for _ in range(20_000):
        z = nd.exp(z)
    printed = lines(z, id_type="int")
    numbers = [int(re.search(r"\[id (\d+)\]", line)[1]) for line in printed if "[id" in line]
    assert set(numbers) == set(range(20_001))
    assert max(map(len, printed)) < 1000


def test_a_branch_that_is_too_deep_goes_on_at_the_left_margin(x):
    z = x
    for _ in range(301):
        z = nd.exp(z)
    printed = lines([z + x, x], id_type="int")
    assert printed[302].strip("│ ") == "└─ ···"
    assert printed[303:] == [
        " └─ x [id 302]", "", "··· Exp [id 301]", "     └─ x [id 302]", "x [id 302]",
    ]  # fmt: skip
