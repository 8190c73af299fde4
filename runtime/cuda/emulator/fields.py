"""The two structures that kernels, the scheduler and Python share, and the code that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

# Three words of each dimension: x, y, z.
_DIMENSIONS = ("x", "y", "z")

# A launch. `fault_*` is what was found when a kernel was stopped.
_LAUNCH: Mapping[str, str] = {
    **{f"grid.{d}": "i32" for d in _DIMENSIONS},
    **{f"block.{d}": "i32" for d in _DIMENSIONS},
    **{f"index.{d}": "i32" for d in _DIMENSIONS},  # of the block that runs
    "threads": "i32",  # in a block
    "order": "i32",  # 1: threads run from the last to the first
    "block_order": "i32",
    "blocks": "i64",
    "block": "i64",  # the number of the block that runs
    "epoch": "i32",  # barriers that were passed, and blocks that were begun
    "contexts": "ptr",  # of the block's threads
    "arena": "i64",  # where device memory begins
    "arena_size": "i64",
    "shadow": "i64",  # one byte for 8 of the arena: how many of them are allocated
    "history": "i64",  # for each byte of the arena who wrote and read it, if races are sought
    "frames": "ptr",  # memory of coroutines
    "frame_size": "i64",
    "stack": "i64",  # where the stack was when the kernel began
    "shared_bytes": "i32",  # dynamic workgroup memory
    "fault_kind": "i32",
    "fault_access": "i32",
    "fault_bytes": "i64",
    "fault_address": "i64",
    "fault_thread": "i32",
    "fault_site": "i32",
    "fault_other": "i64",
}

# A thread. `state` is one of STATES.
_THREAD: Mapping[str, str] = {
    **{f"index.{d}": "i32" for d in _DIMENSIONS},
    "number": "i32",  # in the block
    "lane": "i32",
    "lanes": "i32",  # in its warp
    "state": "i32",
    "site": "i32",  # the instruction that it waits at
    "mask": "i32",  # the lanes that it waits for
    "group": "i32",  # the lanes that took part when it was last released
    "offered": "i32",  # which of its two slots holds what it offered last
    "syncs": "i32",  # collectives of the whole warp that it took part in
    "copies": "i32",  # asynchronous copies that have not been done
    "copy_groups": "i32",  # groups of them that were committed
    "warp": "ptr",  # the context of lane 0
    "frame": "ptr",  # the coroutine
    "queue": "ptr",  # the asynchronous copies
}

STATES = {"running": 0, "at_barrier": 1, "at_collective": 2, "done": 3}

SLOT_BYTES = 64
THREAD_BYTES = 256
# A jmp_buf is of 200 bytes on x86-64 and 312 on AArch64, with glibc.
LAUNCH_BYTES = 1024
_JUMP_AT = 512
# The longest store of which the bytes before are kept, to find races.
SAVED_BYTES = 128
_SLOTS_AT = THREAD_BYTES - 2 * SLOT_BYTES
_SAVED_AT = _JUMP_AT - SAVED_BYTES
_SIZES = {"i32": 4, "i64": 8, "ptr": 8}
_NUMPY = {"i32": np.uint32, "i64": np.uint64, "ptr": np.uint64}


def _offsets(fields: Mapping[str, str]) -> dict[str, int]:
    offsets, at = {}, 0
    for name, type_ in fields.items():
        size = _SIZES[type_]
        at = -(-at // size) * size
        offsets[name] = at
        at += size
    return offsets


def _dtype(fields: Mapping[str, str], size: int) -> np.dtype:
    offsets = _offsets(fields)
    assert max(offsets.values()) + 8 <= min(size, _SAVED_AT)
    return np.dtype(
        {
            "names": list(fields),
            "formats": [_NUMPY[t] for t in fields.values()],
            "offsets": list(offsets.values()),
            "itemsize": size,
        }
    )


LAUNCH = _dtype(_LAUNCH, LAUNCH_BYTES)
THREAD = _dtype(_THREAD, THREAD_BYTES)
assert max(_offsets(_THREAD).values()) + 8 <= _SLOTS_AT


def _accessors(prefix: str, fields: Mapping[str, str]) -> Iterator[str]:
    for name, offset in _offsets(fields).items():
        type_ = fields[name]
        at = f"  %at = getelementptr i8, ptr %s, i64 {offset}\n"
        yield (
            f"define internal {type_} @{prefix}.{name}(ptr %s) alwaysinline {{\n{at}"
            f"  %v = load {type_}, ptr %at\n  ret {type_} %v\n}}"
        )
        yield (
            f"define internal void @{prefix}.set_{name}(ptr %s, {type_} %v) alwaysinline {{\n{at}"
            f"  store {type_} %v, ptr %at\n  ret void\n}}"
        )


def accessors() -> str:
    """LLVM IR of the functions ``@launch.NAME``, ``@launch.set_NAME``, ``@thread.NAME``, ...

    ``@thread.slot(thread, i)`` is the address of a slot, ``@context(launch, number)`` a thread's
    structure, ``@launch.jump`` that of the jmp_buf, ``@launch.old`` where stores save bytes.
    """
    return "\n".join(
        [
            *_accessors("launch", _LAUNCH),
            *_accessors("thread", _THREAD),
            f"""
define internal ptr @thread.slot(ptr %thread, i32 %i) alwaysinline {{
  %n = mul i32 %i, {SLOT_BYTES}
  %o = add i32 %n, {_SLOTS_AT}
  %w = zext i32 %o to i64
  %at = getelementptr i8, ptr %thread, i64 %w
  ret ptr %at
}}
define internal ptr @context(ptr %launch, i32 %number) alwaysinline {{
  %first = call ptr @launch.contexts(ptr %launch)
  %at = call ptr @context.after(ptr %first, i32 %number)
  ret ptr %at
}}
define internal ptr @context.after(ptr %first, i32 %number) alwaysinline {{
  %n = zext i32 %number to i64
  %o = mul i64 %n, {THREAD_BYTES}
  %at = getelementptr i8, ptr %first, i64 %o
  ret ptr %at
}}
define internal ptr @launch.jump(ptr %launch) alwaysinline {{
  %at = getelementptr i8, ptr %launch, i64 {_JUMP_AT}
  ret ptr %at
}}
define internal ptr @launch.old(ptr %launch) alwaysinline {{
  %at = getelementptr i8, ptr %launch, i64 {_SAVED_AT}
  ret ptr %at
}}""",
        ]
    )
