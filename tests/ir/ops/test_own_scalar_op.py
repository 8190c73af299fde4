import pickle

import numpy as np
import pytest
from scipy import special

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.graph import rewrite_graph, vectorize_graph
from lamina.graph.utils import MethodNotDefined
from lamina.scalar import (
    BinaryScalarOp,
    ScalarOp,
    UnaryScalarOp,
    float_out,
    int_out,
    same_out,
    same_out_float_only,
    specific_out,
    transfer_type,
    upcast_out,
    upgrade_to_float,
    upgrade_to_float_no_complex,
)
from lamina.scalar.basic import float32
from lamina.tensor.elemwise import Elemwise

MODES = ("FAST_RUN", "NUMPY")


class Cubed(UnaryScalarOp):
    """By Python."""

    def impl(self, x):
        return x * x * x if x > 0 else -1

    def L_op(self, inputs, outputs, output_grads):
        return [pt.switch(inputs[0] > 0, 3 * inputs[0] ** 2, 0) * output_grads[0]]


class Lowered(Cubed):
    """The same, in machine code."""

    def lowering(self, x):
        return pt.switch(x > 0, x * x * x, -1)


class Hypotenuse(BinaryScalarOp):
    nfunc_spec = ("hypot", 2, 1)
    output_types_preference = upgrade_to_float

    def grad(self, inputs, output_grads):
        x, y = inputs
        r = pt.sqrt(x**2 + y**2)
        return [output_grads[0] * x / r, output_grads[0] * y / r]


class Zeta(UnaryScalarOp):
    nfunc_spec = ("scipy.special.zetac", 1, 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [Cubed, Lowered])
def test_a_function_of_scalars_is_one_of_arrays(kind, mode):
    cubed = Elemwise(kind(same_out, name="cubed"))
    x, m = pt.dvector("x"), pt.imatrix("m")
    f = lamina.function([x, m], [2 * cubed(x) + 1, cubed(m), cubed(pt.exp(x).sum())], mode=mode)
    v, n = np.array([2.0, -3.0, 0.5]), np.array([[1, -2], [3, 4]], "int32")
    a, b, c = f(v, n)
    np.testing.assert_allclose(a, [17, -1, 1.25])
    assert b.tolist() == [[1, -1], [27, 64]] and b.dtype == "int32"
    np.testing.assert_allclose(c, np.exp(v).sum() ** 3)


def test_a_lowering_is_machine_code_and_fused():
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(Lowered(same_out)(x)))
    assert f._executable.callbacks == ()
    assert f.ir("buffers").count("= nd.kernel") == 1
    g = lamina.function([x], pt.exp(Cubed(same_out)(x)))
    assert [str(op) for op in g._executable.callbacks] == ["Cubed"]


@pytest.mark.parametrize("op", [Cubed(same_out), Lowered(same_out)])
def test_gradients_are_those_that_the_class_states(op):
    verify_grad(lambda x: op(x), [np.array([0.5, 1.5, -1.0])], rng=np.random.default_rng(1))


def test_two_operands_broadcast_and_have_gradients():
    hypotenuse = Elemwise(Hypotenuse())
    x, m = pt.dvector("x"), pt.dmatrix("m")
    v, w = np.array([3.0, 5.0]), np.array([[4.0, 12.0], [0.0, 1.0]])
    f = lamina.function([x, m], [hypotenuse(x, m), *lamina.grad(hypotenuse(x, m).sum(), [x, m])])
    value, gx, gm = f(v, w)
    r = np.hypot(v, w)
    np.testing.assert_allclose(value, r)
    np.testing.assert_allclose(gx, (v / r).sum(0))
    np.testing.assert_allclose(gm, w / r)
    assert hypotenuse(pt.bvector(), pt.bvector()).dtype == "float32"
    assert hypotenuse(pt.lvector(), pt.fvector()).dtype == "float64"


def test_a_function_of_arrays_by_its_name():
    x = pt.dvector("x")
    f = lamina.function([x], Zeta(upgrade_to_float)(x))
    np.testing.assert_allclose(f([2.0, 3.0]), special.zetac([2.0, 3.0]))


@pytest.mark.parametrize(
    ("preference", "operands", "dtype"),
    [
        (upcast_out, ("int8", "float32"), "float32"),
        (upgrade_to_float, ("int8", "int8"), "float32"),
        (upgrade_to_float, ("int64", "int8"), "float64"),
        (upgrade_to_float, ("float32", "complex64"), "complex64"),
        (transfer_type(1), ("float64", "int16"), "int16"),
        (specific_out(float32), ("float64", "int16"), "float32"),
        (int_out, ("float64", "int16"), "int64"),
        (float_out, ("int8", "int8"), "float64"),
        (None, ("int8", "int16"), "int16"),
    ],
)
def test_preferences_tell_the_dtype_of_the_result(preference, operands, dtype):
    class Sum(BinaryScalarOp):
        def impl(self, x, y):
            return x + y

    made = Sum(preference)(*(pt.scalar(dtype=d) for d in operands))
    assert made.dtype == dtype


def test_types_that_a_preference_refuses_are_errors_of_the_graph():
    with pytest.raises(TypeError, match="complex"):
        Cubed(upgrade_to_float_no_complex)(pt.zvector())
    with pytest.raises(TypeError, match="floats"):
        Cubed(same_out_float_only)(pt.ivector())


def test_equality_is_that_of_class_name_and_preference():
    assert Cubed(same_out) == Cubed(same_out) and hash(Cubed(same_out)) == hash(Cubed(same_out))
    others = [Cubed(upcast_out), Cubed(same_out, name="c"), Lowered(same_out)]
    assert all(Cubed(same_out) != other for other in others)
    assert Elemwise(Cubed(same_out)) == Elemwise(Cubed(same_out))
    assert str(Elemwise(Cubed(same_out, name="my_cube"))) == "My_cube"
    assert pickle.loads(pickle.dumps(Elemwise(Lowered(same_out)))) == Elemwise(Lowered(same_out))


def test_what_the_name_of_a_built_in_op_has_is_another_op():
    x = pt.dvector("x")
    f = lamina.function([x], [Cubed(same_out, name="exp")(x), pt.exp(x)])
    a, b = f([1.0, 2.0])
    assert a.tolist() == [1, 8]
    np.testing.assert_allclose(b, np.exp([1, 2]))


def test_a_function_of_the_users_own_is_vectorized_rewritten_and_printed():
    x, xs = pt.dscalar("x"), pt.dmatrix("xs")
    y = Lowered(same_out, name="cubed")(x) + 0
    many = vectorize_graph(y, {x: xs})
    assert many.eval({xs: [[1.0, 2.0]]}).tolist() == [[1, 8]]
    assert "cubed" in lamina.pp(y)
    assert rewrite_graph(y).eval({x: 2.0}) == 8


def test_what_is_not_defined_is_named():
    class Nothing(UnaryScalarOp):
        pass

    x = pt.dvector("x")
    with pytest.raises(MethodNotDefined, match="Nothing.impl"):
        lamina.function([x], Nothing()(x))([1.0])
    with pytest.raises((MethodNotDefined, NotImplementedError), match="no gradient"):
        lamina.grad(Nothing()(x).sum(), x)

    class Two(ScalarOp):
        nin, nout = 1, 2

    with pytest.raises(TypeError, match="one result"):
        Two()

    class Short(BinaryScalarOp):
        def grad(self, inputs, output_grads):
            return [output_grads[0]]

    with pytest.raises(ValueError, match="1 gradients"):
        lamina.grad(Short()(x, x).sum(), x)
