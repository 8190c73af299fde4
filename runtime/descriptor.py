"""What a compiled function takes and gives: plain data, shared by code generator and runtime.

Nothing here imports LLVM or NumPy, so that the frontend may use it before anything is compiled.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import IntEnum, IntFlag
from typing import Any, Literal

# How a value of rank 0 travels in registers. Bools are bytes, 0 or 1.
VALUE_TYPES = {
    "bool": "i8",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
    "uint8": "i8",
    "uint16": "i16",
    "uint32": "i32",
    "uint64": "i64",
    "float16": "half",
    "float32": "float",
    "float64": "double",
    "complex64": "{ float, float }",
    "complex128": "{ double, double }",
}
DTYPES = tuple(VALUE_TYPES)

# The record of a piece of a function that takes times: int64 of each of these.
RECORD = ("calls", "nanoseconds", "workspace", "allocated")
RECORD_WORDS = len(RECORD)

# What a function returns where a Python exception is set.
ERROR_RAISED = -1

# Of a function on a device: words of the record of a call, behind the four numbers about an error;
# and what it returns where the driver fails, whose status is then the first of those numbers.
DEVICE_KERNELS, DEVICE_CONSTANTS, DEVICE_STREAM, DEVICE_MEMORY = 4, 5, 6, 7
ERROR_DEVICE = -2

# The C function of linear algebra on a device, see `lamina.runtime.cuda.solver`, and its dtypes by
# number.
SOLVER = "lamina_cuda_solver"
SOLVER_DTYPES = ("float32", "float64", "complex64", "complex128")


class SolverStep(IntEnum):
    """What `SOLVER` does, by LAPACK's names for real matrices."""

    POTRF = 0
    GETRF = 1  # pivots count from 1
    GETRS = 2
    TRSM = 3  # from the right: X op(A) = B
    SYEVD = 4
    SYGVD = 5
    GESVD = 6
    GEQRF = 7
    ORGQR = 8
    CHECK = 9  # nothing is done: info is looked at


class SolverOptions(IntFlag):
    """How `SOLVER` does it."""

    UPPER = 1  # the triangle that is read
    TRANSPOSED = 2  # op(A) = A^T
    UNIT = 4  # the diagonal is taken as ones
    VECTORS = 8
    FULL = 16  # all vectors
    CONJUGATED = 32  # op(A) = A^H


Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class ArraySpec:
    """The dtype and the static shape of an array.

    Parameters
    ----------
    dtype : str
        One of `DTYPES`.
    shape : tuple of int or None
        One entry a dimension, None where the length is known only at run time.
    """

    dtype: str
    shape: Shape

    def __post_init__(self) -> None:
        _check_dtype(self.dtype)

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


@dataclass
class Piece:
    """What one record of a profile is about; the first is about the whole function.

    Attributes
    ----------
    kind : str
        The name of the class of op: Composite, Scan, Gemv.
    title : str
        What it computes.
    lines : tuple of str
        The user's, as ``"model.py:12"``.
    parent : int
        The number of the loop, branch or function that it is a part of; -1 for the function.
    calls : tuple of str
        The functions of the module and of libraries that do it.
    inplace : bool
        Whether a result overwrites an operand.
    by_python : bool
        Whether it is a call of Python.
    """

    kind: str
    title: str
    lines: tuple[str, ...]
    parent: int
    calls: tuple[str, ...] = ()
    inplace: bool = False
    by_python: bool = False


@dataclass(frozen=True)
class InputSpec:
    """One input of a compiled function.

    Parameters
    ----------
    name : str or None
        What keyword arguments and errors call it.
    dtype, shape
        As in `ArraySpec`.
    source : {"argument", "cell"}
        Whether the value comes with the call or lies in a cell, the list ``[value]`` of a shared
        variable.
    mutable : bool
        Whether the function may write to the array: it then has to be writeable, and to share no
        memory with another input.
    numbers : {"none", "exact", "rounded"}
        Which objects other than arrays an input of rank 0 takes without a conversion. none: none
        at all; exact: scalars of its dtype, and Python numbers that lose nothing by it (an int
        counts as exact in float64); rounded: also Python numbers that are rounded to float32.
        This is a shortcut only: the conversion has to give the same value.
    place : {"host", "device"}
        Of an input of rank 0: whether its value is passed, or its address on a device.
    """

    name: str | None
    dtype: str
    shape: Shape
    source: Literal["argument", "cell"] = "argument"
    mutable: bool = False
    numbers: Literal["none", "exact", "rounded"] = "exact"
    place: Literal["host", "device"] = "host"

    def __post_init__(self) -> None:
        _check_dtype(self.dtype)

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def by_value(self) -> bool:
        """Whether what is passed is a number, not an address."""
        return not self.shape and self.place == "host"


@dataclass(frozen=True)
class Signature:
    """The inputs and outputs of a compiled function.

    Parameters
    ----------
    inputs : tuple of InputSpec
        The arguments of the call, then the cells.
    outputs : tuple of ArraySpec
        The returned arrays, then the new values of cells. Only their dtype and rank matter to a
        call; their dimensions are what the function says.
    updates : tuple of int
        For each of the trailing outputs the number of the input, a cell, whose value it becomes.
    returns : {"single", "list"}
        Whether a call gives the one returned array or a list of all.

    Examples
    --------
    >>> count = InputSpec("count", "int64", (), source="cell")
    >>> step = Signature((count,), (ArraySpec("int64", ()),), updates=(0,), returns="list")
    >>> Signature.from_json(step.to_json()) == step
    True
    """

    inputs: tuple[InputSpec, ...]
    outputs: tuple[ArraySpec, ...]
    updates: tuple[int, ...] = ()
    returns: Literal["single", "list"] = "single"

    def __post_init__(self) -> None:
        sources = [spec.source for spec in self.inputs]
        if sources != sorted(sources):  # "argument" < "cell"
            raise ValueError("an argument follows a cell; cells come last")
        if len(self.updates) > len(self.outputs):
            raise ValueError(f"{len(self.updates)} updates of {len(self.outputs)} outputs")
        if len(set(self.updates)) < len(self.updates):
            raise ValueError(f"updates {self.updates} name a cell twice")
        for number, output in zip(self.updates, self.outputs[self.returned :], strict=True):
            if number >= len(sources) or sources[number] != "cell":
                raise ValueError(f"input {number} is updated and is no cell")
            cell = self.inputs[number]
            if (cell.dtype, cell.rank) != (output.dtype, output.rank):
                raise ValueError(f"input {number} is {cell}, its new value {output}")
        if self.returns == "single" and self.returned != 1:
            raise ValueError(f"a single array is returned, of {self.returned}")

    @property
    def returned(self) -> int:
        """How many of the outputs a call returns."""
        return len(self.outputs) - len(self.updates)

    @property
    def arguments(self) -> int:
        """How many of the inputs come with a call."""
        return sum(spec.source == "argument" for spec in self.inputs)

    def to_json(self) -> str:
        """Return the signature as JSON text."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Signature:
        """Return the signature that `to_json` has written."""
        record = json.loads(text)
        return Signature(
            tuple(InputSpec(**_tuples(spec)) for spec in record["inputs"]),
            tuple(ArraySpec(**_tuples(spec)) for spec in record["outputs"]),
            tuple(record["updates"]),
            record["returns"],
        )


def _check_dtype(dtype: str) -> None:
    if dtype not in VALUE_TYPES:
        raise ValueError(f"dtype {dtype!r} is none of {', '.join(DTYPES)}")


def _tuples(spec: dict[str, Any]) -> dict[str, Any]:
    return {**spec, "shape": tuple(spec["shape"])}
