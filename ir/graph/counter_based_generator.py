"""Random generators whose numbers are functions of a key, a counter and their place in a draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.orders_by_words import OrdersByWords, lengths_of

_WORDS_OF_A_BLOCK = 4


class CounterBasedGenerator(OrdersByWords):
    """A ``numpy.random.Generator`` in which each number is made of words of its own.

    Word `i` of a draw is word ``i % 4`` of the Philox block whose counter is ``i // 4`` above the
    one that the draw begins with, so that numbers can be made in any order, by threads, vectors or
    a device. The numbers of a draw of any size are the first ones of a larger draw. They are not
    those of NumPy's Generator of the same seed: most are the inverse of the distribution function
    at one word, as docs/random.md lists.

    Parameters
    ----------
    bit_generator : numpy.random.Philox
        Where words come from; what it has left of a block is not used.

    Raises
    ------
    TypeError
        It is of another class.

    Examples
    --------
    >>> rng = CounterBasedGenerator(np.random.Philox(1))
    >>> few = rng.normal(size=3)
    >>> many = CounterBasedGenerator(np.random.Philox(1)).normal(size=1000)
    >>> bool((few == many[:3]).all())
    True
    """

    __module__ = "lamina.tensor.random"

    def __init__(self, bit_generator: Any):
        if type(bit_generator) is not np.random.Philox:
            raise TypeError(
                "A counter-based generator draws from numpy.random.Philox, got "
                f"{type(bit_generator).__name__}. counter_based_rng(seed) makes one."
            )
        super().__init__(bit_generator)

    def __reduce__(self) -> Any:
        return CounterBasedGenerator, (self.bit_generator,)

    # -- state -------------------------------------------------------------------------------------

    @property
    def counter(self) -> np.ndarray:
        """That of the last block: four uint64, the lowest first."""
        return np.array(self.bit_generator.state["state"]["counter"])  # type: ignore[call-overload,index]

    @property
    def key(self) -> np.ndarray:
        """Two uint64."""
        return np.array(self.bit_generator.state["state"]["key"])  # type: ignore[call-overload,index]

    def random_words(self, count: int) -> np.ndarray:
        """`count` uint64, from the beginning of a block on."""
        state: Any = self.bit_generator.state
        if state["buffer_pos"] != _WORDS_OF_A_BLOCK or state["has_uint32"]:
            state.update(buffer_pos=_WORDS_OF_A_BLOCK, has_uint32=0, uinteger=0)
            self.bit_generator.state = state
        whole = -(-count // _WORDS_OF_A_BLOCK) * _WORDS_OF_A_BLOCK
        return self.bit_generator.random_raw(whole)[:count]  # type: ignore[call-overload]

    def _draw(
        self, name: str, parameters: Sequence[Any], size: Any, dtype: Any = None, out: Any = None
    ) -> Any:
        from lamina.ir.ops.counter_based_draws import numbers

        if out is not None:
            if size is not None and out.shape != lengths_of(size):
                raise ValueError("size must match out.shape when used together")
            size = out.shape
        if dtype is not None and np.dtype(dtype) not in (np.float32, np.float64):
            raise TypeError(f"Unsupported dtype {np.dtype(dtype)!r} for {name}")
        lengths = None if size is None else lengths_of(size)
        drawn = numbers(self, name, parameters, lengths, np.dtype(dtype or "float64").name)
        if out is not None:
            out[...] = drawn
            return out
        return drawn if size is not None or drawn.ndim else drawn.item()

    # -- floats ------------------------------------------------------------------------------------

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        """Multiples of 2**-53 (float32: 2**-24) in [0, 1)."""
        return self._draw("uniform", (0.0, 1.0), size, dtype, out)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """Uniform on [`low`, `high`)."""
        return self._draw("uniform", (low, high), size)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        """Normal, of mean 0 and standard deviation 1."""
        return self._draw("normal", (0.0, 1.0), size, dtype, out)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Normal, of mean `loc` and standard deviation `scale`."""
        return self._draw("normal", (loc, scale), size)

    def standard_exponential(
        self, size: Any = None, dtype: Any = np.float64, method: str = "inv", out: Any = None
    ) -> Any:
        """Exponential, of mean 1; there is no other method than "inv"."""
        return self._draw("exponential", (1.0,), size, dtype, out)

    def exponential(self, scale: Any = 1.0, size: Any = None) -> Any:
        """Exponential, of mean `scale`."""
        return self._draw("exponential", (scale,), size)

    def lognormal(self, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
        """exp of normal numbers."""
        return self._draw("lognormal", (mean, sigma), size)

    def laplace(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Laplace's distribution."""
        return self._draw("laplace", (loc, scale), size)

    def logistic(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """The logistic distribution."""
        return self._draw("logistic", (loc, scale), size)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """The Gumbel distribution, skewed to the right."""
        return self._draw("gumbel", (loc, scale), size)

    def standard_cauchy(self, size: Any = None) -> Any:
        """Cauchy's distribution of median 0 and half width 1."""
        return self._draw("cauchy", (0.0, 1.0), size)

    def weibull(self, a: Any, size: Any = None) -> Any:
        """The Weibull distribution of exponent `a`."""
        return self._draw("weibull", (a,), size)

    def pareto(self, a: Any, size: Any = None) -> Any:
        """The Pareto distribution of exponent `a` from 1 on, less 1."""
        return self._draw("lomax", (a,), size)

    def power(self, a: Any, size: Any = None) -> Any:
        """Density proportional to ``x**(a - 1)`` on [0, 1]."""
        return self._draw("power", (a,), size)

    def rayleigh(self, scale: Any = 1.0, size: Any = None) -> Any:
        """The Rayleigh distribution of mode `scale`."""
        return self._draw("rayleigh", (scale,), size)

    def triangular(self, left: Any, mode: Any, right: Any, size: Any = None) -> Any:
        """The triangular distribution on [`left`, `right`] with its peak at `mode`."""
        return self._draw("triangular", (left, mode, right), size)

    def wald(self, mean: Any, scale: Any, size: Any = None) -> Any:
        """The inverse Gaussian distribution."""
        return self._draw("wald", (mean, scale), size)

    def standard_t(self, df: Any, size: Any = None) -> Any:
        """Student's t of `df` degrees of freedom."""
        return self._draw("standard_t", (df,), size)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
        """The gamma distribution of mean ``shape * scale``."""
        return self._draw("gamma", (shape, scale), size)

    def standard_gamma(
        self, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None
    ) -> Any:
        """The gamma distribution of scale 1."""
        return self._draw("gamma", (shape, 1.0), size, dtype, out)

    def chisquare(self, df: Any, size: Any = None) -> Any:
        """The chi-squared distribution of `df` degrees of freedom."""
        if np.any(np.less_equal(df, 0.0)):
            raise ValueError("df <= 0")
        return self._draw("gamma", (np.true_divide(df, 2.0), 2.0), size)

    def beta(self, a: Any, b: Any, size: Any = None) -> Any:
        """The beta distribution of mean ``a / (a + b)``."""
        return self._draw("beta", (a, b), size)

    def dirichlet(self, alpha: Any, size: Any = None) -> Any:
        """Numbers of sum 1 with density proportional to ``prod(x**(alpha - 1))``."""
        return self._draw("dirichlet", (alpha,), size)

    # -- integers ----------------------------------------------------------------------------------

    def geometric(self, p: Any, size: Any = None) -> Any:
        """The number of the first trial that succeeds."""
        return self._draw("geometric", (p,), size)

    def poisson(self, lam: Any = 1.0, size: Any = None) -> Any:
        """The Poisson distribution of mean `lam`."""
        return self._draw("poisson", (lam,), size)

    def binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        """How many of `n` trials succeed."""
        return self._draw("binomial", (n, p), size)

    def negative_binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        """How many trials fail before `n` succeed."""
        return self._draw("nbinom", (n, p), size)

    def multinomial(self, n: Any, pvals: Any, size: Any = None) -> Any:
        """How often each outcome occurs in `n` trials."""
        return self._draw("multinomial", (n, pvals), size)

    def integers(
        self,
        low: Any,
        high: Any = None,
        size: Any = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
    ) -> Any:
        """Integers from `low` up to, and without (with, if `endpoint`), `high`."""
        from lamina.ir.ops.counter_based_draws import whole_numbers

        low, high = (0, low) if high is None else (low, high)
        lengths = None if size is None else lengths_of(size)
        drawn = whole_numbers(self, low, high, lengths, np.dtype(dtype), endpoint)
        return drawn if size is not None or drawn.ndim else drawn[()]

    def bytes(self, length: int) -> bytes:
        """`length` bytes of words, the lowest first."""
        return self.random_words(-(-length // 8)).astype("<u8").tobytes()[:length]


def _refused(name: str) -> Any:
    def draw(self: CounterBasedGenerator, *args: Any, **kwargs: Any) -> Any:
        from lamina.ir.ops.counter_based_draws import refusal

        raise refusal(name)

    draw.__name__ = name
    draw.__doc__ = "Refused: each number would take as many words as it turns out."
    return draw


for _name in (
    "f", "hypergeometric", "logseries", "multivariate_hypergeometric", "noncentral_chisquare",
    "noncentral_f", "vonmises", "zipf",
):  # fmt: skip
    setattr(CounterBasedGenerator, _name, _refused(_name))


def counter_based_rng(seed: Any = None) -> CounterBasedGenerator:
    """A counter-based generator.

    Parameters
    ----------
    seed : int, sequence of int, SeedSequence, Philox or CounterBasedGenerator, optional
        Unpredictable unless given. ``np.random.Philox(key=..., counter=...)`` states both.

    Returns
    -------
    CounterBasedGenerator

    Examples
    --------
    >>> rng = lamina.shared(pt.random.counter_based_rng(1))
    >>> next_rng, x = rng.normal(size=(1000,))
    >>> f = lamina.function([], x, updates={rng: next_rng})
    """
    if isinstance(seed, CounterBasedGenerator):
        return seed
    bits = seed if isinstance(seed, np.random.BitGenerator) else np.random.Philox(seed)
    return CounterBasedGenerator(bits)
