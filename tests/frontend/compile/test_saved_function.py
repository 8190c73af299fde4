import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import In, function, shared
from lamina.codegen import target
from lamina.compile import loaded_function
from lamina.runtime.function_file import FunctionFileError, read, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.lam"


def again(f, path, **options):
    f.save(path)
    return lamina.load(path, **options)


def changed(path, **fields):
    file = read(path)
    write(path, {**file.header, **fields}, file.parts)


def without_compiler(program: str, path) -> str:
    """What a program prints in a process that has neither xDSL nor MLIR."""
    blocked = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("xdsl", "torch_mlir", "mlir"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocked())
import numpy as np
import lamina
"""
    done = subprocess.run(
        [sys.executable, "-c", blocked + program, str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


X, Y = pt.dmatrix("x"), pt.dvector("y")


@pytest.fixture(scope="module")
def model():
    """Products, functions of the vector library, a sum, a large constant, two outputs."""
    w = shared(np.arange(6.0).reshape(3, 2), "w")
    table = pt.constant(np.linspace(0, 1, 5000))
    out = pt.tanh(pt.exp(-X) @ w + Y) * table[10:12]
    return function([X, Y], [out, pt.log1p(pt.abs(X)).sum(axis=0)], name="model")


ARGUMENTS = np.linspace(-1, 1, 12).reshape(4, 3), np.array([0.5, -2.0])


def test_a_function_computes_the_same_bits_without_a_compiler(model, path):
    model.save(path)
    program = """
f = lamina.load(sys.argv[1])
x, y = np.linspace(-1, 1, 12).reshape(4, 3), np.array([0.5, -2.0])
print([r.tobytes().hex() for r in f(x, y=y)])
assert "xdsl" not in sys.modules
"""
    got = without_compiler(program, path)
    assert got.strip() == str([r.tobytes().hex() for r in model(*ARGUMENTS)])


def test_another_processor_gets_code_from_llvm_ir(model, path, monkeypatch):
    model.save(path)
    header = read(path).header
    for cpu in ("znver1", "x86-64"):
        changed(path, target={**header["target"], "cpu": cpu})
        g = lamina.load(path)
        for got, want in zip(g(*ARGUMENTS), model(*ARGUMENTS), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-14)
    # the text binds no function of a processor that is not this one
    assert not loaded_function._text(read(path), "llvm").count("vector-function-abi-variant")
    changed(path, target={**header["target"], "triple": "riscv64-unknown-linux-gnu"})
    with pytest.raises(FunctionFileError, match="saved on riscv64, and this is"):
        lamina.load(path)


def test_llvm_ir_is_compiled_without_a_compiler_for_mlir_too(model, path):
    model.save(path)
    changed(path, target={**vars(target.host()), "cpu": "other"})
    got = without_compiler(
        "f = lamina.load(sys.argv[1]); print(f(np.ones((2, 3)), np.ones(2))[1].tolist())", path
    )
    np.testing.assert_allclose(json.loads(got), [2 * np.log(2.0)] * 3)


def test_arguments_are_those_of_the_function(model, path):
    g = again(model, path)
    x, y = ARGUMENTS
    np.testing.assert_array_equal(g(x.tolist(), y=y.tolist())[0], model(x, y)[0])
    for arguments, named in (((x,), {}), ((x, y, y), {}), ((x, y), {"z": 1}), ((y, x), {})):
        with pytest.raises(TypeError) as mine:
            g(*arguments, **named)
        with pytest.raises(TypeError) as original:
            model(*arguments, **named)
        assert str(mine.value).partition(" ")[2] == str(original.value).partition(" ")[2]


def test_defaults_and_dicts_and_single_results(path):
    x, y = pt.dscalar("x"), pt.dscalar("y")
    g = again(function([x, In(y, value=2.0)], {"sum": x + y, "product": x * y}), path)
    assert g(3) == {"sum": 5.0, "product": 6.0} and g(3, y=1)["sum"] == 4.0
    g["y"] = 10.0
    assert g(3)["sum"] == 13.0 and dict(g.value) == {"x": None, "y": 10.0}
    h = again(function([x, In(y, value=2.0, update=x + y)], y), path)
    assert [float(h(5)), float(h(1)), float(h["y"])] == [2.0, 7.0, 8.0]


def test_shared_variables_keep_their_values_and_live_on_by_themselves(path):
    count, step = shared(np.int64(3), "count"), pt.lscalar("step")
    f = function([step], count, updates={count: count + step})
    f(4)
    g = again(f, path)
    assert int(g(1)) == 7 and int(g(1)) == 8 and int(g["count"]) == 9
    assert int(count.get_value()) == 7
    g["count"] = 100
    assert int(g(1)) == 100
    with pytest.raises(KeyError, match="no input other"):
        g["other"]


def test_a_variable_that_two_names_share_is_one(path):
    x, total, other = pt.dscalar("x"), shared(0.0, "total"), shared(np.zeros(2), "other")
    f = function([x], [], updates={total: total + x, other: other + total})
    g = again(f, path)
    g(1.0), g(1.0)
    assert g["total"] == 2.0
    np.testing.assert_array_equal(g["other"], [1.0, 1.0])


def test_generators_go_on_where_they_were(path):
    rng = shared(np.random.default_rng(5), "rng")
    next_rng, draw = rng.normal(size=(3,))
    f = function([], draw, updates={rng: next_rng})
    f()
    g = again(f, path)
    np.testing.assert_array_equal(g(), f())
    np.testing.assert_array_equal(g(), f())
    assert isinstance(g["rng"], np.random.Generator)
    given = pt.random.rng("given")
    h = again(function([given], given.uniform()), path)
    after, value = h(np.random.default_rng(1))
    reference = np.random.default_rng(1)
    assert value == reference.uniform() and after.uniform() == reference.uniform()


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "complex64"])
def test_values_of_all_dtypes_are_kept(path, dtype: str):
    values = np.array([0, 1, 1]).astype(dtype)
    s = shared(values, "s")
    g = again(function([], s + s), path)
    np.testing.assert_array_equal(g(), values + values)
    assert g["s"].dtype == dtype and g().dtype == dtype


def message(f, *arguments):
    with pytest.raises(Exception) as caught:
        f(*arguments)
    return type(caught.value), str(caught.value), getattr(caught.value, "__notes__", [])


def test_errors_say_the_same_with_names_and_lines(path):
    x, y, i = pt.dvector("x"), pt.dvector("y"), pt.lscalar("i")
    checked = lamina.raise_op.Assert("x has to begin with 1")(x + 0, pt.eq(x[0], 1))
    outputs = [(x + y).sum(), y[i], checked]
    f = function([x, y, i], outputs)
    g = again(f, path)
    ones = np.ones(3)
    for arguments in ((ones, np.ones(2), 0), (ones, ones, 7), (0 * ones, ones, 0)):
        assert message(g, *arguments) == message(f, *arguments)
    kind, text, _ = message(g, ones, np.ones(2), 0)
    assert kind is ValueError and "test_saved_function.py" in text
    g(ones, ones, 1)


def test_loops_are_kept(path):
    n = pt.lscalar("n")
    steps = lamina.scan(lambda k, s: s * 0.5 + k, sequences=pt.arange(n), outputs_info=0.0)
    f = function([n], steps if not isinstance(steps, tuple) else steps[0])
    np.testing.assert_array_equal(again(f, path)(6), f(6))


def test_what_python_computes_is_refused_by_name(path):
    x = pt.dvector("x")

    @lamina.as_op(itypes=[pt.dvector], otypes=[pt.dvector])
    def doubled(v):
        return 2 * v

    with pytest.raises(TypeError, match="the function cannot be saved: it calls Python for .*doub"):
        function([x], doubled(x)).save(path)
    with pytest.raises(TypeError, match="f cannot be saved: in mode NUMPY Python runs it"):
        function([x], x + 1, mode="NUMPY", name="f").save(path)
    with pytest.raises(TypeError, match="takes times for a profile"):
        function([x], x + 1, profile=True).save(path)
    assert not path.exists()


def test_a_loaded_function_says_what_it_is(model, path):
    g = again(model, path)
    assert repr(g) == "<LoadedFunction model(x, y, w), mode FAST_RUN>"
    assert (g.name, [c.name for c in g.input_storage]) == ("model", ["x", "y", "w"])
    with pytest.raises(TypeError, match="model was loaded from a file: copy that"):
        pickle.dumps(g)


def test_files_of_another_version_are_refused(model, path):
    model.save(path)
    changed(path, lamina="0.0.1")
    with pytest.raises(FunctionFileError, match="was saved by Lamina 0.0.1, and this is"):
        lamina.load(path)
    model.save(path)
    with pytest.raises(FunctionFileError, match="for the processor, not for cuda"):
        lamina.load(path, device="cuda")


def test_a_function_of_a_device_has_its_kernels_with_it(path):
    x, w = pt.dmatrix("x"), shared(np.arange(3.0), "w")
    f = function([x], [pt.exp(x) * w, (x * x).sum()], updates={w: w + 1}, mode="CUDA-EMU")
    x_value = np.linspace(0, 1, 12).reshape(4, 3)
    f.save(path)
    g = lamina.load(path)
    first, second = f(x_value), g(x_value)
    for mine, original in zip(second, first, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(original))
    assert type(second[0]) is type(first[0])
    np.testing.assert_array_equal(np.asarray(g["w"]), [1.0, 2.0, 3.0])
    assert b".entry" in loaded_function._text(read(path), "ptx").encode()
    program = """
f = lamina.load(sys.argv[1])
print(np.asarray(f(np.zeros((1, 3)))[0]).tolist())
"""
    assert without_compiler(program, path).strip() == "[[0.0, 1.0, 2.0]]"
