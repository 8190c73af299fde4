import numpy as np
import pytest

import lamina
import lamina.tensor as pt

KINDS = {
    "scalar": (), "vector": (None,), "row": (1, None), "col": (None, 1), "matrix": (None,) * 2,
    "tensor3": (None,) * 3, "tensor4": (None,) * 4, "tensor5": (None,) * 5,
    "tensor6": (None,) * 6, "tensor7": (None,) * 7,
}  # fmt: skip
LETTERS = {
    "b": "int8", "w": "int16", "i": "int32", "l": "int64", "f": "float32", "d": "float64",
    "c": "complex64", "z": "complex128",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_constructor_follows_floatX_and_dtype(kind):
    new = getattr(pt, kind)
    assert new().type == pt.TensorType("float64", KINDS[kind])
    with lamina.config.change_flags(floatX="float32"):
        assert new("x").type == pt.TensorType("float32", KINDS[kind])
    x = new("x", dtype="int16")
    assert (x.name, x.type.dtype, type(x)) == ("x", "int16", pt.TensorVariable)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_tells_the_dtype(kind, letter):
    typed = getattr(pt, letter + kind)
    assert typed == pt.TensorType(LETTERS[letter], KINDS[kind])
    assert (typed("x").name, typed("x").type, typed().name) == ("x", typed, None)


@pytest.mark.parametrize("new", [pt.vectors, pt.dvectors])
def test_a_plural_makes_several_variables(new):
    assert [v.name for v in new("x", "y")] == ["x", "y"]
    assert [v.name for v in new("xyz")] == ["x", "y", "z"]
    assert [v.name for v in new("first", "second")] == ["first", "second"]
    assert [v.name for v in new(["first", "second"])] == ["first", "second"]
    assert [v.name for v in new(3)] == [None] * 3
    assert new("x").name == "x"
    assert {v.type for v in new("xy")} == {pt.dvector}


def test_every_typed_form_has_a_plural():
    for kind, plural in [("scalar", "scalars"), ("row", "rows"), ("matrix", "matrices")]:
        for letter in LETTERS:
            (x, y) = getattr(pt, letter + plural)("xy")
            assert x.type == y.type == getattr(pt, letter + kind)
    assert [v.type.dtype for v in pt.matrices("xy", dtype="float32")] == ["float32"] * 2
    assert pt.tensor3s("xy")[0].type.ndim == 3


def test_a_tensor_has_the_shape_that_it_is_given():
    x = pt.tensor("x", shape=(3, None), dtype="float32")
    assert (x.name, x.type) == ("x", pt.TensorType("float32", (3, None)))
    assert pt.tensor(shape=()).type == pt.dscalar
    assert pt.tensor("x", shape=[np.int64(2)]).type.shape == (2,)
    with pytest.raises(TypeError, match="give shape="):
        pt.tensor("x")


def test_a_constructor_takes_static_lengths():
    assert pt.matrix("x", shape=(2, None)).type.shape == (2, None)
    assert pt.dvector("x", shape=(3,)).type.shape == (3,)
    with pytest.raises(ValueError, match=r"x has 2 dimensions, got the shape \(2,\)"):
        pt.matrix("x", shape=(2,))
    with pytest.raises(ValueError, match="static length"):
        pt.vector("x", shape=(-1,))


def test_a_dtype_that_no_array_has_is_refused():
    with pytest.raises(TypeError, match="Unsupported dtype"):
        pt.vector("x", dtype="text")


def test_float64_variables_are_reported_on_request():
    x = pt.fvector("x")
    with lamina.config.change_flags(warn_float64="raise"):
        assert (x + 1).dtype == "float32"
        with pytest.raises(TypeError, match="float64 variable is made.*x \\* np.ones"):
            x * np.ones(3)
        with pytest.raises(TypeError, match="float64 variable is made, y"):
            pt.dscalar("y")
    with (
        lamina.config.change_flags(warn_float64="warn"),
        pytest.warns(UserWarning, match="float64 variable is made, y: .*test_constructors"),
    ):
        pt.dscalar("y")
