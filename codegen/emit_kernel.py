"""Kernels as MLIR functions: linalg.generic for maps, loops for reductions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import lamina.ir.operators as ops
from lamina.codegen.emit_scalar import MLIR_TYPE, STORED_TYPE, Element, Writer, apply, cast, literal
from lamina.codegen.memory import from_stored
from lamina.ir import dialect as nd

# Terms may be added in any order, for vectors; with nsz, LLVM would also cancel what a term takes
# from itself, NaN and all.
REDUCTION_FLAGS = " fastmath<reassoc>"
BLOCK = 2048
SCALAR_BLOCK = 32  # where terms are added one by one: complex ones, and where nothing vectorises


@dataclass(frozen=True)
class Argument:
    """An operand or result of a kernel function.

    Attributes
    ----------
    dtype : str
    loops : tuple of int
        The loop that runs along each dimension, after loops of length 1 were dropped and others
        merged.
    strides : tuple
        1 where the step is known to be one element, None elsewhere; empty for a scalar passed by
        value.
    scalar : bool
    space : str
        MLIR's address space of its memory, "" for the host's.
    """

    dtype: str
    loops: tuple[int, ...] = ()
    strides: tuple[int | None, ...] = ()
    scalar: bool = False
    space: str = ""

    @property
    def type(self) -> str:
        if self.scalar:
            return MLIR_TYPE[self.dtype]
        element = STORED_TYPE[self.dtype]
        space = f", {self.space}" if self.space else ""
        if not self.loops:
            return f"memref<{element}{space}>"
        dims = "?x" * len(self.loops)
        steps = ", ".join("?" if s is None else str(s) for s in self.strides)
        return f"memref<{dims}{element}, strided<[{steps}]>{space}>"


@dataclass(frozen=True)
class Nest:
    """A kernel ready to be written: its loops and arguments, and the region that is its body.

    Attributes
    ----------
    kinds : tuple of str
        "parallel" or "reduction" for each loop.
    inputs, outputs : tuple of Argument
        An output that is a reduction over all loops is a scalar.
    combine : tuple of str
        For each output, "" or its reduction.
    inplace : tuple of (int or None)
        For each output, the input whose buffer it shares.
    extents : tuple
        For each loop, the argument ("in", i), ("out", i) and dimension that tells its length, or
        ("extent", j).
    body : Block
    """

    kinds: tuple[str, ...]
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    combine: tuple[str, ...]
    inplace: tuple[int | None, ...]
    extents: tuple[tuple[str, int, int], ...]
    body: Any
    merged: tuple[tuple[int, ...], ...]

    @property
    def extent_count(self) -> int:
        return sum(kind == "extent" for kind, _, _ in self.extents)


def write_kernel(symbol: str, nest: Nest, declared: dict[str, str], vectorises: bool = True) -> str:
    """The text of the function of a kernel, whose loops LLVM vectorises if it can.

    Its parameters are the inputs (without those whose buffer an output shares), the memrefs of the
    outputs and the lengths that no array tells; it returns the outputs that are scalars.
    """
    return KernelWriter(symbol, nest, Writer(declared, vectorises=vectorises)).text()


class KernelWriter:
    def __init__(self, symbol: str, nest: Nest, writer: Writer):
        self.symbol, self.nest, self.w = symbol, nest, writer
        self.returned: list[tuple[str, str]] = []

    def text(self) -> str:
        nest = self.nest
        if any(nest.combine):
            self._reduce()
        elif not nest.kinds:
            self._straight()
        else:
            self._generic()
        shared = {i for i in nest.inplace if i is not None}
        parameters = [f"%a{i}: {a.type}" for i, a in enumerate(nest.inputs) if i not in shared]
        parameters += [f"%o{i}: {a.type}" for i, a in enumerate(nest.outputs) if not a.scalar]
        parameters += [f"%n{j}: index" for j in range(nest.extent_count)]
        types = ", ".join(t for _, t in self.returned)
        arrow = f" -> ({types})" if types else ""
        names = ", ".join(n for n, _ in self.returned)
        end = f"    return {names} : {types}" if types else "    return"
        head = f"func.func private @{self.symbol}({', '.join(parameters)}){arrow} {{"
        return f"{head}\n{self.w.text()}\n{end}\n  }}"

    def _array(self, i: int) -> str:
        """The name of input `i`: of the output that has its buffer, if there is one."""
        return f"%o{self.nest.inplace.index(i)}" if i in self.nest.inplace else f"%a{i}"

    def _body(self, elements: Sequence[Element], position: Callable[[int], str]) -> list[Element]:
        """Write the region on the elements of the inputs; the yielded scalars."""
        values: dict[Any, Element] = dict(zip(self.nest.body.args, elements, strict=True))
        for op in self.nest.body.ops:
            if isinstance(op, nd.YieldOp):
                return [values[v] for v in op.operands]
            if isinstance(op, nd.ConstantOp):
                values[op.results[0]] = literal(op.data, nd.dtype_of(op.results[0]), self.w)
            elif isinstance(op, nd.LoopIndexOp):
                loop = op.attributes["loop"].value.data  # type: ignore[attr-defined]
                index = self.w.let(f"arith.index_cast {position(loop)} : index to i64")
                values[op.results[0]] = Element(index, "int64", self.w)
            else:
                values[op.results[0]] = apply(
                    op.definition, [values[v] for v in op.operands], self.w
                )
        raise AssertionError("a kernel without nd.yield")

    def _loaded(self, name: str, dtype: str) -> Element:
        return from_stored(self.w, name, dtype)

    def _stored(self, x: Element) -> str:
        return self.w.let(f"arith.extui {x.name} : i1 to i8") if x.dtype == "bool" else x.name

    def _generic(self) -> None:
        nest, w = self.nest, self.w
        ins = [i for i, a in enumerate(nest.inputs) if not a.scalar and i not in nest.inplace]
        dims = ", ".join(f"d{i}" for i in range(len(nest.kinds)))
        maps = [nest.inputs[i].loops for i in ins] + [a.loops for a in nest.outputs]
        texts = [f"affine_map<({dims}) -> ({', '.join(f'd{i}' for i in m)})>" for m in maps]
        kinds = ", ".join(f'"{k}"' for k in nest.kinds)
        outs = range(len(nest.outputs))
        w.line(
            f"linalg.generic {{indexing_maps = [{', '.join(texts)}], iterator_types = [{kinds}]}}"
        )
        if ins:
            names, types = (
                ", ".join(f"%a{i}" for i in ins),
                ", ".join(nest.inputs[i].type for i in ins),
            )
            w.line(f"  ins({names} : {types})")
        names, types = ", ".join(f"%o{i}" for i in outs), ", ".join(a.type for a in nest.outputs)
        w.line(f"  outs({names} : {types}) {{")
        block = [f"%e{i}: {STORED_TYPE[nest.inputs[i].dtype]}" for i in ins]
        block += [f"%p{i}: {STORED_TYPE[nest.outputs[i].dtype]}" for i in outs]
        w.line(f"^bb0({', '.join(block)}):")
        w.indent = "      "
        elements = []
        for i, a in enumerate(nest.inputs):
            if a.scalar:
                elements.append(Element(f"%a{i}", a.dtype, w))
            else:
                name = f"%p{nest.inplace.index(i)}" if i in nest.inplace else f"%e{i}"
                elements.append(self._loaded(name, a.dtype))
        yielded = self._body(elements, lambda loop: w.let(f"linalg.index {loop} : index"))
        stored = [self._stored(y) for y in yielded]
        types = ", ".join(STORED_TYPE[a.dtype] for a in nest.outputs)
        w.line(f"linalg.yield {', '.join(stored)} : {types}")
        w.indent = "    "
        w.line("}")

    def _straight(self) -> None:
        """A kernel whose every loop has length 1."""
        for i, y in enumerate(
            self._body(self._load({}), lambda loop: self.w.constant("0", "index"))
        ):
            self._store(i, y, {})

    def _load(self, at: dict[int, str]) -> list[Element]:
        return [self._input(i, at) for i in range(len(self.nest.inputs))]

    def _input(self, i: int, at: dict[int, str]) -> Element:
        a = self.nest.inputs[i]
        if a.scalar:
            return Element(f"%a{i}", a.dtype, self.w)
        where = ", ".join(at[loop] for loop in a.loops)
        return self._loaded(
            self.w.let(f"memref.load {self._array(i)}[{where}] : {a.type}"), a.dtype
        )

    def _store(self, i: int, y: Element, at: dict[int, str]) -> None:
        a = self.nest.outputs[i]
        where = ", ".join(at[loop] for loop in a.loops)
        self.w.line(f"memref.store {self._stored(y)}, %o{i}[{where}] : {a.type}")

    def _length(self, loop: int) -> str:
        kind, i, dim = self.nest.extents[loop]
        if kind == "extent":
            return f"%n{i}"
        array, a = (
            (self._array(i), self.nest.inputs[i])
            if kind == "in"
            else (f"%o{i}", self.nest.outputs[i])
        )
        return self.w.let(f"memref.dim {array}, {self.w.constant(str(dim), 'index')} : {a.type}")

    def _reduce(self) -> None:
        nest = self.nest
        lengths = {loop: self._length(loop) for loop in range(len(nest.kinds))}
        parallel = [i for i, k in enumerate(nest.kinds) if k == "parallel"]
        reduction = [i for i, k in enumerate(nest.kinds) if k == "reduction"]
        in_registers = (
            not parallel
            or nest.kinds[-1] == "reduction"
            or any(
                c.startswith("arg") or a.dtype == "float16"
                for c, a in zip(nest.combine, nest.outputs, strict=True)
            )
        )
        if in_registers:
            RowReduction(self, lengths, parallel, reduction).write()
        else:
            self._reduce_in_memory(lengths)

    def _reduce_in_memory(self, lengths: dict[int, str]) -> None:
        """The innermost loop is parallel: accumulate into the result, row after row."""
        nest, w = self.nest, self.w
        zero, one = w.constant("0", "index"), w.constant("1", "index")
        for i, c in enumerate(nest.combine):
            if c:
                start = literal(identity_of(c, nest.outputs[i].dtype), nest.outputs[i].dtype, w)
                w.line(
                    f"linalg.fill ins({self._stored(start)} : {STORED_TYPE[start.dtype]}) "
                    f"outs(%o{i} : {nest.outputs[i].type})"
                )
        at = {}
        for loop in range(len(nest.kinds)):
            at[loop] = w.name()
            w.line(f"scf.for {at[loop]} = {zero} to {lengths[loop]} step {one} {{")
        for i, y in enumerate(self._body(self._load(at), at.__getitem__)):
            if nest.combine[i]:
                where = ", ".join(at[loop] for loop in nest.outputs[i].loops)
                old = self._loaded(
                    w.let(f"memref.load %o{i}[{where}] : {nest.outputs[i].type}"), y.dtype
                )
                y = apply(combiner(nest.combine[i]), [old, y], w)
            self._store(i, y, at)
        for _ in nest.kinds:
            w.line("}")


def combiner(name: str) -> Any:
    """The scalar op of a reduction."""
    return nd.ARRAY_OPS[name].combine


def identity_of(name: str, dtype: str) -> Any:
    """The value that a reduction starts from."""
    return nd.ARRAY_OPS[name](None).identity(dtype)


def two_sum(total: Element, error: Element, term: Element) -> list[Element]:
    """A sum with a term more, and what its additions have lost by now."""
    after = total + term
    virtual = after - total
    lost = (total - (after - virtual)) + (term - virtual)
    return [after, error + lost]


class RowReduction:
    """Parallel loops outside, reduction loops inside with their accumulators in registers.

    Sums of floats are taken in blocks; the sums of blocks are added with the error of each addition
    kept (T. Ogita, S. M. Rump, S. Oishi, SIAM J. Sci. Comput. 26 (2005), algorithm 4.3): the blocks
    vectorise, and the result is as exact as pairwise summation.
    """

    def __init__(
        self,
        kernel: KernelWriter,
        lengths: dict[int, str],
        parallel: list[int],
        reduction: list[int],
    ):
        self.k, self.w, self.nest = kernel, kernel.w, kernel.nest
        self.lengths, self.parallel, self.reduction = lengths, parallel, reduction
        self.at: dict[int, str] = {}
        self.zero, self.one = self.w.constant("0", "index"), self.w.constant("1", "index")
        self.reduced = [i for i, c in enumerate(self.nest.combine) if c]

    def write(self) -> None:
        w = self.w
        for loop in self.parallel:
            self.at[loop] = w.name()
            w.line(
                f"scf.for {self.at[loop]} = {self.zero} to {self.lengths[loop]} step {self.one} {{"
            )
        self.element()
        for _ in self.parallel:
            w.line("}")

    def element(self) -> None:
        """Write the reductions for the parallel position at hand."""
        totals = self._loops(self.reduction, self._initial(compensated=True))
        self.keep(self._positions(totals) if self._searches() else self._finals(totals))

    def keep(self, finals: Sequence[Element]) -> None:
        """Store or return what was reduced."""
        for i, y in zip(self.reduced, finals, strict=True):
            if self.nest.outputs[i].scalar:
                stored = self.k._stored(y)
                self.k.returned.append((stored, STORED_TYPE[y.dtype]))
            else:
                self.k._store(i, y, self.at)

    def _searches(self) -> bool:
        """Whether positions are found by a search for the extremum: two loops that vectorise, for
        one that does not.
        """
        return all(
            c.startswith("arg") and not self._yielded_dtype(i).startswith("complex")
            for i, c in enumerate(self.nest.combine)
        )

    def _positions(self, extrema: list[Element]) -> list[Element]:
        """The first position of each extremum; of the first NaN where it is NaN."""
        w, none = self.w, int(np.iinfo(np.int64).max)

        def at_extremum(at: str, carried: list[Element]) -> list[Element]:
            self.at[loop] = at
            yielded = self.k._body(self.k._load(self.at), self.at.__getitem__)
            here = self._linear_position()
            values = []
            for y, extremum, first in zip(yielded, extrema, carried, strict=True):
                hit = ops.eq(y, extremum)
                if y.kind == "f":
                    hit = ops.switch(ops.isnan(extremum), ops.isnan(y), hit)
                values.append(ops.minimum(first, ops.switch(hit, here, none)))
            return values

        def nest(loops: list[int], values: list[Element]) -> list[Element]:
            if len(loops) == 1:
                return self._for(self.zero, self.lengths[loop], self.one, values, at_extremum)

            def body(at: str, carried: list[Element]) -> list[Element]:
                self.at[loops[0]] = at
                return nest(loops[1:], carried)

            return self._for(self.zero, self.lengths[loops[0]], self.one, values, body)

        loop = self.reduction[-1]
        return nest(self.reduction, [literal(none, "int64", w) for _ in extrema])

    def _linear_position(self) -> Element:
        """The position in the reduced dimensions, counted in row-major order."""
        w = self.w
        position = self.at[self.reduction[0]]
        for loop in self.reduction[1:]:
            scaled = w.let(f"arith.muli {position}, {self.lengths[loop]} : index")
            position = w.let(f"arith.addi {scaled}, {self.at[loop]} : index")
        return Element(w.let(f"arith.index_cast {position} : index to i64"), "int64", w)

    def _accumulator_dtype(self, i: int) -> str:
        name = self.nest.combine[i]
        if name.startswith("arg"):
            return self._yielded_dtype(i)
        dtype = self.nest.outputs[i].dtype
        return "float32" if dtype == "float16" and name in ("sum", "prod") else dtype

    def _yielded_dtype(self, i: int) -> str:
        return nd.dtype_of(self.nest.body.last_op.operands[i])

    def _is_float_sum(self, i: int) -> bool:
        return self.nest.combine[i] == "sum" and self._accumulator_dtype(i).startswith(
            ("float", "complex")
        )

    def _initial(self, compensated: bool) -> list[Element]:
        values = []
        for i in self.reduced:
            name, dtype = self.nest.combine[i], self._accumulator_dtype(i)
            start = identity_of({"argmax": "max", "argmin": "min"}.get(name, name), dtype)
            values.append(literal(start, dtype, self.w))
            if name.startswith("arg") and not self._searches():
                values.append(literal(0, "int64", self.w))
            elif compensated and self._is_float_sum(i):
                values.append(literal(0, dtype, self.w))
        return values

    def _for(
        self,
        start: str,
        stop: str,
        step: str,
        values: list[Element],
        body: Callable[[str, list[Element]], list[Element]],
    ) -> list[Element]:
        """A loop that carries `values`."""
        w, at, name = self.w, self.w.name(), self.w.name()
        carried = [Element(w.name(), v.dtype, w) for v in values]
        starts = ", ".join(f"{c.name} = {v.name}" for c, v in zip(carried, values, strict=True))
        types = ", ".join(v.type for v in values)
        w.line(
            f"{name}:{len(values)} = scf.for {at} = {start} to {stop} step {step} "
            f"iter_args({starts}) -> ({types}) {{"
        )
        indent, w.indent = w.indent, w.indent + "  "
        after = body(at, carried)
        w.line(f"scf.yield {', '.join(v.name for v in after)} : {types}")
        w.indent = indent
        w.line("}")
        return [Element(f"{name}#{j}", v.dtype, w) for j, v in enumerate(values)]

    def _loops(self, loops: list[int], values: list[Element]) -> list[Element]:
        loop, *inner = loops
        if inner:

            def body(at: str, carried: list[Element]) -> list[Element]:
                self.at[loop] = at
                return self._loops(inner, carried)

            return self._for(self.zero, self.lengths[loop], self.one, values, body)
        if any(self._is_float_sum(i) for i in self.reduced):
            return self._blocks(loop, values)
        return self._for(self.zero, self.lengths[loop], self.one, values, self._step(loop))

    def _blocks(self, loop: int, values: list[Element]) -> list[Element]:
        w = self.w
        size = w.name()

        def block(at: str, carried: list[Element]) -> list[Element]:
            end = w.let(f"arith.addi {at}, {size} : index")
            stop = w.let(f"arith.minsi {end}, {self.lengths[loop]} : index")
            partial = self._for(at, stop, self.one, self._partial(carried), self._step(loop))
            return self._taken_in(carried, partial)

        totals = self._for(self.zero, self.lengths[loop], size, values, block)
        complex_sums = any(self._accumulator_dtype(i).startswith("complex") for i in self.reduced)
        in_vectors = w.vectorises and not complex_sums
        w.define(size, str(BLOCK if in_vectors else SCALAR_BLOCK), "index")
        return totals

    def _partial(self, carried: list[Element]) -> list[Element]:
        """What a block starts from: sums of floats anew, all else from what was carried."""
        values, rest = [], iter(carried)
        for i in self.reduced:
            value = next(rest)
            if self.nest.combine[i].startswith("arg"):
                values += [value, next(rest)]
            elif self._is_float_sum(i):
                next(rest)
                values.append(literal(0, value.dtype, self.w))
            else:
                values.append(value)
        return values

    def _taken_in(self, carried: list[Element], partial: list[Element]) -> list[Element]:
        values, old, new = [], iter(carried), iter(partial)
        for i in self.reduced:
            total, part = next(old), next(new)
            if self.nest.combine[i].startswith("arg"):
                next(old)
                values += [part, next(new)]
            elif self._is_float_sum(i):
                values += two_sum(total, next(old), part)
            else:
                values.append(part)
        return values

    def _step(self, loop: int) -> Callable[[str, list[Element]], list[Element]]:
        def step(at: str, carried: list[Element]) -> list[Element]:
            self.at[loop] = at
            yielded = self.k._body(self.k._load(self.at), self.at.__getitem__)
            values, rest = [], iter(carried)
            for i, y in enumerate(yielded):
                name = self.nest.combine[i]
                if not name:
                    self.k._store(i, y, self.at)
                elif name.startswith("arg") and self._searches():
                    combine = combiner("max" if name == "argmax" else "min")
                    values.append(apply(combine, [next(rest), y], self.w))
                elif name.startswith("arg"):
                    values += self._better(name, next(rest), next(rest), y)
                else:
                    old = next(rest)
                    y = cast(y, old.dtype, self.w)
                    flags = REDUCTION_FLAGS if old.kind == "f" and name in ("sum", "prod") else ""
                    values.append(apply(combiner(name), [old, y], self.w, flags))
            return values

        return step

    def _better(self, name: str, best: Element, where: Element, y: Element) -> list[Element]:
        """The first NaN, else the first that is strictly better."""
        compare = ops.gt if name == "argmax" else ops.lt
        better = compare(y, best)
        if y.kind in "fc":
            better = ops.or_(better, ops.and_(ops.isnan(y), ops.invert(ops.isnan(best))))
        return [ops.switch(better, y, best), ops.switch(better, self._linear_position(), where)]

    def _finals(self, totals: list[Element]) -> list[Element]:
        finals, rest = [], iter(totals)
        for i in self.reduced:
            total = next(rest)
            if self.nest.combine[i].startswith("arg"):
                total = next(rest)
            elif self._is_float_sum(i):
                error = next(rest)
                corrected = total + error
                # inf - inf in the correction must not turn an infinite sum into NaN
                total = ops.switch(ops.isfinite(total), corrected, total)
            finals.append(cast(total, self.nest.outputs[i].dtype, self.w))
        return finals


__all__ = [
    "Argument", "KernelWriter", "Nest", "RowReduction", "combiner", "identity_of", "two_sum",
    "write_kernel",
]  # fmt: skip
