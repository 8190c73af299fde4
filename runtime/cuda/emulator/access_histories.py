"""What the histories of device memory and of workgroup memory share: the loop over the bytes of an
access, each of which has an entry that tells who wrote and who read it.
"""

from __future__ import annotations

from lamina.runtime.cuda.emulator.faults import ACCESSES

_EACH_BYTE = """
define internal void @{memory}.{kind}.each(ptr %launch, ptr %thread, i64 %o, i64 %n) noinline {{
{once}  %old = call ptr @launch.old(ptr %launch)
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %i.next, %next ]
  %at = add i64 %o, %i
{entry}
{test}
{failed}
  call void @fault(ptr %launch, ptr %thread, i32 {fault}, i64 %address, i64 %n, i32 {access},
                   i64 %other)
  unreachable
next:
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}}"""

_STORED = """
define internal void @{memory}.stored(ptr %launch, ptr %thread, i64 %a, i64 %n) alwaysinline {{
{once}  %o = sub i64 %a, {base}
  %in = icmp ult i64 %o, {size}
  br i1 %in, label %inside, label %end
inside:
  call void @{memory}.store.each(ptr %launch, ptr %thread, i64 %o, i64 %n)
  br label %end
end:
  ret void
}}"""

# In the test of a byte at %p that has been stored: %same, whether it is what it was.
UNCHANGED = """  %now = load i8, ptr %p
  %before.p = getelementptr i8, ptr %old, i64 %i
  %before = load i8, ptr %before.p
  %same = icmp eq i8 %now, %before"""

# Keeps the bytes at %p that a store overwrites.
KEPT = """  %old = call ptr @launch.old(ptr %launch)
  call void @llvm.memcpy.p0.p0.i64(ptr %old, ptr %p, i64 %n, i1 false)"""


def each_byte(
    memory: str, kind: str, *, once: str = "", entry: str, test: str, failed: str, fault: str
) -> str:
    """``@MEMORY.KIND.each(launch, thread, offset, bytes)``.

    Parameters
    ----------
    memory : str
    kind : {"load", "store", "atomic"}
    once : str
        What is done before the loop.
    entry : str
        What reads the entry of the byte at ``%at``.
    test : str
        What looks whether the access is allowed and notes it; goes to ``%next`` or to a label of
        `failed`.
    failed : str
        What finds ``%address`` and ``%other``, who made the other access.
    fault : str
        The kind of fault, a number or its name.
    """
    return _EACH_BYTE.format(
        memory=memory, kind=kind, once=once, entry=entry, test=test, failed=failed, fault=fault,
        access=ACCESSES.index(kind),
    )  # fmt: skip


def stored(memory: str, base: str, size: int | str, once: str = "") -> str:
    """``@MEMORY.stored(launch, thread, address, bytes)``, which follows a store at any address."""
    return _STORED.format(memory=memory, base=base, size=size, once=once)
