import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.ir.configuration import FLAGS, Config, markdown


@pytest.fixture
def config() -> Config:
    return Config({})


def test_flags_start_at_their_defaults(config):
    assert config.floatX == "float64"
    assert config.traceback__limit == 8
    assert vars(config) == {name: flag.default for name, flag in FLAGS.items()}


def test_every_default_is_a_value_that_its_flag_takes():
    for flag in FLAGS.values():
        assert flag.check(flag.default, "default") is flag.default


def test_the_environment_sets_flags_in_one_variable():
    config = Config({"LAMINA_FLAGS": " floatX=float32, scan.allow_gc=True,traceback__limit=-1,"})
    assert (config.floatX, config.scan__allow_gc, config.traceback__limit) == ("float32", True, -1)


def test_a_variable_of_its_own_wins_over_lamina_flags():
    config = Config({"LAMINA_FLOATX": "float16", "LAMINA_FLAGS": "floatX=float32,openmp=1"})
    assert (config.floatX, config.openmp) == ("float16", True)


def test_an_empty_variable_leaves_the_default():
    assert Config({"LAMINA_FLOATX": "", "LAMINA_FLAGS": ""}).floatX == "float64"


def test_commas_belong_to_the_value_where_no_flag_follows():
    config = Config({"LAMINA_FLAGS": "dump_ir=nd,linalg,floatX=float32"})
    assert (config.dump_ir, config.floatX) == ("nd,linalg", "float32")


@pytest.mark.parametrize(
    ("text", "value"), [("None", None), ("true", True), ("1", True), ("False", False)]
)
def test_a_flag_of_three_values_reads_each_from_text(text, value):
    assert Config({"LAMINA_ALLOW_INPUT_DOWNCAST": text}).allow_input_downcast is value


def test_the_process_reads_its_environment():
    command = "from lamina.ir.configuration import config; print(config.floatX)"
    environment = os.environ | {"LAMINA_FLOATX": "float32"}
    done = subprocess.run(
        [sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "float32\n"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"LAMINA_FLAGS": "flotX=float32"}, "LAMINA_FLAGS: no flag 'flotX'; the nearest is 'flo"),
        ({"LAMINA_FLAGS": "floatx=float32"}, "the nearest is 'floatX'"),
        ({"LAMINA_FLOTX": "float32"}, "LAMINA_FLOTX: no such flag; the nearest is LAMINA_FLOATX"),
    ],
)
def test_an_unknown_flag_is_refused_with_the_nearest_name(environment, message):
    with pytest.raises(AttributeError, match=message):
        Config(environment)


def test_a_variable_that_resembles_no_flag_is_left_alone():
    assert vars(Config({"LAMINA_ROLLING_MILL": "3"})) == vars(Config({}))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"LAMINA_FLOATX": "float23"},
            "LAMINA_FLOATX: floatX cannot be 'float23', it takes float64, float32, float16; "
            "default 'float64'; the nearest is float32",
        ),
        ({"LAMINA_FLAGS": "rewrite_limit=few"}, "rewrite_limit cannot be 'few', it takes an integ"),
        ({"LAMINA_FLAGS": "openmp"}, "openmp cannot be '', it takes True, False"),
    ],
)
def test_a_bad_value_in_the_environment_is_refused_with_the_choices(environment, message):
    with pytest.raises(ValueError, match=message):
        Config(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("floatX", "float128"),
        ("floatX", None),
        ("openmp", 1),
        ("openmp", "True"),
        ("rewrite_limit", True),
        ("rewrite_limit", 2.0),
        ("dump_ir", None),
        ("optdb__max_use_ratio", "8"),
    ],
)
def test_setting_a_bad_value_is_refused_and_changes_nothing(config, name, value):
    before = dict(vars(config))
    with pytest.raises(ValueError, match=f"config: {name} cannot be {value!r}"):
        setattr(config, name, value)
    assert vars(config) == before


def test_setting_an_unknown_flag_is_refused(config):
    with pytest.raises(AttributeError, match="no flag 'optimiser'"):
        config.optimiser = "fast_run"


def test_a_flag_cannot_be_deleted(config):
    with pytest.raises(AttributeError, match="'floatX' cannot be deleted"):
        del config.floatX


def test_a_path_sets_a_text_and_an_integer_a_number(config):
    config.cache_dir = Path("a") / "b"
    config.optdb__max_use_ratio = 5
    assert config.cache_dir == os.path.join("a", "b")
    assert type(config.optdb__max_use_ratio) is float


def test_change_flags_holds_for_its_block_and_nests(config):
    with config.change_flags(floatX="float32", openmp=True):
        with config.change_flags(floatX="float16"):
            assert (config.floatX, config.openmp) == ("float16", True)
        assert (config.floatX, config.openmp) == ("float32", True)
    assert (config.floatX, config.openmp) == ("float64", False)


def test_change_flags_restores_after_an_exception(config):
    with pytest.raises(ZeroDivisionError), config.change_flags(floatX="float32"):
        raise ZeroDivisionError
    assert config.floatX == "float64"


def test_change_flags_decorates_a_function_that_calls_itself(config):
    @config.change_flags(floatX="float32")
    def seen(depth: int) -> list[str]:
        inner = seen(depth - 1) if depth else []
        return [*inner, config.floatX]

    assert seen(2) == ["float32"] * 3
    assert config.floatX == "float64"


def test_change_flags_checks_everything_before_it_changes_anything(config):
    with pytest.raises(ValueError, match="config.change_flags: mode cannot be 3"):
        config.change_flags(floatX="float32", mode=3)
    with pytest.raises(AttributeError, match="config.change_flags: no flag 'float_x'"):
        config.change_flags(float_x="float32")
    assert config.floatX == "float64"


def test_a_change_that_is_entered_twice_ends_with_its_last_exit(config):
    change = config.change_flags(floatX="float32")
    with change:
        with change:
            assert config.floatX == "float32"
        assert config.floatX == "float32"
    assert config.floatX == "float64"


def test_print_shows_every_flag_with_its_value_and_meaning(config):
    config.floatX = "float16"
    shown = str(config)
    assert "floatX = 'float16'\n" in shown
    for name, flag in FLAGS.items():
        assert f"{name} = {getattr(config, name)!r}\n    {flag.doc}\n" in shown


def test_flags_that_change_nothing_say_so():
    assert FLAGS["cxx"].ignored and not FLAGS["floatX"].ignored
    for flag in FLAGS.values():
        assert flag.ignored == flag.doc.startswith("Accepted and ignored: ")


def test_the_documentation_is_up_to_date():
    document = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert document.read_text(encoding="utf-8") == markdown(), "run `make docs`"


def test_the_folder_of_the_cache_has_the_names_of_pytensor_too(tmp_path):
    config = Config({"LAMINA_FLAGS": f"base_compiledir={tmp_path}"})
    assert config.cache_dir == config.compiledir == config.base_compiledir == str(tmp_path)
    with config.change_flags(compiledir="elsewhere"):
        assert config.cache_dir == "elsewhere"
    config.compiledir = ""
    assert config.cache_dir == ""
    assert Config({"LAMINA_COMPILEDIR": "here"}).cache_dir == "here"


def test_a_file_sets_flags_before_the_environment_does(tmp_path):
    file = tmp_path / ".laminarc"
    file.write_text("[global]\nfloatX = float32\nmode = NUMPY\n[scan]\nallow_gc = True\n")
    for environment in ({"HOME": str(tmp_path)}, {"LAMINARC": str(file), "HOME": "nowhere"}):
        config = Config(environment)
        assert (config.floatX, config.mode, config.scan__allow_gc) == ("float32", "NUMPY", True)
        assert Config({**environment, "LAMINA_FLAGS": "floatX=float16"}).floatX == "float16"
        assert Config({**environment, "LAMINA_FLOATX": "float16"}).floatX == "float16"
    assert Config({"HOME": "nowhere"}).floatX == "float64"
    file.write_text("[global]\nfloatY = 1\n")
    with pytest.raises(AttributeError, match=r"\.laminarc: no flag 'floatY'"):
        Config({"LAMINARC": str(file)})
