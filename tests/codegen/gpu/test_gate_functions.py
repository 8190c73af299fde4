"""The kernels of compiled functions pass the gate, for the oldest and the newest chip; `make fuzz`
tries one of each generation.
"""

import pytest

import lamina.tensor as pt
from lamina import function
from tests.codegen.gpu.models import PLAIN, TRAINED
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults

pytestmark = pytest.mark.skipif(
    assembler() is None, reason="ptxas is not installed: pip install nvidia-cuda-nvcc"
)


def kernels_of(dtype: str) -> str:
    """Loops of every schedule: lines, grids, transposed ones, reductions, rows, scans, gathers."""
    x, v, i = pt.matrix("x", dtype=dtype), pt.vector("v", dtype=dtype), pt.lvector("i")
    results = [
        x + v, x.T * 2, x.sum(), x.sum(axis=0), x.max(axis=1), x.argmax(axis=1),
        pt.cumsum(x, axis=1), pt.concatenate([v, v * 2]), x[i], x.dot(x.T),
    ]  # fmt: skip
    if dtype.startswith("float"):
        results += [
            pt.special.softmax(x, axis=1), pt.log(pt.exp(x).sum(axis=1)), pt.tanh(x @ x.T),
            pt.sin(v) * pt.gammaln(v), pt.erf(v) * pt.sigmoid(v), x.var(axis=0), v**2.5,
        ]  # fmt: skip
    if dtype.startswith("complex"):
        results = [x + v, x.sum(axis=0), pt.exp(x) / v, pt.abs(x), pt.sqrt(v), pt.real(v) * 2]
    return function([x, v, i], results, mode="CUDA-EMU", on_unused_input="ignore").ir("gpu")


def kernels_of_models(dtype: str) -> str:
    """Those of training steps, rows, prices and a recurrent network, as one function."""
    models = [make(dtype) for make in (*TRAINED.values(), *PLAIN.values())]
    updates = {p: new for m in models for p, new in m.updates.items()}
    inputs, outputs = sum((m.inputs for m in models), []), sum((m.outputs for m in models), [])
    return function(inputs, outputs, updates=updates, mode="CUDA-EMU").ir("gpu")


def kernels_of_draws() -> str:
    """Counter-based ones of all distributions that need no function of a processor."""
    rng = pt.random.shared_rng(1, counter_based=True)
    distributions = {
        "uniform": (), "normal": (), "exponential": (), "gumbel": (0.0,), "cauchy": (), "t": (3.0,),
        "wald": (), "triangular": (0.0, 0.5, 1.0), "integers": (9,), "geometric": (0.3,),
        "poisson": (20.0,), "binomial": (30, 0.7), "categorical": ([0.2, 0.3, 0.5],),
    }  # fmt: skip
    drawn = [getattr(rng, name)(*p, size=(50,)) for name, p in distributions.items()]
    return function([], [x for _, x in drawn], updates={rng: drawn[0][0]}, mode="CUDA-EMU").ir(
        "gpu"
    )


@pytest.fixture(scope="module")
def corpus() -> list[tuple[str, str]]:
    made = [(t, kernels_of(t)) for t in ("float32", "float64", "int64", "complex128")]
    return [*made, ("draws", kernels_of_draws())]


@pytest.mark.parametrize("chip", CHIPS[:1])
def test_kernels_of_functions_assemble_without_spills(corpus, chip: str):
    assert faults(corpus, chip) == []


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("chip", CHIPS[1:])
def test_kernels_of_functions_assemble_without_spills_for_each_chip(corpus, chip: str):
    assert faults(corpus, chip) == []


@pytest.fixture(scope="module", params=["float32", "float64"])
def models(request: pytest.FixtureRequest) -> list[tuple[str, str]]:
    return [("models", kernels_of_models(request.param))]


def test_kernels_of_models_assemble_without_spills():
    assert faults([("models", kernels_of_models("float32"))], CHIPS[0]) == []


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("chip", CHIPS)
def test_kernels_of_models_assemble_without_spills_for_each_chip(models, chip: str):
    assert faults(models, chip) == []
