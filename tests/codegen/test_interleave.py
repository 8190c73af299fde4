import re

import llvmlite.binding as llvm
import pytest

from lamina.codegen.interleave import mark_reductions
from lamina.codegen.llvm import INTERLEAVED_FUNCTIONS, optimise
from lamina.codegen.target import Target

V3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma")
NESTED = """
declare double @llvm.maximum.f64(double, double)

define double @f(ptr %0, i64 %1) {
  br label %3

3:                                                ; preds = %12, %2
  %4 = phi i64 [ %13, %12 ], [ 0, %2 ]
  %5 = phi double [ %8, %12 ], [ 0.0, %2 ]
  %6 = icmp slt i64 %4, %1
  br i1 %6, label %7, label %14

7:                                                ; preds = %3, %9
  %8 = phi double [ %10, %9 ], [ %5, %3 ]
  br i1 %6, label %9, label %12

9:                                                ; preds = %7
  %10 = STEP
  %11 = add i64 %4, 1
  br label %7

12:                                               ; preds = %7
  %13 = add i64 %4, 1
  br label %3

14:                                               ; preds = %3
  ret double %5
}
"""
SUM = "fadd reassoc double %8, 1.0"


def marked_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if "!llvm.loop " in line]


@pytest.mark.parametrize("step", [SUM, "call double @llvm.maximum.f64(double %8, double 1.0)"])
def test_the_loop_around_a_reduction_is_marked_and_no_other(step):
    marked = mark_reductions(NESTED.replace("STEP", step))
    assert marked_lines(marked) == ["br label %7, !llvm.loop !1000001"]
    assert "!1000001 = distinct !{!1000001, !1000000}" in marked
    llvm.parse_assembly(marked, llvm.create_context()).verify()


def test_a_sum_in_the_order_it_has_is_left_alone():
    text = NESTED.replace("STEP", "fadd double %8, 1.0")
    assert mark_reductions(text) == text


def test_marking_twice_changes_nothing():
    once = mark_reductions(NESTED.replace("STEP", SUM))
    assert mark_reductions(once) == once


LOOP = """
define SIGNATURE {
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %j, %loop ]
  %acc = phi double [ 0.0, %0 ], [ %sum, %loop ]
  %p = getelementptr double, ptr %x, i64 %i
  %v = load double, ptr %p
  %sum = fadd reassoc double %acc, %v
  %w = fadd double %v, 1.0
  STORE
  %j = add i64 %i, 1
  %c = icmp slt i64 %j, %n
  br i1 %c, label %loop, label %exit!MARK
exit:
  ret double RESULT
}
!1 = distinct !{!1, !2}
!2 = !{!"llvm.loop.interleave.count", i32 4}
"""


@pytest.mark.parametrize("kind", ["sum", "map"])
@pytest.mark.parametrize("extra", [0, INTERLEAVED_FUNCTIONS])
def test_a_large_module_interleaves_reductions_only(kind, extra):
    is_sum = kind == "sum"
    text = LOOP.replace("SIGNATURE", "double @f(ptr noalias %x, i64 %n)")
    text = text.replace("STORE", "" if is_sum else "store double %w, ptr %p")
    text = text.replace("RESULT", "%sum" if is_sum else "0.0")
    text = text.replace("!MARK", ", !llvm.loop !1" if is_sum else "")
    text += "".join(f"\ndefine void @g{i}() {{\n  ret void\n}}\n" for i in range(extra))
    vectors = len(re.findall(r"fadd .*<4 x double> %", optimise(text, V3).text()))
    assert vectors >= 4 if is_sum or not extra else vectors == 1
