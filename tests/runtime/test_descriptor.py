import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from lamina.runtime.descriptor import DTYPES, ArraySpec, InputSpec, Signature

COUNT = InputSpec("count", "int64", (), source="cell")
ROWS = InputSpec("rows", "float32", (None, 3), mutable=True)


def test_a_signature_survives_json():
    signature = Signature(
        (ROWS, COUNT),
        (ArraySpec("float32", (None,)), ArraySpec("int64", ())),
        updates=(1,),
        returns="list",
    )
    text = signature.to_json()
    assert Signature.from_json(text) == signature
    assert json.loads(text)["inputs"][0]["shape"] == [None, 3]
    assert hash(Signature.from_json(text)) == hash(signature)


def test_arguments_and_returned_arrays_are_counted_without_cells_and_updates():
    signature = Signature(
        (ROWS, COUNT), (ArraySpec("int64", ()),), updates=(1,), returns="list"
    )  # fmt: skip
    assert (signature.arguments, signature.returned) == (1, 0)


def test_every_dtype_is_a_name_of_numpy():
    assert [np.dtype(name).name for name in DTYPES] == list(DTYPES)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (dict(inputs=(COUNT, ROWS), outputs=()), "cells come last"),
        (dict(inputs=(ROWS,), outputs=(ArraySpec("float32", (3,)),), updates=(0,)), "no cell"),
        (dict(inputs=(COUNT,), outputs=(ArraySpec("int32", ()),), updates=(0,)), "int32"),
        (dict(inputs=(COUNT,), outputs=(ArraySpec("int64", (3,)),), updates=(0,)), "new value"),
        (dict(inputs=(COUNT,), outputs=(), updates=(0,)), "1 updates of 0 outputs"),
        (dict(inputs=(COUNT,), outputs=(ArraySpec("int64", ()),) * 2, updates=(0, 0)), "twice"),
    ],
)
def test_a_signature_that_makes_no_sense_is_refused(parts, message):
    with pytest.raises(ValueError, match=message):
        Signature(**parts, returns="list")


def test_a_single_result_is_one():
    with pytest.raises(ValueError, match="of 2"):
        Signature((), (ArraySpec("int8", ()),) * 2, returns="single")


def test_a_dtype_that_machine_code_lacks_is_refused():
    with pytest.raises(ValueError, match="object"):
        ArraySpec("object", ())
    with pytest.raises(ValueError, match="longdouble"):
        InputSpec("x", "longdouble", ())


def test_a_signature_does_not_change():
    with pytest.raises(FrozenInstanceError):
        COUNT.dtype = "int8"  # type: ignore[misc]
