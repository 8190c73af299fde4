"""Cells: values that a function reads from shared variables, and the new ones that it commits."""

import gc
import sys

import numpy as np
import pytest

from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature

# count += step and total[0] += x, with total's length kept; returns the old count. A negative step
# is error 1 (after all outputs are made), and 7 is an exception that is set already.
STEP = """
@ValueError = external global i8
@message = private constant [6 x i8] c"seven\\00"
declare void @PyErr_SetString(ptr, ptr)
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, i64 %step, i64 %count, ptr %total, i64 %n) {
entry:
  %dims = alloca i64
  store i64 %n, ptr %dims
  %old = call ptr @lamina_output(ptr %ctx, i64 0, ptr null)
  %old.none = icmp eq ptr %old, null
  br i1 %old.none, label %raised, label %second
second:
  store i64 %count, ptr %old
  %new = call ptr @lamina_output(ptr %ctx, i64 1, ptr null)
  %new.none = icmp eq ptr %new, null
  br i1 %new.none, label %raised, label %third
third:
  %sum = add i64 %count, %step
  store i64 %sum, ptr %new
  %totals = call ptr @lamina_output(ptr %ctx, i64 2, ptr %dims)
  %totals.none = icmp eq ptr %totals, null
  br i1 %totals.none, label %raised, label %next
next:
  %i = phi i64 [ 0, %third ], [ %j, %next ]
  %a.at = getelementptr double, ptr %total, i64 %i
  %a = load double, ptr %a.at
  %d = sitofp i64 %step to double
  %b = fadd double %a, %d
  %b.at = getelementptr double, ptr %totals, i64 %i
  store double %b, ptr %b.at
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %next, label %check
check:
  %negative = icmp slt i64 %step, 0
  br i1 %negative, label %error, label %fine
error:
  store i64 %step, ptr %ctx
  ret i64 1
fine:
  %seven = icmp eq i64 %step, 7
  br i1 %seven, label %set, label %done
set:
  call void @PyErr_SetString(ptr @ValueError, ptr @message)
  br label %raised
raised:
  ret i64 -1
done:
  ret i64 0
}
"""
SIGNATURE = Signature(
    (
        InputSpec("step", "int64", ()),
        InputSpec("count", "int64", (), "cell"),
        InputSpec("total", "float64", (None,), "cell"),
    ),
    (ArraySpec("int64", ()), ArraySpec("int64", ()), ArraySpec("float64", (None,))),
    updates=(1, 2),
)


@pytest.fixture
def cells() -> list[list]:
    return [[np.array(0)], [np.zeros(3)]]


@pytest.fixture
def step(make, cells):
    return make(STEP, SIGNATURE, cells=cells, symbols={"ValueError": id(ValueError)})


def test_updates_reach_the_cells_and_are_not_returned(step, cells):
    count, total = cells
    old = total[0]
    assert step(2) == 0
    assert step(3) == 2
    assert (count[0], type(count[0])) == (5, np.ndarray)
    assert np.array_equal(total[0], [5, 5, 5])
    assert np.array_equal(old, [0, 0, 0])


def test_a_new_value_in_a_cell_is_read_by_the_next_call(step, cells):
    cells[0][0] = np.array(40)
    cells[1][0] = np.ones(2)
    assert step(2) == 40
    assert cells[0][0] == 42
    assert np.array_equal(cells[1][0], [3, 3])


def test_two_functions_may_share_a_cell(make, cells):
    options = dict(cells=cells, symbols={"ValueError": id(ValueError)})
    f, g = (make(STEP, SIGNATURE, **options) for _ in range(2))
    f(1)
    g(1)
    assert f(1) == 2


def test_the_cell_is_the_only_owner_of_a_new_value(step, cells):
    step(1)
    value, plain = cells[1][0], np.zeros(3)
    # The cell has one reference more than a variable alone has.
    assert sys.getrefcount(value) == sys.getrefcount(plain) + 1


@pytest.mark.parametrize(("bad", "error"), [(-3, ArithmeticError), (7, ValueError)])
def test_an_error_changes_no_cell(step, cells, bad, error):
    step(1)
    before = [cell[0] for cell in cells]
    copies = [value.copy() for value in before]
    counts = [sys.getrefcount(value) for value in before]
    for _ in range(3):
        with pytest.raises(error):
            step(bad)
    gc.collect()
    assert [sys.getrefcount(value) for value in before] == counts
    assert all(cell[0] is value for cell, value in zip(cells, before, strict=True))
    assert all(np.array_equal(*pair) for pair in zip(before, copies, strict=True))
    assert step(1) == 1


def test_a_cell_of_another_form_is_put_right_by_the_conversion(make, converter, cells):
    convert = converter(SIGNATURE, cells)
    f = make(STEP, SIGNATURE, cells=cells, convert=convert, symbols={"ValueError": id(ValueError)})
    cells[1][0] = np.zeros((3, 2), np.float32)[:, 0]
    one = np.array(1)
    assert f(one) == 0
    assert convert.asked == 1
    f(one)
    assert convert.asked == 1
    assert np.array_equal(cells[1][0], [2, 2, 2])
    cells[0][0] = "no number"
    with pytest.raises(TypeError):
        f(one)
    assert np.array_equal(cells[1][0], [2, 2, 2])


@pytest.mark.parametrize("value", [None, np.zeros((2, 2)), np.zeros(3, np.int8), "deleted"])
def test_a_cell_that_stays_unfit_is_an_error(make, cells, value):
    f = make(
        STEP,
        SIGNATURE,
        cells=cells,
        convert=lambda arguments, named: [np.array(1)],
        symbols={"ValueError": id(ValueError)},
    )
    if isinstance(value, str):
        del cells[1][0]
    else:
        cells[1][0] = value
    with pytest.raises(TypeError, match=r"f\(\): cell total"):
        f(1)


def test_as_many_cells_are_given_as_the_signature_has(make):
    with pytest.raises(ValueError, match="1 cells"):
        make(STEP, SIGNATURE, cells=[[np.array(0)]], convert=print)


def test_code_that_the_end_of_an_old_value_runs_sees_all_updates(make, cells):
    """The old array of one cell ends, and its memory's owner looks at the other cell."""
    seen = []

    class Memory(bytearray):
        def __del__(self):
            seen.append((int(cells[0][0]), cells[1][0].tolist()))

    f = make(STEP, SIGNATURE, cells=cells, symbols={"ValueError": id(ValueError)})
    for _ in range(2):
        cells[0][0] = np.frombuffer(Memory(8), np.int64).reshape(())
        cells[1][0] = np.frombuffer(Memory(8), np.float64)
        gc.collect()
        seen.clear()
        f(5)
        gc.collect()
        assert seen == [(5, [5.0])] * 2


def test_a_cell_without_an_update_is_only_read(make):
    text = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, double %x, double %rate) {
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr null)
  %z = fmul double %x, %rate
  store double %z, ptr %y
  ret i64 0
}
"""
    signature = Signature(
        (InputSpec("x", "float64", ()), InputSpec("rate", "float64", (), "cell")),
        (ArraySpec("float64", ()),),
    )
    rate = [0.5]
    f = make(text, signature, cells=[rate])
    assert f(3.0) == 1.5
    rate[0] = np.array(4.0)
    assert f(3.0) == 12.0
    with pytest.raises(TypeError):
        f(3.0, 0.5)
