"""One kernel of those that share their rows: for each row, a team of threads does one after the
other.

Each thread has every k-th element of a row, the same ones in all steps. The numbers that a step
reduces a row to are given to all threads of the team. Elements that only the steps use are in no
memory: of short rows they stay in registers, with what was loaded; of longer ones they are computed
again where they are needed, from what the caches still have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import lamina.ir.operators as ops
from lamina.codegen.emit_kernel import KernelWriter, Nest
from lamina.codegen.emit_scalar import Element, Writer
from lamina.codegen.gpu.cooperation import Cooperation
from lamina.codegen.gpu.kernels import DeviceKernel, DeviceWriter, on_device

# How many elements of a row a thread may have, and the most 32-bit registers for what is kept of
# each; a kernel that keeps nothing is for rows of any length.
SHARES = {4: 24, 16: 6}

Made = tuple[int, int]


@dataclass(frozen=True)
class Step:
    """A kernel of several that share their rows.

    Attributes
    ----------
    nest : Nest
        Its loops over rows come first, as they do for all.
    inputs : tuple
        For each input its number among the inputs of all, or the step and the result that it is.
    outputs : tuple of (int or None)
        For each result its number among the outputs of all; None of one that only steps use.
    """

    nest: Nest
    inputs: tuple[int | Made, ...]
    outputs: tuple[int | None, ...]


def write_row_steps(
    nest: Nest, steps: Sequence[Step], declared: dict[str, str]
) -> dict[int, DeviceKernel]:
    """The kernels by how many elements a thread has in registers; 0: any number, in none.

    Parameters
    ----------
    nest : Nest
        The loops over rows and the one in rows, all that is read, and all that is written. It has
        no body.
    steps : sequence of Step
    declared : dict
        Functions that the kernels call are added.
    """
    nest = on_device(nest)
    kept = _registers(nest, steps)
    kernels = {}
    for share in (0, *(n for n, most in SHARES.items() if kept <= most)):
        writer = _Rows(nest, steps, share, Writer(declared))
        text = writer.function()
        kernels[share] = DeviceKernel(text, "rows", tuple(writer.parameters))
    return kernels


def _registers(nest: Nest, steps: Sequence[Step]) -> int:
    """How many registers an element takes: of what is loaded, and what is made and used later."""
    inner = len(nest.kinds) - 1
    read = [a.dtype for a in nest.inputs if inner in a.loops]
    used = {source for step in steps for source in step.inputs if isinstance(source, tuple)}
    made = [
        steps[s].nest.outputs[i].dtype
        for s, i in used
        if inner < len(steps[s].nest.kinds) and not steps[s].nest.combine[i]
    ]
    return sum(max(np.dtype(d).itemsize // 4, 1) for d in (*read, *made))


class _Rows(DeviceWriter):
    def __init__(self, nest: Nest, steps: Sequence[Step], share: int, writer: Writer):
        super().__init__("KERNEL", nest, writer, "rows")
        self.rows, self.share = len(nest.kinds) - 1, share
        self.steps = [_Step(self, number, step) for number, step in enumerate(steps)]
        self.numbers: dict[Made, Element] = {}
        self.computed: dict[tuple[int, str], list[Element]] = {}
        self.loaded: dict[tuple[int, str], Element] = {}
        self.own: list[tuple[str, str, str]] = []
        self.inside = ""  # whether the element at hand is one, where it need not be

    def function(self) -> str:
        """The text of the kernel."""
        with self.each_row(list(range(self.rows))) as (at, active):
            self.computed, self.loaded, self.numbers = {}, {}, {}
            self.own = self._own_elements(active)
            for step in self.steps:
                step.write(dict(at), active)
        self.memory = ", ".join(place for step in self.steps for place in step.places())
        self.memory = f" workgroup({self.memory})"
        return self._text()

    def _own_elements(self, active: str) -> list[tuple[str, str, str]]:
        """For each element of a thread its place, one that surely exists, and whether it is one."""
        n, own = self._length(self.rows), self.index("gpu.thread_id x")
        last = self.index(f"arith.subi {n}, {self.one} : index")
        found = []
        for k in range(self.share):
            past = self.index(
                f"arith.muli {self.team_size()}, {self.w.constant(str(k), 'index')} : index"
            )
            place = self.index(f"arith.addi {past}, {own} : index")
            within = self.index(f"arith.cmpi slt, {place}, {n} : index")
            inside = self.index(f"arith.andi {within}, {active} : i1")
            found.append((place, self.index(f"arith.minsi {place}, {last} : index"), inside))
        return found

    @contextmanager
    def forgetting(self) -> Any:
        """What is computed in here is known in here only."""
        computed, loaded = dict(self.computed), dict(self.loaded)
        yield
        self.computed, self.loaded = computed, loaded

    def read(self, number: int, at: dict[int, str]) -> Element:
        """An element of an input; loaded once."""
        a = self.nest.inputs[number]
        key = number, at.get(self.rows, "") if self.rows in a.loops else ""
        if key not in self.loaded:
            self.loaded[key] = self._input(number, at)
        return self.loaded[key]


class _Step(DeviceWriter):
    """One of the steps, in the kernel of all."""

    def __init__(self, rows: _Rows, number: int, step: Step):
        KernelWriter.__init__(self, "", step.nest, rows.w)
        self.all, self.number, self.step = rows, number, step
        self.zero, self.one = rows.zero, rows.one
        self.has_loop = len(step.nest.kinds) > rows.rows
        self.reduces = any(step.nest.combine)
        self.team = Cooperation(self, f"%w{number}_") if self.reduces else None

    def places(self) -> list[str]:
        """Its workgroup memory."""
        return self.team.places() if self.team else []

    def write(self, at: dict[int, str], active: str) -> None:
        """Write what it does for the row at hand, but for what is computed where it is needed."""
        if not self.has_loop:
            elements = self.elements(at)
            for i, y in enumerate(elements):
                self.all.numbers[self.number, i] = y
            self._keep(range(len(elements)), elements, at, active)
        elif self.team is not None:
            self.team.at = dict(at)
            totals = self._reduced(self.team, at, active)
            finals = self.team._finals(self.team.everywhere(self.team.combined(totals)))
            for i, y in zip(self.team.reduced, finals, strict=True):
                self.all.numbers[self.number, i] = y
            self._keep(self.team.reduced, finals, at, active)
        elif any(output is not None for output in self.step.outputs):
            self._over_row(at, active)

    def _keep(
        self, results: Sequence[int], values: Sequence[Element], at: dict[int, str], active: str
    ) -> None:
        """Store numbers of the row that are not for steps alone."""
        kept = [(i, y) for i, y in zip(results, values, strict=True) if self._is_stored(i)]
        if kept:
            x = self.index("gpu.thread_id x")
            first = self.index(f"arith.cmpi eq, {x}, {self.zero} : index")
            with self.when(self.index(f"arith.andi {first}, {active} : i1")):
                for i, y in kept:
                    self._store(i, y, at)

    def _is_stored(self, i: int) -> bool:
        return self.step.outputs[i] is not None

    # -- over the elements of a row ----------------------------------------------------------------

    def _over_row(self, at: dict[int, str], active: str) -> None:
        rows = self.all.rows

        def write(place: str) -> None:
            here = at | {rows: place}
            for i, y in enumerate(self.elements(here)):
                self._store(i, y, here)

        if self.all.share:
            for _, place, inside in self.all.own:
                with self._where(inside):
                    write(place)
            return
        with self.each(*self._span(active)) as place, self.all.forgetting():
            write(place)

    def _reduced(self, team: Cooperation, at: dict[int, str], active: str) -> list[Element]:
        """What a thread has of the reductions."""
        rows = self.all.rows
        if not self.all.share:
            with self.all.forgetting():
                return team._for(*self._span(active), team.initial(), team._step(rows))
        values = team.initial()
        for _, place, inside in self.all.own:
            with self._where(inside):
                after = team._step(rows)(place, values)
            condition = Element(inside, "bool", self.w)
            values = [ops.switch(condition, y, x) for x, y in zip(values, after, strict=True)]
        return values

    def _span(self, active: str) -> tuple[str, str, str]:
        n = self._length(self.all.rows)
        taken = self.index(f"arith.select {active}, {n}, {self.zero} : index")
        return self.index("gpu.thread_id x"), taken, self.team_size()

    @contextmanager
    def _where(self, inside: str) -> Any:
        """Let what is stored be stored only if there is the element."""
        self.all.inside = inside
        yield
        self.all.inside = ""

    # -- elements ----------------------------------------------------------------------------------

    def elements(self, at: dict[int, str]) -> list[Element]:
        """The results at a place."""
        return self._body(self._load(at), at.__getitem__)

    def _body(self, elements: Sequence[Element], position: Callable[[int], str]) -> list[Element]:
        def of_kernel(loop: int) -> str:
            found = [g for g, loops in enumerate(self.nest.merged) if loop in loops]
            return position(found[0]) if found else self.zero

        key = self.number, position(self.all.rows) if self.has_loop else ""
        if key not in self.all.computed:
            self.all.computed[key] = super()._body(elements, of_kernel)
        return self.all.computed[key]

    def _load(self, at: dict[int, str]) -> list[Element]:
        return [self._operand(source, at) for source in self.step.inputs]

    def _operand(self, source: int | Made, at: dict[int, str]) -> Element:
        if isinstance(source, int):
            return self.all.read(source, at)
        number = self.all.numbers.get(source)
        return self.all.steps[source[0]].elements(at)[source[1]] if number is None else number

    def _store(self, i: int, y: Element, at: dict[int, str]) -> None:
        output = self.step.outputs[i]
        if output is None:
            return
        if self.all.inside and self.has_loop:
            with self.when(self.all.inside):
                self.all._store(output, y, at)
        else:
            self.all._store(output, y, at)
