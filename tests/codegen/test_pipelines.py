"""The forms of MLIR text that the emitter writes, compiled and called."""

import ctypes

import numpy as np
import pytest

from lamina.codegen.mlir import LoweringError
from lamina.codegen.pipelines import affine_to_llvm_dialect, linalg_to_affine, parse
from lamina.codegen.stages import compile_stages

MATRIX = "!llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>"
VECTOR = "!llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>"
STRIDED = "memref<?x?xf64, strided<[?, ?], offset: ?>>"

# y = A^T x by BLAS; out = s * (y + 1), where y lies in the workspace; 1 if the sizes differ.
HOST = f"""
func.func private @lamina_output(!llvm.ptr, i64, !llvm.ptr) -> (!llvm.ptr {{llvm.noalias}})
func.func private @lamina_workspace(!llvm.ptr, i64) -> (!llvm.ptr {{llvm.noalias}})
func.func private @dgemv_(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr,
                          !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr)

func.func private @kernel_0(%y: memref<?xf64>, %s: f64, %o: memref<?xf64>) {{
  %one = arith.constant 1.0 : f64
  linalg.generic {{indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}}
      ins(%y : memref<?xf64>) outs(%o : memref<?xf64>) {{
  ^bb0(%x: f64, %old: f64):
    %a = arith.addf %x, %one : f64
    %b = arith.mulf %a, %s : f64
    linalg.yield %b : f64
  }}
  return
}}

func.func private @view(%p: !llvm.ptr, %n: i64) -> memref<?xf64>
    attributes {{llvm.always_inline}} {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %0 = llvm.mlir.poison : {VECTOR}
  %1 = llvm.insertvalue %p, %0[0] : {VECTOR}
  %2 = llvm.insertvalue %p, %1[1] : {VECTOR}
  %3 = llvm.insertvalue %zero, %2[2] : {VECTOR}
  %4 = llvm.insertvalue %n, %3[3, 0] : {VECTOR}
  %5 = llvm.insertvalue %one, %4[4, 0] : {VECTOR}
  %6 = builtin.unrealized_conversion_cast %5 : {VECTOR} to memref<?xf64>
  return %6 : memref<?xf64>
}}

func.func @lamina_main(%ctx: !llvm.ptr, %a: !llvm.ptr, %a_n0: i64, %a_n1: i64,
                       %x: !llvm.ptr, %x_n0: i64, %s: f64) -> i64 {{
  %zero = arith.constant 0 : i64
  %failed = arith.constant -1 : i64
  %k1 = arith.constant 1 : i64
  %eight = arith.constant 8 : i64
  %null = llvm.mlir.zero : !llvm.ptr
  %i32_1 = arith.constant 1 : i32
  %f64_1 = arith.constant 1.0 : f64
  %f64_0 = arith.constant 0.0 : f64
  %trans = arith.constant 78 : i8
  // Slots for what BLAS takes by pointer, at the entry: an alloca in a loop would grow the stack.
  %dims = llvm.alloca %k1 x i64 : (i64) -> !llvm.ptr
  %m_slot = llvm.alloca %k1 x i32 : (i64) -> !llvm.ptr
  %n_slot = llvm.alloca %k1 x i32 : (i64) -> !llvm.ptr
  %one_slot = llvm.alloca %k1 x i32 : (i64) -> !llvm.ptr
  %alpha = llvm.alloca %k1 x f64 : (i64) -> !llvm.ptr
  %beta = llvm.alloca %k1 x f64 : (i64) -> !llvm.ptr
  %trans_slot = llvm.alloca %k1 x i8 : (i64) -> !llvm.ptr
  %fits = arith.cmpi eq, %a_n0, %x_n0 : i64
  cf.cond_br %fits, ^allocate, ^differ
^differ:
  llvm.store %a_n0, %ctx : i64, !llvm.ptr
  %second = llvm.getelementptr %ctx[1] : (!llvm.ptr) -> !llvm.ptr, i64
  llvm.store %x_n0, %second : i64, !llvm.ptr
  cf.br ^leave(%k1 : i64)
^allocate:
  llvm.store %a_n1, %dims : i64, !llvm.ptr
  %out = func.call @lamina_output(%ctx, %zero, %dims) : (!llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr
  %no_out = llvm.icmp "eq" %out, %null : !llvm.ptr
  cf.cond_br %no_out, ^leave(%failed : i64), ^scratch
^scratch:
  %bytes = arith.muli %a_n1, %eight : i64
  %y = func.call @lamina_workspace(%ctx, %bytes) : (!llvm.ptr, i64) -> !llvm.ptr
  %no_y = llvm.icmp "eq" %y, %null : !llvm.ptr
  cf.cond_br %no_y, ^leave(%failed : i64), ^compute
^compute:
  %m = arith.trunci %a_n1 : i64 to i32
  %n = arith.trunci %a_n0 : i64 to i32
  llvm.store %m, %m_slot : i32, !llvm.ptr
  llvm.store %n, %n_slot : i32, !llvm.ptr
  llvm.store %i32_1, %one_slot : i32, !llvm.ptr
  llvm.store %f64_1, %alpha : f64, !llvm.ptr
  llvm.store %f64_0, %beta : f64, !llvm.ptr
  llvm.store %trans, %trans_slot : i8, !llvm.ptr
  func.call @dgemv_(%trans_slot, %m_slot, %n_slot, %alpha, %a, %m_slot, %x, %one_slot, %beta, %y,
                    %one_slot) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr,
                    !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
  %y_view = func.call @view(%y, %a_n1) : (!llvm.ptr, i64) -> memref<?xf64>
  %out_view = func.call @view(%out, %a_n1) : (!llvm.ptr, i64) -> memref<?xf64>
  func.call @kernel_0(%y_view, %s, %out_view) : (memref<?xf64>, f64, memref<?xf64>) -> ()
  cf.br ^leave(%zero : i64)
^leave(%status: i64):
  return %status : i64
}}
"""
OUTPUT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)
WORKSPACE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)


def dgemv() -> ctypes.c_void_p:
    from scipy.linalg import cython_blas

    capsule = cython_blas.__pyx_capi__["dgemv"]
    name, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_void_p(pointer(capsule, name(capsule)))


@pytest.mark.parametrize("level", [0, 2])
def test_a_host_function_checks_allocates_calls_blas_and_kernels(load, level):
    outputs, scratch = [], np.empty(100)

    def output(ctx, index, dims):
        outputs.append(np.full(ctypes.c_int64.from_address(dims).value, np.nan))
        return outputs[-1].ctypes.data if len(outputs[-1]) != 13 else None

    symbols = {
        "lamina_output": OUTPUT(output),
        "lamina_workspace": WORKSPACE(
            lambda ctx, size: scratch.ctypes.data if size < 800 else None
        ),
        "dgemv_": dgemv(),
    }
    compiled = compile_stages(HOST, level=level, verify=True)
    assert compiled.externals == ("dgemv_", "lamina_output", "lamina_workspace")
    call = load(compiled, symbols=symbols)
    rng = np.random.default_rng(1)
    context = np.zeros(4, np.int64)
    a, x, s = rng.normal(size=(7, 5)), rng.normal(size=7), ctypes.c_double(2.5)
    assert call(context, a, 7, 5, x, 7, s) == 0
    np.testing.assert_allclose(outputs[0], 2.5 * (a.T @ x + 1), rtol=1e-14)
    assert call(context, a, 7, 5, x, 6, s) == 1
    assert context[:2].tolist() == [7, 6] and len(outputs) == 1
    assert call(context, a, 1, 13, x, 1, s) == -1  # no output
    assert call(context, a, 1, 100, x, 1, s) == -1  # no workspace


def test_a_strided_view_is_read_in_place(load):
    text = f"""
func.func private @kernel_0(%a: {STRIDED}, %o: memref<?x?xf64>) {{
  linalg.generic {{indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}}
      ins(%a : {STRIDED}) outs(%o : memref<?x?xf64>) {{
  ^bb0(%x: f64, %old: f64):
    linalg.yield %x : f64
  }}
  return
}}
func.func @lamina_main(%p: !llvm.ptr, %offset: i64, %n0: i64, %n1: i64, %s0: i64, %s1: i64,
                       %q: !llvm.ptr) -> i64 {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %0 = llvm.mlir.poison : {MATRIX}
  %1 = llvm.insertvalue %p, %0[0] : {MATRIX}
  %2 = llvm.insertvalue %p, %1[1] : {MATRIX}
  %3 = llvm.insertvalue %offset, %2[2] : {MATRIX}
  %4 = llvm.insertvalue %n0, %3[3, 0] : {MATRIX}
  %5 = llvm.insertvalue %n1, %4[3, 1] : {MATRIX}
  %6 = llvm.insertvalue %s0, %5[4, 0] : {MATRIX}
  %7 = llvm.insertvalue %s1, %6[4, 1] : {MATRIX}
  %a = builtin.unrealized_conversion_cast %7 : {MATRIX} to {STRIDED}
  %10 = llvm.insertvalue %q, %0[0] : {MATRIX}
  %11 = llvm.insertvalue %q, %10[1] : {MATRIX}
  %12 = llvm.insertvalue %zero, %11[2] : {MATRIX}
  %13 = llvm.insertvalue %n1, %12[3, 0] : {MATRIX}
  %14 = llvm.insertvalue %n0, %13[3, 1] : {MATRIX}
  %15 = llvm.insertvalue %n0, %14[4, 0] : {MATRIX}
  %16 = llvm.insertvalue %one, %15[4, 1] : {MATRIX}
  %o = builtin.unrealized_conversion_cast %16 : {MATRIX} to memref<?x?xf64>
  func.call @kernel_0(%a, %o) : ({STRIDED}, memref<?x?xf64>) -> ()
  return %zero : i64
}}"""
    base = np.arange(200.0).reshape(10, 20)
    view = base[8:1:-2, 3::4]
    out = np.empty(view.T.shape)
    offset = (view.ctypes.data - base.ctypes.data) // 8
    compiled = compile_stages(text, stages=["llvm"], verify=True)
    s0, s1 = (s // 8 for s in view.strides)
    assert load(compiled)(base, offset, *view.shape, s0, s1, out) == 0
    np.testing.assert_array_equal(out, view.T)
    assert "ptrtoint" not in compiled.texts["llvm"]


def test_loops_reductions_and_scalars_by_value(load):
    text = """
func.func private @kernel_0(%a: memref<?xf32>, %z: complex<f64>) -> (f32, complex<f64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %a, %c0 : memref<?xf32>
  %sum, %w = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %zero, %v = %z)
      -> (f32, complex<f64>) {
    %x = memref.load %a[%i] : memref<?xf32>
    %t = arith.addf %acc, %x fastmath<reassoc> : f32
    %u = complex.mul %v, %z : complex<f64>
    scf.yield %t, %u : f32, complex<f64>
  }
  return %sum, %w : f32, complex<f64>
}
func.func @lamina_main(%flag: i8, %h: f16, %z: complex<f64>, %p: !llvm.ptr, %n: i64,
                       %o: !llvm.ptr) -> i64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %off = arith.constant 0 : i8
  %0 = llvm.mlir.poison : STRUCT
  %1 = llvm.insertvalue %p, %0[0] : STRUCT
  %2 = llvm.insertvalue %p, %1[1] : STRUCT
  %3 = llvm.insertvalue %zero, %2[2] : STRUCT
  %4 = llvm.insertvalue %n, %3[3, 0] : STRUCT
  %5 = llvm.insertvalue %one, %4[4, 0] : STRUCT
  %a = builtin.unrealized_conversion_cast %5 : STRUCT to memref<?xf32>
  %sum, %w = func.call @kernel_0(%a, %z) : (memref<?xf32>, complex<f64>) -> (f32, complex<f64>)
  %wide = arith.extf %sum : f32 to f64
  %on = arith.cmpi ne, %flag, %off : i8
  %result = scf.if %on -> f64 {
    scf.yield %wide : f64
  } else {
    %minus = arith.negf %wide : f64
    scf.yield %minus : f64
  }
  llvm.store %result, %o : f64, !llvm.ptr
  %re = complex.re %w : complex<f64>
  %im = complex.im %w : complex<f64>
  %o1 = llvm.getelementptr %o[1] : (!llvm.ptr) -> !llvm.ptr, f64
  %o2 = llvm.getelementptr %o[2] : (!llvm.ptr) -> !llvm.ptr, f64
  llvm.store %re, %o1 : f64, !llvm.ptr
  llvm.store %im, %o2 : f64, !llvm.ptr
  return %zero : i64
}""".replace("STRUCT", VECTOR)
    a, out = np.arange(10, dtype=np.float32), np.empty(3)
    call = load(compile_stages(text, verify=True))
    # A half goes in a floating-point register; the test has no ctypes for it and none is read.
    z = 0.5 + 0.25j
    for flag, sign in ((1, 1), (0, -1)):
        half = ctypes.c_float(0)
        parts = ctypes.c_double(z.real), ctypes.c_double(z.imag)
        assert call(ctypes.c_int8(flag), half, *parts, a, 10, out) == 0
        w = z**11
        np.testing.assert_allclose(out, [sign * 45, w.real, w.imag], rtol=1e-14)


def test_the_stage_of_an_error_is_named():
    with pytest.raises(LoweringError, match="^affine: "):
        parse("func.func @f() {", "affine")
    module = parse(
        "func.func @f(%x: f16) -> f16 {\n%y = math.exp %x : f16\nreturn %y : f16 }", "affine"
    )
    with pytest.raises(LoweringError, match="^llvm-dialect: .*math.exp"):
        affine_to_llvm_dialect(module)


def test_linalg_becomes_affine_loops_and_then_branches_without_descriptors():
    module = parse("""
func.func private @kernel_0(%a: memref<?xf64>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      outs(%a : memref<?xf64>) {
  ^bb0(%x: f64):
    %y = arith.addf %x, %x : f64
    linalg.yield %y : f64
  }
  return
}""", "linalg")  # fmt: skip
    linalg_to_affine(module, verify=True)
    text = module.text()
    assert "affine.for %arg1 = 0 to %dim" in text and "linalg" not in text
    affine_to_llvm_dialect(module, verify=True)
    names = {op.name for op in module.ops(lambda name: True)}
    assert all(name.startswith("llvm.") for name in names - {"builtin.module"})
    assert not {"llvm.insertvalue", "llvm.extractvalue"} & names
