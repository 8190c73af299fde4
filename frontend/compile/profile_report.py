"""The text of a profile."""

from __future__ import annotations

import linecache
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lamina.compile.measurement import Measurement, PieceTimes
from lamina.ir.configuration import config

if TYPE_CHECKING:
    from lamina.compile.profile import ProfileStats

_SHORTEST = 1e-5  # seconds of a stage that is worth a line


def report(stats: ProfileStats, n_ops: int, n_pieces: int) -> str:
    """What `ProfileStats.summary` prints."""
    lines: list[str] = ["Function profiling", "=================="]
    if stats.message:
        lines.append(f"  Message: {stats.message}")
    for m in stats.functions:
        lines += _head(m)
    times = [t for m in stats.functions for t in m.times()[1:]]
    if any(t.calls for t in times):
        lines += _table("Class", times, lambda t: t.piece.kind, n_ops)
        lines += _table("Ops", times, _op, n_ops)
        lines += _pieces(times, n_pieces)
        lines += _by_python(times)
    for m in stats.functions:
        if m.calls and m.pieces:
            lines += _tree(m)
        if config.profile_memory:
            lines += _memory(m)
        if config.profile_optimizer:
            lines += _rewrites(m)
        if config.profiling__debugprint and m.graph is not None:
            lines += ["", "Compiled graph", "--------------", m.graph().rstrip()]
    width = config.profiling__output_line_width
    return "".join(f"{line[:width]}\n" for line in lines)


def _head(m: Measurement) -> list[str]:
    per_call = m.seconds / m.calls if m.calls else 0.0
    lines = [
        f"  {m.title}, mode {m.mode}",
        f"  Time in {m.calls} calls: {m.seconds:.3e}s, {per_call:.3e}s a call",
    ]
    if copied := m.transfers():
        both = copied["to device"], copied["from device"]
        lines.append(f"  Arrays copied: {both[0]} to the device, {both[1]} from it")
    if m.pieces and m.calls:
        parts = sum(t.seconds for t in m.times()[1:] if t.piece.parent == 0)
        if native := m.native_seconds:
            lines.append(f"  Time in compiled code: {native:.3e}s {_of(native, m.seconds)}")
            clock = m.clock_seconds
            lines.append(f"  Time to take times, left out of that and below: {clock:.3e}s")
        lines.append(f"  Time in its pieces: {parts:.3e}s {_of(parts, m.seconds)}")
    lines.append(
        f"  Memory of the largest call: arguments {size(m.bytes_in)}, results {size(m.bytes_out)}"
        + (f", scratch {size(m.times()[0].workspace)}" if m.pieces else "")
    )
    if m.compile_seconds is not None:
        lines.append(f"  Total compile time: {m.compile_seconds:.3e}s")
        lines += [f"    {s:<14} {t:.3e}s" for s, t in m.stages.items() if t >= _SHORTEST]
    return lines


def _of(part: float, whole: float) -> str:
    return f"({100 * part / whole:.1f}%)" if whole else ""


def _op(t: PieceTimes) -> str:
    return t.piece.title


def _table(
    title: str, times: Iterable[PieceTimes], key: Callable[[PieceTimes], str], limit: int
) -> list[str]:
    """Times by class or op."""
    groups: dict[str, list[PieceTimes]] = defaultdict(list)
    for t in times:
        groups[key(t)].append(t)
    total = sum(t.own_seconds for ts in groups.values() for t in ts)
    ordered = sorted(groups.items(), key=lambda item: -sum(t.own_seconds for t in item[1]))
    columns = "<% time> <sum %> <time> <time per call> <type> <#call> <#apply>"
    lines = _titled(title, f"{columns} <{title}>")
    summed = 0.0
    for name, members in ordered[:limit]:
        seconds = sum(t.own_seconds for t in members)
        calls = sum(t.calls for t in members)
        summed += seconds
        kind = "Py" if any(t.piece.by_python for t in members) else "native"
        lines.append(
            f"  {_percent(seconds, total)} {_percent(summed, total)} {seconds:10.3e}s "
            f"{seconds / max(calls, 1):10.3e}s {kind:>6} {calls:7d} {len(members):4d}  {name}"
        )
    return lines + _rest(len(ordered) - limit, total - summed, total)


def _pieces(times: Sequence[PieceTimes], limit: int) -> list[str]:
    total = sum(t.own_seconds for t in times)
    ordered = sorted(times, key=lambda t: -t.own_seconds)
    lines = _titled("Apply", "<% time> <sum %> <time> <time per call> <#call> <id> <what>")
    summed = 0.0
    for t in ordered[:limit]:
        summed += t.own_seconds
        lines.append(
            f"  {_percent(t.own_seconds, total)} {_percent(summed, total)} {t.own_seconds:10.3e}s "
            f"{t.own_seconds / max(t.calls, 1):10.3e}s {t.calls:7d} {t.number:4d}  {_named(t)}"
        )
    return lines + _rest(len(ordered) - limit, total - summed, total)


def _by_python(times: Sequence[PieceTimes]) -> list[str]:
    found = [t for t in times if t.piece.by_python]
    if not found or all(t.piece.by_python for t in times):
        return []
    lines = _titled("Computed by Python", "<time> <time per call> <#call> <op>")
    return lines + [
        f"  {t.seconds:10.3e}s {t.seconds / max(t.calls, 1):10.3e}s {t.calls:7d}  {_named(t)}"
        for t in sorted(found, key=lambda t: -t.seconds)
    ]


def _tree(m: Measurement) -> list[str]:
    """Times by the user's lines, those in loops and branches under them."""
    times = m.times()
    whole = times[0].seconds or sum(t.seconds for t in times[1:])
    lines = _titled(f"Lines of {m.title}", "<% time> <time> <#call> <line>")

    def walk(parent: int, depth: int) -> None:
        groups: dict[tuple[str, ...], list[PieceTimes]] = defaultdict(list)
        for t in times[1:]:
            if t.piece.parent == parent and t.calls:
                groups[t.piece.lines].append(t)
        for where, members in sorted(
            groups.items(), key=lambda item: -sum(t.seconds for t in item[1])
        ):
            seconds = sum(t.seconds for t in members)
            indent = "  " * depth
            blank = f"{'':>7} {'':>11} {'':>7}"
            lead = f"{_percent(seconds, whole):>7} {seconds:10.3e}s {'':>7}"
            for text in where or ("no line",):
                source = _source(m, text)
                lines.append(f"{lead}  {indent}{text}" + (f"  {source}" if source else ""))
                lead = blank
            for t in sorted(members, key=lambda t: -t.seconds):
                part = f"{_percent(t.seconds, whole):>7} {t.seconds:10.3e}s {t.calls:7d}"
                lines.append(f"{part}    {indent}{_what(t)}")
                walk(t.number, depth + 2)

    walk(0, 0)
    rest = whole - sum(t.seconds for t in times[1:] if t.piece.parent == 0)
    if times[0].calls:
        lines.append(f"{_percent(rest, whole):>7} {rest:10.3e}s          numbers, memory, checks")
    return lines


def _memory(m: Measurement) -> list[str]:
    lines = _titled(f"Memory of {m.title}", "<bytes a call> <scratch so far> <place> <what>")
    listed = [
        t for t in m.times()[1:]
        if t.calls and t.allocated / max(m.calls, 1) >= config.profiling__min_memory_size
    ]  # fmt: skip
    return lines + [
        f"  {size(t.allocated / max(m.calls, 1)):>10} {size(t.workspace):>10} "
        f"{'in place' if t.piece.inplace else 'new':>9}  {_named(t)}"
        for t in sorted(listed, key=lambda t: -t.allocated)
    ]


def _rewrites(m: Measurement) -> list[str]:
    lines = _titled(f"Rewrites of {m.title}", "<#fired> <time> <stage> <rewrite>")
    fired = sorted(
        m.rewrites.items(), key=lambda item: (-m.rewrite_seconds.get(item[0], 0.0), -item[1])
    )
    for key, n in fired:
        took = m.rewrite_seconds.get(key)
        lines.append(
            f"  {n:6d} {'not taken' if took is None else f'{took:8.2e}s'}  {': '.join(key)}"
        )
    vain = sum(t for key, t in m.rewrite_seconds.items() if key not in m.rewrites)
    if m.rewrite_seconds:
        lines.append(f"  {0:6d} {vain:8.2e}s  those that did not fire")
    return lines


def _what(t: PieceTimes) -> str:
    """The class, what it computes, and the functions that do it."""
    by = f" [{', '.join(t.piece.calls)}]" if t.piece.calls else ""
    return f"{t.piece.kind}: {t.piece.title}{by}"


def _named(t: PieceTimes) -> str:
    where = f" ({', '.join(t.piece.lines)})" if t.piece.lines else ""
    return _what(t) + where


def _source(m: Measurement, text: str) -> str:
    line = m.lines.get(text)
    return linecache.getline(*line).strip() if line is not None else ""


def _titled(title: str, columns: str) -> list[str]:
    return ["", title, "-" * len(title), columns]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole if whole else 0.0:6.1f}%"


def _rest(count: int, seconds: float, total: float) -> list[str]:
    if count <= 0:
        return []
    return [f"   ... (remaining {count} take {_percent(seconds, total).strip()}, {seconds:.3e}s)"]


def size(count: float) -> str:
    """Bytes, as people read them."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
