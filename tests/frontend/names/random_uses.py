"""A small use of each promised name of random variables, by its path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt

Use = Callable[[Any], None]

PARAMETERS: dict[str, tuple[Any, ...]] = {
    "bernoulli": (0.3,), "beta": (2.0, 0.5), "betabinom": (10, 2.0, 3.0), "binomial": (50, 0.4),
    "categorical": ([0.2, 0.8],), "cauchy": (), "chisquare": (3.0,), "choice": (10, (5,)),
    "dirichlet": ([1.0, 2.0],), "exponential": (), "gamma": (2.0, 1.0), "gengamma": (),
    "geometric": (0.1,), "gumbel": (0.0,), "halfcauchy": (), "halfnormal": (),
    "hypergeometric": (20, 30, 11), "integers": (12,), "invgamma": (2.0, 3.0), "laplace": (),
    "logistic": (), "lognormal": (), "multinomial": (20, [0.2, 0.8]), "multivariate_normal": (),
    "nbinom": (5, 0.3), "normal": (), "pareto": (3.0,), "permutation": (10,), "poisson": (7.5,),
    "standard_normal": (), "t": (5.0,), "triangular": (0.0, 0.3, 1.0), "truncexpon": (2.0,),
    "uniform": (), "vonmises": (0.5, 2.0), "wald": (), "weibull": (1.5,),
}  # fmt: skip


def draws(parameters: tuple[Any, ...]) -> Use:
    """The same numbers of the same generator, and others of the next one."""

    def use(distribution: Any) -> None:
        rng = lamina.shared(np.random.default_rng(1))
        next_rng, x = distribution(*parameters, rng=rng, return_next_rng=True)
        assert np.array_equal(x.eval(mode="NUMPY"), x.eval(mode="NUMPY"))
        _, y = distribution(*parameters, rng=next_rng, return_next_rng=True)
        assert x.type == y.type and x.owner.op == y.owner.op

    return use


def streams(kind: Any) -> None:
    x = kind(seed=1).normal(size=2)
    assert not np.array_equal(x.eval(mode="NUMPY"), x.eval(mode="NUMPY"))


def _own(base: Any) -> None:
    class Ones(base):
        name, signature, dtype = "ones", "()->()", "int64"

        def rng_fn(self, rng: Any, x: Any, size: Any) -> Any:
            return np.ones(size, int)

    assert Ones()(3.0, size=(2,)).eval(mode="NUMPY").tolist() == [1, 1]


def _has_core_shape(kind: Any) -> None:
    x = pt.random.shared_rng(3).uniform()[1]
    node = kind.with_core_shape([], x.owner)
    assert node.op.core_op == x.owner.op and node.outputs[1].eval() == x.eval()


def _default_rng(op: Any) -> None:
    x = op(3).normal(size=2)[1]
    assert np.array_equal(x.eval(mode="NUMPY"), np.random.default_rng(3).normal(size=2))


def _rng(make: Any) -> None:
    rng = make("rng")
    f = lamina.function([rng], rng.uniform()[1], mode="NUMPY")
    assert f(np.random.default_rng(3)) == np.random.default_rng(3).uniform()


def _shared_rng(make: Any) -> None:
    assert make(seed=3).uniform()[1].eval(mode="NUMPY") == np.random.default_rng(3).uniform()


def _copies(copy: Any) -> None:
    rng = np.random.default_rng(3)
    assert copy(rng).normal() == copy(rng).normal() == rng.normal()


def _broadcasts(broadcast_params: Any) -> None:
    a, b = broadcast_params([[[1.0], [2.0]], [[1.0, 2.0, 3.0]]], [0, 1])
    assert (a.type.ndim, b.type.ndim) == (2, 3)
    assert broadcast_params([[1.0, 2.0], 3.0], [0, 0])[1].eval(mode="NUMPY").tolist() == [3.0, 3.0]


def _normalizes(normalize_size_param: Any) -> None:
    assert normalize_size_param(None) is None
    assert normalize_size_param((2, 3)).data.tolist() == [2, 3]


def _takes_lengths(supp_shape: Any) -> None:
    assert supp_shape(1, [pt.matrix()], param_shapes=[(2, 3)]) == (3,)


def _is(condition: Callable[[Any], bool]) -> Use:
    def use(thing: Any) -> None:
        assert condition(thing)

    return use


_generator = np.random.default_rng
_here = "lamina.tensor.random"
USES: dict[str, Use] = {
    **{f"{_here}.basic:{name}": draws(p) for name, p in PARAMETERS.items()},
    **{
        f"{_here}:{name}": draws(PARAMETERS[name])
        for name in ("categorical", "integers", "multinomial", "multivariate_normal", "normal")
    },
    f"{_here}:rng": _rng,
    f"{_here}:RandomStream": streams,
    f"{_here}.utils:RandomStream": streams,
    f"{_here}.utils:broadcast_params": _broadcasts,
    f"{_here}.utils:custom_rng_deepcopy": _copies,
    f"{_here}.utils:normalize_size_param": _normalizes,
    f"{_here}.utils:supp_shape_from_ref_param_shape": _takes_lengths,
    f"{_here}.op:RandomVariable": _own,
    f"{_here}.op:RandomVariableWithCoreShape": _has_core_shape,
    f"{_here}.op:default_rng": _default_rng,
    f"{_here}.type:AbstractRandomGeneratorType": _is(
        lambda t: isinstance(pt.random.shared_rng(1).type, t)
    ),
    f"{_here}.type:RandomGeneratorType": _is(lambda t: t() == pt.random.shared_rng(1).type),
    f"{_here}.type:random_generator_type": _is(lambda t: t.is_valid_value(_generator(1))),
    f"{_here}.variable:RandomGeneratorSharedVariable": _is(
        lambda t: isinstance(lamina.shared(_generator(1)), t)
    ),
    f"{_here}.variable:RandomGeneratorVariable": _is(lambda t: isinstance(pt.random.rng(), t)),
    f"{_here}.variable:shared_rng": _shared_rng,
}
