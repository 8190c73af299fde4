"""What a thread knows of itself and of the launch: PTX's special registers, and LLVM's simple
intrinsics for nvptx.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.ir_lines import Call

_REGISTERS = "llvm.nvvm.read.ptx.sreg."

# The accessor of a structure, and whether it is of the thread or of the launch.
_FIELDS = {"tid": "thread.index", "ctaid": "launch.index", "ntid": "launch.block"}
_FIELDS["nctaid"] = "launch.grid"

_LANE = "call i32 @thread.lane(ptr %thread)"


def register(call: Call, n: int) -> list[str] | None:
    """The lines that read a special register; None for a call of something else."""
    if call.callee == "llvm.nvvm.activemask":
        return [
            f"  %lanes.{n} = call i32 @thread.lanes(ptr %thread)",
            f"  %absent.{n} = sub i32 32, %lanes.{n}",
            f"  {call.result or f'%unused.{n}'} = lshr i32 -1, %absent.{n}",
        ]
    if not call.callee.startswith(_REGISTERS):
        return None
    name = call.callee.removeprefix(_REGISTERS)
    base, _, dimension = name.partition(".")
    result = call.result or f"%unused.{n}"
    if base in _FIELDS and dimension in ("x", "y", "z"):
        owner = _FIELDS[base].partition(".")[0]
        return [f"  {result} = call i32 @{_FIELDS[base]}.{dimension}(ptr %{owner})"]
    if base in _FIELDS and dimension == "w":
        return [f"  {result} = add i32 0, 0"]
    match name:
        case "laneid":
            return [f"  {result} = {_LANE}"]
        case "warpid":
            return [
                f"  %number.{n} = call i32 @thread.number(ptr %thread)",
                f"  {result} = lshr i32 %number.{n}, 5",
            ]
        case "nwarpid":
            return [
                f"  %threads.{n} = call i32 @launch.threads(ptr %launch)",
                f"  %up.{n} = add i32 %threads.{n}, 31",
                f"  {result} = lshr i32 %up.{n}, 5",
            ]
        case "warpsize":
            return [f"  {result} = add i32 32, 0"]
        case "dynamic.smem.size":
            return [f"  {result} = call i32 @launch.shared_bytes(ptr %launch)"]
        case "smid" | "gridid":
            return [f"  {result} = add {call.type} 0, 0"]
        case "nsmid":
            return [f"  {result} = add i32 1, 0"]
        case "clock" | "clock64" | "globaltimer":
            return [
                f"  %cycles.{n} = call i64 @llvm.readcyclecounter()",
                f"  {result} = {'trunc' if call.type == 'i32' else 'add'} i64 %cycles.{n}"
                f"{' to i32' if call.type == 'i32' else ', 0'}",
            ]
    if name.startswith("lanemask."):
        return _lane_mask(name.partition(".")[2], result, n)
    return None


def _lane_mask(kind: str, result: str, n: int) -> list[str] | None:
    # From the lane's own bit: below it, up to it, above it, from it.
    formulas = {
        "eq": f"or i32 %bit.{n}, 0",
        "lt": f"sub i32 %bit.{n}, 1",
        "le": f"or i32 %bit.{n}, %below.{n}",
        "ge": f"xor i32 %below.{n}, -1",
        "gt": f"xor i32 %upto.{n}, -1",
    }
    if kind not in formulas:
        return None
    return [
        f"  %lane.{n} = {_LANE}",
        f"  %bit.{n} = shl i32 1, %lane.{n}",
        f"  %below.{n} = sub i32 %bit.{n}, 1",
        f"  %upto.{n} = or i32 %bit.{n}, %below.{n}",
        f"  {result} = {formulas[kind]}",
    ]
