import importlib
import inspect
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.elementwise import all_elementwise


def test_every_elementwise_op_is_there():
    missing = [
        op.scalar_op.name
        for op in all_elementwise()
        if op not in vars(pt).values()
        # a derivative, which only gradients call, and what draws are made of
        and "_slope" not in op.scalar_op.name
        and op.scalar_op.name != "panjer_quantile"
        # zero_grad and its like are functions of graphs, not of arrays
        and not any(hasattr(home, op.scalar_op.name) for home in (pt, lamina.gradient))
    ]
    assert not missing


@pytest.mark.parametrize(
    "name",
    """abs absolute add all any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax
    argmin bitwise_and bitwise_not bitwise_or bitwise_xor broadcast_to ceil clip concatenate conj
    conjugate cos cosh deg2rad divide dot equal exp exp2 expand_dims expm1 eye floor floor_divide
    full full_like greater greater_equal imag invert isfinite isinf isnan less less_equal log log10
    log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul max maximum mean min
    minimum moveaxis multiply negative not_equal ones ones_like outer power prod rad2deg ravel real
    reciprocal remainder reshape shape sign sin sinh size sqrt square squeeze stack std subtract sum
    swapaxes tan tanh transpose true_divide trunc var where zeros zeros_like
    pi e inf nan euler_gamma newaxis""".split(),
)
def test_a_numpy_name_is_there(name):
    assert hasattr(np, name)
    assert name in pt.__all__
    assert hasattr(pt, name)


def test_constants_are_numpys():
    for name in ("pi", "e", "inf", "euler_gamma"):
        assert getattr(pt, name) == getattr(np, name)
    assert np.isnan(pt.nan) and pt.newaxis is None
    assert (pt.pi * pt.fvector("x")).dtype == "float32"


def test_the_namespace_has_no_stray_names():
    found = {name: getattr(pt, name, None) for name in pt.__all__}
    # an import of lamina.tensor.shape puts a module there that can be called as the function
    assert not [n for n, value in found.items() if inspect.ismodule(value) and not callable(value)]
    assert "by_ufunc" not in pt.__all__


def test_public_functions_say_what_they_do():
    silent = [
        name
        for name in pt.__all__
        if callable(getattr(pt, name, None)) and not getattr(pt, name).__doc__
    ]
    assert not silent


def test_a_function_survives_the_import_of_the_module_of_its_name():
    program = """
import lamina, lamina.tensor as pt
import lamina.tensor.shape, lamina.compile.function.types
x = pt.dvector("x")
print(pt.shape(x).type, lamina.compile.function([x], x + 1, mode="NUMPY")([1]))
from lamina.tensor.shape import shape
from lamina.compile.function import function
print(shape(x), function is lamina.function)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "Vector(int64, shape=(1,)) [2.]\nShape.0 True\n", done.stderr


def test_no_import_of_a_path_hides_a_function():
    program = """
import importlib, types
import lamina, lamina.tensor as pt
from lamina.homes import HOMES
packages = {path.rpartition(".")[0] for path in HOMES}
before = {p: dict(vars(importlib.import_module(p))) for p in packages}
for path in HOMES:
    importlib.import_module(path)
for package, names in before.items():
    for name, value in names.items():
        now = getattr(importlib.import_module(package), name)
        if callable(value) and not callable(now):
            print(package, name)
print(pt.reshape([1, 2], (2, 1)).type, lamina.shared(1).type)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "Col(int64, shape=(2, 1)) Scalar(int64, shape=())\n", done.stderr


def test_every_class_is_found_where_it_says_that_it_is():
    rooms = ("lamina.ir.graph", "lamina.ir.ops", "lamina.compile", "lamina.tensor")
    lost = []
    for room in rooms:
        package = importlib.import_module(room)
        for child in pkgutil.iter_modules(package.__path__, room + "."):
            module = importlib.import_module(child.name)
            for name, value in list(vars(module).items()):
                if not inspect.isclass(value) or not value.__module__.startswith("lamina"):
                    continue
                if name.startswith("_") or name != value.__name__:
                    continue
                home = importlib.import_module(value.__module__)
                if getattr(home, name, None) is not value:
                    lost.append(f"{value.__module__}.{name}")
    assert not lost


def test_the_names_of_lamina_are_fetched_when_they_are_asked_for():
    assert lamina.tensor is pt
    assert set(lamina.__all__) <= set(dir(lamina))
    for name in lamina.__all__:
        assert getattr(lamina, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = lamina.nonsense
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pt.nonsense
    assert pt.grad is lamina.grad


def test_the_older_homes_of_linear_algebra_have_the_same_functions():
    assert pt.nlinalg.svd is pt.linalg.svd
    assert pt.slinalg.cholesky is pt.linalg.cholesky is pt.cholesky
