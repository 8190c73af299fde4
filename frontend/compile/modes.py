"""Modes: how much a function's graph is rewritten, and what runs it."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph

Optimizer = Literal["fast_run", "egraph", "fast_compile", "none"]

# Programs written for PyTensor name these; here all of them compile to the same native code.
OTHER_BACKENDS = ("C", "CVM", "NUMBA", "JAX", "PYTORCH", "MLX")

_LINKERS = {
    name: "native"
    for name in ("auto", "native", "c", "cvm", "c|py", "vm", "numba", "jax", "pytorch", "mlx")
} | {name: name for name in ("py", "cuda", "cuda-emu")}
_OPTIMIZERS: dict[str | None, Optimizer] = {
    "default": "fast_run", "fast_run": "fast_run",
    "o4": "fast_run", "o3": "fast_run", "o2": "fast_run",
    "egraph": "egraph",
    "fast_compile": "fast_compile", "o1": "fast_compile",
    "none": "none", "None": "none", "o0": "none", None: "none",
}  # fmt: skip


@dataclass(frozen=True, init=False)
class Mode:
    """How a function is compiled.

    Parameters
    ----------
    linker : str
        ``"py"`` runs each op by its ``perform``; any other name is native code.
    optimizer : str, RewriteDatabaseQuery, GraphRewriter or None
        ``"fast_run"``: all rewrites; ``"egraph"``: those, after equality saturation, which needs
        the package egglog; ``"fast_compile"``: canonicalize only and an unoptimised binary;
        ``"none"`` or None: no rewrites. A query names tags; a rewriter of the user's own is
        all that is applied.
    name : str, optional
    rules : sequence of Rule or (Rule, str)
        Rules of the user's own on nd, for functions of this mode; with the tag under which they
        run, or under canonicalize.

    Attributes
    ----------
    included, excluded, required : tuple of str
        Tags of rewrites to run besides, to leave out, and without which none is run.
    rewriters : tuple of (Rewriter, float)
        Rewriters of graphs of the user's own, with their positions; see ``register``.

    Examples
    --------
    >>> lamina.function([x], y, mode=lamina.Mode().excluding("fusion"))    # doctest: +SKIP
    """

    linker: str
    optimizer: Optimizer
    name: str | None
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    required: tuple[str, ...]
    rewriters: tuple[tuple[Any, float], ...]
    rules: tuple[tuple[str, Any], ...]

    # What looks at each op as the interpreter runs it; see nan_guard.py.
    watch: ClassVar[Any] = None

    def __init__(
        self,
        linker: str | None = None,
        optimizer: Any = "default",
        name: str | None = None,
        included: Iterable[str] = (),
        excluded: Iterable[str] = (),
        required: Iterable[str] = (),
        rewriters: Iterable[tuple[Any, float]] = (),
        rules: Iterable[Any] = (),
    ):
        linker = linker or "auto"
        if linker not in _LINKERS:
            raise ValueError(f"Mode: no linker {linker!r}; choose {', '.join(_LINKERS)}")
        tags = tuple(included), tuple(excluded), tuple(required)
        rewriters = tuple(rewriters)
        if hasattr(optimizer, "rewrite"):
            optimizer, rewriters = "none", (*rewriters, (optimizer, 0.0))
        elif hasattr(optimizer, "extra_rewrites"):
            rewriters += optimizer.extra_rewrites
            asked = optimizer.include, optimizer.exclude, optimizer.require
            tags = tuple(own + of_query for own, of_query in zip(tags, asked, strict=True))  # type: ignore[assignment]
            optimizer = next((n for n in ("fast_run", "fast_compile") if n in tags[0]), "none")
        if optimizer not in _OPTIMIZERS:
            raise ValueError(
                f"Mode: no optimizer {optimizer!r}; choose fast_run, egraph, fast_compile or none"
            )
        values = {
            "linker": _LINKERS[linker], "optimizer": _OPTIMIZERS[optimizer],
            "name": name, "included": tags[0], "excluded": tags[1], "required": tags[2],
            "rewriters": rewriters, "rules": tuple(map(tagged, rules)),
        }  # fmt: skip
        for field, value in values.items():
            object.__setattr__(self, field, value)

    @property
    def provided_optimizer(self) -> Optimizer:
        """``optimizer``, by the name that PyTensor has for it."""
        return self.optimizer

    @property
    def native(self) -> bool:
        """Whether functions become machine code; else the interpreter runs them."""
        return self.linker != "py"

    @property
    def device(self) -> str:
        """Where the arrays of functions are: "cpu", "cuda" or, an emulated GPU, "cuda-emu"."""
        return self.linker if self.linker.startswith("cuda") else "cpu"

    def watching(self, fgraph: FunctionGraph) -> Any:
        """What looks at the ops of a graph; None if nothing does."""
        return self.watch

    def including(self, *tags: str) -> Mode:
        """This mode with the rewrites of these tags."""
        return self._with(included=self.included + tags)

    def excluding(self, *tags: str) -> Mode:
        """This mode without the rewrites of these tags."""
        return self._with(excluded=self.excluded + tags)

    def requiring(self, *tags: str) -> Mode:
        """This mode with only those rewrites that have all of these tags."""
        return self._with(required=self.required + tags)

    def register(self, *rewriters: tuple[Any, float]) -> Mode:
        """This mode with rewriters of graphs, each with its position among those of the database
        ``optdb``: canonicalize is at 1, stabilize at 1.5, specialize at 2.
        """
        return self._with(rewriters=self.rewriters + rewriters)

    def with_rules(self, *rules: Any) -> Mode:
        """This mode with rules of the user's own on nd: a Rule, or a Rule and its tag, each."""
        return self._with(rules=(*self.rules, *rules))

    @property
    def query(self) -> Any:
        """What of the user's rewriters of graphs runs, a RewriteDatabaseQuery."""
        from lamina.graph.rewriting.queries import RewriteDatabaseQuery

        own = {"none": (), "egraph": ("fast_run",)}.get(self.optimizer, (self.optimizer,))
        return RewriteDatabaseQuery(
            (*own, *self.included), self.required, self.excluded, extra_rewrites=self.rewriters
        )

    def clone(self, **changes: object) -> Mode:
        """This mode with some fields changed."""
        return self._with(**changes)

    def _with(self, **changes: object) -> Mode:
        return replace(self, **{"name": None, **changes})  # type: ignore[arg-type]

    def __str__(self) -> str:
        return self.name or f"Mode({self.linker}, {self.optimizer})"


@dataclass(frozen=True, init=False)
class OpByOpMode(Mode):
    """A mode whose functions run op by op, so that each can be looked at."""

    def __init__(
        self,
        optimizer: Any = "default",
        linker: str | None = None,
        name: str | None = None,
        *tags_and_rewrites: Any,
    ):
        if linker not in (None, "py"):
            raise ValueError(
                f"{type(self).__name__} runs op by op: its linker is 'py', not {linker!r}"
            )
        super().__init__("py", optimizer, name, *tags_and_rewrites)


def tagged(rule: Any) -> tuple[str, Any]:
    """A rule with its tag, however they are given."""
    if not isinstance(rule, tuple):
        return "canonicalize", rule
    first, second = rule
    return (first, second) if isinstance(first, str) else (second, first)


FAST_RUN = Mode("native", "fast_run", "FAST_RUN")
FAST_COMPILE = Mode("native", "fast_compile", "FAST_COMPILE")
NUMPY = Mode("py", "none", "NUMPY")
CUDA = Mode("cuda", "fast_run", "CUDA")
CUDA_EMU = Mode("cuda-emu", "fast_run", "CUDA-EMU")

# Modes that look at every op; they follow flags, so each use of a name makes one.
_CHECKING = {"DebugMode": "lamina.compile.debug_mode", "NanGuardMode": "lamina.compile.nan_guard"}

_modes: dict[str, Mode] = {
    str(mode): mode for mode in (FAST_RUN, FAST_COMPILE, NUMPY, CUDA, CUDA_EMU)
}
_warned: set[str] = set()


def register_mode(name: str, mode: Mode) -> None:
    """Let `name` stand for `mode`.

    Raises
    ------
    ValueError
        The name is taken.
    """
    if name in _modes or name in _CHECKING or name in OTHER_BACKENDS:
        raise ValueError(f"mode name already taken: {name}")
    _modes[name] = replace(mode, name=name)


def register_linker(name: str, linker: str) -> None:
    """Let `name` stand for a linker: ``"py"``, or another that is native code.

    Raises
    ------
    ValueError
        The name is taken, or there is no such linker.
    """
    if name in _LINKERS:
        raise ValueError(f"linker name already taken: {name}")
    _LINKERS[name] = Mode(linker).linker


def register_optimizer(name: str, optimizer: str | None) -> None:
    """Let `name` stand for an optimizer: fast_run, egraph, fast_compile or none.

    Raises
    ------
    ValueError
        The name is taken, or there is no such optimizer.
    """
    if name in _OPTIMIZERS:
        raise ValueError(f"optimizer name already taken: {name}")
    _OPTIMIZERS[name] = Mode(optimizer=optimizer).optimizer


def get_mode(mode: str | Mode | None) -> Mode:
    """The mode that a name stands for; None is ``config.mode``.

    ``"Mode"``, and FAST_RUN where ``config.mode`` says so, are made of the flags ``linker``,
    ``optimizer`` and ``optimizer_including``, ``_excluding`` and ``_requiring``.

    Raises
    ------
    ValueError
        There is no such mode.
    """
    if isinstance(mode, Mode):
        return mode
    name = config.mode if mode is None else mode
    if name == "Mode" or (mode is None and name == "FAST_RUN"):
        return _of_flags()
    if isinstance(name, str) and name.upper() in OTHER_BACKENDS:
        if not _warned:
            _warned.add(name)
            warnings.warn(
                f"mode {name!r} is another compiler's: Lamina compiles it as FAST_RUN", stacklevel=3
            )
        return FAST_RUN
    if name in _CHECKING:
        return getattr(importlib.import_module(_CHECKING[name]), name)()
    found = _modes.get(name) or (_modes.get(name.upper()) if isinstance(name, str) else None)
    if found is None:
        raise ValueError(
            f"No mode {name!r}; choose {', '.join([*_modes, *_CHECKING])} or a Mode. "
            f"({', '.join(OTHER_BACKENDS)} are taken as FAST_RUN.)"
        )
    return found


def _of_flags() -> Mode:
    """FAST_RUN, with what the flags of linker and optimizer say."""
    tags = (config.optimizer_including, config.optimizer_excluding, config.optimizer_requiring)
    if (config.linker, config.optimizer, *tags) == ("auto", "o4", "", "", ""):
        return FAST_RUN
    included, excluded, required = map(_tags, tags)
    return Mode(config.linker, config.optimizer, None, included, excluded, required)


def _tags(text: str) -> list[str]:
    return [tag for tag in text.split(":") if tag]


def get_default_mode() -> Mode:
    """The mode that ``config.mode`` names."""
    return get_mode(None)
