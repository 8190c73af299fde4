"""Functions of JAX as functions of variables."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import wrap_jax
from lamina.gradient import NullTypeGradError, grad, hessian, pushforward, verify_grad
from lamina.graph import vectorize_graph

pytest.importorskip("jax")
RNG = np.random.default_rng(3)
x, m = pt.dvector("x"), pt.dmatrix("m")


def softplus(v: Any) -> Any:
    import jax

    return jax.nn.softplus(v)


def affine(parameters: Any, v: Any, *, scale: float = 1.0, transposed: bool = False) -> Any:
    w = parameters["w"].T if transposed else parameters["w"]
    return {"y": scale * (w @ v) + parameters["b"], "shapes": (v.sum(), w)}


@wrap_jax
def decorated(v: Any) -> Any:
    return v**3


def test_values_and_derivatives_are_those_of_jax():
    y = wrap_jax(softplus)(x)
    direction = RNG.normal(size=4)
    outputs = [
        y * 2,
        grad(y.sum(), x),
        hessian(y.sum(), x),
        pushforward(y, x, pt.as_tensor(direction), use_op_pushforward=True),
        pushforward(y, x, pt.as_tensor(direction)),
    ]
    value = RNG.normal(size=4)
    s = 1 / (1 + np.exp(-value))
    for mode in ("FAST_RUN", "NUMPY"):
        f = lamina.function([x], outputs, mode=mode)
        found = f(value)
        expected = [2 * np.log1p(np.exp(value)), s, np.diag(s * (1 - s)), s * direction]
        for a, b in zip(found, [*expected, expected[-1]], strict=True):
            assert a.dtype == np.float64
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    assert "JaxOp{softplus}" in repr(lamina.function([x], y))


def test_trees_come_and_go_and_what_is_no_array_stays_as_it_is():
    b = np.arange(3.0)
    found = wrap_jax(affine)({"w": m, "b": b}, x, scale=2.0, transposed=True)
    assert found.keys() == {"y", "shapes"} and isinstance(found["shapes"], tuple)
    assert [v.type.ndim for v in (found["y"], *found["shapes"])] == [1, 0, 2]
    M, X = RNG.normal(size=(4, 3)), RNG.normal(size=4)
    y, total, w = lamina.function([m, x], [found["y"], *found["shapes"]])(M, X)
    np.testing.assert_allclose(y, 2 * M.T @ X + b)
    np.testing.assert_allclose([total], [X.sum()])
    np.testing.assert_array_equal(w, M.T)
    verify_grad(lambda w, v: wrap_jax(affine)({"w": w, "b": b}, v)["y"], [M.T, X], rng=RNG)


def test_shapes_of_results_are_known_as_far_as_they_can_be():
    import jax.numpy as jnp

    product = wrap_jax(lambda a, v: a @ v)
    assert product(pt.tensor("a", shape=(5, None)), x).type.shape == (5,)
    assert wrap_jax(lambda v: (v[:2], jnp.zeros((3, v.shape[0])), v + v))(m)[1].type.shape == (
        3,
        None,
    )
    assert wrap_jax(lambda v: jnp.concatenate([v, v]))(x).type.shape == (None,)
    added = wrap_jax(lambda u, v: u + v)
    assert added(x, m).type.shape == (None, None)
    assert added(x, np.ones(3)).type.shape == (None,)
    halved = wrap_jax(lambda v: v[:2] if v.shape[0] > 3 else v)
    with pytest.raises(TypeError, match=r"(?s)cannot be applied to .*pt.specify_shape"):
        halved(x)
    assert halved(pt.specify_shape(x, 6)).type.shape == (2,)
    with pytest.raises(TypeError, match="cannot be applied"):
        product(pt.tensor("a", shape=(5, 2)), pt.tensor("v", shape=(3,)))


def test_derivatives_by_integers_are_refused_and_complex_ones_follow_the_house():
    i, z = pt.lvector("i"), pt.zvector("z")
    taken = wrap_jax(lambda v, k: v[k])(x, i)
    assert lamina.function([x, i], grad(taken.sum(), x))([1, 2, 3], [0, 0, 2]).tolist() == [2, 0, 1]
    with pytest.raises(NullTypeGradError, match="JAX has no derivatives by integers"):
        grad(taken.sum(), i)
    values = np.array([1 + 2j, -0.5 + 0.25j])
    of_jax = wrap_jax(lambda v: v**2 * (1 + 1j))(z)
    own = z**2 * (1 + 1j)
    costs = [(abs(y) ** 2).sum() for y in (of_jax, own)]
    a, b = lamina.function([z], [grad(c, z) for c in costs])(values)
    np.testing.assert_allclose(a, b)


def test_it_computes_in_loops_and_for_batches():
    op = wrap_jax(softplus)
    states, _ = lamina.scan(lambda v, s: op(v + s), x, np.float64(0))
    batched = vectorize_graph(op(x) * 1, {x: m})
    M = RNG.normal(size=(2, 3))
    found = lamina.function([x, m], [states, batched, grad(states[-1], x)])(M[0], M)
    state, expected = 0.0, []
    for v in M[0]:
        state = np.log1p(np.exp(v + state))
        expected.append(state)
    np.testing.assert_allclose(found[0], expected)
    np.testing.assert_allclose(found[1], np.log1p(np.exp(M)))
    assert found[2].shape == (3,)


def test_floats_keep_their_precision():
    f = pt.fvector("f")
    with lamina.config.change_flags(floatX="float32"):
        y = wrap_jax(lambda v: v * 2)(f)
    assert y.type.dtype == "float32"
    z = wrap_jax(lambda v: v * 2 + 1)(x)
    value = 1 + 2.0**-40
    assert lamina.function([x], z)([value])[0] == 2 * value + 1


def test_functions_can_be_pickled_where_jax_s_can():
    for y in (wrap_jax(softplus)(x), decorated(x)):
        f = lamina.function([x], grad(y.sum(), x))
        again = pickle.loads(pickle.dumps(f))
        np.testing.assert_array_equal(again([0.5]), f([0.5]))
    assert decorated(x).owner.op == decorated(x).owner.op
    assert decorated.__name__ == "decorated"


def test_what_is_no_array_is_refused():
    with pytest.raises(TypeError, match="RandomGeneratorType"):
        wrap_jax(lambda v: v)(pt.random.default_rng(pt.lscalar()))


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax.tree_util", None)
    with pytest.raises(ImportError, match=r"pip install 'lamina\[jax\]'"):
        wrap_jax(softplus)
