import subprocess
import sys

import pytest

from lamina.codegen import mlir
from lamina.codegen.mlir import LoweringError, Module

CAST = """
func.func private @kernel_0(%x: f64) -> f64 {
  %y = builtin.unrealized_conversion_cast %x : f64 to i64 loc("model.py":12:4)
  %z = arith.sitofp %y : i64 to f64
  return %z : f64
}"""
TO_LLVM = "builtin.module(convert-to-llvm, reconcile-unrealized-casts)"


def test_text_that_does_not_parse_is_refused_with_its_place():
    with pytest.raises(LoweringError, match='"-":2:3: .*not found'):
        Module("func.func @f() {\n  nonsense.op\n}")


def test_a_left_over_cast_is_an_error_that_names_op_line_and_function_not_a_crash():
    module = Module(CAST)
    module.run(TO_LLVM)
    with pytest.raises(LoweringError) as error:
        module.to_llvm_ir()
    for part in ("builtin.unrealized_conversion_cast", '"model.py":12:4', "@kernel_0"):
        assert part in str(error.value)


def test_an_op_outside_the_llvm_dialect_is_not_translated():
    with pytest.raises(LoweringError, match="`func.func` has no lowering"):
        Module("func.func @f() { return }").to_llvm_ir()


def test_other_dialects_are_translated_only_when_named():
    text = (
        "llvm.func @f() -> i32 {\n  %0 = nvvm.read.ptx.sreg.tid.x : i32\n  llvm.return %0 : i32\n}"
    )
    with pytest.raises(LoweringError, match="nvvm"):
        Module(text).to_llvm_ir()
    assert "@llvm.nvvm.read.ptx.sreg.tid.x" in Module(text).to_llvm_ir(dialects=("llvm", "nvvm"))


def test_a_pass_that_fails_is_an_error():
    module = Module("""
func.func @f(%x: f64) -> f64 {
  %y = math.copysign %x, %x : f64
  return %y : f64
}""")
    with pytest.raises(LoweringError, match="failed to legalize operation 'math.copysign'"):
        module.run("builtin.module(convert-math-to-libm)")


def test_ops_become_calls_that_keep_type_line_and_users():
    module = Module("""
func.func @f(%x: f64, %y: f32) -> f64 {
  %a = math.exp %x : f64 loc("model.py":3:1)
  %b = math.exp %y : f32
  %c = math.exp %a : f64
  return %c : f64
}""")
    calls = module.replace_by_calls(
        {"math.exp"}, lambda op, operands, result: "exp" if result == "f64" else None
    )
    assert calls == [("exp", ("f64",), "f64")]
    assert module.symbols() == {"f"}
    module.add_functions("func.func private @exp(f64) -> f64\nfunc.func private @f()")
    assert module.symbols() == {"f", "exp"}
    lines = [line.strip() for line in module.text(locations=True).splitlines()]
    assert 'loc("model.py":3:1)' in "\n".join(lines)
    assert any(line.startswith("%0 = call @exp(%arg0) : (f64) -> f64") for line in lines)
    assert any(line.startswith("%1 = math.exp %arg1 : f32") for line in lines)
    assert any(line.startswith("%2 = call @exp(%0) : (f64) -> f64") for line in lines)


def test_a_module_that_a_pass_leaves_invalid_is_found_only_by_the_verifier():
    # The size of a loop that runs in another loop is no dimension of an affine loop.
    text = """
func.func @f(%o: memref<?xf64>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %m = arith.muli %i, %i : index
    %s = memref.subview %o[0] [%m] [1] : memref<?xf64> to memref<?xf64, strided<[1]>>
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        outs(%s : memref<?xf64, strided<[1]>>) {
    ^bb0(%x: f64):
      linalg.yield %x : f64
    }
  }
  return
}"""
    pipeline = "builtin.module(func.func(convert-linalg-to-affine-loops))"
    Module(text).run(pipeline)
    with pytest.raises(LoweringError, match="cannot be used as a dimension id"):
        Module(text).run(pipeline, verify=True)


def test_the_target_is_stated_in_the_translated_text():
    module = Module("llvm.func @f(%p: !llvm.ptr) -> i64 {\n %x = llvm.load %p : !llvm.ptr -> i64\n"
                    " llvm.return %x : i64\n}")  # fmt: skip
    assert "load i64, ptr %0, align 4" in module.to_llvm_ir()
    module.set_target("x86_64-unknown-linux-gnu", "e-m:e-i64:64-n8:16:32:64-S128")
    text = module.to_llvm_ir()
    assert 'target triple = "x86_64-unknown-linux-gnu"' in text
    assert "load i64, ptr %0, align 8" in text


def test_bindings_that_are_not_installed_are_named(monkeypatch):
    monkeypatch.setenv("LAMINA_MLIR", "no_such_mlir")
    with pytest.raises(LoweringError, match="`no_such_mlir` cannot be imported"):
        mlir._bindings.__wrapped__()


PROGRAM = """
import sys
import torch_mlir, torch_mlir.ir, torch_mlir.passmanager
import torch_mlir._mlir_libs._mlirDialectsLLVM
for name in [n for n in sys.modules if n.partition(".")[0] == "torch_mlir"]:
    sys.modules[name.replace("torch_mlir", "mlir", 1)] = sys.modules[name]
{sabotage}
from lamina.codegen.mlir import LoweringError, Module
try:
    print(type(Module("func.func private @f()")).__name__)
except LoweringError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("sabotage", "printed"),
    [
        ("", "Module"),
        (
            "sys.modules['mlir._mlir_libs._mlirDialectsLLVM'].translate_module_to_llvmir = str",
            "LAMINA_MLIR: these MLIR bindings give other code than is expected",
        ),
        (
            "sys.modules['mlir.passmanager'].PassManager = None",
            "LAMINA_MLIR: these MLIR bindings cannot be used",
        ),
    ],
)
def test_other_bindings_are_used_only_if_the_pipelines_work_with_them(
    monkeypatch, sabotage, printed
):
    monkeypatch.setenv("LAMINA_MLIR", "mlir")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(sabotage=sabotage)], capture_output=True, text=True
    )
    assert done.stdout.startswith(printed), done.stdout + done.stderr
