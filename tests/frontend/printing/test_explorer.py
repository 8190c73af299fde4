import json
import re
from html.parser import HTMLParser

import pytest

import lamina
import lamina.tensor as pt
from lamina.d3viz import d3viz, d3write


class Page(HTMLParser):
    """The tags of a page, and the texts of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] == "script":
            self.scripts.append(data)


@pytest.fixture
def loop():
    x, w = pt.dmatrix("x"), pt.dvector("w")
    states, _ = lamina.scan(lambda row, state: state * 0.5 + row, x, outputs_info=w, name="decay")
    return pt.exp(states[-1]) + w


def written(thing, tmp_path, **options):
    path = tmp_path / "graph.html"
    d3viz(thing, path, **options)
    return path.read_text(encoding="utf-8")


def graphs(text):
    page = Page(text)
    (data,) = [s for s in page.scripts if s.lstrip().startswith("[")]
    return json.loads(data)


def test_the_page_loads_nothing_from_elsewhere(loop, tmp_path):
    text = written(loop, tmp_path)
    assert set(re.findall(r"\w+://[^\"' )]+", text)) <= {"http://www.w3.org/2000/svg"}
    tags = Page(text).tags
    assert not [tag for tag, attrs in tags if {"src", "href"} & attrs.keys()]
    assert [tag for tag, _ in tags][:3] == ["html", "head", "meta"]


def test_boxes_and_arrows_are_those_of_the_graph(loop, tmp_path):
    top = graphs(written(loop, tmp_path))[0]
    labels = [box["label"] for box in top["boxes"]]
    by_label = {label.split()[0]: i for i, label in enumerate(labels)}
    assert {"x", "w", "Add", "Exp"} <= set(by_label)
    ends = {(a["source"], a["target"]) for a in top["arrows"]}
    assert (by_label["Exp"], by_label["Add"]) in ends
    assert (by_label["w"], by_label["Add"]) in ends
    for arrow in top["arrows"]:
        assert 0 <= min(arrow["source"], arrow["target"])
        assert max(arrow["source"], arrow["target"]) < len(labels)
        assert arrow["corners"][0][1] < arrow["corners"][-1][1]  # downwards


def test_an_inner_graph_can_be_opened(loop, tmp_path):
    found = graphs(written(loop, tmp_path))
    (scan,) = [b for b in found[0]["boxes"] if b["label"].startswith("Scan{decay")]
    inner = found[scan["inner"]]
    assert inner["title"].startswith("Scan{decay")
    labels = [b["label"] for b in inner["boxes"] if b["round"]]
    assert labels == ["ExpandDims{axis=0} 0", "Mul 1", "Add 2"]
    assert all(b["inner"] is None for b in inner["boxes"])


def test_a_box_tells_types_and_the_line_where_it_was_made(loop, tmp_path):
    top = graphs(written(loop, tmp_path))[0]
    (exp,) = [b for b in top["boxes"] if b["label"].startswith("Exp")]
    assert exp["details"][0] == "Exp"
    assert any("Vector(float64" in line for line in exp["details"])
    assert "test_explorer.py" in exp["details"][-1] and "pt.exp(states" in exp["details"][-1]


def test_compiled_functions_show_what_is_overwritten(tmp_path):
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(pt.sort(x)).sum() + x.sum())
    found = graphs(written(f, tmp_path))
    overwriting = [b for g in found for b in g["boxes"] if "overwrites" in str(b["details"])]
    red = [a for g in found for a in g["arrows"] if a["color"] == "red"]
    assert bool(overwriting) == bool(red)
    assert any(box["label"].startswith("Sort") for box in found[0]["boxes"])


def test_names_that_look_like_tags_stay_text(tmp_path):
    x = pt.dvector("</script><b>&x")
    text = written(-x, tmp_path)
    assert "b" not in [tag for tag, _ in Page(text).tags]
    assert any("</script><b>&x" in box["label"] for box in graphs(text)[0]["boxes"])


def test_options_shorten_labels_and_show_variables(loop, tmp_path):
    short = graphs(written(loop, tmp_path, max_label_size=12, with_ids=False, compact=False))[0]
    assert max(len(box["label"]) for box in short["boxes"]) == 12
    assert len(short["boxes"]) > len(graphs(written(loop, tmp_path))[0]["boxes"])


def test_the_graph_is_written_for_graphviz(loop, tmp_path, capsys):
    d3write(loop, tmp_path / "graph.dot")
    text = (tmp_path / "graph.dot").read_text()
    assert text.startswith("digraph {") and 'label="Exp' in text
    assert capsys.readouterr().out == ""
