import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.printing import latex

A, x, y = pt.dmatrix("A"), pt.dvector("x"), pt.dvector("y")
a, b, sigma = pt.dscalar("a"), pt.dscalar("b"), pt.dscalar("sigma")


@pytest.mark.parametrize(
    ("graph", "shown"),
    [
        (a + b - 1, "a + b - 1"),
        (a - (b - 1), r"a - \left(b - 1\right)"),
        (a * (b + 1), r"a \, \left(b + 1\right)"),
        (2 * a * 3, r"2 \, a \cdot 3"),
        (-a * b, r"\left(-a\right) \, b"),
        (a - (-b), r"a - \left(-b\right)"),
        (a / (b + 1), r"\frac{a}{b + 1}"),
        ((a / b) ** 2, r"\left(\frac{a}{b}\right)^{2}"),
        ((a**b) ** 2, r"\left(a^{b}\right)^{2}"),
        (a ** (b**2), "a^{b^{2}}"),
        (-(a**2), "-a^{2}"),
        ((-a) ** 2, r"\left(-a\right)^{2}"),
        (pt.exp(-a) ** 2, r"\left(e^{-a}\right)^{2}"),
        (pt.sqrt(a) * pt.abs(b), r"\sqrt{a} \, \left|b\right|"),
        (pt.log1p(a * b), r"\log\left(1 + a \, b\right)"),
        (pt.maximum(a, b), r"\max\left(a, b\right)"),
        (pt.erf(a), r"\operatorname{erf}\left(a\right)"),
        (pt.gammaln(a), r"\log\Gamma\left(a\right)"),
        (pt.switch(a > 0, a, -b),
         r"\begin{cases} a & \text{if } a > 0 \\ -b & \text{otherwise} \end{cases}"),
        (pt.and_(a > 0, b <= 1), r"a > 0 \land b \le 1"),
        (pt.or_(pt.and_(a > 0, b > 0), a < 1), r"a > 0 \land b > 0 \lor a < 1"),
        (pt.and_(pt.or_(a > 0, b > 0), a < 1), r"\left(a > 0 \lor b > 0\right) \land a < 1"),
        (A @ x, r"\mathbf{A} \, \mathbf{x}"),
        (x @ y, r"\mathbf{x}^{\top} \, \mathbf{y}"),
        (A.T @ (x + y), r"\mathbf{A}^{\top} \, \left(\mathbf{x} + \mathbf{y}\right)"),
        ((A + A).T, r"\left(\mathbf{A} + \mathbf{A}\right)^{\top}"),
        (pt.linalg.inv(A), r"\mathbf{A}^{-1}"),
        (pt.linalg.det(A), r"\det\left(\mathbf{A}\right)"),
        (pt.linalg.solve(A, x), r"\mathbf{A}^{-1} \, \mathbf{x}"),
        (x.sum() * 2, r"\left(\sum \mathbf{x}\right) \cdot 2"),
        ((x + 1).sum(), r"\sum \left(\mathbf{x} + 1\right)"),
        (A.sum(axis=0), r"\sum_{0} \mathbf{A}"),
        (x.max(), r"\max\left(\mathbf{x}\right)"),
        (A[0, 1:], r"\mathbf{A}_{0, 1:}"),
        (pt.cast(x, "float32") + 1, r"\mathbf{x} + 1"),
        (pt.sort(x), r"\operatorname{Sort}\left(\mathbf{x}\right)"),
    ],
)  # fmt: skip
def test_a_graph_is_a_formula(graph, shown):
    assert latex(graph) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a", "a"), ("alpha", r"\alpha"), ("beta_1", r"\beta_{1}"), ("x2", "x_{2}"),
        ("Sigma", r"\Sigma"), ("rate", r"\mathrm{rate}"), ("mu_prior", r"\mu_{\mathrm{prior}}"),
        ("50%", r"\mathrm{50\%}"), ("_x", r"\mathrm{\_x}"),
    ],
)  # fmt: skip
def test_a_name_is_set_as_mathematicians_do(name, shown):
    assert latex(pt.dscalar(name)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2, "2"), (2.0, "2"), (0.1, "0.1"), (-1.5, "-1.5"), (1e-5, "10^{-5}"),
        (2.5e20, r"2.5 \cdot 10^{20}"), (np.inf, r"\infty"), (-np.inf, r"-\infty"),
        (np.nan, r"\mathrm{NaN}"), (1 - 2j, "(1 - 2i)"),
        ([1.0, 2.0], r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
        (np.eye(2), r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}"),
        (np.zeros((100, 3)), r"\left[100 \times 3\right]"),
    ],
)  # fmt: skip
def test_a_constant_is_its_value(value, shown):
    assert latex(pt.constant(value)) == shown


def test_negative_numbers_have_parentheses_where_they_need_them():
    assert latex(a - pt.constant(-2.0)) == r"a - \left(-2\right)"
    assert latex(pt.constant(-2.0) ** a) == r"\left(-2\right)^{a}"
    assert latex(pt.constant(1e-5) ** a) == r"\left(10^{-5}\right)^{a}"


def test_all_parentheses_are_closed_in_a_large_formula():
    z = a
    for k in range(40):
        z = pt.exp(-z / (k + 1)) + pt.switch(z > b, pt.sqrt(pt.abs(z)), z**2)
    text = latex(z)
    assert r"\cdots" in text
    w = pt.exp(-(((x - y) / sigma) ** 2).sum() / 2) * pt.linalg.inv(A)[0]
    text = latex(w)
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")


def test_notebooks_show_small_graphs_as_formulas_and_larger_ones_as_pictures():
    z = pt.exp(a) + b
    assert z._repr_latex_() == r"$\displaystyle e^{a} + b$"
    assert z._repr_svg_().startswith("<svg") and a._repr_svg_() is None
    for _ in range(100):
        z = pt.exp(z)
    assert z._repr_latex_() is None and z._repr_svg_().startswith("<svg")
    for _ in range(200):
        z = pt.exp(z)
    assert z._repr_svg_() is None


def test_notebooks_show_graphs_and_functions_with_picture_and_text():
    f = lamina.function([x], pt.exp(x) * 2 < 3, name="small")
    for thing in (f, f.maker.fgraph):
        html = thing._repr_html_()
        assert html.count("<svg") == 1 and "Composite" in html and "<details>" in html
        assert "2.0) &lt; 3" in html  # of the text, escaped
        assert thing._repr_svg_() in html
    z = x
    for _ in range(300):
        z = pt.sort(z)
    graph = lamina.graph.FunctionGraph([x], [z])
    assert graph._repr_svg_() is None
    assert "<svg" not in graph._repr_html_() and "<details open>" in graph._repr_html_()
