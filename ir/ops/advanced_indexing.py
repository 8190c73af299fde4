"""Indexing by arrays of integers and of bools, in any mix with integers, slices, None and Ellipsis.

The compiler sees views, ``nonzero`` for bools, and ``gather`` or ``scatter`` on the dimensions that
are indexed by arrays, which are moved to the front.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.arguments import lengths
from lamina.ir.ops.cast import cast
from lamina.ir.ops.composed import ComposedOp
from lamina.ir.ops.constant import as_tensor_variable, constant_value
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims, shape_padleft, squeeze
from lamina.ir.ops.gather import Gather, Scatter, numbered
from lamina.ir.ops.nonzero import positions
from lamina.ir.ops.specify_shape import specify_shape

# An entry of an index list: True for an integer operand, which of start, stop, step are operands,
# "array" or "mask" for such an operand, None or Ellipsis.
Entry = Any


class Layout(NamedTuple):
    """An index resolved against an array.

    Attributes
    ----------
    basic : tuple
        What is indexed without arrays, first: slices and None, and whole dimensions for the rest.
    indices : list of Variable
        An int64 array for each dimension that arrays index.
    indexed : list of int
        Those dimensions, of what `basic` gives.
    axes : list of int
        Their numbers in the array.
    first : int
        The dimension of the result at which those of the indices begin.
    """

    basic: tuple[Any, ...]
    indices: list[Any]
    indexed: list[int]
    axes: list[int]
    first: int

    @property
    def trivial(self) -> bool:
        """Whether `basic` leaves the array as it is."""
        return all(entry == slice(None) for entry in self.basic)

    @property
    def ndim(self) -> int:
        """The number of dimensions of the indices, broadcast."""
        return max(i.type.ndim for i in self.indices)


class _AdvancedIndexing(ComposedOp):
    """What AdvancedSubtensor and AdvancedIncSubtensor share.

    Parameters
    ----------
    idx_list : sequence
        The entries of the index, Ellipsis among them: it parts arrays even where it stands for
        nothing.
    """

    __props__: tuple[str, ...] = ("idx_list",)
    first_index: int

    def __init__(self, idx_list: Sequence[Entry]):
        self.idx_list = tuple(idx_list)

    def entries(self, operands: Sequence[Any]) -> Iterator[tuple[Entry, Any]]:
        """Each entry, with what it is made of: an operand, a slice, None."""
        rest = iter(operands)
        for entry in self.idx_list:
            if entry is None or entry is Ellipsis:
                yield entry, entry
            elif isinstance(entry, tuple):
                yield entry, slice(*(next(rest) if given else None for given in entry))
            else:
                yield entry, next(rest)

    def index(self, arrays: Sequence[np.ndarray]) -> tuple[Any, ...]:
        """NumPy's index."""
        made = []
        for entry, value in self.entries(arrays):
            if isinstance(entry, tuple):
                parts = (value.start, value.stop, value.step)
                value = slice(*(None if p is None else int(p) for p in parts))
            elif entry is True:
                value = int(value)
            made.append(value)
        return tuple(made)

    def layout(self, x: Any, operands: Sequence[Any]) -> Layout:
        """The index, resolved against `x`."""
        found = list(self.entries(operands))
        taken = sum(_dimensions(entry, value) for entry, value in found)
        if taken > x.type.ndim:
            raise IndexError(
                f"too many indices for array: {x} is {x.type.ndim}-dimensional, but {taken} were "
                "indexed"
            )
        if Ellipsis not in self.idx_list:
            found.append((Ellipsis, Ellipsis))
        basic: list[Any] = []
        indices: list[Any] = []
        indexed: list[int] = []
        axes: list[int] = []
        groups = 0
        apart = True
        axis = 0
        for entry, value in found:
            if entry is Ellipsis:
                whole = x.type.ndim - taken
                basic += [slice(None)] * whole
                axis += whole
            elif entry is None:
                basic.append(None)
            elif isinstance(entry, tuple):
                basic.append(value)
                axis += 1
            else:
                n = _dimensions(entry, value)
                groups += apart
                indexed += range(len(basic), len(basic) + max(n, 1))
                axes += range(axis, axis + max(n, 1))
                indices += _as_indices(entry, value, x, axis)
                basic += [slice(None)] * n if n else [None]
                axis += n
            apart = entry is None or entry is Ellipsis or isinstance(entry, tuple)
        first = 0 if groups > 1 else indexed[0]
        return Layout(tuple(basic), indices, indexed, axes, first)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[i < self.first_index] for i in range(len(node.inputs))]

    def check(self, node: Apply, arrays: Sequence[np.ndarray]) -> None:
        """Refuse indices that NumPy broadcasts but that are not statically 1."""
        operands = node.inputs[self.first_index :]
        shapes = [
            (v.type.shape, a.shape)  # type: ignore[attr-defined]
            for (entry, v), (_, a) in zip(self.entries(operands), self.entries(arrays), strict=True)
            if entry == "array"
        ]
        for axis in range(max((len(s) for _, s in shapes), default=0)):
            own = [(t[-1 - axis], s[-1 - axis]) for t, s in shapes if axis < len(s)]
            found = {n for known, n in own if known != 1}
            if len(found) > 1:
                raise ValueError(
                    f"{self}: indices have lengths {sorted(found)}. Only a dimension that is "
                    "statically 1 broadcasts."
                )

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        self.check(node, list(map(np.asarray, inputs[self.first_index :])))
        super().perform(node, inputs, output_storage)


class AdvancedSubtensor(_AdvancedIndexing):
    """The elements ``x[index]``: operands x, then those of the index."""

    __module__ = "lamina.tensor.subtensor"
    first_index = 1

    def lowering(self, *inputs: Any) -> Any:
        x, *operands = inputs
        at = self.layout(x, operands)
        view = x if at.trivial else x[at.basic]
        rest = [d for d in range(view.type.ndim) if d not in at.indexed]
        moved = dimshuffle(view, [*at.indexed, *rest])
        y = Gather.of(len(rest), at.axes)(moved, *at.indices)
        n = at.ndim
        kept = range(n, n + len(rest))
        return dimshuffle(y, [*kept[: at.first], *range(n), *kept[at.first :]])

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, *operands = arrays
        return x[self.index(operands)]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.creation import zeros_like

        x, *operands = inputs
        (g,) = output_grads
        into = zeros_like(x, g.type.dtype)
        back = AdvancedIncSubtensor(self.idx_list)(into, g, *operands)
        return [back] + [None] * len(operands)

    def __str__(self) -> str:
        return "AdvancedSubtensor"


class AdvancedIncSubtensor(_AdvancedIndexing):
    """x with y added at (or put in place of) the elements ``x[index]``.

    Where an index names a place twice, both are added; of what is put there, the last stays.
    """

    __module__ = "lamina.tensor.subtensor"
    __props__ = ("idx_list", "set_instead_of_inc")
    first_index = 2

    def __init__(self, idx_list: Sequence[Entry], set_instead_of_inc: bool = False):
        super().__init__(idx_list)
        self.set_instead_of_inc = set_instead_of_inc

    def lowering(self, *inputs: Any) -> Any:
        x, value, *operands = inputs
        where = self._whole_mask(x, value, operands)
        if where is not None:
            put = value if self.set_instead_of_inc else nd.add(x, value)
            return nd.switch(where, put, x)
        at = self.layout(x, operands)
        view = x if at.trivial else x[at.basic]
        rest = [d for d in range(view.type.ndim) if d not in at.indexed]
        moved = dimshuffle(view, [*at.indexed, *rest])
        n = at.ndim
        core = [*(f"a{d}" for d in range(len(at.indexed))), *(f"r{d}" for d in range(len(rest)))]
        loops = [f"i{d}" for d in range(n)]
        indices, spans = [], []
        for i in at.indices:
            missing = n - i.type.ndim
            kept = [d for d, length in enumerate(i.type.shape) if length != 1]
            spans.append([loops[d + missing] for d in kept])
            indices.append(dimshuffle(i, kept))
        kept = [*range(at.first), *range(at.first + n, n + len(rest))]
        order = [*range(at.first, at.first + n), *kept]
        value, names = self._named(value, order, [*loops, *core[len(at.indexed) :]], spans)
        op = Scatter.of(core, names, spans, at.axes, self.set_instead_of_inc)
        made = op(moved, value, *indices)
        back = [*at.indexed, *rest]
        made = dimshuffle(made, [back.index(d) for d in range(len(back))])
        return made if at.trivial else view_set(x, at.basic, made)

    def _whole_mask(self, x: Any, value: Any, operands: Sequence[Any]) -> Any:
        """The mask, where it is all that indexes x and one number is put: elements are chosen."""
        if self.idx_list != ("mask",) or value.type.ndim or not operands[0].type.ndim:
            return None
        (mask,) = operands
        if mask.type.ndim > x.type.ndim:
            return None
        if any(n == 1 and m != 1 for n, m in zip(mask.type.shape, x.type.shape, strict=False)):
            return None
        return dimshuffle(mask, [*range(mask.type.ndim), *["x"] * (x.type.ndim - mask.type.ndim)])

    def _named(
        self, value: Any, order: Sequence[int], names: Sequence[str], spans: Sequence[Any]
    ) -> tuple[Any, list[str]]:
        """The value with the dimensions that it has of the result's, which `order` permutes."""
        ndim = len(order)
        if value.type.ndim > ndim:
            raise ValueError(
                f"{self}: the value {value.type} has more dimensions than the {ndim} of its place"
            )
        value = dimshuffle(shape_padleft(value, ndim - value.type.ndim), order)
        spanned = {name for span in spans for name in span}
        kept: list[int] = []
        for d, (name, n) in enumerate(zip(names, value.type.shape, strict=True)):
            if n == 1:
                continue
            if name.startswith("i") and name not in spanned:
                if n is not None:
                    raise ValueError(
                        f"{self}: the value {value.type} does not broadcast to its place, which "
                        "has length 1"
                    )
                known = [1 if e == d else None for e in range(ndim)]
                value = specify_shape(value, known)
                continue
            kept.append(d)
        return dimshuffle(value, kept), [names[d] for d in kept]

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        x, value, *operands = arrays
        y, index = x.copy(), self.index(operands)
        if self.set_instead_of_inc:
            y[index] = value
        else:
            np.add.at(y, index, value)
        return y

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.ir.ops.creation import zeros_like
        from lamina.ir.ops.reduction import sum_to_type

        x, value, *operands = inputs
        (g,) = output_grads
        part = AdvancedSubtensor(self.idx_list)(g, *operands)
        to_x = g
        if self.set_instead_of_inc:
            put = AdvancedIncSubtensor(self.idx_list, True)
            to_x = put(g, zeros_like(value, g.type.dtype), *operands)
            if self._may_repeat(operands):
                numbers = numbered(part)
                last = put(zeros_like(x, "int64"), numbers, *operands)
                stays = nd.eq(AdvancedSubtensor(self.idx_list)(last, *operands), numbers)
                part = nd.switch(stays, part, 0)
        return [to_x, sum_to_type(part, value.type)] + [None] * len(operands)

    def _may_repeat(self, operands: Sequence[Any]) -> bool:
        """Whether the index may name a place twice, of which values one would not stay."""
        arrays = [v for entry, v in self.entries(operands) if entry == "array"]
        if len(arrays) != 1:
            return bool(arrays)
        data = constant_value(arrays[0])
        return data is None or len(np.unique(data)) < data.size or bool((data < 0).any())

    def __str__(self) -> str:
        return "AdvancedSetSubtensor" if self.set_instead_of_inc else "AdvancedIncSubtensor"


def view_set(x: Any, basic: tuple[Any, ...], value: Any) -> Any:
    """`x` with `value` in place of ``x[basic]``."""
    new = tuple(d for d, entry in enumerate(basic) if entry is None)
    value = squeeze(value, new) if new else value
    entries = tuple(entry for entry in basic if entry is not None)
    if all(entry == slice(None) for entry in entries):
        return value
    return x[entries].set(value)


def _dimensions(entry: Entry, value: Any) -> int:
    """How many dimensions of the array an entry takes."""
    if entry is None or entry is Ellipsis:
        return 0
    return value.type.ndim if entry == "mask" else 1


def _as_indices(entry: Entry, value: Any, x: Any, axis: int) -> list[Any]:
    """The arrays of integers that an entry stands for, one a dimension that it takes."""
    if entry != "mask":
        return [cast(value, "int64")]
    if not value.type.ndim:  # of a new dimension of length 1, all or nothing
        return positions(expand_dims(value, 0))
    known = x.type.shape[axis : axis + value.type.ndim]
    for d, (n, m) in enumerate(zip(known, value.type.shape, strict=True)):
        if None not in (n, m) and n != m:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis + d}; size of axis is "
                f"{n} but size of corresponding boolean axis is {m}"
            )
    mask = constant_value(value)
    if mask is not None and None not in known:  # a known number of places, which may broadcast
        return [as_tensor_variable(places) for places in np.nonzero(mask)]
    return positions(value, lengths(x)[axis : axis + value.type.ndim])


def is_array_index(entry: Any) -> bool:
    """Whether an entry of an index is an array of integers or bools."""
    if isinstance(entry, (list, bool, np.bool_)):
        return True
    if isinstance(entry, np.ndarray):
        return bool(entry.ndim) or entry.dtype == bool
    if isinstance(entry, Variable) and hasattr(entry.type, "ndim"):
        return bool(entry.type.ndim) or entry.type.dtype == "bool"  # type: ignore[attr-defined]
    return False


def index_array(entry: Any) -> tuple[str, Any]:
    """An array of an index: "array" or "mask", and the variable.

    Raises
    ------
    IndexError
        It is neither of integers nor of bools.
    """
    if isinstance(entry, list) and not entry:
        entry = np.array(entry, np.int64)
    variable = as_tensor_variable(entry)
    kind = np.dtype(variable.type.dtype).kind
    if kind == "b":
        return "mask", variable
    if kind not in "iu":
        raise IndexError(
            f"arrays used as indices must be of integers or bools, got {entry} of type "
            f"{variable.type}"
        )
    return "array", variable
