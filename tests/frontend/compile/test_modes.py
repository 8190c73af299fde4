import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import (
    FAST_COMPILE,
    FAST_RUN,
    NUMPY,
    Mode,
    get_default_mode,
    get_mode,
    register_linker,
    register_mode,
    register_optimizer,
)


def test_names_stand_for_modes():
    assert get_mode("FAST_RUN") is FAST_RUN
    assert get_mode("fast_compile") is FAST_COMPILE
    assert get_mode(NUMPY) is NUMPY
    assert [m.native for m in (FAST_RUN, FAST_COMPILE, NUMPY)] == [True, True, False]
    assert list(map(str, (FAST_RUN, FAST_COMPILE, NUMPY))) == ["FAST_RUN", "FAST_COMPILE", "NUMPY"]


def test_the_default_is_the_configured_mode():
    with lamina.config.change_flags(mode="NUMPY"):
        assert get_default_mode() is NUMPY
        assert lamina.function([], pt.constant(1)).maker.mode is NUMPY
    with lamina.config.change_flags(mode="FAST_COMPILE"):
        assert get_mode(None) is FAST_COMPILE


def test_an_unknown_mode_is_refused_with_the_choices():
    for mode in ("FASTEST", "", 3):
        with pytest.raises(ValueError, match="No mode .*FAST_RUN, FAST_COMPILE, NUMPY.*NUMBA"):
            lamina.function([], [], mode=mode)


def test_backends_of_pytensor_are_taken_as_fast_run_with_one_warning_a_process():
    program = """
import warnings
from lamina.compile import FAST_RUN, get_mode
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for name in ("NUMBA", "JAX", "CVM", "C", "PYTORCH", "MLX", "NUMBA"):
        assert get_mode(name) is FAST_RUN
print(len(caught), caught[0].message)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("1 mode 'NUMBA' is another compiler's")


def test_a_mode_is_made_of_linker_and_optimizer():
    assert Mode().native and Mode("cvm").native and not Mode("py").native
    assert [Mode(optimizer=o).optimizer for o in ("o4", "fast_compile", None, "None")] == [
        "fast_run", "fast_compile", "none", "none",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no linker 'ld'"):
        Mode("ld")
    with pytest.raises(ValueError, match="no optimizer 'o9'"):
        Mode(optimizer="o9")


def test_tags_are_added_to_a_mode_without_changing_it():
    mode = FAST_RUN.including("a").excluding("b", "c").requiring("d")
    assert (mode.included, mode.excluded, mode.required) == (("a",), ("b", "c"), ("d",))
    assert FAST_RUN.excluded == ()
    assert mode != FAST_RUN and mode.clone(excluded=("b",)).excluded == ("b",)


def test_modes_pickle_and_copy():
    mode = Mode("py").excluding("fusion")
    assert pickle.loads(pickle.dumps(mode)) == copy.deepcopy(mode) == mode


def test_a_mode_can_be_registered_once():
    register_mode("SLOW", Mode("py"))
    assert get_mode("SLOW").name == "SLOW"
    for name in ("SLOW", "FAST_RUN", "NUMBA"):
        with pytest.raises(ValueError, match="already taken"):
            register_mode(name, NUMPY)


def test_a_mode_object_compiles_a_function(mode):
    x = pt.dvector("x")
    f = lamina.function([x], x + 1, mode=get_mode(mode).excluding("specialize"))
    np.testing.assert_array_equal(f([1, 2]), [2, 3])


def test_the_default_mode_is_made_of_flags():
    change = lamina.config.change_flags
    with change(linker="py", optimizer="None"):
        assert not get_default_mode().native
        assert get_default_mode().optimizer == "none"
        assert get_mode("FAST_RUN") is FAST_RUN
        assert not get_mode("Mode").native
    with change(optimizer="fast_compile", optimizer_including="a:b", optimizer_excluding="fusion"):
        mode = get_default_mode()
        assert (mode.native, mode.optimizer) == (True, "fast_compile")
        assert (mode.included, mode.excluded, mode.required) == (("a", "b"), ("fusion",), ())
    with change(mode="FAST_COMPILE", optimizer="None", linker="py"):
        assert get_default_mode() is FAST_COMPILE
    with change(linker="nonsense"), pytest.raises(ValueError, match="no linker 'nonsense'"):
        get_default_mode()
    assert get_default_mode() is FAST_RUN


def test_linkers_and_optimizers_can_be_registered():
    register_linker("one op at a time", "py")
    register_optimizer("thorough", "o4")
    mode = Mode("one op at a time", "thorough")
    assert (mode.linker, mode.optimizer, mode.provided_optimizer) == ("py", "fast_run", "fast_run")
    with pytest.raises(ValueError, match="taken: c"):
        register_linker("c", "py")
    with pytest.raises(ValueError, match="taken: o4"):
        register_optimizer("o4", "none")
    with pytest.raises(ValueError, match="no linker"):
        register_linker("new", "nonsense")
    with pytest.raises(ValueError, match="no optimizer"):
        register_optimizer("new", "nonsense")


@pytest.mark.parametrize("name", ["DebugMode", "NanGuardMode"])
def test_a_mode_that_checks_is_found_by_its_name_in_a_new_process(name):
    program = f"import lamina; print(type(lamina.get_mode({name!r})).__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == f"{name}\n", done.stderr
