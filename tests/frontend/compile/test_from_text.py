"""Going on from the text of a stage."""

import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.from_text import compile_text, text_of_stage
from lamina.compile.pipeline import STAGES


def test_the_text_of_a_later_stage_comes_from_an_earlier_one():
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(x[::2]).sum())
    for start in ("nd", "kernels", "buffers", "linalg", "affine", "llvm-dialect", "llvm"):
        for stage in STAGES[STAGES.index(start) + 1 :]:
            assert text_of_stage(start, f.ir(start), stage) == f.ir(stage), (start, stage)


def test_stages_that_do_not_follow_are_refused():
    with pytest.raises(ValueError, match="'graph' cannot be compiled from; choose one of nd, "):
        compile_text("graph", "")
    with pytest.raises(ValueError, match="'optimized' cannot be compiled from"):
        text_of_stage("optimized", "", "assembly")
    with pytest.raises(ValueError, match="'nd' does not follow 'linalg'; choose one of affine, "):
        text_of_stage("linalg", "", "nd")
