"""Arrays whose axes have labels: sums of products in Einstein's notation, two arrays at a time.

A label that two arrays have is a loop over both; what is not kept is summed over. The products that
sum are matrix products, so that a library computes them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import length, lengths, product
from lamina.ir.ops.contraction import matmul
from lamina.ir.ops.diagonal import diagonal
from lamina.ir.ops.dimshuffle import dimshuffle, expand_dims, squeeze
from lamina.ir.ops.reduction import sum as total
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.specify_shape import specify_shape

Label = Any


class Labelled(NamedTuple):
    """An array and the label of each of its axes."""

    array: Any
    labels: tuple[Label, ...]

    def axis(self, label: Label) -> int:
        return self.labels.index(label)

    def in_order(self, *groups: Sequence[Label]) -> Labelled:
        """The array with its axes in the order of the labels in `groups`."""
        labels = tuple(label for group in groups for label in group)
        return Labelled(dimshuffle(self.array, [self.axis(label) for label in labels]), labels)

    def spread(self, labels: Sequence[Label]) -> Any:
        """The array with an axis for each of `labels`, of length 1 where it has none."""
        return dimshuffle(
            self.array, [self.axis(label) if label in self.labels else "x" for label in labels]
        )

    def summed(self, kept: Collection[Label]) -> Labelled:
        """The sum over the labels that are not kept."""
        axes = [i for i, label in enumerate(self.labels) if label not in kept]
        if not axes:
            return self
        labels = tuple(label for label in self.labels if label in kept)
        return Labelled(total(self.array, axes, dtype=self.array.type.dtype), labels)

    def without(self, labels: Collection[Label]) -> Labelled:
        """The array without axes of length 1."""
        axes = [i for i, label in enumerate(self.labels) if label in labels]
        rest = tuple(label for label in self.labels if label not in labels)
        return Labelled(squeeze(self.array, axes) if axes else self.array, rest)


def with_diagonals(x: Labelled) -> Labelled:
    """The elements of an array at equal places of the axes that share a label.

    Raises
    ------
    ValueError
        Such axes differ in length; at run time, where that is not known before.
    """
    array, labels = x
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            array = _square(array, i, j, label)
            array = diagonal(array, axis1=i, axis2=j)
            labels = (*(label for n, label in enumerate(labels) if n not in (i, j)), label)
    return Labelled(array, labels)


def _square(x: Any, i: int, j: int, label: Label) -> Any:
    n, m = x.type.shape[i], x.type.shape[j]
    if n is not None and n == m:
        return x
    if None not in (n, m):
        raise ValueError(f"axes {i} and {j} of {x} have one label, {label!r}: {n} is not {m}")
    return with_lengths(x, {i: length(x, j), j: length(x, i)})


def with_lengths(x: Any, wanted: dict[int, Any]) -> Any:
    """`x`, of which it is checked that some axes have given lengths."""
    open_axes = {
        axis: n for axis, n in wanted.items() if not isinstance(n, int) or x.type.shape[axis] != n
    }
    known = {axis: n for axis, n in open_axes.items() if isinstance(n, int)}
    if known:
        x = specify_shape(x, [known.get(axis) for axis in range(x.type.ndim)])
    unknown = {axis: n for axis, n in open_axes.items() if x.type.shape[axis] is None}
    if not unknown:
        return x
    return broadcast_to(x, [unknown.get(axis, n) for axis, n in enumerate(lengths(x))])


def multiplied(a: Labelled, b: Labelled, kept: Collection[Label]) -> Labelled:
    """The product of two arrays, summed over the labels that are not kept."""
    a = a.summed({*kept, *b.labels})
    b = b.summed({*kept, *a.labels})
    shared = [label for label in a.labels if label in b.labels]
    batch = [label for label in shared if label in kept]
    summed = [label for label in shared if label not in kept]
    rows = [label for label in a.labels if label not in shared]
    columns = [label for label in b.labels if label not in shared]
    labels = (*batch, *rows, *columns)
    if not summed or not rows and not columns and batch:
        y = Labelled(
            a.spread([*labels, *summed]) * b.spread([*labels, *summed]), (*labels, *summed)
        )
        return y.summed(kept)
    left, right = a.in_order(batch, rows, summed).array, b.in_order(batch, summed, columns).array
    left, right = _of_equal_lengths(left, right, len(batch), len(rows), len(summed))
    kept_lengths = [
        *(_common(length(left, i), length(right, i)) for i in range(len(batch))),
        *(length(left, len(batch) + i) for i in range(len(rows))),
        *(length(right, len(batch) + len(summed) + i) for i in range(len(columns))),
    ]
    n = len(batch)
    left = _grouped(left, n, [len(rows), len(summed)])
    right = _grouped(right, n, [len(summed), len(columns)])
    y = _core_product(left, right, bool(rows), bool(columns))
    return Labelled(reshape(y, kept_lengths) if y.type.ndim != len(labels) else y, labels)


def _core_product(left: Any, right: Any, has_rows: bool, has_columns: bool) -> Any:
    # matmul takes vectors only where there is no batch
    if not has_rows and not has_columns:
        return matmul(left, right)
    if not has_rows and left.type.ndim > 1:
        return squeeze(matmul(expand_dims(left, -2), right), -2)
    if not has_columns and right.type.ndim > 1:
        return squeeze(matmul(left, expand_dims(right, -1)), -1)
    return matmul(left, right)


def _of_equal_lengths(left: Any, right: Any, batch: int, rows: int, summed: int) -> tuple[Any, Any]:
    """Two arrays whose summed axes have equal lengths; products of lengths could hide that not."""
    if summed < 2:
        return left, right
    left_axes = range(batch + rows, batch + rows + summed)
    right_axes = range(batch, batch + summed)
    pairs = list(zip(left_axes, right_axes, strict=True))
    left = with_lengths(
        left, {i: length(right, j) for i, j in pairs if right.type.shape[j] is not None}
    )
    right = with_lengths(right, {j: length(left, i) for i, j in pairs})
    return left, right


def _common(n: Any, m: Any) -> Any:
    """The length of two axes broadcast against each other; a known one tells it best."""
    return m if isinstance(n, int) and n == 1 or isinstance(m, int) and m != 1 else n


def _grouped(x: Any, first: int, sizes: Sequence[int]) -> Any:
    """The groups of `sizes` axes after the `first` ones, each of them one axis; none of no axes."""
    if all(size <= 1 for size in sizes):
        return x
    shape, start = lengths(x)[:first], first
    for size in sizes:
        if size:
            shape.append(product(lengths(x)[start : start + size]))
        start += size
    return reshape(x, shape)


def contracted(
    operands: Sequence[Labelled], output: Sequence[Label], path: Sequence[Sequence[int]]
) -> Any:
    """The product of several arrays, summed over all labels but those of the result.

    Parameters
    ----------
    operands : sequence of Labelled
        No label twice in one of them.
    output : sequence of labels
        Those of the result, in order.
    path : sequence of sequences of int
        Which operands are multiplied in each step; the product becomes the last operand.
    """
    rest = list(operands)
    for places in path:
        taken = [rest[i] for i in sorted(places)]
        rest = [x for i, x in enumerate(rest) if i not in places]
        y = taken[0]
        for n, x in enumerate(taken[1:], 2):
            needed = {*output, *(label for v in (*rest, *taken[n:]) for label in v.labels)}
            y = multiplied(y, x, needed)
        rest.append(y)
    y = rest[0]
    for x in rest[1:]:
        y = multiplied(y, x, {*output, *x.labels})
    return y.summed(set(output)).in_order(output).array
