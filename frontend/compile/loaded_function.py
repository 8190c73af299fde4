"""Functions from files; nothing here needs xDSL or MLIR."""

from __future__ import annotations

import functools
import hashlib
import os
import zlib
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from lamina.compile.arguments import Argument, Arguments
from lamina.compile.function_maker import keyed
from lamina.compile.function_object import Container, Values
from lamina.compile.libraries import libraries_for, stored
from lamina.compile.native_signature import converter
from lamina.compile.run_time_errors import Place, raise_run_time_error
from lamina.compile.shown_values import with_shown
from lamina.ir.configuration import config
from lamina.ir.graph.random_type import RandomGeneratorType
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.type import Type
from lamina.runtime.descriptor import Signature
from lamina.runtime.function_file import FunctionFile, FunctionFileError, read

if TYPE_CHECKING:
    from lamina.compile.device_function import DeviceKernels


class LoadedFunction(functools.partial):  # type: ignore[type-arg]
    """A function that was saved; call it as the one that was.

    Attributes
    ----------
    name : str
    mode : str
        The name of the mode that it was compiled in.
    input_storage : list of Container
        Where its inputs have their values between calls: its own, which no other function shares.
    """

    name: str
    mode: str
    input_storage: list[Container]

    @property
    def value(self) -> Values:
        """The values of defaults and shared variables, by name."""
        containers: dict[Any, Container] = {}
        for container in self.input_storage:
            if container.name is not None:
                containers.setdefault(container.name, container)
        return Values(containers)

    container = value

    def __getitem__(self, key: str) -> Any:
        return self.value[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.value[key] = value

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.name} was loaded from a file: copy that")

    def __repr__(self) -> str:
        names = ", ".join(c.name or "unnamed" for c in self.input_storage)
        return f"<LoadedFunction {self.name}({names}), mode {self.mode}>"


def load(path: str | os.PathLike[str], device: str | None = None) -> LoadedFunction:
    """Load a function that ``f.save(path)`` has written.

    It needs neither a graph nor the compiler: on the processor that it was compiled for, its
    machine code is linked; on another one of the same architecture LLVM compiles it again. Load
    only files that you trust: what is in them is run.

    Parameters
    ----------
    path : str or path
    device : {"cuda", "cuda-emu"}, optional
        Where a function of a device is to run; by default where it was compiled for.

    Returns
    -------
    LoadedFunction
        With the values that shared variables had when it was saved. They are its own.

    Raises
    ------
    FunctionFileError
        The file is no saved function or is damaged, or it was saved by another version of Lamina
        or on another architecture.
    DeviceError
        Its device cannot be used.

    Examples
    --------
    >>> f.save("model.lam")
    >>> g = lamina.load("model.lam")
    >>> g(1.0)
    """
    file = read(path)
    header = file.header
    if header["lamina"] != version("lamina"):
        raise FunctionFileError(
            f"{path} was saved by Lamina {header['lamina']}, and this is {version('lamina')}: "
            "save it again"
        )
    stores = _stores(file)
    call = _linked(path, file, stores, device)
    made = LoadedFunction(keyed(call, header["keys"]))
    made.name, made.mode = header["name"], header["mode"]
    made.input_storage = [
        Container(name, _type(kind), stores[number]) for name, kind, number in header["containers"]
    ]
    return made


def _linked(
    path: str | os.PathLike[str], file: FunctionFile, stores: list[list[Any]], device: str | None
) -> Callable[..., Any]:
    from lamina.runtime import executable
    from lamina.runtime.disk_cache import open_cache

    header = file.header
    arguments = [
        Argument(
            a["name"], _type(a["type"]), stores[a["default"]], a["strict"], a["allow_downcast"]
        )
        for a in header["arguments"]
    ]
    cells = [stores[number] for number in header["cells"]]
    errors = [(error, Place(*error.pop("place"))) for error in header["errors"]]

    def report(status: int, details: tuple[int, int, int, int]) -> None:
        error, place = errors[status - 1]
        raise_run_time_error(error, details, place)

    image = _object(path, file)
    kernels = _kernels(path, file, device)
    loaded = executable.load(
        [image, *libraries_for(image)],
        signature := Signature.from_json(header["signature"]),
        name=header["name"],
        convert=converter(Arguments(arguments, header["name"]).convert, cells),
        report=report,
        cells=cells,
        cache=open_cache(config.cache_dir or None, wanted=config.cache),
        path=None if kernels is None else kernels.path(),
    )
    kinds = [_type(kind) for kind in header["returned"]]
    return with_shown(kinds, loaded.call, signature.returns == "list")


def _object(path: str | os.PathLike[str], file: FunctionFile) -> bytes:
    """The machine code for this processor."""
    from lamina.codegen.target import Target, host

    saved = Target(**file.header["target"])
    if saved == host():
        return file.parts["object"]
    if saved.architecture != host().architecture:
        raise FunctionFileError(
            f"{path} was saved on {saved.architecture}, and this is {host().architecture}"
        )
    level, text = file.header["level"], _text(file, "llvm")

    def compiled() -> bytes:
        from lamina.codegen.stages import compile_from
        from lamina.codegen.vector_math import bind_calls, is_bound

        bound = text if is_bound(text) else bind_calls(text, host())
        return compile_from("llvm", bound, level=level).object

    return stored(_key(level, text), compiled)


def _key(level: int, text: str) -> str:
    import llvmlite

    from lamina.codegen.target import host

    made_by = (version("lamina"), llvmlite.__version__, host(), level, text)
    return hashlib.sha256(repr(made_by).encode()).hexdigest()


def _kernels(
    path: str | os.PathLike[str], file: FunctionFile, device: str | None
) -> DeviceKernels | None:
    record = file.header["device"]
    if record is None:
        if device is not None:
            raise FunctionFileError(f"{path} was compiled for the processor, not for {device}")
        return None
    from lamina.compile.device_function import LIBRARIES, DeviceKernels, needs

    where = record["device"] if device is None else device
    constants = [_array(file, f"constant {i}", c) for i, c in enumerate(record["constants"])]
    for symbol in LIBRARIES:
        if symbol.encode() in file.parts["object"]:
            needs(where, symbol)
    code = _device_code(file, where) if record["kernels"] else ""
    return DeviceKernels(where, code, record["kernels"], constants, record["on_host"])


def _device_code(file: FunctionFile, device: str) -> str:
    """What the driver loads: PTX runs on all later architectures."""
    from lamina.compile.device_function import driver

    target = driver(device)
    if target.takes == "llvm":
        return _text(file, "nvptx-llvm")
    if "ptx" in file.parts and _number(target.chip) >= _number(file.header["device"]["chip"]):
        return _text(file, "ptx")
    from lamina.codegen.gpu.ptx import ptx

    return ptx(_text(file, "nvptx-llvm"), target.chip)


def _number(chip: str) -> int:
    return int(chip.removeprefix("sm_").rstrip("af"))


def _text(file: FunctionFile, part: str) -> str:
    return zlib.decompress(file.parts[part]).decode()


def _stores(file: FunctionFile) -> list[list[Any]]:
    return [
        [] if record is None else [_array(file, f"value {i}", record)]
        for i, record in enumerate(file.header["values"])
    ]


def _array(file: FunctionFile, part: str, record: list[Any]) -> np.ndarray:
    dtype, shape = record
    array = np.frombuffer(file.parts[part], dtype).reshape(shape)
    return array.astype(array.dtype.newbyteorder("="))  # a copy, which may be written to


def _type(record: dict[str, Any]) -> Type:
    if record["kind"] == "generator":
        return RandomGeneratorType(counter_based=record.get("counter_based", False))
    return TensorType(record["dtype"], record["shape"])
