import llvmlite.binding as llvm

from lamina.codegen.object_file import undefined_symbols
from lamina.codegen.target import Target

TEXT = """
declare double @used(double)
declare double @unused(double)
define double @f(double %x, double %y) {
  %a = call double @used(double %x)
  %r = frem double %a, %y
  ret double %r
}
"""


def emit(triple: str, cpu: str = "generic") -> bytes:
    target = Target(triple, cpu, "")
    module = llvm.parse_assembly(TEXT, llvm.create_context())
    module.triple = triple
    return target.machine().emit_object(module)


def test_symbols_are_those_that_the_code_needs_and_no_others():
    for triple in ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"):
        assert undefined_symbols(emit(triple)) == ("fmod", "used")


def test_other_formats_have_no_answer():
    assert undefined_symbols(emit("arm64-apple-macosx13.0.0")) is None
    assert undefined_symbols(b"") is None
