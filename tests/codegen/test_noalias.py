import llvmlite.binding as llvm

from lamina.codegen.noalias import mark_functions

TEXT = """
declare ptr @lamina_output(ptr, i64, ptr)

define void @kernel_0(ptr %0, ptr align 8 %1, i64 %2) {
  ret void
}

define { double, double } @kernel_1(ptr noalias %0, { double, double } %1) #0 {
  ret { double, double } %1
}

define i64 @helper(ptr %0) {
  ret i64 0
}

define internal i64 @already(ptr %0) {
  ret i64 0
}

define i64 @lamina_main(ptr %0) {
  ret i64 0
}

attributes #0 = { alwaysinline nounwind }
"""


def definitions(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("define")]


def test_kernels_are_noalias_and_noinline_and_only_the_entry_is_exported():
    marked = mark_functions(TEXT)
    assert definitions(marked) == [
        "define internal void @kernel_0(ptr noalias %0, ptr noalias align 8 %1, i64 %2) noinline {",
        "define internal { double, double } @kernel_1(ptr noalias %0, { double, double } %1) #0 {",
        "define internal i64 @helper(ptr %0) {",
        "define internal i64 @already(ptr %0) {",
        "define i64 @lamina_main(ptr %0) {",
    ]
    llvm.parse_assembly(marked, llvm.create_context()).verify()


def test_marking_twice_changes_nothing():
    once = mark_functions(TEXT)
    assert mark_functions(once) == once


def test_declarations_and_bodies_are_left_alone():
    changed = {*mark_functions(TEXT).splitlines()} - {*TEXT.splitlines()}
    assert changed == set(definitions(mark_functions(TEXT))[:3])
