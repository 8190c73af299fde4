"""Random variables: ops that draw numbers, and give the generator in its next state with them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.generator_state import is_counter_based
from lamina.ir.graph.gradient_types import DisconnectedType, NullType
from lamina.ir.graph.none_type import NoneConst
from lamina.ir.graph.op import Op
from lamina.ir.graph.random_type import AbstractRandomGeneratorType, shared_generator
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant
from lamina.ir.ops.counter_based_draws import FORMULAS, has_counter, lowered, numbers, refusal
from lamina.ir.ops.dimshuffle import dimshuffle, shape_padleft
from lamina.ir.ops.draw import Draw
from lamina.ir.ops.random_size import entry, known_entry, normalize_size_param
from lamina.ir.ops.routine import parse_signature
from lamina.ir.ops.samplers import SAMPLERS
from lamina.ir.ops.shape import length_of
from lamina.ir.shapes import broadcast_static

REQUIRED = object()


class RandomVariable(Op):
    """Draws from a distribution: ``next_rng, draw = op.make_node(rng, size, *parameters).outputs``.

    A subclass states what is listed here, and ``rng_fn``. Its parameters are batched by
    broadcasting: what its signature does not name are dimensions along which draws are independent.

    Attributes
    ----------
    name : str
        What graphs call it.
    signature : str
        Its dimensions, as of a generalised ufunc, such as ``"(n),(n,n)->(n)"``. Unless given, it
        follows from `ndim_supp`, the rank of one draw, and `ndims_params`, the rank of each
        parameter.
    dtype : str
        Of the draws; "floatX" is ``config.floatX`` at the call.
    inplace : bool
        Whether ``perform`` advances the generator that it is given.
    parameters : dict
        The parameters by name, with their defaults, or REQUIRED.
    sampler : str or None
        What draws in compiled code, a key of ``samplers.SAMPLERS``; else Python does.
    inversion : str or None
        What draws from counter-based generators, a key of ``INVERSIONS``; unless given, `sampler`.

    Examples
    --------
    >>> class Dice(RandomVariable):
    ...     name = "dice"
    ...     signature = "()->()"
    ...     dtype = "int64"
    ...
    ...     @classmethod
    ...     def rng_fn(cls, rng, sides, size):
    ...         return rng.integers(1, sides + 1, size=size)
    >>> x = Dice()(6, size=(3,))
    """

    __module__ = "lamina.tensor.random.op"
    __props__ = ("name", "signature", "dtype", "inplace")
    default_output = 1

    name: str
    signature: str
    dtype: str
    inplace: bool = False
    ndim_supp: int
    ndims_params: Sequence[int]
    parameters: ClassVar[dict[str, Any]] = {}
    sampler: ClassVar[str | None] = None
    inversion: ClassVar[str | None] = None
    _print_name: tuple[str, str] | None = None

    def __init__(
        self,
        name: str | None = None,
        ndim_supp: int | None = None,
        ndims_params: Sequence[int] | None = None,
        dtype: str | None = None,
        inplace: bool | None = None,
        signature: str | None = None,
    ):
        own = type(self)
        self.name = name or getattr(own, "name", "") or own.__name__.lower()
        signature = signature or (
            None if ndim_supp is not None or ndims_params is not None
            else getattr(own, "signature", None)
        )  # fmt: skip
        if signature is None:
            signature = _signature(
                getattr(own, "ndim_supp", None) if ndim_supp is None else ndim_supp,
                getattr(own, "ndims_params", None) if ndims_params is None else ndims_params,
                self.name,
            )
        self.signature = signature
        parsed = parse_signature(signature)
        self._cores = [() if isinstance(c, str) else c for c in parsed.operands]
        self._support = parsed.results[0]
        self.ndims_params = tuple(map(len, self._cores))
        self.ndim_supp = len(self._support)
        dtype = dtype or getattr(own, "dtype", None)
        if not isinstance(dtype, str):
            raise TypeError(f"{own.__name__} must state its dtype, such as 'floatX'")
        self.dtype = dtype
        self.inplace = bool(getattr(own, "inplace", False) if inplace is None else inplace)
        if self.inplace:
            self.destroy_map = {0: [0]}

    # -- what a subclass states --------------------------------------------------------------------

    def rng_fn(self, rng: np.random.Generator, *args: Any) -> Any:
        """Draws by NumPy: ``rng_fn(rng, *parameters, size)``, where `size` is a tuple or None."""
        *parameters, size = args
        return getattr(rng, self.name)(*parameters, size=size)

    def _supp_shape_from_params(
        self, dist_params: Sequence[Any], param_shapes: Sequence[Any] | None = None
    ) -> Sequence[Any]:
        """The lengths of one draw, where the signature does not tell them."""
        raise NotImplementedError(
            f"{self}: the lengths of a draw, {self._support}, are not among those of the "
            "parameters; define _supp_shape_from_params"
        )

    # -- application -------------------------------------------------------------------------------

    def __call__(  # type: ignore[override]
        self,
        *args: Any,
        size: Any = None,
        name: str | None = None,
        rng: Any = None,
        dtype: str | None = None,
        return_next_rng: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Draw.

        Parameters
        ----------
        *args, **kwargs
            The parameters of the distribution.
        size : None, int, tuple or vector
            The lengths of the batch; by default those of the parameters, broadcast.
        name : str, optional
            Of the draw.
        rng : Variable, optional
            The generator; by default a new shared one, which functions advance at each call.
        dtype : str, optional
            Of the draw.
        return_next_rng : bool
            Return the generator in its next state, and the draw.
        """
        if self.parameters:
            args, size = self._bound(args, kwargs, size)
        elif kwargs:
            raise TypeError(f"{self.name}: unknown arguments {', '.join(kwargs)}")
        fresh = rng is None
        if fresh:
            rng = shared_generator(np.random.default_rng())
        op = self._of_dtype(dtype)
        draw = Op.__call__(op, rng, size, *args, name=name)
        next_rng = draw.owner.outputs[0]
        if fresh:
            rng.default_update = next_rng
        return (next_rng, draw) if return_next_rng else draw

    def _bound(self, args: Sequence[Any], kwargs: dict[str, Any], size: Any) -> tuple[Any, Any]:
        names = [*self.parameters, "size"]
        if len(args) > len(names):
            raise TypeError(
                f"{self.name} takes the parameters {', '.join(names)}, got {len(args)} values"
            )
        given = dict(zip(names, args, strict=False))
        for key, value in kwargs.items():
            if key not in self.parameters:
                raise TypeError(
                    f"{self.name} has no parameter {key!r}; it has {', '.join(self.parameters)}"
                )
            if key in given:
                raise TypeError(f"{self.name} got two values for the parameter {key!r}")
            given[key] = value
        missing = [n for n, v in self.parameters.items() if v is REQUIRED and n not in given]
        if missing:
            raise TypeError(f"{self.name} misses the parameters {', '.join(missing)}")
        if "size" in given:
            if size is not None:
                raise TypeError(f"{self.name} got two values for size")
            size = given.pop("size")
        return [given.get(n, default) for n, default in self.parameters.items()], size

    def _of_dtype(self, dtype: str | None) -> RandomVariable:
        dtype = dtype or self.dtype
        dtype = config.floatX if dtype == "floatX" else np.dtype(dtype).name
        if dtype == self.dtype:
            return self
        other = copy.copy(self)
        other.dtype = dtype
        return other

    def make_node(self, rng: Any, size: Any, *dist_params: Any) -> Apply:  # type: ignore[override]
        """The application to a generator, a size and parameters."""
        if rng is None:
            rng = shared_generator(np.random.default_rng())
        if not isinstance(rng, Variable) or not isinstance(rng.type, AbstractRandomGeneratorType):
            raise TypeError(
                "The type of rng should be an instance of RandomGeneratorType, got "
                f"{rng!r}. lamina.shared(numpy.random.default_rng(seed)) makes one."
            )
        if len(dist_params) != len(self._cores):
            raise ValueError(f"{self} takes {len(self._cores)} parameters, got {len(dist_params)}")
        formula = self.inversion or self.sampler
        if has_counter(rng) and formula is not None and formula not in FORMULAS:
            raise refusal(self.name)
        op = self._of_dtype(None)
        vector = normalize_size_param(size)
        params = [as_tensor_variable(p) for p in dist_params]
        for i, (p, own) in enumerate(zip(params, self.ndims_params, strict=True)):
            if p.type.ndim < own:
                raise ValueError(
                    f"{self}: parameter {i}, {p}, has {p.type.ndim} dimensions, fewer than {own}"
                )
        ranks = [p.type.ndim - own for p, own in zip(params, self.ndims_params, strict=True)]
        ndim = max(ranks, default=0) if vector is None else vector.type.shape[0]
        for i, rank in enumerate(ranks):
            if rank > ndim:
                raise ValueError(
                    f"Size length is incompatible with batched dimensions of parameter {i} "
                    f"{params[i]}:\nlen(size) = {ndim}, len(batched dims {params[i]}) = {rank}. "
                    "Size must be None or have length >= number of batched dimensions."
                )
        params = [
            shape_padleft(p, ndim - rank) if rank < ndim else p
            for p, rank in zip(params, ranks, strict=True)
        ]
        shape = self._static_shape(vector, params, ndim)
        outputs = [rng.type(), TensorType(op.dtype, shape)()]
        return Apply(op, [rng, NoneConst if vector is None else vector, *params], outputs)

    def _static_shape(self, size: Any, params: Sequence[Any], ndim: int) -> tuple[Any, ...]:
        batches = [p.type.shape[:ndim] for p in params]
        if size is not None:
            for d in range(ndim):
                n = known_entry(size, d)
                if n is not None and n < 0:
                    raise ValueError(f"{self}: size has the negative length {n}")
                for i, batch in enumerate(batches):
                    if n is not None and batch[d] not in (1, None, n):
                        raise ValueError(
                            f"{self}: parameter {i}, {params[i]} of type {params[i].type}, does "
                            f"not broadcast to the length {n} that size has for axis {d}"
                        )
            batch: tuple[Any, ...] = tuple(
                known if (known := known_entry(size, d)) is not None else next(
                    (b[d] for b in batches if b[d] not in (1, None)), None
                )
                for d in range(ndim)
            )  # fmt: skip
        else:
            batch = broadcast_static(batches) if batches else ()
        lengths: dict[str, int | None] = {}
        for p, core in zip(params, self._cores, strict=True):
            for name, n in zip(core, p.type.shape[ndim:], strict=True):
                known = lengths.get(name)
                if known is not None and n is not None and known != n:
                    raise ValueError(
                        f"{self}: dimension {name} has lengths {known} and {n} in {self.signature}"
                    )
                lengths[name] = n if known is None else known
        return (*batch, *(int(c) if c.isdigit() else lengths.get(c) for c in self._support))

    # -- parts of an application -------------------------------------------------------------------

    def rng_param(self, node: Apply) -> Variable:
        """The generator that `node` draws from."""
        return node.inputs[0]

    def size_param(self, node: Apply) -> Variable:
        """The size of `node`, which may be ``NoneConst``."""
        return node.inputs[1]

    def dist_params(self, node: Apply) -> list[Variable]:
        """The parameters of the distribution."""
        return node.inputs[2:]

    def batch_ndim(self, node: Apply) -> int:
        """How many dimensions of the draw are independent draws."""
        return node.outputs[1].type.ndim - self.ndim_supp  # type: ignore[attr-defined]

    def update(self, node: Apply) -> dict[Variable, Variable]:
        """The generator, and what it is after the draw."""
        return {node.inputs[0]: node.outputs[0]}

    # -- meaning -----------------------------------------------------------------------------------

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        rng, size, *params = inputs
        if not self.inplace:
            rng = custom_rng_deepcopy(rng)
        self._check_lengths(node, size, params)
        lengths = None if size is None else tuple(map(int, size))
        output: Any = node.outputs[1].type
        formula = self.inversion or self.sampler
        if is_counter_based(rng) and formula in FORMULAS - {"categorical"}:
            drawn = numbers(rng, formula, params, lengths, output.dtype)
        else:
            drawn = self.rng_fn(rng, *params, lengths)
        draw = np.asarray(drawn, dtype=output.dtype)
        if draw.ndim != output.ndim:
            raise ValueError(
                f"{self}: rng_fn gave an array of {draw.ndim} dimensions; expected {output.ndim}"
            )
        output_storage[0][0], output_storage[1][0] = rng, draw

    def _check_lengths(self, node: Apply, size: Any, params: Sequence[Any]) -> None:
        """Only a dimension that is statically 1 broadcasts."""
        ndim = self.batch_ndim(node)
        for d in range(ndim):
            found = {} if size is None else {int(size[d]): "size"}
            for v, x in zip(self.dist_params(node), params, strict=True):
                if v.type.shape[d] != 1:  # type: ignore[attr-defined]
                    found.setdefault(np.shape(x)[d], str(v))
            if len(found) > 1:
                (a, b), *_ = [tuple(found)[:2]]
                raise ValueError(
                    f"{self}: {found[a]} and {found[b]} have lengths {a} and {b} on axis {d}. "
                    "Only a dimension that is statically 1 broadcasts."
                )

    def lowering(self, rng: Variable, size: Variable, *params: Any) -> list[Any] | None:
        """The generator and the draw as ops that are machine code; None if there is none."""
        counter_based = has_counter(rng)
        key = self.inversion or self.sampler if counter_based else self.sampler
        if key is None or getattr(rng.type, "machine", None) is None:
            return None
        lengths = self._batch_lengths(size, params)
        if counter_based:
            return lowered(key, rng, lengths, params, self._of_dtype(None).dtype)
        ndim = len(lengths)
        cores, squeezed = [], []
        for p, core, dtype in zip(params, self._cores, SAMPLERS[key].dtypes, strict=True):
            kept = [d for d in range(ndim) if p.type.shape[d] != 1]
            order = [*kept, *range(ndim, p.type.ndim)]
            squeezed.append(cast(p if len(order) == p.type.ndim else dimshuffle(p, order), dtype))
            cores.append(f"({','.join([*(f'd{d}' for d in kept), *core])})")
        batch = [f"d{d}" for d in range(ndim)]
        drawn = f"({','.join([*batch, *self._support])})"
        signature = f"{','.join(['(s)', *batch, *cores])}->(s),{drawn}"
        return Draw(key, signature, self._of_dtype(None).dtype)(rng, *lengths, *squeezed)

    def _batch_lengths(self, size: Variable, params: Sequence[Any]) -> list[Any]:
        """The lengths of the dimensions along which draws are independent."""
        ndim = params[0].type.ndim - self.ndims_params[0]
        if not (isinstance(size, Constant) and size.data is None):
            return [entry(size, d) for d in range(ndim)]
        wide = [next((p for p in params if p.type.shape[d] != 1), None) for d in range(ndim)]
        return [constant(np.int64(1)) if p is None else length_of(p, d) for d, p in enumerate(wide)]

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False

    # -- gradient ----------------------------------------------------------------------------------

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, False], [False, False], *([[False, True]] * len(self._cores))]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        """Undefined in the parameters."""
        return [
            DisconnectedType()() if i < 2 else NullType(
                f"grad_undefined: No gradient defined through raw random numbers op {self}, for "
                f"its parameter {i - 2}, {x}"
            )()
            for i, x in enumerate(inputs)
        ]  # fmt: skip

    def R_op(self, inputs: Any, eval_points: Any) -> list[Any]:
        return [None, None]

    def __str__(self) -> str:
        inplace = ", inplace" if self.inplace else ""
        return f'{self.name}_rv{{"{self.signature}"{inplace}}}'


def _signature(ndim_supp: int | None, ndims_params: Sequence[int] | None, name: str) -> str:
    """A signature in which no two dimensions are said to agree."""
    if ndim_supp is None or ndims_params is None:
        raise ValueError(f"{name} must state its signature, or its ndim_supp and ndims_params")
    params = ",".join(
        f"({','.join(f'i{i}{d}' for d in range(n))})" for i, n in enumerate(ndims_params)
    )
    return f"{params}->({','.join(f's{d}' for d in range(ndim_supp))})"


def custom_rng_deepcopy(rng: np.random.Generator) -> np.random.Generator:
    """Another generator in the same state."""
    return copy.deepcopy(rng)
