"""The final nd module for a device: the function @lamina_main, which runs on the processor, and the
kernels that it launches.

Arrays are in the device's memory; views, loops and checks are arithmetic on addresses and lengths
as they are for a processor, and are emitted by the same code. A number that a kernel makes stays on
the device until the host needs it, which it then waits for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from xdsl.ir import Block, Operation, SSAValue

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_kernel import Nest
from lamina.codegen.emit_linalg import Emitted, Host
from lamina.codegen.emit_scalar import Element, Writer, apply
from lamina.codegen.gpu.decompositions import emit_decomposition, is_decomposition
from lamina.codegen.gpu.element_loops import emit_element_loop, has_arrays
from lamina.codegen.gpu.functions import definition
from lamina.codegen.gpu.kernels import DeviceKernel, write_device_kernel
from lamina.codegen.gpu.launch import Launcher
from lamina.codegen.gpu.products import emit_product
from lamina.codegen.gpu.routines import emit_device_routine
from lamina.codegen.gpu.row_groups import RowGroups
from lamina.codegen.gpu.running_totals import emit_cumulate
from lamina.codegen.gpu.sorting import SORTS, emit_sort
from lamina.codegen.gpu.unsupported import NotOnDevice
from lamina.codegen.memory import load, memory_type, store
from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise

WORKSPACE = "lamina_device_workspace"


@dataclass(frozen=True)
class Place:
    """A number on the device.

    Attributes
    ----------
    pointer, dtype : str
    """

    pointer: str
    dtype: str


@dataclass
class DeviceEmitted(Emitted):
    """MLIR text of a host function and of kernels.

    Attributes
    ----------
    device : str
        The module of the kernels; their names are kernel_0, kernel_1, ...
    kernels : list of str
        The names of the kernels, in the order of the table of handles that the host is given.
    constants : list of array
        What the runtime puts on the device before the first call, in the order of its table.
    on_host : list of str
        The ops that the processor computes, between copies.
    """

    device: str = ""
    kernels: list[str] = field(default_factory=list)
    constants: list[np.ndarray] = field(default_factory=list)
    on_host: list[str] = field(default_factory=list)


class _Numbers(dict[SSAValue, Any]):
    """Numbers by value; one that is on the device is fetched when it is asked for."""

    def __init__(self, host: DeviceHost):
        super().__init__()
        self.host = host

    def __getitem__(self, v: SSAValue) -> Element:
        x = super().__getitem__(v)
        return self.host.launcher.fetched(x.pointer, x.dtype) if isinstance(x, Place) else x


def emit_for_device(
    block: Block,
    fall_back: bool = False,
    blas: bool = False,
    solver: bool = False,
    numbers: Collection[int] = (),
) -> DeviceEmitted:
    """Write the planned body of ``@main`` for a device.

    Parameters
    ----------
    block : Block
    fall_back : bool
        Let the processor compute what a device cannot, rather than to refuse it.
    blas : bool
        Whether there is ``lamina_cuda_gemm``.
    solver : bool
        Whether there is ``lamina_cuda_solver``.
    numbers : collection of int
        The arguments that are numbers, by position, whose addresses on the device are passed.

    Raises
    ------
    NotOnDevice
    """
    return DeviceHost(block, fall_back, blas, solver, numbers).emit_all()


class DeviceHost(Host):
    def __init__(
        self,
        block: Block,
        fall_back: bool = False,
        blas: bool = False,
        solver: bool = False,
        numbers: Collection[int] = (),
    ):
        super().__init__(block)
        self.fall_back, self.blas, self.solver = fall_back, blas, solver
        self.numbers = frozenset(numbers)
        self.scalars: Any = _Numbers(self)
        self.launcher = Launcher(self)
        self.row_groups = RowGroups(self)
        self.device_kernels: dict[str, DeviceKernel] = {}
        self.device_texts: dict[str, str] = {}
        self.device_names: dict[str, int] = {}
        self.device_declared: dict[str, str] = {}
        self.constants: list[np.ndarray] = []
        self.on_host: list[str] = []
        self.here = False  # whether what is written now is the processor's own

    def emit_all(self) -> DeviceEmitted:
        """The host function and the kernels."""
        made = self.emit()
        functions = "\n".join(self.device_declared.values())
        kernels = "\n".join(
            text.replace("@KERNEL", f"@{symbol}") for text, symbol in self.device_texts.items()
        )
        device = f"module {{\n  gpu.module @kernels {{\n{functions}\n{kernels}\n  }}\n}}\n"
        return DeviceEmitted(
            made.text, made.errors, made.callbacks, made.pieces, device, list(self.device_names),
            self.constants, self.on_host,
        )  # fmt: skip

    # -- what is computed where --------------------------------------------------------------------

    def _emit(self, op: Operation) -> None:
        if not self.here and isinstance(op, nd.ScanOp) and emit_element_loop(self, op):
            return
        if self.here or isinstance(op, (nd.ScanOp, nd.IfOp)):
            super()._emit(op)
            return
        raw = self.scalars.get
        if isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise):
            if not any(isinstance(raw(v), Place) for v in op.operands):
                super()._emit(op)
                return
        numbers = not any(map(nd.rank, (*op.operands, *op.results)))
        if isinstance(op, nd.RoutineOp) and numbers:
            if not any(isinstance(raw(v), Place) for v in op.operands):
                self._emit_here(op)
                return
        written, slots = len(self.w.lines), dict(self.slots)
        try:
            if isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise):
                self._number(op)
            elif op.name in ("nd.dot", "nd.gemm", "nd.gemv", "nd.product_kernel"):
                emit_product(self, op)
            elif op.name in SORTS:
                emit_sort(self, op)
            elif is_decomposition(op):
                emit_decomposition(self, op)
            elif op.name == "nd.cumulate":
                emit_cumulate(self, op)
            elif isinstance(op, nd.RoutineOp):
                emit_device_routine(self, op)
            elif op.name == "nd.callback":
                raise NotOnDevice("Python computes it")
            else:
                super()._emit(op)
        except NotOnDevice as reason:
            title = _title(op)
            if not self.fall_back:
                line = f" ({self.line})" if self.line else ""
                raise NotOnDevice(
                    f"{title}{line} cannot be computed on a device: {reason}. "
                    "lamina.config.cuda_fallback = True lets the processor compute it"
                ) from None
            del self.w.lines[written:]
            self.slots = slots
            self.on_host.append(title)
            self._emit_here(op)

    def _number(self, op: Any) -> None:
        """An op on numbers of which one is on the device: a kernel of one thread."""
        element = [nd.TensorType(nd.ELEMENT[nd.dtype_of(v)], []) for v in op.operands]
        body = Block(arg_types=element)
        inner = nd.create(op.definition, list(body.args))
        body.add_ops([inner, nd.YieldOp.create(operands=[inner.results[0]])])
        result = op.results[0]
        (name,) = self._call_kernel(
            body, (), [self._operand(v) for v in op.operands], [()] * len(op.operands),
            [None], [()], ("",), (None,), {}, [nd.dtype_of(result)],
        )  # fmt: skip
        self.scalars[result] = Place(name, nd.dtype_of(result))

    def _emit_here(self, op: Any) -> None:
        """Let the processor compute an op, between copies of its operands and results."""
        kept = dict(self.arrays)
        self.here = True
        for v in op.operands:
            if nd.rank(v):
                self.arrays[v] = self._copied_out(kept[v])
        memrefs, self.memrefs = self.memrefs, {}
        slots, self.slots = self.slots, {}
        super()._emit(op)
        self.memrefs, self.slots = memrefs, slots
        self.here = False
        made = {r: self.arrays[r] for r in op.results if nd.rank(r)}
        self.arrays |= kept
        for i, r in enumerate(op.results):
            if nd.rank(r):
                array = self._array_for(op, i, made[r].lengths)
                self.launcher.copy("in", array, made[r])
                self.arrays[r] = array

    def _copied_out(self, x: Array) -> Array:
        """The elements of an array in the processor's memory."""
        whole = replace(
            x, pointer=self._piece(x.lengths, x.dtype), strides=self._row_major(x.lengths),
            contiguous=True,
        )  # fmt: skip
        self.here = False
        x = self.without_gaps(x)
        self.here = True
        self.launcher.copy("out", whole, x)
        return whole

    def without_gaps(self, x: Array) -> Array:
        """An array on the device, or a copy of it, whose elements lie in row-major order."""
        if x.contiguous:
            return x
        pointer = self._workspace(x.lengths, x.dtype)
        packed = Array(pointer, x.dtype, x.lengths, self._row_major(x.lengths))
        self._copy(x, packed)
        return packed

    # -- numbers -----------------------------------------------------------------------------------

    def _number_parameter(self, i: int, v: SSAValue) -> str:
        if i not in self.numbers:
            return super()._number_parameter(i, v)
        self.scalars[v] = Place(f"%x{i}", nd.dtype_of(v))
        return f"%x{i}: !llvm.ptr"

    def _operand(self, v: SSAValue) -> Array | Element:
        if self.here or nd.rank(v):
            return super()._operand(v)
        x = self.scalars.get(v)
        return Array(x.pointer, x.dtype, (), ()) if isinstance(x, Place) else x

    def _returned(self, name: str, dtype: str) -> Any:
        return super()._returned(name, dtype) if self.here else Place(name, dtype)

    def load(self, x: Array) -> Any:
        if self.here:
            return load(self.w, x.pointer, x.dtype)
        # a copy, for the array may be overwritten before the number is needed
        place = self.number_place(x.dtype)
        self.launcher.copy("over", place, replace(x, lengths=(), strides=()))
        return Place(place.pointer, x.dtype)

    def store(self, x: Element, address: str) -> None:
        if self.here:
            super().store(x, address)
            return
        cell = self.on_stack(1, memory_type(x.dtype))
        store(self.w, x, cell)
        self.launcher.copy("in", Array(address, x.dtype, (), ()), Array(cell, x.dtype, (), ()))

    def put(self, v: SSAValue, address: str) -> None:
        x = self.scalars.get(v)
        if isinstance(x, Place):
            frm = Array(x.pointer, x.dtype, (), ())
            self.launcher.copy("over", replace(frm, pointer=address), frm)
        else:
            super().put(v, address)

    def is_carried_in_memory(self, loop: nd.ScanOp, v: SSAValue) -> bool:
        # integers and truths are lengths, indices and conditions, which the host needs
        is_real = nd.rank(v) == 0 and np.dtype(nd.dtype_of(v)).kind in "fc"
        return not self.here and is_real and has_arrays(loop)

    def number_at(self, address: str, dtype: str) -> Place:
        return Place(address, dtype)

    def number_place(self, dtype: str) -> Array:
        if self.here:
            return super().number_place(dtype)
        return Array(self._workspace((), dtype), dtype, (), ())

    def _return(self, op: Any) -> None:
        for k, v in enumerate(op.operands):
            if nd.rank(v):
                continue
            self.put(v, self._new_output(k, ()))

    # -- memory ------------------------------------------------------------------------------------

    def _piece(self, lengths: Sequence[str], dtype: str) -> str:
        self.workspace = "lamina_workspace" if self.here else WORKSPACE
        self.w.declare(
            self.workspace, f"func.func private @{self.workspace}(!llvm.ptr, i64) -> !llvm.ptr"
        )
        return super()._piece(lengths, dtype)

    def _array_for(self, op: Operation, i: int, lengths: Sequence[str]) -> Array:
        if not self.here and self.row_groups.keeps_to_itself(op.results[i]):
            lengths = tuple(lengths)
            return Array("", nd.dtype_of(op.results[i]), lengths, self._row_major(lengths))
        if not self.here:
            return super()._array_for(op, i, lengths)
        place, number = planned_place(op, i)
        if place == "operand":
            return replace(self.arrays[op.operands[number]], lengths=tuple(lengths))
        dtype = nd.dtype_of(op.results[i])
        return Array(self._piece(lengths, dtype), dtype, tuple(lengths), self._row_major(lengths))

    def move(self, x: Array, y: Array) -> None:
        if self.here:
            super().move(x, y)
        else:
            self.launcher.copy("over", y, x)

    def _constant(self, op: nd.ConstantOp) -> None:
        data = op.data
        if not data.ndim:
            super()._constant(op)
            return
        pointer = self.launcher.constant(len(self.constants))
        self.constants.append(np.ascontiguousarray(data))
        lengths = tuple(self.i64(n) for n in data.shape)
        self.arrays[op.results[0]] = Array(
            pointer, data.dtype.name, lengths, self._row_major(lengths)
        )

    # -- kernels -----------------------------------------------------------------------------------

    def _kernel(self, op: nd.KernelOp) -> None:
        if not self.here and self.row_groups.takes(op):
            self.row_groups.add(op, self._planned_call(op))
        else:
            super()._kernel(op)

    def computes(self, block: Block) -> bool:
        """Whether a device has the functions that numbers and kernels in `block` are made by."""
        declared: dict[str, str] = {}
        self._tried(block, Writer(declared))
        return not self.missing(declared)

    def _tried(self, block: Block, w: Writer) -> None:
        for op in block.ops:
            if isinstance(op, nd.KernelOp):
                self._tried(op.body.block, w)
            elif isinstance(op, nd.NdOp) and isinstance(op.definition, Elemwise):
                apply(op.definition, [Element("%x", nd.dtype_of(v), w) for v in op.operands], w)

    def missing(self, declared: dict[str, str]) -> list[str]:
        """The functions among those declared that no device has."""
        return [s for s, text in declared.items() if "{\n" not in text and not definition(s)]

    def _kernel_symbol(self, nest: Nest) -> str:
        if self.here:
            return super()._kernel_symbol(nest)
        declared: dict[str, str] = {}
        kernel = write_device_kernel("KERNEL", nest, declared)
        symbol = self._named(kernel.text, declared, 2 if kernel.part_dtypes else 1)
        self.device_kernels[symbol] = kernel
        return symbol

    def _named(self, text: str, declared: dict[str, str], count: int = 1) -> str:
        """The symbol of a kernel; equal ones are one. The text may be of one and of its `_end`."""
        for name in self.missing(declared):
            raise NotOnDevice(f"no device has the function {name}")
        self.device_declared |= declared
        symbol = self.device_texts.get(text)
        if symbol is None:
            symbol = self.device_texts[text] = f"kernel_{len(self.device_texts)}"
            for name in (symbol, f"{symbol}_end")[:count]:
                self.device_names[name] = len(self.device_names)
        return symbol

    def routine(self, text: str, declared: dict[str, str]) -> int:
        """The number of a routine's kernel in the table."""
        return self.device_names[self._named(text, declared)]

    def _call(
        self,
        symbol: str,
        nest: Nest,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
        extra: Sequence[int],
    ) -> list[str]:
        if self.here:
            return super()._call(symbol, nest, ins, outs, lengths, extra)
        places, made = [], []
        for a, pointer, own, strides in outs:
            if a.scalar:
                pointer = self._workspace((), a.dtype)
                made.append(pointer)
            places.append((a, pointer, own, strides))
        number = self.device_names[symbol]
        self.launcher.launch(self.device_kernels[symbol], number, nest, ins, places, lengths)
        return made


def _title(op: Any) -> str:
    """What users call an operation."""
    if isinstance(op, nd.KernelOp):
        inner = [str(o.definition) for o in op.body.block.ops if isinstance(o, nd.NdOp)]
        return ", ".join(dict.fromkeys(inner))
    return str(getattr(op, "title", "") or getattr(op, "definition", op.name))
