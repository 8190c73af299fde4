"""Reductions that the threads of a block make together.

Each thread takes every k-th term, sums of floats with the error of each addition kept; then the
threads of a warp merge what they have by shuffles, and warps by way of workgroup memory. The order
is fixed, whatever the device does first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lamina.ir.operators as ops
from lamina.codegen.emit_kernel import RowReduction, combiner, two_sum
from lamina.codegen.emit_scalar import STORED_TYPE, Element, apply, cast
from lamina.codegen.gpu.loop_order import in_order
from lamina.codegen.gpu.shuffles import WARP, across, of_first
from lamina.codegen.memory import from_stored

WORKGROUP = "#gpu.address_space<workgroup>"
GLOBAL = "#gpu.address_space<global>"
THREADS = 256  # of a block, at most

Span = tuple[str, str, str]


class Cooperation(RowReduction):
    """The reductions of a kernel, `kernel` its writer.

    What is carried for a reduction is a list: a sum of floats and its error, an extremum and its
    position, or one value.
    """

    k: Any

    def __init__(self, kernel: Any, place: str = "%w"):
        kinds = kernel.nest.kinds
        lengths = {loop: kernel._length(loop) for loop in range(len(kinds))}
        reduced = [loop for loop, kind in enumerate(kinds) if kind == "reduction"]
        super().__init__(kernel, lengths, [], reduced)
        self.order = in_order(kernel.nest, "reduction")  # of the terms
        self.place = place  # the name of workgroup memory

    def _searches(self) -> bool:
        return False

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes of all that is carried."""
        found: list[str] = []
        for i in self.reduced:
            dtype = self._accumulator_dtype(i)
            second = ["int64"] if self._is_position(i) else [dtype] if self._is_float_sum(i) else []
            found += [dtype, *second]
        return tuple(found)

    def _is_position(self, i: int) -> bool:
        return self.nest.combine[i].startswith("arg")

    def initial(self) -> list[Element]:
        """What a thread begins with."""
        return self._initial(compensated=True)

    # -- a thread's share --------------------------------------------------------------------------

    def share(self, outer: Span, inner: Span) -> list[Element]:
        """What a thread takes: `inner` of the innermost loop, for each of `outer` of the positions
        in the others. A span is where it begins, what it ends before, and its step.
        """
        *rows, loop = self.order
        step = self._step(loop)
        if not rows:
            return self._for(*inner, self.initial(), step)

        def row(linear: str, carried: list[Element]) -> list[Element]:
            self.at |= self.k.spread(linear, rows)
            return self._for(*inner, carried, step)

        return self._for(*outer, self.initial(), row)

    def _step(self, loop: int) -> Callable[[str, list[Element]], list[Element]]:
        def step(at: str, carried: list[Element]) -> list[Element]:
            self.at[loop] = at
            yielded = self.k._body(self.k._load(self.at), self.at.__getitem__)
            values, rest = [], iter(carried)
            for i, y in enumerate(yielded):
                if not self.nest.combine[i]:
                    self.k._store(i, y, self.at)
                    continue
                old = next(rest)
                if self._is_position(i):
                    values += self._better(self.nest.combine[i], old, next(rest), y)
                elif self._is_float_sum(i):
                    values += two_sum(old, next(rest), cast(y, old.dtype, self.w))
                else:
                    y = cast(y, old.dtype, self.w)
                    values.append(apply(combiner(self.nest.combine[i]), [old, y], self.w))
            return values

        return step

    # -- shares taken together ---------------------------------------------------------------------

    def memory(self) -> str:
        """The workgroup memory of the kernel's function."""
        return f" workgroup({', '.join(self.places())})"

    def places(self) -> list[str]:
        """For all that is carried, a place for each warp of a block."""
        return [f"{self.place}{k} : {self._place_type(d)}" for k, d in enumerate(self.dtypes)]

    def _place_type(self, dtype: str) -> str:
        return f"memref<{THREADS // WARP}x{STORED_TYPE[dtype]}, {WORKGROUP}>"

    def combined(self, values: Sequence[Element]) -> list[Element]:
        """The whole team's, for the first thread in x of each row of the block. A team is a warp,
        or some of them.
        """
        k, w = self.k, self.w
        x, y, size = k.index("gpu.thread_id x"), k.index("gpu.thread_id y"), k.team_size()
        shift = w.constant("5", "index")
        warps = k.index(f"arith.shrui {size}, {shift} : index")
        values = self._across_warp(values, w.constant(str(WARP // 2), "i32"))
        several = k.index(f"arith.cmpi ugt, {warps}, {self.one} : index")
        whole = [w.name() for _ in values]
        types = ", ".join(v.type for v in values)
        w.line(f"{', '.join(whole)} = scf.if {several} -> ({types}) {{")
        row = k.index(f"arith.muli {y}, {warps} : index")
        warp = k.index(f"arith.shrui {x}, {shift} : index")
        lane = k.index(f"arith.andi {x}, {w.constant(str(WARP - 1), 'index')} : index")
        w.line("gpu.barrier")  # what was there before has been read
        with k.when(k.index(f"arith.cmpi eq, {lane}, {self.zero} : index")):
            self._put(values, k.index(f"arith.addi {row}, {warp} : index"))
        w.line("gpu.barrier")
        last = k.index(f"arith.subi {warps}, {self.one} : index")
        other = k.index(f"arith.andi {lane}, {last} : index")
        of_warps = self._got(k.index(f"arith.addi {row}, {other} : index"))
        half = k.index(f"arith.shrui {warps}, {self.one} : index")
        distance = w.let(f"arith.index_cast {half} : index to i32")
        totals = self._across_warp(of_warps, distance)
        w.line(f"scf.yield {', '.join(v.name for v in totals)} : {types}")
        w.line("} else {")
        w.line(f"scf.yield {', '.join(v.name for v in values)} : {types}")
        w.line("}")
        return [Element(name, v.dtype, w) for name, v in zip(whole, values, strict=True)]

    def _across_warp(self, values: Sequence[Element], most: str) -> list[Element]:
        """What the threads of a warp have, merged over distances `most`, a half of it, ..., 1."""
        w = self.w
        distance, after, one = w.name(), w.name(), w.constant("1", "i32")
        before, inside, found = ([w.name() for _ in values] for _ in range(3))
        types = ", ".join(v.type for v in values)
        carried = ", ".join(f"{n} = {v.name}" for n, v in zip(before, values, strict=True))
        left = w.name()
        w.line(
            f"{left}, {', '.join(found)} = scf.while ({distance} = {most}, {carried}) : "
            f"(i32, {types}) -> (i32, {types}) {{"
        )
        more = w.let(f"arith.cmpi ne, {distance}, {w.constant('0', 'i32')} : i32")
        w.line(f"scf.condition({more}) {distance}, {', '.join(before)} : i32, {types}")
        w.line("} do {")
        parameters = ", ".join(f"{n}: {v.type}" for n, v in zip(inside, values, strict=True))
        w.line(f"^bb0({after}: i32, {parameters}):")
        own = [Element(n, v.dtype, w) for n, v in zip(inside, values, strict=True)]
        merged = self._merged(own, [across(w, v, after) for v in own])
        shorter = w.let(f"arith.shrui {after}, {one} : i32")
        w.line(f"scf.yield {shorter}, {', '.join(v.name for v in merged)} : i32, {types}")
        w.line("}")
        return [Element(n, v.dtype, w) for n, v in zip(found, values, strict=True)]

    def is_first(self, active: str) -> str:
        """Whether this thread is the one that keeps the result of an active row."""
        k = self.k
        x = k.index("gpu.thread_id x")
        first = k.index(f"arith.cmpi eq, {x}, {self.zero} : index")
        return str(k.index(f"arith.andi {first}, {active} : i1"))

    def _put(self, values: Sequence[Element], slot: str) -> None:
        for k, x in enumerate(values):
            self.w.line(
                f"memref.store {self.k._stored(x)}, {self.place}{k}[{slot}] : "
                f"{self._place_type(x.dtype)}"
            )

    def _got(self, slot: str) -> list[Element]:
        return [
            from_stored(
                self.w,
                self.w.let(f"memref.load {self.place}{k}[{slot}] : {self._place_type(d)}"),
                d,
            )
            for k, d in enumerate(self.dtypes)
        ]

    def everywhere(self, values: Sequence[Element]) -> list[Element]:
        """What the first thread of a team has of what is carried, for all of its threads."""
        k, w = self.k, self.w
        y, size = k.index("gpu.thread_id y"), k.team_size()
        warp = w.constant(str(WARP), "index")
        several = k.index(f"arith.cmpi ugt, {size}, {warp} : index")
        shared = [w.name() for _ in values]
        types = ", ".join(v.type for v in values)
        w.line(f"{', '.join(shared)} = scf.if {several} -> ({types}) {{")
        w.line("gpu.barrier")  # what was there before has been read
        with k.when(self.is_first(w.constant("true", "i1"))):
            self._put(values, y)
        w.line("gpu.barrier")
        w.line(f"scf.yield {', '.join(v.name for v in self._got(y))} : {types}")
        w.line("} else {")
        first = [of_first(w, v) for v in values]
        w.line(f"scf.yield {', '.join(v.name for v in first)} : {types}")
        w.line("}")
        return [Element(name, v.dtype, w) for name, v in zip(shared, values, strict=True)]

    def _merged(self, a: Sequence[Element], b: Sequence[Element]) -> list[Element]:
        """What two threads have, as one."""
        values: list[Element] = []
        one, two = iter(a), iter(b)
        for i in self.reduced:
            x, y = next(one), next(two)
            if self._is_position(i):
                values += self._earlier_or_better(i, x, next(one), y, next(two))
            elif self._is_float_sum(i):
                total, error = two_sum(x, next(one), y)
                values += [total, error + next(two)]
            else:
                values.append(apply(combiner(self.nest.combine[i]), [x, y], self.w))
        return values

    def _earlier_or_better(
        self, i: int, x: Element, at_x: Element, y: Element, at_y: Element
    ) -> list[Element]:
        """Of two extrema the better; of equal ones the earlier, which of NaNs is the first."""
        compare = ops.gt if self.nest.combine[i] == "argmax" else ops.lt
        better, same = compare(y, x), ops.eq(y, x)
        if y.kind in "fc":
            x_is, y_is = ops.isnan(x), ops.isnan(y)
            better = ops.or_(better, ops.and_(y_is, ops.invert(x_is)))
            better = ops.and_(better, ops.invert(x_is))
            same = ops.or_(same, ops.and_(x_is, y_is))
        take = ops.or_(better, ops.and_(same, ops.lt(at_y, at_x)))
        return [ops.switch(take, y, x), ops.switch(take, at_y, at_x)]

    # -- parts of a total --------------------------------------------------------------------------

    def declare_parts(self) -> None:
        """Give the memory of parts, of which there are %count, its shape."""
        for k, d in enumerate(self.dtypes):
            pointer = f"memref<{STORED_TYPE[d]}, {GLOBAL}>"
            self.w.head.append(
                f"    %part{k} = memref.reinterpret_cast %q{k} to offset: [0], sizes: [%count], "
                f"strides: [1] : {pointer} to {self._part_type(d)}"
            )

    def _part_type(self, dtype: str) -> str:
        return f"memref<?x{STORED_TYPE[dtype]}, strided<[1]>, {GLOBAL}>"

    def put_part(self, values: Sequence[Element], number: str) -> None:
        """Keep a block's part."""
        for k, x in enumerate(values):
            self.w.line(
                f"memref.store {self.k._stored(x)}, %part{k}[{number}] : {self._part_type(x.dtype)}"
            )

    def parts(self, start: str, step: str) -> list[Element]:
        """A thread's share of the parts."""

        def merge(at: str, carried: list[Element]) -> list[Element]:
            loaded = [
                from_stored(
                    self.w, self.w.let(f"memref.load %part{k}[{at}] : {self._part_type(d)}"), d
                )
                for k, d in enumerate(self.dtypes)
            ]
            return self._merged(carried, loaded)

        return self._for(start, "%count", step, self.initial(), merge)
