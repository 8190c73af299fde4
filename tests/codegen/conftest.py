"""Links objects and calls what they define."""

import ctypes
from collections.abc import Callable, Sequence

import llvmlite.binding as llvm
import numpy as np
import pytest

from lamina.codegen.stages import Compiled
from lamina.codegen.target import host
from lamina.codegen.vector_math import library_object

Call = Callable[..., int | None]


@pytest.fixture
def load() -> Callable[..., Call]:
    """Give a function that links a `Compiled` and returns one of its functions.

    Arguments are ints, arrays (passed as their address) and ctypes values; `symbols` maps names
    that the process does not define to ctypes callbacks.
    """
    keep: list[object] = []

    def link(
        compiled: Compiled,
        name: str = "lamina_main",
        symbols: dict[str, object] | None = None,
        result: type | None = ctypes.c_int64,
    ) -> Call:
        jit = llvm.create_lljit_compiler(use_jit_link=True)
        library = llvm.JITLibraryBuilder().add_object_img(compiled.object).add_current_process()
        if compiled.vector_functions:
            library.add_object_img(library_object(host(), compiled.vector_functions))
        for symbol, callback in (symbols or {}).items():
            library.import_symbol(symbol, ctypes.cast(callback, ctypes.c_void_p).value)
        tracker = library.export_symbol(name).link(jit, f"library_{id(compiled)}")
        keep.extend((jit, tracker, symbols))
        function = ctypes.CFUNCTYPE(result)(tracker[name])
        function.argtypes = None

        def call(*arguments: object) -> int | None:
            return function(*map(_argument, arguments))

        return call

    return link


def _argument(value: object) -> object:
    if isinstance(value, np.ndarray):
        return ctypes.c_void_p(value.ctypes.data)
    return ctypes.c_int64(value) if isinstance(value, int) else value


@pytest.fixture
def elementwise() -> Callable[[str, Sequence[str], str], str]:
    """Give a function that writes a module whose `lamina_main` applies `body` to 1-D arrays.

    `body` computes `%r` from `%x0`, `%x1`, ...; `lamina_main` takes the length and then the
    addresses of the inputs and of the output.
    """
    return _elementwise


def _elementwise(body: str, inputs: Sequence[str], output: str) -> str:
    types = [*inputs, output]
    names = [*(f"a{i}" for i in range(len(inputs))), "o"]
    parameters = ", ".join(f"%{n}: memref<?x{t}>" for n, t in zip(names, types, strict=True))
    memrefs = ", ".join(f"memref<?x{t}>" for t in types)
    maps = ", ".join(["affine_map<(i) -> (i)>"] * len(types))
    struct = "!llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>"
    views = "\n".join(
        f"""
  %{n}_0 = llvm.mlir.poison : {struct}
  %{n}_1 = llvm.insertvalue %{n}_p, %{n}_0[0] : {struct}
  %{n}_2 = llvm.insertvalue %{n}_p, %{n}_1[1] : {struct}
  %{n}_3 = llvm.insertvalue %zero, %{n}_2[2] : {struct}
  %{n}_4 = llvm.insertvalue %n, %{n}_3[3, 0] : {struct}
  %{n}_5 = llvm.insertvalue %one, %{n}_4[4, 0] : {struct}
  %{n} = builtin.unrealized_conversion_cast %{n}_5 : {struct} to memref<?x{t}>"""
        for n, t in zip(names, types, strict=True)
    )
    return f"""
func.func private @kernel_0({parameters}) {{
  linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}}
      ins({", ".join(f"%{n}" for n in names[:-1])} : {", ".join(f"memref<?x{t}>" for t in inputs)})
      outs(%o : memref<?x{output}>) {{
  ^bb0({", ".join(f"%x{i}: {t}" for i, t in enumerate(inputs))}, %old: {output}):
{body}
    linalg.yield %r : {output}
  }}
  return
}}
func.func @lamina_main(%n: i64, {", ".join(f"%{n}_p: !llvm.ptr" for n in names)}) -> i64 {{
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
{views}
  func.call @kernel_0({", ".join(f"%{n}" for n in names)}) : ({memrefs}) -> ()
  return %zero : i64
}}
"""
