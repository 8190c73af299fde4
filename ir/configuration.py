"""The flags of Lamina: each is declared once, by a line of `Config`.

`python -m lamina.ir.configuration` prints docs/configuration.md.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ContextDecorator
from typing import Any, Literal

from lamina.ir.flags import Flag, flag, nearest
from lamina.ir.ignored_flags import IgnoredFlags


class Config(IgnoredFlags):
    """The flags and their values, read as plain attributes: ``config.floatX``.

    Values are those of the whole process: a change is seen by every thread. Setting a flag checks
    the value, and `change_flags` sets flags for a while.

    Parameters
    ----------
    environment : mapping of str to str
        The variables that flags are first read from: a file, that of ``LAMINARC`` or ``.laminarc``
        in ``HOME``; then ``LAMINA_FLAGS``, which holds ``floatX=float32,scan.allow_gc=True``; then
        ``LAMINA_FLOATX`` and its like, which win.

    Raises
    ------
    AttributeError
        When a flag is unknown.
    ValueError
        When a flag cannot have the value.

    Examples
    --------
    >>> config = Config({"LAMINA_FLAGS": "floatX=float32"})
    >>> config.floatX
    'float32'
    >>> with config.change_flags(floatX="float64"):
    ...     config.floatX
    'float64'
    """

    floatX: Literal["float64", "float32", "float16"] = flag(
        "float64", "The dtype of constructors without one, of true division and mean of integers."
    )
    mode: str = flag(
        "FAST_RUN",
        "The mode of functions that are compiled without one: FAST_RUN, FAST_COMPILE, NUMPY, "
        "DebugMode, NanGuardMode or any registered name.",
    )
    linker: str = flag(
        "auto",
        "What runs functions of mode FAST_RUN where that is the default: py runs each op by its "
        "perform; auto and the names of other compilers are native code.",
    )
    optimizer: str = flag(
        "o4",
        "How much functions of mode FAST_RUN are rewritten where that is the default: o4, o3, o2 "
        "and fast_run are all rewrites, egraph those after equality saturation, o1 and "
        "fast_compile canonicalize only, None none.",
    )
    optimizer_including: str = flag(
        "", "Tags of rewrites that the default mode runs besides, with colons between them."
    )
    optimizer_excluding: str = flag(
        "", "Tags of rewrites that the default mode leaves out, with colons between them."
    )
    optimizer_requiring: str = flag(
        "",
        "Tags that all rewrites of the default mode must have, with colons between them.",
    )
    on_unused_input: Literal["raise", "warn", "ignore"] = flag(
        "raise", "What `function` does about an input that no output depends on."
    )
    allow_input_downcast: bool | None = flag(
        None,
        "Whether an argument may lose precision to fit its input. None: only a Python float may, "
        "to floatX.",
    )
    cast_policy: Literal["custom"] = flag(
        "custom",
        "How dtypes promote. custom: as in NumPy, with Python literals weak and floatX for the "
        "quotient of integers.",
    )
    warn_float64: Literal["ignore", "warn", "raise"] = flag(
        "ignore", "What to do when a float64 variable is made."
    )
    strict_ieee: bool = flag(
        False,
        "Keep every NaN and infinity that NumPy gives: rewrites that may lose one, such as "
        "x / x = 1 and x * 0 = 0, are turned off.",
    )
    device: Literal["cpu"] = flag("cpu", "Where functions run.")
    cuda_fallback: bool = flag(
        False,
        "Let the processor compute, between copies, what a device cannot; else a function with "
        "such an op is refused when it is compiled.",
    )

    DebugMode__check_finite: bool = flag(
        True, "Whether DebugMode requires finite results of finite operands."
    )
    DebugMode__check_py: bool = flag(True, "Whether DebugMode runs each op twice.")
    NanGuardMode__action: Literal["raise", "warn", "pdb"] = flag(
        "raise", "What NanGuardMode does where it finds a number that is not to be."
    )
    NanGuardMode__nan_is_error: bool = flag(True, "Whether NanGuardMode looks for NaN.")
    NanGuardMode__inf_is_error: bool = flag(True, "Whether NanGuardMode looks for infinities.")
    NanGuardMode__big_is_error: bool = flag(
        True, "Whether NanGuardMode looks for magnitudes above 1e10."
    )

    rewrite_limit: int = flag(
        -1,
        "How many rewrites to apply before the compiler stops rewriting; -1: all. Halving it finds "
        "the rewrite that changed a result.",
    )
    check_rewrites: Literal["off", "warn", "raise"] = flag(
        "off",
        "Evaluate the graph on random inputs before and after each rewrite that fires, and warn or "
        "raise where one changes what is computed. Slow; functions are not taken from the cache.",
    )
    on_opt_error: Literal["warn", "raise", "pdb", "ignore"] = flag(
        "warn",
        "What to do when a rewriter of the user's own raises; the graph stays as it was before it.",
    )
    optimizer_verbose: bool = flag(
        False, "Print each replacement that a rewriter of the user's own makes in a graph."
    )
    optdb__max_use_ratio: float = flag(
        8.0,
        "How often a rewriter of the user's own may fire, for each application in the graph, "
        "before it is taken to have no end.",
    )
    verify_ir: bool = flag(False, "Run the IR's verifiers after each pass.")
    dump_ir: str = flag(
        "", "The stages whose IR is written out: a comma-separated list of stages, or all."
    )
    dump_dir: str = flag("", "The folder that dump_ir writes to. Empty: standard error.")
    cache: bool = flag(True, "Keep compiled functions on disk for other processes.")
    cache_dir: str = flag(
        "",
        "The folder of the cache. Empty: lamina in XDG_CACHE_HOME, or in ~/.cache. compiledir and "
        "base_compiledir are other names of this flag.",
    )
    unpickle_function: bool = flag(
        True, "Compile a function when it is unpickled; else what is unpickled is None."
    )

    compute_test_value: Literal["off", "ignore", "warn", "raise"] = flag(
        "off",
        "Compute a graph on its test values while it is built; the other values say what to do "
        "about an input without a test value.",
    )
    traceback__limit: int = flag(
        8, "How many stack frames a variable remembers of its creation; -1: all, 0: none."
    )
    exception_verbosity: Literal["low", "high"] = flag(
        "low", "high adds the graph and the inputs' values to a run-time error."
    )

    profile: bool = flag(
        False, "Make a profile of every function, and print them when the process ends."
    )
    profile_memory: bool = flag(False, "Whether profiles list the memory of each piece.")
    profile_optimizer: bool = flag(
        False,
        "Whether profiles list the rewrites that fired; of functions compiled so, with times.",
    )
    print_global_stats: bool = flag(
        False, "Print the time in all profiled functions together when the process ends."
    )
    profiling__time_thunks: bool = flag(
        True, "Whether profiles have the times of a function's pieces, not of calls alone."
    )
    profiling__n_apply: int = flag(20, "How many pieces a profile lists.")
    profiling__n_ops: int = flag(20, "How many ops and classes a profile lists.")
    profiling__min_memory_size: int = flag(
        1024, "The fewest bytes a call for which a profile lists the memory of a piece."
    )
    profiling__output_line_width: int = flag(512, "The longest line of a profile.")
    profiling__ignore_first_call: bool = flag(False, "Whether profiles leave out the first call.")
    profiling__debugprint: bool = flag(False, "Whether profiles show the compiled graph.")
    profiling__destination: str = flag(
        "stderr", "Where profiles are printed when the process ends: stderr, stdout, or a file."
    )

    def __init__(self, environment: Mapping[str, str]) -> None:
        values = vars(self)
        values.update((name, declared.default) for name, declared in FLAGS.items())
        for source, name, text in _assignments(environment):
            found = _find(name, source)
            values[found.name] = found.read(text, source)

    def __setattr__(self, name: str, value: object) -> None:
        found = _find(name, "config")
        vars(self)[found.name] = found.check(value, "config")

    @property
    def compiledir(self) -> str:
        """The flag ``cache_dir`` by the name that PyTensor has for it."""
        return self.cache_dir

    base_compiledir = compiledir

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"config: {name!r} cannot be deleted; set it to its default")

    def change_flags(self, **flags: Any) -> "FlagChange":
        """Set flags for the length of a ``with`` block or of each call of a decorated function.

        Former values come back also after an exception, and changes nest. As all values are those
        of the process, a change is seen by other threads too while it lasts.

        Parameters
        ----------
        **flags
            The flags and their values, checked at once.

        Returns
        -------
        FlagChange
            A context manager and decorator.

        Examples
        --------
        >>> @config.change_flags(compute_test_value="off", floatX="float32")
        ... def floatX() -> str:
        ...     return config.floatX
        >>> floatX()
        'float32'
        """
        source = "config.change_flags"
        found = {name: _find(name, source) for name in flags}
        values = {found[name].name: found[name].check(flags[name], source) for name in flags}
        return FlagChange(vars(self), values)

    def __str__(self) -> str:
        return "\n".join(
            f"{name} = {getattr(self, name)!r}\n    {declared.doc}\n    Takes {declared.takes}."
            for name, declared in FLAGS.items()
        )


class FlagChange(ContextDecorator):
    """Values that flags have for a while. A change may be entered again while it is in force."""

    def __init__(self, current: dict[str, Any], values: dict[str, Any]) -> None:
        self._current, self._values = current, values
        self._former: list[dict[str, Any]] = []

    def __enter__(self) -> None:
        self._former.append({name: self._current[name] for name in self._values})
        self._current.update(self._values)

    def __exit__(self, *exception: object) -> None:
        self._current.update(self._former.pop())


FLAGS = {
    name: item
    for declaring in (Config, IgnoredFlags)
    for name, item in vars(declaring).items()
    if isinstance(item, Flag)
}
OTHER_NAMES = {"compiledir": "cache_dir", "base_compiledir": "cache_dir"}


def _find(name: str, source: str) -> Flag:
    """Return the flag of this name; an error names `source`, where it was asked for."""
    name = OTHER_NAMES.get(name, name)
    if name in FLAGS:
        return FLAGS[name]
    folded = {known.lower(): known for known in FLAGS}
    near = folded[nearest(name.lower(), folded)]
    raise AttributeError(
        f"{source}: no flag {name!r}; the nearest is {near!r}, "
        "and docs/configuration.md lists all of them"
    )


def _assignments(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Give (where it was set, flag, text) in the order in which they apply."""
    yield from _file_assignments(environment)
    assignments: list[str] = []
    for part in filter(str.strip, environment.get("LAMINA_FLAGS", "").split(",")):
        if "=" in part or not assignments:
            assignments.append(part)
        else:  # the comma belongs to the value: dump_ir=nd,linalg
            assignments[-1] += "," + part
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        yield "LAMINA_FLAGS", name.strip().replace(".", "__"), text.strip()

    variables = {"LAMINA_" + name.upper(): name for name in (*FLAGS, *OTHER_NAMES)}
    for variable, text in environment.items():
        if variable in variables:
            if text.strip():
                yield variable, variables[variable], text.strip()
        elif variable.startswith("LAMINA_") and variable != "LAMINA_FLAGS":
            # A variable that resembles no flag is another program's.
            if near := nearest(variable, variables, at_least=0.85):
                raise AttributeError(f"{variable}: no such flag; the nearest is {near}")


def _file_assignments(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Those of the file that LAMINARC names, or of .laminarc in the user's folder.

    A section [scan] stands for the first part of its flags' names, [global] for none.
    """
    home = environment.get("HOME", "")
    path = environment.get("LAMINARC") or (home and os.path.join(home, ".laminarc"))
    if not path or not os.path.isfile(path):
        return
    import configparser  # wanted where there is a file alone

    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # floatX keeps its X
    parser.read(path, encoding="utf-8")
    for section in parser.sections():
        prefix = "" if section == "global" else section + "__"
        for name, text in parser.items(section):
            yield path, prefix + name.replace(".", "__"), text.strip()


def markdown() -> str:
    """Return docs/configuration.md."""
    sections = {False: "", True: ""}
    for name, declared in FLAGS.items():
        text = declared.doc.replace("*", "\\*")
        sections[declared.ignored] += f"\n**`{name}`**: {declared.takes}.\n{text}\n"
    return f"""# Configuration

<!-- Made by `python -m lamina.ir.configuration`: edit the declarations in ir/configuration.py. -->

`lamina.config` holds the flags; `print(lamina.config)` shows them and their values.

    lamina.config.floatX = "float32"                 # for the process, all threads

    with lamina.config.change_flags(mode="NUMPY"):   # for a block; decorates a function too
        ...

The environment is read when Lamina is imported: `LAMINA_FLAGS="floatX=float32,scan.allow_gc=True"`,
where a dot may stand for two underscores, or a variable for each flag, `LAMINA_FLOATX=float32`,
which wins. Before both, the file `.laminarc` in the home folder is read, or the one that the
variable `LAMINARC` names:

    [global]
    floatX = float32

    [scan]
    allow_gc = True

An unknown flag, or a value that a flag cannot have, is an error.

## Flags
{sections[False]}
## Accepted for programs written for PyTensor
{sections[True]}"""


config = Config(os.environ)

if __name__ == "__main__":
    sys.stdout.write(markdown())
