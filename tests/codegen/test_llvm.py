import re

import llvmlite.binding as llvm
import pytest

from lamina.codegen.llvm import assembly, declarations, emit, optimise
from lamina.codegen.mlir import LoweringError
from lamina.codegen.target import Target, host

V3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma,+f16c")
LOOP = """
declare double @used(double)
declare double @unused(double)
define void @lamina_main(ptr noalias %x, ptr noalias %o, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  %p = getelementptr double, ptr %x, i64 %i
  %v = load double, ptr %p
  %w = fmul double %v, %v
  %y = fadd double %w, %v
  %q = getelementptr double, ptr %o, i64 %i
  store double %y, ptr %q
  %j = add i64 %i, 1
  %c = icmp slt i64 %j, %n
  br i1 %c, label %loop, label %exit
exit:
  %z = call double @used(double 1.0)
  ret void
}
"""


def test_level_2_vectorises_and_interleaves_and_level_0_leaves_the_loop_as_it_is():
    fast = optimise(LOOP, V3, 2).text()
    assert fast.count("load <4 x double>") >= 2
    plain = optimise(LOOP, V3, 0).text()
    assert "x double>" not in plain and plain.count("fmul") == 1


def test_a_product_and_a_sum_are_not_contracted():
    assert "vfmadd" not in assembly(optimise(LOOP, V3, 3))


def test_assembly_is_of_the_object_that_is_emitted_after_it():
    first, second = optimise(LOOP, V3), optimise(LOOP, V3)
    text = assembly(first)
    assert re.search(r"vmulpd.*ymm", text) and "lamina_main:" in text
    assert emit(first) == emit(second)


def test_a_second_object_of_a_module_is_refused():
    optimised = optimise(LOOP, host())
    assert emit(optimised)[:4] == emit(optimise(LOOP, host()))[:4]
    with pytest.raises(ValueError, match="one object"):
        emit(optimised)


def test_declarations_leave_out_intrinsics():
    text = "declare double @llvm.sqrt.f64(double)\ndeclare double @b()\ndeclare double @a()\n"
    assert declarations(optimise(text, host(), 0)) == ("a", "b")


def test_text_that_does_not_parse_is_named():
    with pytest.raises(LoweringError, match="llvm: .*\n.*1:18: error: expected type"):
        optimise("define void @f( {", host())


def test_text_that_does_not_verify_is_refused_when_asked():
    text = "define i64 @f() {\n  %a = add i64 %b, 1\n  %b = add i64 %a, 1\n  ret i64 %b\n}\n"
    with pytest.raises(LoweringError, match="does not dominate"):
        optimise(text, host(), verify=True)


def test_always_inline_functions_are_inlined_at_every_level():
    text = """
define internal double @twice(double %x) alwaysinline {
  %y = fadd double %x, %x
  ret double %y
}
define double @lamina_main(double %x) {
  %y = call double @twice(double %x)
  ret double %y
}
"""
    for level in (0, 1, 2, 3):
        assert "call" not in optimise(text, host(), level).text()


def test_a_compile_leaves_nothing_in_the_global_context():
    optimise("%struct.mine = type { i64 }\n@g = global %struct.mine { i64 1 }\n", host(), 0)
    again = llvm.parse_assembly("%struct.mine = type { i32 }\n@g = global %struct.mine { i32 1 }\n")
    assert "%struct.mine = type { i32 }" in str(again)
