"""Ops whose machine code is a function of its own: loops that are no kernel, calls of LAPACK.

A routine is stated like one of NumPy's generalised ufuncs: by the dimensions of its operands and
results, what it does to arrays of just these dimensions, and how that is done natively. Batches,
types, lengths, their checks and vectorization follow from the signature.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value
from lamina.ir.shapes import broadcast_static

Core = tuple[str, ...]


class Signature(NamedTuple):
    """A parsed signature: ``"(m,n),k->(m,k)"``.

    Attributes
    ----------
    operands : tuple
        The names of the core dimensions of each operand; of a size, which is an int64 scalar
        written without parentheses, its name.
    results : tuple
        The names of the core dimensions of each result. Digits stand for lengths.
    """

    operands: tuple[Core | str, ...]
    results: tuple[Core, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """The number of the operand that is the length of a dimension."""
        return {c: i for i, c in enumerate(self.operands) if isinstance(c, str)}

    def core(self, i: int) -> Core:
        """The core dimensions of operand `i`; a size has none."""
        core = self.operands[i]
        return () if isinstance(core, str) else core


def parse_signature(text: str) -> Signature:
    """The signature that `text` states."""
    left, _, right = text.replace(" ", "").partition("->")

    def entries(side: str) -> list[Core | str]:
        found = re.findall(r"\(([^)]*)\)|(\w+)", side)
        return [name or tuple(filter(None, core.split(","))) for core, name in found]

    return Signature(tuple(entries(left)), tuple(entries(right)))  # type: ignore[arg-type]


class Routine(Op):
    """An op with a generalised ufunc's signature.

    A subclass states ``nd_name``, ``__props__``, ``gufunc_signature`` (an attribute or a property),
    ``result_dtypes``, ``numpy``, ``native`` and, where there is a gradient, ``L_op``.

    Attributes
    ----------
    overwrites : int or None
        The operand of which the first result begins as a copy; ``native`` finds it there. Where the
        operand dies, the result takes its memory.
    divides : int or None
        With it ``native`` writes nowhere but in blocks of ``b.divided(y, divides)``, so that the
        threads of a device can share a place of the batch.
    independent : int
        How many of the first core dimensions of the first result ``native`` goes through by
        ``b.places(y.lengths[:independent])``, so that the threads of a device can share them.
    failures : tuple of dict
        What can go wrong: entries of the error table, to which ``native`` refers by number.
    """

    nd_name: ClassVar[str]
    gufunc_signature: Any
    overwrites: ClassVar[int | None] = None
    divides: Any = None
    independent: ClassVar[int] = 0
    failures: Any = ()

    @cached_property
    def signature(self) -> Signature:
        return parse_signature(self.gufunc_signature)

    # -- what a subclass states --------------------------------------------------------------------

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        """What the operands are converted to; sizes are int64 anyway."""
        return dtypes

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        """The dtypes of the results; by default all have that of the first operand."""
        return (dtypes[0],) * len(self.signature.results)

    def numpy(self, *arrays: Any) -> Any:
        """The result, or a tuple of them, on arrays of the core dimensions; sizes are ints."""
        raise NotImplementedError

    def native(self, b: Any, operands: Sequence[Any], results: Sequence[Any]) -> None:
        """Write the instructions, to a builder ``codegen.loops.Loops`` and on its arrays."""
        raise NotImplementedError

    # -- what follows ------------------------------------------------------------------------------

    def make_node(self, *inputs: Any) -> Apply:
        sizes = self.signature.sizes.values()
        variables = [as_tensor_variable(v) for v in inputs]
        if len(variables) != len(self.signature.operands):
            wanted = len(self.signature.operands)
            raise TypeError(f"{self} takes {wanted} operands, got {len(variables)}")
        for i, v in enumerate(variables):
            if i in sizes and (v.type.ndim or np.dtype(v.type.dtype).kind not in "iu"):
                raise TypeError(f"{self}: operand {i} is a length, an integer scalar; got {v.type}")
        dtypes = [v.type.dtype for v in variables]
        wanted_dtypes = self.operand_dtypes(dtypes)
        variables = [
            cast(v, "int64" if i in sizes else dtype)
            for i, (v, dtype) in enumerate(zip(variables, wanted_dtypes, strict=True))
        ]
        types = self.infer([v.type for v in variables], [constant_value(v) for v in variables])
        return Apply(self, variables, [t() for t in types])

    def infer(
        self, types: Sequence[TensorType], values: Sequence[np.ndarray | None]
    ) -> list[TensorType]:
        """The types of the results.

        Raises
        ------
        TypeError, ValueError
            The operands do not fit the signature.
        """
        lengths: dict[str, int | None] = {}
        batches = []
        for i, (core, type) in enumerate(zip(self.signature.operands, types, strict=True)):
            if isinstance(core, str):
                value = values[i] if values else None
                lengths[core] = None if value is None else max(int(value), 0)
                continue
            if type.ndim < len(core):
                raise ValueError(
                    f"{self} takes operands ({','.join(core)}), got {type} as operand {i}"
                )
            n = type.ndim - len(core)
            batches.append(type.shape[:n])
            for name, length in zip(core, type.shape[n:], strict=True):
                known = lengths.setdefault(name, length)
                if known is None:
                    lengths[name] = length
                elif length not in (None, known):
                    raise ValueError(
                        f"{self}: operand {i} {type} has length {length} where another operand has "
                        f"{known} (dimension {name} of {self.gufunc_signature})"
                    )
        ndim = max(map(len, batches), default=0)
        batch = broadcast_static([(1,) * (ndim - len(s)) + tuple(s) for s in batches])
        dtypes = self.result_dtypes([t.dtype for t in types])
        return [
            TensorType(dtype, (*batch, *(int(d) if d.isdigit() else lengths[d] for d in core)))
            for dtype, core in zip(dtypes, self.signature.results, strict=True)
        ]

    def stated(
        self, shapes: Sequence[Sequence[int | None]], result: int, axis: int
    ) -> int | tuple[int, int]:
        """What states the length of an axis of a result.

        Parameters
        ----------
        shapes : sequence of tuple
            The static shapes of the operands.

        Returns
        -------
        int or tuple of int
            A number of an operand that is a size; or of an operand, and an axis of it.
        """
        core = self.signature.results[result]
        ranks = [len(s) - len(self.signature.core(i)) for i, s in enumerate(shapes)]
        ndim = max(ranks)
        if axis >= ndim:
            name = core[axis - ndim]
            if name in self.signature.sizes:
                return self.signature.sizes[name]
            return next(
                (i, ranks[i] + self.signature.core(i).index(name))
                for i in range(len(shapes))
                if name in self.signature.core(i)
            )
        places = [(i, axis - (ndim - n)) for i, n in enumerate(ranks) if axis >= ndim - n]
        return next(((i, d) for i, d in places if shapes[i][d] != 1), places[0])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        static = [v.type.shape for v in node.inputs]  # type: ignore[attr-defined]
        results = self.on_stacks(list(map(np.asarray, inputs)), static)
        for variable, storage, y in zip(node.outputs, output_storage, results, strict=True):
            storage[0] = np.asarray(y, variable.type.dtype)  # type: ignore[attr-defined]

    def on_stacks(
        self, arrays: Sequence[np.ndarray], static: Sequence[Sequence[int | None]]
    ) -> list[np.ndarray]:
        """The results on arrays with batch dimensions, which only static ones broadcast."""
        lengths: dict[str, int] = {}
        batches = []
        for i, (core, x) in enumerate(zip(self.signature.operands, arrays, strict=True)):
            if isinstance(core, str):
                if x < 0:
                    raise ValueError(f"{self}: a length is negative: {x}")
                lengths[core] = int(x)
                continue
            n = x.ndim - len(core)
            batches.append((i, n))
            for name, length in zip(core, x.shape[n:], strict=True):
                if lengths.setdefault(name, length) != length:
                    raise ValueError(
                        f"{self}: dimension {name} has lengths {lengths[name]} and {length}"
                    )
        ndim = max((n for _, n in batches), default=0)
        batch = [1] * ndim
        for axis in range(ndim):
            found = {
                arrays[i].shape[d]
                for i, n in batches
                if (d := axis - (ndim - n)) >= 0 and static[i][d] != 1
            }
            if len(found) > 1:
                raise ValueError(
                    f"{self}: operands have lengths {sorted(found)} on axis {axis}. Only a "
                    "dimension that is statically 1 broadcasts."
                )
            batch[axis] = found.pop() if found else 1
        shapes = [
            (*batch, *(int(d) if d.isdigit() else lengths[d] for d in core))
            for core in self.signature.results
        ]
        dtypes = self.result_dtypes([x.dtype.name for x in arrays])
        results = [np.empty(s, d) for s, d in zip(shapes, dtypes, strict=True)]
        batched = {i for i, _ in batches}
        views = [
            np.broadcast_to(x, (*batch, *x.shape[x.ndim - len(self.signature.core(i)) :]))
            if i in batched
            else x
            for i, x in enumerate(arrays)
        ]
        with np.errstate(all="ignore"):
            for at in np.ndindex(*batch):
                core_arrays = [x[at] if i in batched else int(x) for i, x in enumerate(views)]
                found = self.numpy(*core_arrays)
                for y, value in zip(
                    results, found if isinstance(found, tuple) else (found,), strict=True
                ):
                    y[at] = value
        return results

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        sizes = self.signature.sizes.values()
        return [[i not in sizes] * len(node.outputs) for i in range(len(node.inputs))]
