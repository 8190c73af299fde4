import llvmlite.binding as llvm
import numpy as np

from lamina.codegen.target import Target, host


def test_host_is_the_architecture_of_this_process():
    assert host().architecture in ("x86_64", "aarch64", "i686", "riscv64", "powerpc64le", "s390x")
    assert host().machine().triple == host().triple


def test_registers_are_as_wide_as_the_widest_listed_extension():
    v2 = Target("x86_64-unknown-linux-gnu", "x86-64-v2", "+sse4.2,-avx,-fma")
    v3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma,-avx512f")
    v4 = Target("x86_64-unknown-linux-gnu", "x86-64-v4", "+avx,+avx2,+fma,+avx512f")
    assert [t.vector_bits() for t in (v2, v3, v4)] == [128, 256, 512]
    assert [t.has_fma() for t in (v2, v3, v4)] == [False, True, True]


def test_aarch64_always_has_fused_multiply_add_and_128_bit_registers():
    for triple in ("aarch64-unknown-linux-gnu", "arm64-apple-macosx"):
        target = Target(triple, "generic", "")
        assert target.has_fma()
        assert target.vector_bits() == 128


def test_an_object_for_another_architecture_is_made_on_this_one():
    target = Target("aarch64-unknown-linux-gnu", "neoverse-n1", "+neon")
    module = llvm.parse_assembly(
        "define double @f(double %x) {\n  %y = fadd double %x, %x\n  ret double %y\n}\n"
    )
    module.triple = target.triple
    header = np.frombuffer(target.machine().emit_object(module)[:20], np.uint8)
    assert header[18] == 183  # e_machine of ELF: EM_AARCH64
