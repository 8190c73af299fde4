"""Elements taken from, and put at, the places that arrays of indices name.

Signatures of both name the indexed dimensions a0, a1, ...; those of the rest r0, r1, ...; and, in
Scatter, those of the indices i0, i1, ....
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.dimshuffle import dimshuffle
from lamina.ir.ops.routine import Core, Routine

_OUT_OF_BOUNDS = {"kind": "index"}


class _Indexed(Routine):
    """What Gather and Scatter share.

    Parameters
    ----------
    gufunc_signature : str
    axes : tuple of int
        The numbers of the indexed dimensions in the user's array, for messages.
    """

    __module__ = "lamina.tensor.subtensor"

    gufunc_signature: str
    axes: tuple[int, ...]
    first_index: int

    @property
    def failures(self) -> tuple[dict[str, Any], ...]:
        return tuple({**_OUT_OF_BOUNDS, "axis": axis} for axis in self.axes)

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        n = self.first_index
        values = [dtypes[0]] * n
        return [*values, *["int64"] * (len(dtypes) - n)]

    def rest(self) -> Core:
        """The names of the dimensions that are not indexed."""
        return self.signature.core(0)[len(self.axes) :]

    @contextmanager
    def inside(self, b: Any, indices: Sequence[Any], x: Any) -> Any:
        """Do the block, with the indices counted from the front, if all are within bounds; note
        which are not.
        """
        good, places = None, []
        for axis, i in enumerate(indices):
            n = x.lengths[axis]
            at = nd.switch(nd.lt(i, 0), i + n, i)
            fits = nd.and_(nd.ge(at, 0), nd.lt(at, n))
            good = fits if good is None else nd.and_(good, fits)
            places.append((i, at, n, fits))
        assert good is not None
        with b.when(good):
            yield [at for _, at, _, _ in places]
        with b.otherwise():
            for number, (i, _, n, fits) in enumerate(places):
                with b.when(nd.invert(fits)):
                    b.fail(number, i, self.axes[number], i, n)

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[i < self.first_index] for i in range(len(node.inputs))]

    def check(self, indices: Sequence[np.ndarray], x: np.ndarray) -> None:
        """Raise what compiled code does."""
        for number, (i, n) in enumerate(zip(indices, x.shape, strict=False)):
            wrong = np.extract((i < -n) | (i >= n), i)
            if wrong.size:
                raise IndexError(
                    f"index {wrong[0]} is out of bounds for axis {self.axes[number]} with size {n}"
                )


class Gather(_Indexed):
    """``x[i, j, ...]``: operands x and, for each of its first dimensions, an index.

    The batch is that of the indices, in which x may take part.
    """

    __props__ = ("gufunc_signature", "axes")
    nd_name = "gather"
    first_index = 1
    divides = 0

    def __init__(self, gufunc_signature: str, axes: tuple[int, ...]):
        self.gufunc_signature, self.axes = gufunc_signature, tuple(axes)

    @classmethod
    def of(cls, rest: int, axes: Sequence[int]) -> Gather:
        """The op that indexes ``len(axes)`` dimensions and leaves `rest` whole."""
        kept = [f"r{d}" for d in range(rest)]
        whole = ",".join([*(f"a{d}" for d in range(len(axes))), *kept])
        return cls(f"({whole}),{','.join(['()'] * len(axes))}->({','.join(kept)})", tuple(axes))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, *indices = arrays
        self.check([np.asarray(i) for i in indices], x)
        return x[tuple(int(i) for i in indices)]

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (x, *indices, y), self.inside(b, indices, x) as at:
            _copy(b, x[tuple(at)], y)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        """Adds what comes back to where it was taken."""
        from lamina.ir.ops.creation import zeros_like

        x, *indices = inputs
        (g,) = output_grads
        rest, indexed = len(self.rest()), len(self.axes)
        ndim = g.type.ndim - rest
        own = x.type.ndim - rest - indexed
        # the dimensions of the batch in which x takes part, and those over which it is the same
        taking = [d for d in range(ndim) if d >= ndim - own and x.type.shape[d - ndim + own] != 1]
        other = [d for d in range(ndim) if d not in taking]
        core = range(own, x.type.ndim)
        into = zeros_like(dimshuffle(x, [*(d - ndim + own for d in taking), *core]), g.type.dtype)
        g = dimshuffle(g, [*taking, *other, *range(ndim, g.type.ndim)])
        entries, operands = [], []
        for i in indices:
            missing = ndim - i.type.ndim
            spans = [d for d in other if d >= missing and i.type.shape[d - missing] != 1]
            batch = [d - missing if d >= missing else "x" for d in taking]
            operands.append(dimshuffle(i, [*batch, *(d - missing for d in spans)]))
            entries.append([f"i{other.index(d)}" for d in spans])
        names = [*(f"i{k}" for k in range(len(other))), *self.rest()]
        made = Scatter.of(self.signature.core(0), names, entries, self.axes, False)
        y = made(into, g, *operands)
        # what x repeats has summed up; its dimensions come back
        back: list[Any] = []
        for d in range(own):
            place = d + ndim - own
            back.append(taking.index(place) if place in taking else "x")
        return [dimshuffle(y, [*back, *range(len(taking), y.type.ndim)])] + [None] * len(indices)

    def __str__(self) -> str:
        return "Gather"


class Scatter(_Indexed):
    """x with values added at, or set to, places: operands x, the values, the indices.

    Of values set at the same place the last one stays.
    """

    __props__ = ("gufunc_signature", "axes", "set_instead_of_inc")
    nd_name = "scatter"
    first_index = 2
    overwrites = 0

    def __init__(self, gufunc_signature: str, axes: tuple[int, ...], set_instead_of_inc: bool):
        self.gufunc_signature, self.axes = gufunc_signature, tuple(axes)
        self.set_instead_of_inc = set_instead_of_inc

    @property
    def divides(self) -> int:
        return len(self.axes)

    @classmethod
    def of(
        cls,
        core: Sequence[str],
        values: Sequence[str],
        indices: Sequence[Sequence[str]],
        axes: Sequence[int],
        set_instead_of_inc: bool,
    ) -> Scatter:
        """The op on operands of these dimensions."""
        cores = [core, values, *indices]
        operands = ",".join(f"({','.join(names)})" for names in cores)
        return cls(f"{operands}->({','.join(core)})", tuple(axes), set_instead_of_inc)

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, *indices = arrays
        y = x.copy()
        loops = self._loops()
        lengths = dict(
            (name, n)
            for i, a in enumerate(arrays)
            for name, n in zip(self.signature.core(i), a.shape, strict=True)
        )
        for at in np.ndindex(*(lengths[name] for name in loops)):
            place = dict(zip(loops, at, strict=True))
            where = [
                index[tuple(place[n] for n in self.signature.core(k))]
                for k, index in enumerate(indices, 2)
            ]
            self.check([np.asarray(i) for i in where], x)
            value_at = tuple(place.get(n, slice(None)) for n in self.signature.core(1))
            part = self._spread(value[value_at])
            if self.set_instead_of_inc:
                y[tuple(map(int, where))] = part
            else:
                y[tuple(map(int, where))] += part
        return y

    def _spread(self, value: np.ndarray) -> np.ndarray:
        """A part of the values with all dimensions of the rest."""
        named = [n for n in self.signature.core(1) if n in self.rest()]
        return value[tuple(slice(None) if n in named else None for n in self.rest())]

    def _loops(self) -> list[str]:
        """The names of the dimensions of the indices."""
        cores = [self.signature.core(i) for i in range(1, len(self.signature.operands))]
        found = {name for core in cores for name in core if name.startswith("i")}
        return sorted(found, key=lambda name: int(name[1:]))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        loops, rest = self._loops(), self.rest()
        with b.batch() as (_, value, *indices, y):
            lengths: dict[str, Any] = {}
            for i, x in enumerate((value, *indices), 1):
                lengths.update(zip(self.signature.core(i), getattr(x, "lengths", ()), strict=True))
            lengths.update(zip(rest, y.lengths[len(self.axes) :], strict=True))
            here = b.divided(y, self.divides)
            with b.nest([lengths[n] for n in loops]) as at:
                place = dict(zip(loops, at, strict=True))
                found = [self._at(k, x, place) for k, x in enumerate(indices, 2)]
                with self.inside(b, found, y) as where, here(where) as inner:
                    place.update(zip(rest, inner, strict=True))
                    to = (*where, *inner)
                    given = self._at(1, value, place)
                    y[to] = given if self.set_instead_of_inc else nd.add(y[to], given)

    def _at(self, operand: int, x: Any, place: dict[str, Any]) -> Any:
        """The element of an operand at a place of the loops."""
        names = self.signature.core(operand)
        return x[tuple(place[n] for n in names)] if names else x

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        """The values that stay get what their places get; x gets the rest."""
        x, value, *indices = inputs
        (g,) = output_grads
        batch = g.type.ndim - len(self.signature.core(0))
        loops = self._loops()
        there = self._taken(g, indices, batch)
        named = self.signature.core(1)
        every = [*loops, *self.rest()]
        if self.set_instead_of_inc:
            there = nd.switch(self._stays(x, there, indices, batch), there, 0)
        to_value = there
        gone = [batch + d for d, name in enumerate(every) if name not in named]
        if gone:
            to_value = to_value.sum(axis=tuple(gone))
        kept = [name for name in every if name in named]
        order = [*range(batch), *(batch + kept.index(n) for n in named)]
        to_value = _reduced(dimshuffle(to_value, order), value)
        to_x = g
        if self.set_instead_of_inc:
            from lamina.ir.ops.creation import zeros_like

            to_x = type(self)(self.gufunc_signature, self.axes, True)(
                g, zeros_like(value, g.type.dtype), *indices
            )
        return [to_x, to_value] + [None] * len(indices)

    def _stays(self, x: Any, there: Any, indices: Sequence[Any], batch: int) -> Any:
        """Whether each value is the last one set at its place."""
        from lamina.ir.ops.creation import zeros_like

        every = [*self._loops(), *self.rest()]
        numbers = numbered(there, batch)
        cores = [self.signature.core(k) for k in range(2, len(self.signature.operands))]
        put = Scatter.of(self.signature.core(0), every, cores, self.axes, True)
        last = put(zeros_like(x, "int64"), numbers, *indices)
        return nd.eq(self._taken(last, indices, batch), numbers)

    def _taken(self, g: Any, indices: Sequence[Any], batch: int) -> Any:
        """The elements of `g` at the places, with all dimensions of the loops."""
        loops = self._loops()
        operands = []
        for k, i in enumerate(indices, 2):
            names = self.signature.core(k)
            own = i.type.ndim - len(names)
            order = [own + names.index(n) if n in names else "x" for n in loops]
            operands.append(dimshuffle(i, [*["x"] * (batch - own), *range(own), *order]))
        core = range(batch, g.type.ndim)
        expanded = dimshuffle(g, [*range(batch), *["x"] * len(loops), *core])
        return Gather.of(len(self.rest()), self.axes)(expanded, *operands)

    def __str__(self) -> str:
        return "Scatter{set}" if self.set_instead_of_inc else "Scatter{inc}"


def numbered(x: Any, batch: int = 0) -> Any:
    """The numbers 0, 1, ... in the shape of `x` without its first `batch` dimensions."""
    from lamina.ir.ops.arguments import length, product
    from lamina.ir.ops.creation import arange
    from lamina.ir.ops.reshape import reshape

    shape = [length(x, d) for d in range(batch, x.type.ndim)]
    return reshape(arange(product(shape)), shape)


def _reduced(g: Any, operand: Any) -> Any:
    """`g` summed over the batch dimensions that `operand` has not, or that are 1 in it."""
    from lamina.ir.ops.reduction import sum_to_type

    return sum_to_type(g, operand.type)


def _copy(b: Any, x: Any, y: Any) -> None:
    """The elements of x to y; numbers where there are no dimensions."""
    lengths = getattr(x, "lengths", ())
    if not lengths:
        y.value = x
        return
    with b.divided(y, 0)([]) as at:
        y[tuple(at)] = x[tuple(at)]
