"""What kernels use of newer devices, for older ones: the same LLVM IR is for all.

| since | instruction | before |
|---|---|---|
| sm_80 | cp.async | loads and stores |
| sm_80 | mma.m16n8k16 of float16 | mma.m16n8k8, two of them |
| sm_80 | mma.m8n8k4 of float64 | shuffles, and one multiplication and addition after another |
| sm_75 | mma.m16n8k8 of float16 | the same, in float32 |
| sm_75 | ldmatrix | loads at addresses that shuffles bring |

Where the elements of a matrix are: see `lamina.codegen.gpu.tensor_cores`.
"""

from __future__ import annotations

import re

from lamina.codegen.mlir import LoweringError

_COPIES_SINCE, _MATRICES_SINCE = 80, 75
_CALLED = re.compile(r"@llvm\.nvvm\.((?:cp\.async|mma|ldmatrix)\.[\w.]+)\(")
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
        if name.startswith("ldmatrix") and number >= _MATRICES_SINCE:
            continue
        text = _definition(name, number)
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
    return llvm


def features(llvm: str, chip: str) -> str:
    """What LLVM has to be told that the PTX may have: that of the lowest version for sm_75 has no
    ldmatrix, nor mma of all shapes.
    """
    return "+ptx65" if chip == "sm_75" and _MATRICES.search(llvm) else ""


def _declarations(llvm: str) -> str:
    return "\n".join(line for line in llvm.split("\n") if line.startswith("declare "))


def _definition(name: str, number: int) -> str | None:
    """The function NAME that does what the intrinsic of that name does, for sm_NUMBER."""
    if match := re.fullmatch(r"cp\.async\.c[ag]\.shared\.global\.(4|8|16)(\.s)?", name):
        return _copy(int(match[1]), bool(match[2]))
    if match := re.fullmatch(r"ldmatrix\.sync\.aligned\.m8n8\.x4(\.trans)?\.b16\.p3", name):
        return _loaded(bool(match[1]))
    return {
        "cp.async.commit.group": "define internal void NAME() alwaysinline {\n  ret void\n}\n",
        "cp.async.wait.group": "define internal void NAME(i32 %n) alwaysinline {\n  ret void\n}\n",
        "mma.m16n8k16.row.col.f32.f32": _HALVES if number >= _MATRICES_SINCE else _halves(),
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
# The lane's g and t: g 4 + t is its number.
_PLACE = f"""  %lane = call i32 {_LANE}()
  %t = and i32 %lane, 3
  %row = and i32 %lane, 28
  %g = lshr i32 %lane, 2
  %column0 = shl i32 %t, 3
  %column1 = or i32 %column0, 4"""


def _moved(type: str, name: str, made: str, lane: str) -> list[str]:
    """``%made``: what another lane has as ``%name``; the lane is what an instruction computes."""
    words = 2 if type in ("double", "i64") else 1
    bits, parts = f"<{words} x i32>", f"%{made}.bits"
    lines = [f"  %{made}.lane = {lane}", f"  {parts} = bitcast {type} %{name} to {bits}"]
    so_far = "poison"
    for i in range(words):
        lines += [
            f"  %{made}.own{i} = extractelement {bits} {parts}, i32 {i}",
            f"  %{made}.its{i} = call i32 {_SHUFFLE}("
            f"i32 -1, i32 %{made}.own{i}, i32 %{made}.lane, i32 31)",
            f"  %{made}.all{i} = insertelement {bits} {so_far}, i32 %{made}.its{i}, i32 {i}",
        ]
        so_far = f"%{made}.all{i}"
    return [*lines, f"  %{made} = bitcast {bits} {so_far} to {type}"]


def _returned(type: str, values: list[str]) -> list[str]:
    lines, so_far, element = [], "poison", type[2:-2].split(", ")[0]
    for i, value in enumerate(values):
        lines.append(f"  %r{i} = insertvalue {type} {so_far}, {element} {value}, {i}")
        so_far = f"%r{i}"
    return [*lines, f"  ret {type} {so_far}"]


def _function(type: str, parameters: str, lines: list[str]) -> str:
    body = "\n".join([_PLACE, *lines])
    return f"define internal {type} NAME({parameters}) alwaysinline convergent {{\n{body}\n}}\n"


def _doubles() -> str:
    """mma.m8n8k4, the terms of a sum in their order."""
    lines: list[str] = []
    for k in range(4):
        lines += _moved("double", "a", f"a.{k}", f"or i32 %row, {k}")
        for j in range(2):
            before = f"%c{j}" if k == 0 else f"%s{j}.{k - 1}"
            lines += _moved("double", "b", f"b{j}.{k}", f"or i32 %column{j}, {k}")
            lines.append(
                f"  %s{j}.{k} = call double @llvm.fma.f64("
                f"double %a.{k}, double %b{j}.{k}, double {before})"
            )
    type = "{ double, double }"
    given = "double %a, double %b, double %c0, double %c1"
    return _function(type, given, [*lines, *_returned(type, ["%s0.3", "%s1.3"])])


def _halves() -> str:
    """mma.m16n8k16, in float32 and the terms of a sum in their order."""
    lines: list[str] = []
    sums = [f"%c{i}" for i in range(4)]
    for half in range(2):
        for pair in range(4):
            place = f"{half}.{pair}"
            for i in range(2):
                lines += _moved(_H, f"a{2 * half + i}", f"a{i}.{place}", f"or i32 %row, {pair}")
                lines += _moved(_H, f"b{half}", f"b{i}.{place}", f"or i32 %column{i}, {pair}")
            for k in range(2):
                for x in ("a0", "a1", "b0", "b1"):
                    own = f"{x}.{place}"
                    lines += [
                        f"  %{own}.h{k} = extractelement {_H} %{own}, i32 {k}",
                        f"  %{own}.f{k} = fpext half %{own}.h{k} to float",
                    ]
                for n in range(4):
                    a, b = f"%a{n // 2}.{place}.f{k}", f"%b{n % 2}.{place}.f{k}"
                    lines.append(
                        f"  %s{n}.{place}.{k} = call float @llvm.fma.f32("
                        f"float {a}, float {b}, float {sums[n]})"
                    )
                    sums[n] = f"%s{n}.{place}.{k}"
    return _function(_F4, _GIVEN, [*lines, *_returned(_F4, sums)])


def _loaded(transposed: bool) -> str:
    """ldmatrix of four matrices, whose rows begin where lanes say: 8 lanes for each."""
    lines = ["  %own = ptrtoint ptr addrspace(3) %p to i64", "  %t2 = shl i32 %t, 1"]
    values = []
    for q in range(4):
        first = f"add i32 %{'t2' if transposed else 'g'}, {8 * q}"
        rows = [first, f"add i32 %t2, {8 * q + 1}"] if transposed else [first]
        for i, lane in enumerate(rows):
            at, type = f"at{q}.{i}", "i16" if transposed else "i32"
            lines += [
                *_moved("i64", "own", at, lane),
                f"  %{at}.row = inttoptr i64 %{at} to ptr addrspace(3)",
                f"  %{at}.k = zext i32 %{'g' if transposed else 't'} to i64",
                f"  %{at}.p = getelementptr {type}, ptr addrspace(3) %{at}.row, i64 %{at}.k",
                f"  %{at}.v = load {type}, ptr addrspace(3) %{at}.p",
            ]
        if transposed:
            lines += [
                f"  %low{q} = zext i16 %at{q}.0.v to i32",
                f"  %high{q} = zext i16 %at{q}.1.v to i32",
                f"  %up{q} = shl i32 %high{q}, 16",
                f"  %v{q} = or i32 %low{q}, %up{q}",
            ]
        values.append(f"%v{q}" if transposed else f"%at{q}.0.v")
    type = "{ i32, i32, i32, i32 }"
    return _function(type, "ptr addrspace(3) %p", [*lines, *_returned(type, values)])


_DECLARED = (
    f"declare {_F4} {_MMA_8}({', '.join([_H] * 3 + ['float'] * 4)})",
    f"declare i32 {_SHUFFLE}(i32, i32, i32, i32)",
    f"declare i32 {_LANE}()",
    "declare double @llvm.fma.f64(double, double, double)",
    "declare float @llvm.fma.f32(float, float, float)",
)
