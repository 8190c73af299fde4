"""Sums of products in Einstein's notation, as NumPy writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.ops.arguments import as_array
from lamina.ir.ops.cast import cast
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.labelled_axes import Labelled, contracted, with_diagonals

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# a length that is not known, where the order of products is chosen
TYPICAL_LENGTH = 64
# from so many operands on, not all orders are tried
MANY = 6


def einsum(*operands: Any, optimize: Any = None) -> Any:
    """Sum of products of arrays, whose axes are told apart by letters.

    Parameters
    ----------
    *operands
        ``einsum("ij,jk->ik", a, b)``: the letters of the axes of each array and, behind the arrow,
        of the result; or ``einsum(a, [0, 1], b, [1, 2], [0, 2])``, numbers below 52 instead of
        letters. A letter that the result has not is summed over. One twice in an operand takes its
        diagonal. An ellipsis is all axes that have no letter; those of the operands are broadcast
        against each other. Without an arrow the result has the ellipsis, and in alphabetical order
        the letters that occur once.
    optimize : optional
        In which order several arrays are multiplied: None or True for the one of fewest
        operations, as far as lengths are known; False from left to right; else as
        ``numpy.einsum_path`` takes it.

    Returns
    -------
    variable
        In the common dtype of the operands, in which the sums are, too.

    Raises
    ------
    ValueError
        The notation is wrong, does not fit the operands, or lengths differ; at run time, where that
        is not known before. Only a length that is statically 1 broadcasts.

    Examples
    --------
    >>> einsum("ij,ij->i", a, b)  # products of rows
    >>> einsum("...ii", a)  # traces of a stack of matrices
    """
    arrays, terms, output = _parsed(operands)
    dtype = common_dtype([x.type.dtype for x in arrays])
    labelled = [
        Labelled(cast(x, dtype), labels)
        for x, labels in zip(arrays, _labels(arrays, terms), strict=True)
    ]
    ellipsis = sorted({n for x in labelled for n in x.labels if isinstance(n, int)}, reverse=True)
    result = _result_labels(terms, output, ellipsis)
    labelled = _without_ones([with_diagonals(x) for x in labelled])
    return contracted(labelled, result, _path(labelled, result, optimize))


def _parsed(operands: Sequence[Any]) -> tuple[list[Any], list[list[Any]], list[Any] | None]:
    """The arrays, the subscripts of each (letters and Ellipsis), and those of the result."""
    if not operands:
        raise ValueError("einsum takes subscripts and at least one operand")
    if isinstance(operands[0], str):
        text, arrays = operands[0].replace(" ", ""), [as_array(x) for x in operands[1:]]
        if text.count("->") > 1 or "-" in text.replace("->", "") or ">" in text.replace("->", ""):
            raise ValueError(f"einsum: subscripts can only contain one '->', got {operands[0]!r}")
        inputs, arrow, result = text.partition("->")
        terms = [_subscripts(term) for term in inputs.split(",")]
        output = _subscripts(result) if arrow else None
    else:
        pairs = len(operands) // 2
        arrays = [as_array(x) for x in operands[: 2 * pairs : 2]]
        terms = [_letters(sublist) for sublist in operands[1 : 2 * pairs : 2]]
        output = _letters(operands[-1]) if len(operands) % 2 else None
    if not arrays or len(terms) != len(arrays):
        raise ValueError(f"einsum: subscripts for {len(terms)} operands, {len(arrays)} were given")
    _check_result(terms, output)
    return arrays, terms, output


def _subscripts(term: str) -> list[Any]:
    letters, dots, rest = term.partition("...")
    for letter in letters + rest:
        if letter not in LETTERS:
            raise ValueError(
                f"einsum: {letter!r} in {term!r} is no letter, nor part of an ellipsis"
            )
    return [*letters, *([...] if dots else []), *rest]


def _letters(sublist: Any) -> list[Any]:
    entries: list[Any] = []
    for entry in sublist:
        if entry is not ... and not 0 <= int(entry) < len(LETTERS):
            raise ValueError(f"einsum: a subscript is 0 to 51 or Ellipsis, got {entry!r}")
        entries.append(... if entry is ... else LETTERS[int(entry)])
    if entries.count(...) > 1:
        raise ValueError(f"einsum: more than one Ellipsis in {list(sublist)}")
    return entries


def _check_result(terms: list[list[Any]], output: list[Any] | None) -> None:
    for n, subscript in enumerate(output or []):
        if subscript in output[:n]:  # type: ignore[index]
            raise ValueError(f"einsum: the result has the subscript {subscript!r} twice")
        if subscript is not ... and not any(subscript in term for term in terms):
            raise ValueError(f"einsum: the result has the subscript {subscript!r}, no operand has")


def _labels(arrays: list[Any], terms: list[list[Any]]) -> list[tuple[Any, ...]]:
    """The label of each axis: its letter; under an ellipsis -1 for the last one, and so on."""
    labels = []
    for x, term in zip(arrays, terms, strict=True):
        extra = x.type.ndim - (len(term) - (... in term))
        if extra < 0 or extra and ... not in term:
            letters = "".join("..." if s is ... else s for s in term)
            raise ValueError(f"einsum: the subscripts {letters!r} do not fit {x} of type {x.type}")
        hidden = range(-extra, 0)
        labels.append(tuple(n for s in term for n in (hidden if s is ... else (s,))))
    return labels


def _result_labels(
    terms: list[list[Any]], output: list[Any] | None, ellipsis: list[int]
) -> tuple[Any, ...]:
    hidden = sorted(ellipsis)
    if output is None:
        letters = [s for term in terms for s in term if s is not ...]
        return (*hidden, *sorted(s for s in set(letters) if letters.count(s) == 1))
    if hidden and ... not in output:
        raise ValueError(
            "einsum: the operands have axes under an ellipsis, the result has no '...'"
        )
    return tuple(n for s in output for n in (hidden if s is ... else (s,)))


def _without_ones(operands: list[Labelled]) -> list[Labelled]:
    """The operands without the axes that are broadcast: of length 1 where another's is not."""
    lengths: dict[Any, set[int | None]] = {}
    for x in operands:
        for label, n in zip(x.labels, x.array.type.shape, strict=True):
            lengths.setdefault(label, set()).add(n)
    for label, found in lengths.items():
        known = sorted(n for n in found if n is not None and n != 1)
        if len(known) > 1:
            raise ValueError(
                f"einsum: the lengths {' and '.join(map(str, known))} of the axes {label!r} do not "
                "match"
            )
    several = {label for label, found in lengths.items() if found != {1}}
    rest = []
    for x in operands:
        shape = dict(zip(x.labels, x.array.type.shape, strict=True))
        rest.append(x.without([label for label in several if shape.get(label) == 1]))
    return rest


def _path(operands: list[Labelled], result: tuple[Any, ...], optimize: Any) -> list[Any]:
    number = len(operands)
    if number <= 2 or optimize is False:
        return [(0, 1)] + [(0, number - 2 - i) for i in range(number - 2)] if number > 1 else []
    labels = list(dict.fromkeys(label for x in operands for label in x.labels))
    if len(labels) > len(LETTERS):
        raise ValueError(f"einsum: more than {len(LETTERS)} different axes")
    letters = dict(zip(labels, LETTERS, strict=False))
    lengths = dict.fromkeys(labels, TYPICAL_LENGTH)
    for x in operands:
        known = zip(x.labels, x.array.type.shape, strict=True)
        lengths.update({label: n for label, n in known if n is not None})
    shapes = [[lengths[label] for label in x.labels] for x in operands]
    if optimize is None or optimize is True:
        optimize = ("optimal" if number < MANY else "greedy", 2**62)
    subscripts = ",".join("".join(letters[n] for n in x.labels) for x in operands)
    text = f"{subscripts}->{''.join(letters[n] for n in result)}"
    steps, _ = np.einsum_path(
        text, *(np.broadcast_to(0.0, shape) for shape in shapes), optimize=optimize
    )
    return list(steps[1:])
