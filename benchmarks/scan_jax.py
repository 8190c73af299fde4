"""The loops of `benchmarks.scan` by jax.lax.scan, on one thread of the processor, in float64."""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_factor, cho_solve
from jax.scipy.special import logsumexp

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)


def _ready(function, *values):
    compiled = jax.jit(function)
    operands = [jnp.asarray(v) for v in values]
    return lambda: jax.block_until_ready(compiled(*operands))


def logistic_map(r, x, steps):
    def run(r, x):
        return lax.scan(lambda x, _: (r * x * (1 - x), None), x, None, length=steps)[0]

    return _ready(run, r, x)


def fibonacci(a, b, steps):
    def step(carry, _):
        a, b = carry
        return (b, a + b), (a + b, (a + b) / b)

    return _ready(lambda a, b: lax.scan(step, (a, b), None, length=steps)[1], a, b)


def row_sums(x, start):
    def step(total, row):
        return total + row, total + row

    return _ready(lambda x, start: lax.scan(step, start, x)[1], x, start)


def until(x, steps):
    def run(x):
        def go_on(state):
            t, x, _ = state
            return (t < steps) & (x <= 1000.0)

        def step(state):
            t, x, out = state
            return t + 1, x * 1.001, out.at[t].set(x * 1.001)

        return lax.while_loop(go_on, step, (0, x, jnp.zeros(steps)))

    ready = _ready(run, x)

    def call():
        t, _, out = ready()
        return out[: int(t)]

    return call


def affine_rows(x, w, b):
    def run(x, w, b):
        return lax.scan(lambda _, row: (None, row @ w + b), None, x)[1]

    return _ready(run, x, w, b)


def polynomial(c, x):
    def run(c, x):
        def step(total, term):
            c, i = term
            return total + c * x**i, None

        return lax.scan(step, 0.0, (c, jnp.arange(len(c), dtype=float)))[0]

    return _ready(run, c, x)


def nested(x, steps):
    def run(x):
        def outer(_, x):
            return None, lax.scan(lambda y, _: (0.9 * y + x, None), 0.0, None, length=steps)[0]

        return lax.scan(outer, None, x)[1]

    return _ready(run, x)


def _recurrent(x, h0, wx, wh, b):
    def step(h, x):
        h = jnp.tanh(x @ wx + h @ wh + b)
        return h, h

    return lax.scan(step, h0, x)[1]


def recurrent_network(*values):
    return _ready(_recurrent, *values)


def recurrent_network_gradient(x, h0, wx, wh, b):
    def run(x, h0, *weights):
        def loss(*weights):
            return (_recurrent(x, h0, *weights) ** 2).mean()

        value, slopes = jax.value_and_grad(loss, (0, 1, 2))(*weights)
        return value, *slopes

    return _ready(run, x, h0, wx, wh, b)


def lstm(*values):
    def run(x, h0, c0, wx, wh, b):
        def step(carry, x):
            h, c = carry
            i, f, g, o = jnp.split(x @ wx + h @ wh + b, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        (_, c), hs = lax.scan(step, (h0, c0), x)
        return hs, c

    return _ready(run, *values)


def kalman_filter(*values):
    def run(y, m, p, a, h, q, r):
        def step(carry, y):
            m, p = carry
            m, p = a @ m, a @ p @ a.T + q
            v, s = y - h @ m, h @ p @ h.T + r
            factor = cho_factor(s)
            k = cho_solve(factor, h @ p).T
            m, p = m + k @ v, p - k @ s @ k.T
            log_det = jnp.log(s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0])
            return (m, p), (m, -0.5 * (v @ cho_solve(factor, v) + log_det))

        _, (ms, terms) = lax.scan(step, (m, p), y)
        return ms, terms.sum()

    return _ready(run, *values)


def hidden_markov_model(*values):
    def run(y, alpha, moves, emits):
        def step(alpha, y):
            return logsumexp(alpha[:, None] + moves, axis=0) + emits[:, y], None

        return logsumexp(lax.scan(step, alpha, y)[0])

    return _ready(run, *values)
