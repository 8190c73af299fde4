"""What kernels use of newer devices, for older ones: the same LLVM IR is for all.

| since | instruction | before |
|---|---|---|
| sm_80 | cp.async | loads and stores |
| sm_80 | mma.m16n8k16 of float16 | mma.m16n8k8, two of them |
| sm_80 | mma.m8n8k4 of float64 | shuffles, and one multiplication and addition after another |
| sm_75 | ldmatrix and mma of float16 | there is none |
"""

from __future__ import annotations

import re

from lamina.codegen.mlir import LoweringError

_COPIES_SINCE, _MATRICES_SINCE = 80, 75
_CALLED = re.compile(r"@llvm\.nvvm\.((?:cp\.async|mma\.m16n8k16|mma\.m8n8k4)\.[\w.]+)\(")
_MATRICES = re.compile(r"@llvm\.nvvm\.(ldmatrix|mma)\.")


def adapt(llvm: str, chip: str) -> str:
    """LLVM IR whose intrinsics `chip` has.

    Raises
    ------
    LoweringError
        If there is no other way to do what the text asks for.
    """
    number = int(chip[3:].rstrip("af"))
    if number >= _COPIES_SINCE:
        return llvm
    for name in dict.fromkeys(_CALLED.findall(llvm)):
        text = _definition(name)
        if text is None:
            raise LoweringError(f"ptx: {chip} has no {name}")
        intrinsic = re.escape(f"@llvm.nvvm.{name}(")
        llvm = re.sub(f"^declare .*{intrinsic}.*\n", "", llvm, flags=re.MULTILINE)
        llvm = re.sub(intrinsic, f"@lamina.{name}(", llvm)
        llvm = f"{llvm}\n{text.replace('NAME', f'@lamina.{name}')}"
    for line in _DECLARED:
        symbol = line[line.index("@") : line.index("(") + 1]
        if symbol in llvm and f" {symbol}" not in _declarations(llvm):
            llvm = f"{llvm}\n{line}"
    if number < _MATRICES_SINCE and (found := _MATRICES.search(llvm)):
        raise LoweringError(
            f"ptx: {chip} has no {found[1]}: products of float16 need an sm_75 or a later device"
        )
    return llvm


def features(llvm: str, chip: str) -> str:
    """What LLVM has to be told that the PTX may have: that of the lowest version for sm_75 has no
    ldmatrix, nor mma of all shapes.
    """
    return "+ptx65" if chip == "sm_75" and _MATRICES.search(llvm) else ""


def _declarations(llvm: str) -> str:
    return "\n".join(line for line in llvm.split("\n") if line.startswith("declare "))


def _definition(name: str) -> str | None:
    """The function NAME that does what the intrinsic of that name does."""
    if match := re.fullmatch(r"cp\.async\.c[ag]\.shared\.global\.(4|8|16)(\.s)?", name):
        return _copy(int(match[1]), bool(match[2]))
    return {
        "cp.async.commit.group": "define internal void NAME() alwaysinline {\n  ret void\n}\n",
        "cp.async.wait.group": "define internal void NAME(i32 %n) alwaysinline {\n  ret void\n}\n",
        "mma.m16n8k16.row.col.f32.f32": _HALVES,
        "mma.m8n8k4.row.col.f64": _doubles(),
    }.get(name)


# -- copies ----------------------------------------------------------------------------------------


def _copy(count: int, partial: bool) -> str:
    """A copy of `count` bytes, or of the first of them and zeros."""
    type = {4: "i32", 8: "i64", 16: "<4 x i32>"}[count]
    whole = f"""  %v = load {type}, ptr addrspace(1) %from, align {count}
  store {type} %v, ptr addrspace(3) %to, align {count}"""
    head = "define internal void NAME(ptr addrspace(3) %to, ptr addrspace(1) %from"
    if not partial:
        return f"{head}) alwaysinline {{\n{whole}\n  ret void\n}}\n"
    return f"""{head}, i32 %n) alwaysinline {{
  %all = icmp eq i32 %n, {count}
  br i1 %all, label %whole, label %parts
whole:
{whole}
  ret void
parts:
  br label %loop
loop:
  %i = phi i32 [ 0, %parts ], [ %next, %put ]
  %wide = zext i32 %i to i64
  %there = icmp ult i32 %i, %n
  br i1 %there, label %get, label %put
get:
  %p = getelementptr i8, ptr addrspace(1) %from, i64 %wide
  %got = load i16, ptr addrspace(1) %p, align 2
  br label %put
put:
  %x = phi i16 [ 0, %loop ], [ %got, %get ]
  %q = getelementptr i8, ptr addrspace(3) %to, i64 %wide
  store i16 %x, ptr addrspace(3) %q, align 2
  %next = add i32 %i, 2
  %more = icmp ult i32 %next, {count}
  br i1 %more, label %loop, label %end
end:
  ret void
}}
"""


# -- products --------------------------------------------------------------------------------------

_H, _F4 = "<2 x half>", "{ float, float, float, float }"
_MMA_8 = "@llvm.nvvm.mma.m16n8k8.row.col.f32.f32"
_GIVEN = ", ".join([*(f"{_H} %a{i}" for i in range(4)), *(f"{_H} %b{i}" for i in range(2)),
                    *(f"float %c{i}" for i in range(4))])  # fmt: skip

# The registers of A and of B are those of the first 8 positions, then of the last.
_HALVES = f"""define internal {_F4} NAME({_GIVEN}) alwaysinline convergent {{
  %s = call {_F4} {_MMA_8}({_H} %a0, {_H} %a1, {_H} %b0, float %c0, float %c1, float %c2, float %c3)
  %s0 = extractvalue {_F4} %s, 0
  %s1 = extractvalue {_F4} %s, 1
  %s2 = extractvalue {_F4} %s, 2
  %s3 = extractvalue {_F4} %s, 3
  %r = call {_F4} {_MMA_8}({_H} %a2, {_H} %a3, {_H} %b1, float %s0, float %s1, float %s2, float %s3)
  ret {_F4} %r
}}
"""
_SHUFFLE, _LANE = "@llvm.nvvm.shfl.sync.idx.i32", "@llvm.nvvm.read.ptx.sreg.laneid"


def _doubles() -> str:
    """Lane 4 g + t has A[g, t], B[t, g], and of the sums row g, columns 2 t and 2 t + 1."""
    lines = [
        f"  %lane = call i32 {_LANE}()",
        "  %t = and i32 %lane, 3",
        "  %row = and i32 %lane, 28",
    ]
    lines += ["  %column0 = shl i32 %t, 3", "  %column1 = or i32 %column0, 4"]
    for k in range(4):
        lines += _moved("a", f"a.{k}", f"or i32 %row, {k}")
        for j in range(2):
            before = f"%c{j}" if k == 0 else f"%s{j}.{k - 1}"
            lines += _moved("b", f"b{j}.{k}", f"or i32 %column{j}, {k}")
            lines.append(
                f"  %s{j}.{k} = call double @llvm.fma.f64("
                f"double %a.{k}, double %b{j}.{k}, double {before})"
            )
    body = "\n".join(lines)
    return f"""define internal {{ double, double }} NAME(
    double %a, double %b, double %c0, double %c1) alwaysinline convergent {{
{body}
  %r0 = insertvalue {{ double, double }} poison, double %s0.3, 0
  %r1 = insertvalue {{ double, double }} %r0, double %s1.3, 1
  ret {{ double, double }} %r1
}}
"""


def _moved(name: str, made: str, lane: str) -> list[str]:
    """``%made``: what another lane has as ``%name``."""
    lines = [f"  %{made}.lane = {lane}", f"  %{made}.bits = bitcast double %{name} to <2 x i32>"]
    for i in range(2):
        lines += [
            f"  %{made}.own{i} = extractelement <2 x i32> %{made}.bits, i32 {i}",
            f"  %{made}.its{i} = call i32 {_SHUFFLE}("
            f"i32 -1, i32 %{made}.own{i}, i32 %{made}.lane, i32 31)",
        ]
    return [
        *lines,
        f"  %{made}.low = insertelement <2 x i32> poison, i32 %{made}.its0, i32 0",
        f"  %{made}.all = insertelement <2 x i32> %{made}.low, i32 %{made}.its1, i32 1",
        f"  %{made} = bitcast <2 x i32> %{made}.all to double",
    ]


_DECLARED = (
    f"declare {_F4} {_MMA_8}({', '.join([_H] * 3 + ['float'] * 4)})",
    f"declare i32 {_SHUFFLE}(i32, i32, i32, i32)",
    f"declare i32 {_LANE}()",
    "declare double @llvm.fma.f64(double, double, double)",
)
