"""What the compiler makes of small functions: kernels, results, and re-entry at every stage."""

import copy
import functools
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamina.codegen import stages
from lamina.compile.from_text import compile_text
from lamina.compile.pipeline import STAGES
from tests.evaluate import evaluate
from tests.replay.functions import FUNCTIONS

GOLDEN = Path(__file__).parent / "golden"
ENTRIES = [s for s in STAGES if s not in ("graph", "optimized", "assembly")]


def listed(results):
    return results if isinstance(results, list) else [results]


def call(function, case):
    """What a call returns, and then the values of the shared variables."""
    results = listed(function(*case.arguments))
    return [*results, *(s.get_value() for s in function.get_shared())]


def assert_identical(results, expected):
    assert [(a.dtype, a.shape) for a in results] == [(a.dtype, a.shape) for a in expected]
    assert [a.tobytes() for a in results] == [a.tobytes() for a in expected]


def assert_close(results, expected):
    for a, b in zip(results, expected, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        tolerance = 8 * np.finfo(a.dtype).eps if a.dtype.kind in "fc" else 0
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def kernels(function):
    """The text of the stage, without the lines of the file that the functions are written in."""
    text = re.sub(r',? ?line = "[^"]*"', "", function.ir("kernels"))
    return text.replace(" {}", "").replace("{, ", "{")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_kernels_are_those_of_the_golden_file(name, update_golden):
    path, text = GOLDEN / f"{name}.mlir", kernels(FUNCTIONS[name]().compile())
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_every_golden_file_is_of_a_function():
    assert {path.stem for path in GOLDEN.glob("*.mlir")} == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_function_agrees_with_the_interpreter(name):
    case, again = FUNCTIONS[name](), FUNCTIONS[name]()
    assert_close(call(case.compile(), case), call(again.compile("NUMPY"), again))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_compiled_graph_means_what_the_function_computes(name):
    case = FUNCTIONS[name]()
    function = case.compile()
    graph, request = function.maker.fgraph, function._executable.request
    values = [*request.convert(case.arguments, {}), *(cell[0] for cell in request.cells)]
    expected = evaluate(graph.outputs, dict(zip(graph.inputs, values, strict=True)))
    returned = listed(function(*case.arguments))
    assert_close([*returned, *(target[0] for target in request.targets)], expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_text_compiles_to_the_same_object_and_results(name, monkeypatch):
    case = FUNCTIONS[name]()
    function = case.compile()
    expected = call(function, case)
    texts = {stage: function.ir(stage) for stage in ENTRIES}
    # where the texts of the stages in nd become the same of linalg, that is compiled once
    monkeypatch.setattr(stages, "compile_from", functools.cache(stages.compile_from))
    for stage, text in texts.items():
        artefact = compile_text(stage, text)
        assert artefact.object == function._executable.artefact.object, stage
        assert_identical(_call_again(name, artefact), expected)


def _call_again(name, artefact):
    case = FUNCTIONS[name]()
    function = case.compile()
    executable = copy.copy(function._executable)
    executable.artefact = artefact
    results = listed(executable._load()(*case.arguments))
    return [*results, *(s.get_value() for s in function.get_shared())]


def digests():
    """A hash of the object file of each function."""
    for name, build in FUNCTIONS.items():
        artefact = build().compile()._executable.artefact
        yield f"{name} {hashlib.sha256(artefact.object).hexdigest()}"


def test_objects_are_the_same_in_every_process():
    code = "from tests.replay.test_replay import digests; print(*digests(), sep='\\n')"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed, "LAMINA_CACHE": "False"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate()[0] for process in processes)
    assert len(first.splitlines()) == len(FUNCTIONS)
    assert first == second
