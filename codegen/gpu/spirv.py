"""LLVM IR for NVPTX -> OpenCL's form of LLVM IR -> SPIR-V, for devices with OpenCL.

What NVPTX reads from registers or does by instructions are built-in functions of OpenCL C there,
whose names are mangled as C++'s: ``get_local_id(uint)`` is ``_Z12get_local_idj``.
"""

from __future__ import annotations

import re

import llvmlite.binding as llvm

from lamina.codegen.gpu.functions import check
from lamina.codegen.llvm import parse, run_passes
from lamina.codegen.mlir import LoweringError
from lamina.codegen.target import Target

TRIPLE = "spirv64-unknown-unknown"

_WORK_ITEM = {
    "tid": "get_local_id", "ctaid": "get_group_id", "ntid": "get_local_size",
    "nctaid": "get_num_groups",
}  # fmt: skip
_SHUFFLES = {
    "bfly": "sub_group_shuffle_xor", "up": "sub_group_shuffle_up", "down": "sub_group_shuffle_down",
    "idx": "sub_group_shuffle",
}  # fmt: skip
_LETTER = {"float": "f", "double": "d", "i32": "j"}
# Functions of OpenCL C that are called as libdevice's are.
_BUILT_IN = frozenset(
    """acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf erfc exp exp2 expm1 fmod hypot
    lgamma log log10 log1p log2 pow rsqrt sin sinh tan tanh tgamma""".split()
)
_BARRIER_FENCE = 3  # of local and of global memory

_REGISTER = re.compile(
    r"^  (%\S+) = call .*@llvm\.nvvm\.read\.ptx\.sreg\.(\w+)(?:\.([xyz]))?\(\)", re.MULTILINE
)
_BARRIER = re.compile(r"^  call void @llvm\.nvvm\.barrier[\w.]*\(.*$", re.MULTILINE)
_SHUFFLE = re.compile(
    r"^  (%\S+) = call (\w+) @llvm\.nvvm\.shfl\.sync\.(\w+)\.\w+"
    r"\(i32 [^,]+, \w+ ([^,]+), i32 ([^,]+), .*$",
    re.MULTILINE,
)
_FUNCTION = re.compile(r"call (float|double) @__nv_(\w+)\(([^)]*)\)")


def as_opencl(text: str) -> str:
    """LLVM IR of `lamina.codegen.gpu.nvvm.lower` with built-in functions of OpenCL C.

    Raises
    ------
    LoweringError
        If it calls what OpenCL C does not have; the message names it.
    """
    declared: dict[str, None] = {}

    def built_in(name: str, letters: str, result: str, types: str) -> str:
        symbol = f"_Z{len(name)}{name}{letters}"
        declared[f"declare spir_func {result} @{symbol}({types}) #{_GROUP}"] = None
        return f"call spir_func {result} @{symbol}"

    def register(match: re.Match[str]) -> str:
        name, kind, axis = match.groups()
        if kind == "laneid":
            return f"  {name} = {built_in('get_sub_group_local_id', 'v', 'i32', '')}()"
        if kind not in _WORK_ITEM:
            raise LoweringError(f"spirv: OpenCL has no register {kind}")
        wide = f"%wide_{name[1:]}"  # a name takes no number, which have to be in order
        call = built_in(_WORK_ITEM[kind], "j", "i64", "i32")
        return f"  {wide} = {call}(i32 {'xyz'.index(axis)})\n  {name} = trunc i64 {wide} to i32"

    def shuffle(match: re.Match[str]) -> str:
        name, type, mode, value, lane = match.groups()
        call = built_in(_SHUFFLES[mode], _LETTER[type] + "j", type, f"{type}, i32")
        return f"  {name} = {call}({type} {value}, i32 {lane}) #{_GROUP}"

    def function(match: re.Match[str]) -> str:
        type, name, operands = match.groups()
        plain = name.removesuffix("f") if type == "float" else name
        if plain not in _BUILT_IN:
            raise LoweringError(f"spirv: OpenCL has no function {plain}")
        count = operands.count(",") + 1
        call = built_in(plain, _LETTER[type] * count, type, ", ".join([type] * count))
        return f"{call}({operands})"

    barrier = f"(i32 {_BARRIER_FENCE}) #{_GROUP}"
    text = _REGISTER.sub(register, text)
    text = _BARRIER.sub(lambda m: f"  {built_in('barrier', 'j', 'void', 'i32')}{barrier}", text)
    text = _FUNCTION.sub(function, _SHUFFLE.sub(shuffle, text))
    lines = [line for line in text.split("\n") if not _OF_NVPTX.match(line)]
    text = "\n".join(lines).replace("ptx_kernel", "spir_kernel")
    text = re.sub(r'"nvvm\.[^"]*"="[^"]*"', "nounwind", text)
    check(text, "spv")
    convergent = f"attributes #{_GROUP} = {{ convergent nounwind }}"
    return "\n".join([text, *declared, convergent, ""])


_STRUCTURE = re.compile(r"^  .*(?:load|phi|select|extractvalue|insertvalue) .*\{.*$", re.MULTILINE)
_GROUP = 1_000_000  # out of the way of the text's own
_OF_NVPTX = re.compile(r"^declare .*@(?:llvm\.nvvm\.|__nv_)")


def spirv(text: str) -> str:
    """SPIR-V in its text form, of LLVM IR of `as_opencl`."""
    machine = Target(TRIPLE, "", "").machine(2)
    module = parse(text, machine, "spirv")
    run_passes(module, machine, 1)
    # The parts of complex numbers are apart now, but for those of powers, which a function takes.
    # Structures that are left would end the process.
    left = str(module)
    check(left, "spv")
    if "@llvm.is.fpclass" in left and llvm.llvm_version_info < (21,):
        raise LoweringError("spirv: this LLVM has no code for tests of infinity and NaN")
    if found := _STRUCTURE.search(left):
        raise LoweringError(f"spirv: a structure cannot be a value: {found[0].strip()}")
    return machine.emit_assembly(module)
