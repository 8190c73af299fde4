"""Compiled functions as users hold them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lamina.ir.configuration import config
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.type import Type

if TYPE_CHECKING:
    from lamina.compile.function_maker import FunctionMaker
    from lamina.compile.request import Executable


class Container:
    """Where an input of a function has its value between calls.

    Attributes
    ----------
    name : str or None
    type : Type
    storage : list
        Empty, or the value.
    """

    def __init__(self, name: str | None, type: Type, storage: list[Any]):
        self.name = name
        self.type = type
        self.storage = storage

    @property
    def value(self) -> Any:
        """The default of the argument or value of the shared variable; None if there is none."""
        return self.type.shown(self.storage[0]) if self.storage else None

    @value.setter
    def value(self, value: Any) -> None:
        self.storage[:] = [self.type.exact(self.type.filter(value))]

    data = value

    def __repr__(self) -> str:
        return f"<{self.name or 'unnamed'}: {self.value!r}>"


class Values(Mapping[Any, Any]):
    """Values of a function's defaults and shared variables, by name or variable; settable."""

    def __init__(self, containers: Mapping[Any, Container]):
        self._containers = containers

    def __getitem__(self, key: Any) -> Any:
        return self._container(key).value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._container(key).value = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self._containers)

    def __len__(self) -> int:
        return len(self._containers)

    def _container(self, key: Any) -> Container:
        if key not in self._containers:
            known = ", ".join(str(k) for k in self._containers) or "none"
            raise KeyError(f"the function has no input {key}; its inputs with names are: {known}")
        return self._containers[key]


class Function(functools.partial):  # type: ignore[type-arg]
    """A compiled function; call it with the values of its inputs.

    It is a ``functools.partial`` of no arguments around what the backend made: a call costs no
    Python code of its own.

    Attributes
    ----------
    name : str or None
    maker : FunctionMaker
        What it was made from; ``maker.fgraph`` is the compiled graph.
    profile : ProfileStats or None
    trust_input : bool
        Accepted: arguments that need no conversion are recognised for next to nothing.
    input_storage : list of Container
        One an input of the graph: arguments first, then implicit inputs and shared variables.
    """

    __module__ = "lamina.compile.function.types"

    maker: FunctionMaker
    name: str | None
    profile: Any
    trust_input: bool
    input_storage: list[Container]
    _executable: Executable

    def __new__(cls, maker: FunctionMaker, executable: Executable, call: Any) -> Function:
        self = super().__new__(cls, call)
        self.maker = maker
        self.name = maker.name
        self.profile = maker.profile
        self.trust_input = maker.trust_input
        self.input_storage = maker.containers()
        self._executable = executable
        return self

    @property
    def value(self) -> Values:
        """The values of defaults and shared variables, by name or shared variable."""
        containers: dict[Any, Container] = {}
        shared = [None] * (len(self.input_storage) - len(self.maker.shared)) + self.maker.shared
        for container, variable in zip(self.input_storage, shared, strict=True):
            if container.name is not None:
                containers.setdefault(container.name, container)
            if variable is not None:
                containers[variable] = container
        return Values(containers)

    container = value

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.value[key] = value

    @property
    def device(self) -> str:
        """Where it runs: ``"cpu"``, ``"cuda"`` or ``"cuda-emu"``."""
        return self.maker.mode.device

    @property
    def transfers(self) -> dict[str, int]:
        """How many arrays calls have copied "to device" and "from device"; of a function of the
        processor, none.
        """
        if self.device == "cpu":
            return {"to device": 0, "from device": 0}
        return dict(self._executable.path.transfers)  # type: ignore[attr-defined]

    def get_shared(self) -> list[SharedVariable]:
        """The shared variables that the function reads or updates."""
        return self.maker.all_shared()

    def copy(
        self,
        share_memory: bool = False,
        swap: Mapping[SharedVariable, SharedVariable] | None = None,
        delete_updates: bool = False,
        name: str | None = None,
        profile: Any = None,
    ) -> Function:
        """Another function of the same graph.

        Parameters
        ----------
        share_memory : bool
            Accepted: functions have no memory of their own.
        swap : mapping, optional
            Shared variables to use in the place of others of the same type.
        delete_updates : bool
            Leave the updates out.
        name : str, optional
            This one's name with ``"_copy"`` unless given.

        Raises
        ------
        ValueError
            A key of `swap` is not used by this function.
        TypeError
            The new shared variable has another type.
        """
        name = name or (f"{self.name}_copy" if self.name else None)
        return self.maker.changed(swap or {}, delete_updates, name, profile).create()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the function to a file; what ``lamina.load`` makes of it needs no compiler.

        The file has the machine code, LLVM IR for other processors, the values of defaults and
        shared variables, and what errors say; of a function of a device also its kernels.

        Parameters
        ----------
        path : str or path
            What it names is replaced.

        Raises
        ------
        TypeError
            The function calls Python, for an op of the user's own for instance; the message names
            the op. Or it has no machine code: in mode NUMPY, or for values that are no arrays.

        Examples
        --------
        >>> f.save("model.lam")
        >>> lamina.load("model.lam")(1.0)
        """
        from lamina.compile.saved_function import save

        save(self, path)

    def free(self) -> None:
        """Accepted: nothing is kept between calls but the shared variables."""

    def dprint(self, **kwargs: Any) -> Any:
        """Print the compiled graph; see ``lamina.dprint``."""
        from lamina.ir.graph.hooks import debugprint

        return debugprint()(self, **kwargs)

    def _repr_svg_(self) -> str | None:
        """The picture of the compiled graph, None if it were too large."""
        from lamina.ir.graph.hooks import notebook

        return notebook()("svg", self)

    def _repr_html_(self) -> str:
        """What notebooks show: the picture of the compiled graph, and the text to unfold."""
        from lamina.ir.graph.hooks import notebook

        return notebook()("html", self)

    def ir(self, stage: str) -> str:
        """The text of a stage of the compiler's pipeline, such as ``"linalg"``."""
        return self._executable.ir(stage)

    def __reduce__(self) -> Any:
        return _restored, (self.maker,)

    def __repr__(self) -> str:
        names = ", ".join(a.name or "unnamed" for a in self.maker.arguments)
        by_python = ", ".join(map(str, self._executable.callbacks))
        by_python = f", Python for {by_python}" if by_python else ""
        return f"<Function {self.name or ''}({names}), mode {self.maker.mode}{by_python}>"


def _restored(maker: FunctionMaker) -> Function | None:
    return maker.create() if config.unpickle_function else None
