"""Draws in compiled code: a routine from the state of a generator to the next one and numbers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

import lamina.ir.operators as nd
import lamina.ir.ops.order_samplers  # noqa: F401  adds to SAMPLERS
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.generator_state import generator_of, words_of
from lamina.ir.graph.random_type import WORDS, RandomGeneratorType
from lamina.ir.ops.constant import constant_value
from lamina.ir.ops.inlined_draws import CAN_INLINE, INLINED, NUMBER, InlineSource
from lamina.ir.ops.routine import Routine
from lamina.ir.ops.sampler import Source, parameters_at, place_of
from lamina.ir.ops.samplers import SAMPLERS

# Words of NumPy's bitgen_t: the address of a state, and of four functions.
_BITGEN_WORDS = 5


class Draw(Routine):
    """The state of a generator after draws, and what was drawn.

    Operands are the state, the lengths of the batch, and the parameters without the dimensions that
    they are broadcast along.

    Parameters
    ----------
    distribution : str
        A key of ``samplers.SAMPLERS``.
    gufunc_signature : str
        As ``"(s),d0,d1,(d1),()->(s),(d0,d1)"`` for a batch of two dimensions.
    dtype : str
        Of what is drawn.
    """

    __module__ = "lamina.tensor.random.op"
    __props__ = ("distribution", "gufunc_signature", "dtype")
    nd_name = "draw"
    overwrites = 0

    def __init__(self, distribution: str, gufunc_signature: str, dtype: str):
        self.distribution, self.dtype = distribution, dtype
        self.gufunc_signature = gufunc_signature

    @property
    def failures(self) -> Any:  # type: ignore[override]
        entries = [
            {"kind": "required", "message": check.worded(self.batch_ndim), "error": check.error}
            for check in SAMPLERS[self.distribution].checks
        ]
        if self.distribution == "multinomial":
            entries.append({"kind": "required", "message": "sum(pvals[:-1]) > 1.0"})
        return tuple(entries)

    @cached_property
    def batch_ndim(self) -> int:
        return sum(_is_batch(name) for name in self.signature.sizes)

    @cached_property
    def dims(self) -> list[list[int]]:
        """For each parameter the axes of the batch that it has."""
        return [
            [int(c[1:]) for c in self.signature.core(i) if _is_batch(c)]
            for i in range(1 + self.batch_ndim, len(self.signature.operands))
        ]

    def make_node(self, rng: Any, *operands: Any) -> Apply:
        variables = [rng, *operands]
        types = [WORDS, *(v.type for v in operands)]
        results = self.infer(types, [None, *map(constant_value, operands)])
        kind = rng.type if isinstance(rng.type, RandomGeneratorType) else results[0]
        return Apply(self, variables, [kind(), results[1]()])

    def result_dtypes(self, dtypes: Any) -> tuple[str, str]:
        return "uint64", self.dtype

    def numpy(self, *arrays: Any) -> Any:
        from lamina.ir.ops.distributions import rng_fn_of

        words, *operands = arrays
        batch, parameters = operands[: self.batch_ndim], operands[self.batch_ndim :]
        padded = []
        for x, own in zip(parameters, self.dims, strict=True):
            lengths = [x.shape[own.index(d)] if d in own else 1 for d in range(self.batch_ndim)]
            padded.append(np.reshape(x, (*lengths, *np.shape(x)[len(own) :])))
        rng = generator_of(words)
        y = rng_fn_of(self.distribution)(rng, *padded, tuple(map(int, batch)))
        return words_of(rng), np.asarray(y, self.dtype)

    def __str__(self) -> str:
        return f"Draw{{{self.distribution}}}"

    def native(self, b: Any, operands: Any, results: Any) -> None:
        sampler = SAMPLERS[self.distribution]
        state, y = results
        lengths = operands[1 : 1 + self.batch_ndim]
        parameters = operands[1 + self.batch_ndim :]
        self._check(b, lengths, parameters)
        source = Source(b, b.stack("i64", _BITGEN_WORDS))
        if sampler.binomial:
            source.clear_binomial_state()
        # memory of its own for a row, where C code draws numbers of another dtype than wanted
        core = y.lengths[self.batch_ndim :]
        row = b.scratch(sampler.result, *core) if core and sampler.result != self.dtype else None
        kept = b.scratch("float64", *lengths) if sampler.first else None
        memory = [sampler.memory(b, *parameters)] if sampler.memory else []

        def draw_from(source: Source) -> None:
            if sampler.fill and self.dtype == sampler.result and lengths and not any(self.dims):
                count = lengths[0]
                for n in lengths[1:]:
                    count = count * n
                sampler.fill(source, *parameters_at(parameters, self.dims, []), count, y)
                return
            if sampler.first:
                with b.nest(lengths) as at:
                    given = parameters_at(parameters, self.dims, at)
                    place_of(kept, at).value = sampler.first(source, *given)
            with b.nest(lengths) as at:
                given = parameters_at(parameters, self.dims, at)
                if kept is not None:
                    given = [place_of(kept, at).value, *given]
                place = place_of(y, at)
                if not core:
                    place.value = sampler.draw(source, *given)
                elif row is None:
                    sampler.draw(source, *given, *memory, place)
                else:
                    sampler.draw(source, *given, *memory, row)
                    with b.loop(core[0]) as i:
                        place[i] = row[i]

        if sampler.scale is not None:
            drawing = self._put_locations(b, sampler.scale, lengths, parameters, y)
        else:
            drawing = nd.eq(b.status.value, 0)
        with b.when(drawing):
            if CAN_INLINE and self.distribution in INLINED:
                with b.when(nd.eq(b.cast(state[0], "int64"), NUMBER)):
                    inline = InlineSource(b, source.bits, state)
                    draw_from(inline)
                    inline.end()
                with b.otherwise(), source.opened(state):
                    draw_from(source)
            else:
                with source.opened(state):
                    draw_from(source)

    def _put_locations(self, b: Any, scale: int, lengths: Any, parameters: Any, y: Any) -> Any:
        """Let the results be the locations; whether that is not all, and no check has failed."""
        some = b.cell(0)
        with b.nest(lengths) as at:
            given = parameters_at(parameters, self.dims, at)
            place_of(y, at).value = given[scale - 1]
            with b.when(nd.neq(given[scale], 0.0)):
                some.value = 1
        return nd.and_(nd.eq(some.value, 1), nd.eq(b.status.value, 0))

    def _check(self, b: Any, lengths: Any, parameters: Any) -> None:
        checks = SAMPLERS[self.distribution].checks
        for number, check in enumerate(checks):
            if len(check.parameters) == 1:
                (i,) = check.parameters
                x = parameters[i]
                if not hasattr(x, "lengths"):
                    with b.when(check.wrong(x)):
                        b.fail(number)
                    continue
                with b.nest(x.lengths) as at, b.when(check.wrong(x[tuple(at)] if at else x.value)):
                    b.fail(number)
                continue
            with b.nest(lengths) as at:
                given = parameters_at(parameters, self.dims, at)
                with b.when(check.wrong(*(given[i] for i in check.parameters))):
                    b.fail(number)
        if self.distribution == "multinomial":
            self._check_sum(b, lengths, parameters, len(checks))

    def _check_sum(self, b: Any, lengths: Any, parameters: Any, number: int) -> None:
        total = b.cell(0.0, "float64")
        with b.nest(lengths) as at:
            _, p = parameters_at(parameters, self.dims, at)
            total.value = 0.0
            with b.loop(p.lengths[0] - 1) as i:
                total.value = total.value + p[i]
            with b.when(nd.gt(total.value, 1.0 + 1e-12)):
                b.fail(number)


def _is_batch(dimension: str) -> bool:
    return dimension[0] == "d" and dimension[1:].isdigit()
