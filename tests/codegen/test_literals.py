"""LLVM IR of MLIR's LLVM is read by llvmlite's older one without a bit lost."""

import ctypes
import random
import struct

import llvmlite.binding as llvm
import numpy as np
import pytest

from lamina.codegen.literals import adapt, exact_floats
from lamina.codegen.mlir import Module
from lamina.codegen.target import host
from lamina.runtime.linker import link

WIDTH = {"f64": 64, "f32": 32, "f16": 16, "bf16": 16}
NOT_FINITE = {
    "f64": ["0x7FF0000000000000", "0xFFF0000000000000", "0x7FF8000000000000", "0x7FF8000000000001",
            "0xFFF8000000000000", "0x7FF0000000000001", "0x7FFFFFFFFFFFFFFF"],
    "f32": ["0x7F800000", "0xFF800000", "0x7FC00000", "0x7FC00001", "0xFFC00001", "0x7F800001",
            "0x7FA00000"],
    "f16": ["0x7C00", "0xFC00", "0x7E00", "0x7E01", "0xFE00", "0x7C01"],
    "bf16": ["0x7F80", "0xFF80", "0x7FC0", "0x7FC1", "0xFFC0", "0x7F81"],
}  # fmt: skip
DECIMALS = "0.0 -0.0 1.0 -2.5 0.1 3.141592653589793 0.3333333333333333 65504.0 6.0e-8".split()
SIZES = "1.0e300 4.9e-324 2.2250738585072014e-308 1.7976931348623157e+308 123456789.125".split()
SMALL_SIZES = "1.0e-45 1.1754943508222875e-38 3.4028234663852886e38 16777217.0".split()


def constants() -> list[tuple[str, str]]:
    draw = random.Random(1)
    values = [(t, text) for t, texts in NOT_FINITE.items() for text in texts]
    values += [(t, text) for t in WIDTH for text in DECIMALS]
    values += [("f64", text) for text in SIZES] + [("f32", text) for text in SMALL_SIZES]
    values += [(t, f"0x{i:04X}") for t in ("f16", "bf16") for i in range(0, 65536, 31)]
    values += [("f32", f"0x{draw.getrandbits(32):08X}") for _ in range(600)]
    values += [("f64", f"0x{draw.getrandbits(64):016X}") for _ in range(600)]
    short = [draw.randint(1, 9999) / 10 ** draw.randint(0, 6) for _ in range(600)]
    return values + [(t, f"{x:.8f}") for t in ("f64", "f32") for x in short]


def bits(element: str, text: str) -> int:
    if text.startswith("0x"):
        return int(text, 16)
    if element == "f64":
        return struct.unpack("<Q", struct.pack("<d", float(text)))[0]
    if element == "f16":
        return int(np.float16(float(text)).view(np.uint16))
    single = int(np.float32(float(text)).view(np.uint32))
    if element == "f32":
        return single
    return (single + 0x7FFF + (single >> 16 & 1)) >> 16


def parse(text: str) -> llvm.ModuleRef:
    module = llvm.parse_assembly(text, llvm.create_context())
    module.verify()
    return module


def test_every_float_constant_of_mlir_keeps_its_bits():
    values = constants()
    module = Module(
        "\n".join(
            f"""llvm.func @f{i}(%p: !llvm.ptr) {{
              %0 = llvm.mlir.constant({text} : {t}) : {t}
              llvm.store %0, %p : {t}, !llvm.ptr
              llvm.return
            }}"""
            for i, (t, text) in enumerate(values)
        )
    )
    original = module.to_llvm_ir()
    assert "f0x" in original and "+inf" in original and "nan" in original
    text = adapt(original, llvm.llvm_version_info)
    assert adapt(text, llvm.llvm_version_info) == text
    image = host().machine(0).emit_object(parse(text))
    code = link([image], {}, [f"f{i}" for i in range(len(values))])
    wrong = []
    for i, (t, literal) in enumerate(values):
        place = ctypes.c_uint64(0)
        ctypes.CFUNCTYPE(None, ctypes.c_void_p)(code[f"f{i}"])(ctypes.addressof(place))
        if place.value != bits(t, literal):
            wrong.append((t, literal, hex(place.value), hex(bits(t, literal))))
    assert not wrong


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("fadd float %x, 1.000000e-01", "fadd float %x, 0x3FB99999A0000000"),
        ("fadd double %x, 1.000000e-01", "fadd double %x, 1.000000e-01"),
        ("phi float [ 1.000000e-01, %3 ], [ +inf, %5 ]",
         "phi float [ 0x3FB99999A0000000, %3 ], [ 0x7FF0000000000000, %5 ]"),
        ("select i1 %c, double -inf, double +qnan",
         "select i1 %c, double 0xFFF0000000000000, double 0x7FF8000000000000"),
        ("ret <2 x float> <float f0x3DCCCCCD, float -0.000000e+00>",
         "ret <2 x float> <float 0x3FB99999A0000000, float 0x8000000000000000>"),
        ("ret <4 x half> splat (half 1.000000e-01)", "ret <4 x half> splat (half 0xH2E66)"),
        ("store bfloat f0x3DCD, ptr %p", "store bfloat 0xR3DCD, ptr %p"),
        ("fcmp oeq double %x, -snan(0x1)", "fcmp oeq double %x, 0xFFF0000000000001"),
        ("fmul double %x, +nan(0x5)", "fmul double %x, 0x7FF8000000000005"),
        ("[2 x double] [double f0x3FF0000000000001, double 2.000000e+00]",
         "[2 x double] [double 0x3FF0000000000001, double 2.000000e+00]"),
    ],
)  # fmt: skip
def test_a_literal_takes_its_type_from_the_nearest_type_before_it(newer, older):
    assert exact_floats(newer) == older


@pytest.mark.parametrize(
    "text",
    [
        '@s = private constant [9 x i8] c"float 1.5"',
        'source_filename = "float 1.5 +inf"',
        '!1 = !{!"clang float 1.5"}',
        "  %1.5 = add i64 %x, 1",
        "  call void @float.1.5()",
    ],
)
def test_strings_and_names_are_left_alone(text):
    assert exact_floats(text) == text


@pytest.mark.parametrize("version", [(20, 1, 8), (21, 1, 0), (22, 1, 0)])
def test_attributes_that_came_later_are_dropped(version):
    text = """
; Function Attrs: nocallback nocreateundeforpoison nofree
declare double @llvm.maximum.f64(double, double) #0
declare void @g(ptr captures(none)) #1
declare void @h(ptr captures(address)) #2
attributes #0 = { nocallback nocreateundeforpoison nofree memory(none) }
attributes #1 = { nounwind memory(argmem: read, target_mem0: none) "frame-pointer"="all" }
attributes #2 = { willreturn memory(argmem: read) }
"""
    adapted = adapt(text, version)
    lines = [line for line in adapted.splitlines() if not line.startswith(";")]
    old = version < (21,)
    assert lines[1:] == [
        "declare double @llvm.maximum.f64(double, double)",
        "declare void @g(ptr nocapture ) #1" if old else "declare void @g(ptr captures(none)) #1",
        "declare void @h(ptr ) #2" if old else "declare void @h(ptr captures(address)) #2",
        "attributes #0 = { nocallback nofree memory(none) }",
        'attributes #1 = { nounwind "frame-pointer"="all" }',
        "attributes #2 = { willreturn memory(argmem: read) }",
    ]
    if version[0] == llvm.llvm_version_info[0]:
        parse(adapted)


def test_an_intrinsic_gets_its_attributes_back_from_the_parser():
    module = parse(
        adapt("declare double @llvm.sqrt.f64(double) #0\nattributes #0 = { cold }\n", (20,))
    )
    assert "memory(none)" in str(module) and "cold" not in str(module)


def test_what_mlir_writes_for_its_intrinsics_is_read():
    body = "\n".join(
        f"%{i} = math.{op} %x : f64"
        for i, op in enumerate(("sqrt", "absf", "floor", "ceil", "trunc"))
    )
    module = Module(f"""
      func.func @f(%x: f64, %n: i64, %p: !llvm.ptr) -> i1 {{
        {body}
        %a = math.isnan %x : f64
        %b = math.isfinite %x : f64
        %c = arith.maximumf %x, %0 : f64
        %d = arith.minnumf %c, %1 : f64
        %e = math.fma %d, %2, %3 : f64
        %f = math.copysign %e, %4 : f64
        %g = math.ctpop %n : i64
        %h = math.ctlz %g : i64
        %i = arith.maxui %h, %n : i64
        llvm.store %i, %p : i64, !llvm.ptr
        llvm.store %f, %p : f64, !llvm.ptr
        %j = arith.andi %a, %b : i1
        return %j : i1
      }}""")
    module.run("builtin.module(convert-to-llvm, reconcile-unrealized-casts)")
    original = module.to_llvm_ir()
    assert "/* " in original  # LLVM 24 explains the argument of is.fpclass in a comment
    parse(adapt(original, llvm.llvm_version_info))
