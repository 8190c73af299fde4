import pytest

from lamina.runtime.cuda.emulator import ir_lines
from lamina.runtime.cuda.emulator.ir_lines import Access, Operand


@pytest.mark.parametrize(
    ("type_", "size"),
    [
        ("i1", 1),
        ("i33", 5),
        ("half", 2),
        ("ptr addrspace(1)", 8),
        ("<4 x float>", 16),
        ("<3 x float>", 12),
        ("<8 x i1>", 1),
        ("[3 x <2 x i64>]", 48),
        ("{ i8, i32, i8 }", 12),
        ("{ float, double }", 16),
    ],
)
def test_sizes_of_types(type_, size):
    assert ir_lines.size_of(type_) == size


def test_a_type_that_is_not_known_is_named():
    with pytest.raises(NotImplementedError, match="x86_fp80"):
        ir_lines.size_of("x86_fp80")


G = "ptr addrspace(1)"


@pytest.mark.parametrize(
    ("line", "access"),
    [
        (
            "  %v = load <2 x double>, ptr addrspace(1) %p, align 16, !invariant.load !3",
            Access("load", Operand(G, "%p"), 16, 16),
        ),
        (
            '  %v = load atomic i32, ptr addrspace(1) %p syncscope("device") acquire, align 4',
            Access("load", Operand(G, "%p"), 4, 4),
        ),
        (
            "  store volatile { i32, i1 } { i32 1, i1 true }, ptr %q, align 8",
            Access("store", Operand("ptr", "%q"), 8, 8),
        ),
        (
            "  store float %v, ptr getelementptr (i8, ptr @x, i64 4), align 4",
            Access("store", Operand("ptr", "getelementptr (i8, ptr @x, i64 4)"), 4, 4),
        ),
        (
            '  %o = atomicrmw fadd ptr addrspace(1) %p, float %v syncscope("block") monotonic, '
            "align 4",
            Access("atomic", Operand(G, "%p"), 4, 4),
        ),
        (
            "  %o = cmpxchg weak ptr addrspace(1) %p, i64 %a, i64 %b acq_rel monotonic, align 8",
            Access("atomic", Operand(G, "%p"), 8, 8),
        ),
        ("  %x = add i32 %a, %b", None),
    ],
)
def test_accesses_to_memory(line, access):
    assert ir_lines.access(line) == access


def test_a_call_without_what_qualifies_it():
    call = ir_lines.call(
        "  %9 = tail call fast noundef range(i32 0, 4) <2 x float> @f.g(ptr addrspace(3) nonnull "
        "align 16 dereferenceable(8) %p, <2 x i32> <i32 1, i32 2>, [2 x { i8, i8 }] zeroinitializer"
        ") #3, !range !4"
    )
    assert call == (
        "%9",
        "<2 x float>",
        "f.g",
        (
            Operand("ptr addrspace(3)", "%p"),
            Operand("<2 x i32>", "<i32 1, i32 2>"),
            Operand("[2 x { i8, i8 }]", "zeroinitializer"),
        ),
    )
    assert call.operands[0].space == 3


def test_values_and_labels_are_renamed():
    _, (function,) = ir_lines.split(
        """
define ptx_kernel void @k(i32 %0, ptr align 4 %named) #0 {
  br label %2

2:                                                ; preds = %2, %1
  %3 = phi i32 [ %0, %1 ], [ %3, %2 ]
    #dbg_value(i32 %3, !7, !DIExpression(), !8)
  br i1 true, label %2, label %end, !llvm.loop !5

end:                                              ; preds = %2
  ret void
}
"""
    )
    assert function.kernel
    assert function.parameters == (Operand("i32", "%k.0"), Operand("ptr", "%k.named"))
    assert function.lines == [
        "k.1:",
        "  br label %k.2",
        "k.2:",
        "  %k.3 = phi i32 [ %k.0, %k.1 ], [ %k.3, %k.2 ]",
        "  br i1 true, label %k.2, label %k.end, !llvm.loop !5",
        "k.end:",
        "  ret void",
    ]
