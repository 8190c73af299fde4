"""The loops of `benchmarks.scan`, written by hand for numba."""

import math

import numba
import numpy as np


@numba.njit
def logistic_map(r, x, steps):
    for _ in range(steps):
        x = r * x * (1 - x)
    return x


@numba.njit
def fibonacci(a, b, steps):
    sums, ratios = np.empty(steps), np.empty(steps)
    for t in range(steps):
        c = a + b
        sums[t] = c
        ratios[t] = c / b
        a, b = b, c
    return sums, ratios


@numba.njit
def row_sums(x, start):
    out = np.empty_like(x)
    n, d = x.shape
    for j in range(d):
        out[0, j] = start[j] + x[0, j]
    for t in range(1, n):
        for j in range(d):
            out[t, j] = out[t - 1, j] + x[t, j]
    return out


@numba.njit
def until(x, steps):
    out = np.empty(steps)
    for t in range(steps):
        x = x * 1.001
        out[t] = x
        if x > 1000.0:
            return out[: t + 1]
    return out


@numba.njit
def affine_rows(x, w, b):
    n, k = x.shape
    d = w.shape[1]
    out = np.empty((n, d))
    for t in range(n):
        for j in range(d):
            out[t, j] = b[j]
        for i in range(k):
            for j in range(d):
                out[t, j] += x[t, i] * w[i, j]
    return out


@numba.njit
def polynomial(c, x):
    total = 0.0
    for i in range(len(c)):
        total += c[i] * x**i
    return total


@numba.njit
def nested(x, steps):
    out = np.empty_like(x)
    for t in range(len(x)):
        y = 0.0
        for _ in range(steps):
            y = 0.9 * y + x[t]
        out[t] = y
    return out


@numba.njit
def recurrent_network(x, h0, wx, wh, b):
    steps, batch, width = x.shape
    hs = np.empty_like(x)
    moved = np.dot(x.reshape(steps * batch, width), wx).reshape(steps, batch, width)
    h = h0
    for t in range(steps):
        z = np.dot(h, wh)
        for i in range(batch):
            for j in range(width):
                hs[t, i, j] = math.tanh(moved[t, i, j] + z[i, j] + b[j])
        h = hs[t]
    return hs


@numba.njit
def recurrent_network_gradient(x, h0, wx, wh, b):
    hs = recurrent_network(x, h0, wx, wh, b)
    steps, batch, width = x.shape
    dz = np.empty_like(x)
    gwh, gb, dh = np.zeros_like(wh), np.zeros_like(b), np.zeros_like(h0)
    turned = np.ascontiguousarray(wh.T)
    loss = 0.0
    for t in range(steps - 1, -1, -1):
        for i in range(batch):
            for j in range(width):
                h = hs[t, i, j]
                loss += h * h
                d = (dh[i, j] + 2 * h / hs.size) * (1 - h * h)
                dz[t, i, j] = d
                gb[j] += d
        gwh += np.dot((hs[t - 1] if t > 0 else h0).T, dz[t])
        dh = np.dot(dz[t], turned)
    flat = steps * batch
    gwx = np.dot(x.reshape(flat, width).T, dz.reshape(flat, width))
    return loss / hs.size, gwx, gwh, gb


@numba.njit
def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


@numba.njit
def lstm(x, h0, c0, wx, wh, b):
    steps, batch, width = x.shape
    moved = np.dot(x.reshape(steps * batch, width), wx).reshape(steps, batch, 4 * width)
    hs, c, h = np.empty_like(x), c0.copy(), h0
    for t in range(steps):
        z = np.dot(h, wh)
        for i in range(batch):
            for j in range(width):
                a = moved[t, i]
                into = _sigmoid(a[j] + z[i, j] + b[j])
                k = j + width
                keep = _sigmoid(a[k] + z[i, k] + b[k])
                k += width
                new = math.tanh(a[k] + z[i, k] + b[k])
                k += width
                out = _sigmoid(a[k] + z[i, k] + b[k])
                c[i, j] = keep * c[i, j] + into * new
                hs[t, i, j] = out * math.tanh(c[i, j])
        h = hs[t]
    return hs, c


@numba.njit
def kalman_filter(y, m, p, a, h, q, r):
    steps = len(y)
    ms, total = np.empty((steps, len(m))), 0.0
    at, ht = np.ascontiguousarray(a.T), np.ascontiguousarray(h.T)
    for t in range(steps):
        m = np.dot(a, m)
        p = np.dot(np.dot(a, p), at) + q
        v = y[t] - np.dot(h, m)
        hp = np.dot(h, p)
        s = np.dot(hp, ht) + r
        k = np.ascontiguousarray(np.linalg.solve(s, hp).T)
        m = m + np.dot(k, v)
        p = p - np.dot(np.dot(k, s), np.ascontiguousarray(k.T))
        log_det = math.log(s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0])
        total += -0.5 * (np.dot(v, np.linalg.solve(s, v)) + log_det)
        ms[t] = m
    return ms, total


@numba.njit
def _log_sum_exp(x):
    top = x.max()
    total = 0.0
    for value in x:
        total += math.exp(value - top)
    return top + math.log(total)


@numba.njit
def hidden_markov_model(y, alpha, moves, emits):
    states = len(alpha)
    terms, new = np.empty(states), np.empty(states)
    for t in range(len(y)):
        for j in range(states):
            for i in range(states):
                terms[i] = alpha[i] + moves[i, j]
            new[j] = _log_sum_exp(terms) + emits[j, y[t]]
        alpha, new = new, alpha if t else np.empty(states)
    return _log_sum_exp(alpha)
