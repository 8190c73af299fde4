import shutil
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.elementwise import Elemwise
from lamina.printing import pydotprint
from lamina.printing.diagram import DiagramMaker
from lamina.printing.svg import HEIGHT, Layout, svg

VECTOR = TensorType("float64", (None,))


@pytest.fixture
def loss():
    X, beta = TensorType("float64", (None, None))("X"), VECTOR("beta")
    y, p = VECTOR("y"), nd.sigmoid(X @ beta)
    return -(y * nd.log(p) + (1 - y) * nd.log(1 - p)).mean()


@pytest.fixture
def without_graphviz(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)


def dot(graph, **options):
    return pydotprint(graph, format="dot", return_image=True, **options).decode()


def test_dot_has_a_node_for_each_input_application_and_output():
    x = VECTOR("x")
    assert (
        dot(nd.exp(x * x))
        == """\
digraph {
  node [fontname="sans-serif"]; edge [fontname="sans-serif" fontsize=10];
  0 [label="x Vector(float64, shape=(?,))" shape=box style=filled fillcolor="#b7e4c7"];
  1 [label="Mul" shape=ellipse];
  2 [label="Exp" shape=ellipse];
  3 [label="Vector(float64, shape=(?,))" shape=box style=filled fillcolor="#90b8f8"];
  0 -> 1 [label="0" color=black];
  0 -> 1 [label="1" color=black];
  1 -> 2 [label="Vector(float64, shape=(?,))" color=black];
  2 -> 3 [label="" color=black];
}
"""
    )


def test_a_graph_that_is_not_compact_has_a_node_for_each_variable():
    x = VECTOR("x")
    labels = [box.label for box in DiagramMaker([nd.exp(-x)], compact=False).diagram.boxes]
    vector = "Vector(float64, shape=(?,))"
    assert labels == [f"x {vector}", "Neg", vector, "Exp", vector]


def test_labels_are_numbered_cut_and_bare_on_request():
    x = VECTOR("a" * 100)
    z = nd.exp(x)
    boxes = DiagramMaker([z], with_ids=True, longest_label=10, name_only=True).diagram.boxes
    assert [box.label for box in boxes] == ["aaaaaaa...", "Exp 0", "Vector(..."]


def test_an_arrow_into_an_op_that_overwrites_is_red():
    x = VECTOR("x")
    z = Elemwise(nd.exp.scalar_op, {0: 0})(-x)
    assert [arrow.color for arrow in DiagramMaker([z]).diagram.arrows] == ["black", "red", "black"]


def test_quotes_in_names_do_not_end_labels():
    x = VECTOR('a "b" \\c')
    assert r'label="a \"b\" \\c Vector(float64, shape=(?,))"' in dot(-x)


def test_an_input_that_is_an_output_is_drawn_once():
    x = VECTOR("x")
    assert dot(FunctionGraph([x], [x], clone=False)).count("label=") == 1


def test_svg_without_graphviz_shows_every_box(loss, without_graphviz):
    image = pydotprint(loss, format="svg", return_image=True)
    root = ElementTree.fromstring(image)
    texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    for box in DiagramMaker([loss]).diagram.boxes:
        assert box.label in texts
    assert svg(DiagramMaker([loss]).diagram).encode() == image


def test_no_boxes_overlap_and_all_arrows_point_down(loss):
    diagram = DiagramMaker([loss]).diagram
    layout = Layout(diagram)
    rows = {}
    for width, (x, y) in zip(layout.widths, layout.centres, strict=False):
        rows.setdefault(y, []).append((x - width / 2, x + width / 2))
        assert 0 <= x - width / 2 and x + width / 2 <= layout.width
    for row in rows.values():
        assert all(right < left for (_, right), (left, _) in pairwise(sorted(row)))
    for line in layout.lines:
        assert all(above < below for (_, above), (_, below) in pairwise(line))


def test_an_arrow_over_several_layers_passes_beside_the_boxes(loss):
    diagram = DiagramMaker([loss]).diagram
    layout = Layout(diagram)
    crossed = 0
    for line in layout.lines:
        for (x, top), (_, bottom) in pairwise(line[1:-1]):
            if bottom - top == HEIGHT:
                for width, (centre, y) in zip(layout.widths, layout.centres, strict=False):
                    beside = abs(x - centre) > width / 2
                    crossed += y == (top + bottom) / 2
                    assert beside or y != (top + bottom) / 2
    assert crossed


def test_places_are_as_near_as_possible_to_where_they_are_wanted():
    x = [VECTOR(name) for name in "abc"]
    layout = Layout(DiagramMaker([nd.exp(v) for v in x]).diagram)
    layer, (half, *_) = layout.layers[1], (layout.widths[n] / 2 for n in layout.layers[1])
    apart = 2 * half + 24
    layout._place(layer, [0.0, 0.0, 500.0])
    np.testing.assert_allclose([layout.x[n] for n in layer], [-apart / 2, apart / 2, 500])


def test_another_format_without_graphviz_says_what_to_do(loss, without_graphviz):
    with pytest.raises(RuntimeError, match="Install Graphviz"):
        pydotprint(loss, return_image=True)


def test_the_picture_is_written_to_the_file_given(loss, tmp_path, capsys):
    path = tmp_path / "loss.gv"
    assert pydotprint(loss, path, format="dot") is None
    assert path.read_text() == dot(loss)
    assert capsys.readouterr().out == f"The output file is available at {path}\n"
    pydotprint(loss, path, format="dot", print_output_file=False)
    assert capsys.readouterr().out == ""
