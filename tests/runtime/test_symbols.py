import ctypes
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.special

from lamina.runtime import half
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link
from lamina.runtime.machine_code import compile_ir
from lamina.runtime.symbols import UnresolvedSymbolError, resolve

NO_CACHE = DiskCache(None)
C_INT = ctypes.c_int32


def test_a_blas_name_multiplies_matrices():
    address = resolve(["dgemm_"], NO_CACHE)["dgemm_"]
    multiply = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)(address)
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    c = np.empty((2, 4))
    m, n, k = C_INT(4), C_INT(2), C_INT(3)  # rows are Fortran's columns: c' = b' a'
    one, zero, plain = ctypes.c_double(1), ctypes.c_double(0), ctypes.c_char(b"N")
    multiply(
        *map(ctypes.addressof, (plain, plain, m, n, k, one)), b.ctypes.data, ctypes.addressof(m),
        a.ctypes.data, ctypes.addressof(k), ctypes.addressof(zero), c.ctypes.data,
        ctypes.addressof(m),
    )  # fmt: skip
    assert np.array_equal(c, a @ b)


def test_a_lapack_name_factorises():
    address = resolve(["spotrf_"], NO_CACHE)["spotrf_"]
    factorise = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 5)(address)
    a = np.array([[4, 2], [2, 10]], np.float32)
    n, error, upper = C_INT(2), C_INT(-1), ctypes.c_char(b"U")
    factorise(
        ctypes.addressof(upper), ctypes.addressof(n), a.ctypes.data, ctypes.addressof(n),
        ctypes.addressof(error),
    )  # fmt: skip
    assert error.value == 0
    assert np.array_equal(np.tril(a), [[2, 0], [1, 3]])


def test_libm_libc_and_cpython_are_found():
    found = resolve(["fmodf", "fmod", "memcpy", "PyErr_SetString"], NO_CACHE)
    assert len(set(found.values())) == 4
    remainder = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_float, ctypes.c_float)(found["fmodf"])
    assert remainder(7.5, 2) == 1.5


def test_a_special_function_has_the_overload_of_doubles():
    names = {"scipy_special_jv_dd": 2, "scipy_special_psi_d": 1, "scipy_special_beta_dd": 2}
    found = resolve(names, NO_CACHE)
    double = ctypes.c_double
    for name, count in names.items():
        function = ctypes.CFUNCTYPE(double, *[double] * count, ctypes.c_int)(found[name])
        operands = [0.5, 3.25][:count]
        wanted = getattr(scipy.special, name.split("_")[2])(*operands)
        assert function(*operands, 0) == wanted


def test_a_special_function_that_this_scipy_lacks_is_told_with_its_version():
    with pytest.raises(
        UnresolvedSymbolError, match=f"SciPy {scipy.__version__} has no function jv"
    ):
        resolve(["scipy_special_jv_d"], NO_CACHE)


def test_special_functions_are_imported_by_those_that_call_one_and_kept_on_disk(tmp_path):
    script = """
import sys
import lamina
import lamina.tensor as pt
x = pt.dvector("x")
f = lamina.function([x], pt.exp(x))
assert "scipy.special" not in sys.modules
g = lamina.function([x], pt.owens_t(x, 2.0))
print(g([0.5])[0].hex(), "xdsl" in sys.modules)
"""
    environment = {**os.environ, "LAMINA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", script]
    value = scipy.special.owens_t(0.5, 2.0).hex()
    for compiled in (True, False):
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.stdout == f"{value} {compiled}\n", done.stderr


def test_names_that_nobody_provides_are_all_told():
    with pytest.raises(UnresolvedSymbolError, match="PyNo_Such, no_such, nor_this_"):
        resolve(["no_such", "cos", "nor_this_", "PyNo_Such"], NO_CACHE)


def test_blas_comes_without_an_import_of_scipy_linalg_and_leaves_that_whole():
    script = """
import sys
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.symbols import resolve
address = resolve(["dgemm_", "dpotrf_"], DiskCache(None))
assert "scipy.linalg" not in sys.modules, "imported"
import scipy.linalg
import numpy as np
assert scipy.linalg.cython_blas.__pyx_capi__["dgemm"]
assert scipy.linalg.cholesky([[4.0]])[0, 0] == 2
resolve(["dgemm_"], DiskCache(None))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_blas_is_found_where_scipy_linalg_is_imported_already():
    script = """
import scipy.linalg
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.symbols import resolve
assert resolve(["dgemm_"], DiskCache(None))["dgemm_"]
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def apply(name: str, source: str, target: str, values: np.ndarray) -> np.ndarray:
    """Call a conversion of half.py on every element, through memory of the given LLVM types."""
    loop = f"""
define void @each(ptr %from, ptr %to, i64 %n) {{
entry:
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %j, %next ]
  %x.at = getelementptr {source}, ptr %from, i64 %i
  %x = load {source}, ptr %x.at
  %y = call {target} @{name}({source} %x)
  %y.at = getelementptr {target}, ptr %to, i64 %i
  store {target} %y, ptr %y.at
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %next, label %done
done:
  ret void
}}
"""
    dtypes = {"half": np.float16, "float": np.float32, "double": np.float64}
    code = link([compile_ir(half.IR + loop, NO_CACHE)], {}, ["each"])
    values = np.ascontiguousarray(values, dtypes[source])
    result = np.empty(values.shape, dtypes[target])
    each = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(code["each"])
    each(values.ctypes.data, result.ctypes.data, values.size)
    return result


HALVES = np.arange(1 << 16, dtype=np.uint16).view(np.float16)


@pytest.mark.parametrize(
    ("name", "target"), [("__extendhfsf2", "float"), ("__extendhfdf2", "double")]
)
def test_every_half_widens_to_its_value(name, target):
    wide = apply(name, "half", target, HALVES)
    assert np.array_equal(wide, HALVES.astype(wide.dtype), equal_nan=True)
    assert np.array_equal(np.signbit(wide), np.signbit(HALVES))


def between_halves() -> np.ndarray:
    """Every half, the middle between each two, and the doubles next to the middle."""
    halves = np.sort(HALVES[np.isfinite(HALVES)].astype(np.float64))
    middle = (halves[1:] + halves[:-1]) / 2
    beyond = [65519.99, 65520, -65520, 1e300, np.inf, -np.inf, np.nan, 5e-324, -0.0, 1e-8]
    return np.concatenate(
        [halves, middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf), beyond]
    )


@pytest.mark.parametrize(
    ("name", "source"), [("__truncsfhf2", "float"), ("__truncdfhf2", "double")]
)
def test_narrowing_to_half_rounds_to_nearest_even(name, source):
    with np.errstate(over="ignore", under="ignore"):
        values = between_halves().astype({"float": np.float32, "double": np.float64}[source])
        expected = values.astype(np.float16)
    narrow = apply(name, source, "half", values)
    assert np.array_equal(narrow, expected, equal_nan=True)
    assert np.array_equal(np.signbit(narrow), np.signbit(expected))
