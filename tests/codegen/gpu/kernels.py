"""Kernels written by hand as schedules write them: bare pointers, lengths, a loop over the grid."""

GLOBAL = "#gpu.address_space<global>"
WORKGROUP = "#gpu.address_space<workgroup>"


def module(*kernels: str) -> str:
    body = "\n".join(kernels)
    return f"module attributes {{gpu.container_module}} {{\ngpu.module @kernels {{\n{body}\n}}\n}}"


def pointer(name: str, type: str, *, written: bool = False) -> str:
    attributes = "llvm.noalias, llvm.align = 16 : i64" + ("" if written else ", llvm.readonly")
    return f"%{name}_p: memref<{type}, {GLOBAL}> {{{attributes}}}"


def vector(type: str) -> str:
    return f"memref<?x{type}, strided<[1]>, {GLOBAL}>"


def matrix(type: str) -> str:
    return f"memref<?x?x{type}, strided<[?, 1]>, {GLOBAL}>"


def array(name: str, type: str, *lengths: str) -> str:
    """The array of an argument, from its pointer."""
    sizes = ", ".join(f"%{n}" for n in lengths)
    strides = "1" if len(lengths) == 1 else f"%{lengths[1]}, 1"
    made = vector(type) if len(lengths) == 1 else matrix(type)
    return (
        f"%{name} = memref.reinterpret_cast %{name}_p to offset: [0], sizes: [{sizes}], "
        f"strides: [{strides}] : memref<{type}, {GLOBAL}> to {made}"
    )


_GRID_STRIDE = """
  %bd = arith.constant 256 : index
  %bid = gpu.block_id x
  %gd = gpu.grid_dim x
  %t = gpu.thread_id x
  %first = arith.muli %bid, %bd : index
  %i0 = arith.addi %first, %t : index
  %step = arith.muli %gd, %bd : index"""


def elementwise(
    body: str, types: list[str], result: str, name: str = "kernel_0", extra: str = ""
) -> str:
    """A kernel ``o[i] = body``, where `body` computes ``%r`` of ``%x0``, ``%x1``, ..."""
    arguments = [pointer(f"a{i}", t) for i, t in enumerate(types)]
    arguments += [pointer("o", result, written=True), "%n: index"]
    arrays = [array(f"a{i}", t, "n") for i, t in enumerate(types)] + [array("o", result, "n")]
    loads = [f"%x{i} = memref.load %a{i}[%k] : {vector(t)}" for i, t in enumerate(types)]
    lines = "\n  ".join(arrays)
    loaded = "\n    ".join(loads)
    return f"""{extra}
gpu.func @{name}({", ".join(arguments)})
    kernel attributes {{known_block_size = array<i32: 256, 1, 1>}} {{
  {lines}{_GRID_STRIDE}
  scf.for %k = %i0 to %n step %step {{
    {loaded}
    {body}
    memref.store %r, %o[%k] : {vector(result)}
  }}
  gpu.return
}}"""


def axpy(name: str = "kernel_0") -> str:
    """``o = x * x + y`` in vectors of 16 bytes; the length is a multiple of four."""
    v = "vector<4xf32>"
    return f"""
gpu.func @{name}({pointer("x", "f32")}, {pointer("y", "f32")},
    {pointer("o", "f32", written=True)}, %n: index)
    kernel attributes {{known_block_size = array<i32: 256, 1, 1>}} {{
  {array("x", "f32", "n")}
  {array("y", "f32", "n")}
  {array("o", "f32", "n")}{_GRID_STRIDE}
  %c4 = arith.constant 4 : index
  %quarter = arith.divui %n, %c4 : index
  scf.for %k = %i0 to %quarter step %step {{
    %j = arith.muli %k, %c4 overflow<nsw, nuw> : index
    %a = vector.load %x[%j] {{alignment = 16 : i64}} : {vector("f32")}, {v}
    %b = vector.load %y[%j] {{alignment = 16 : i64}} : {vector("f32")}, {v}
    %aa = arith.mulf %a, %a : {v}
    %r = arith.addf %aa, %b : {v}
    vector.store %r, %o[%j] {{alignment = 16 : i64}} : {vector("f32")}, {v}
  }}
  gpu.return
}}"""


def _across_warp(x: str, type: str, op: str, prefix: str) -> tuple[str, str]:
    lines = [f"%{prefix}w = arith.constant 32 : i32"]
    for i, distance in enumerate((16, 8, 4, 2, 1)):
        lines += [
            f"%{prefix}d{i} = arith.constant {distance} : i32",
            f"%{prefix}s{i}, %{prefix}v{i} = gpu.shuffle xor {x}, %{prefix}d{i}, %{prefix}w"
            f" : {type}",
            f"%{prefix}r{i} = {op} {x}, %{prefix}s{i} : {type}",
        ]
        x = f"%{prefix}r{i}"
    return "\n  ".join(lines), x


def total(type: str = "f32", name: str = "kernel_0") -> str:
    """A sum for each block: registers, shuffles, workgroup memory."""
    first, warp = _across_warp("%own", type, "arith.addf", "a")
    second, all_ = _across_warp("%part", type, "arith.addf", "b")
    shared = f"memref<32x{type}, {WORKGROUP}>"
    return f"""
gpu.func @{name}({pointer("x", type)}, {pointer("o", type, written=True)}, %n: index)
    workgroup(%buffer: {shared})
    kernel attributes {{known_block_size = array<i32: 256, 1, 1>}} {{
  {array("x", type, "n")}{_GRID_STRIDE}
  {array("o", type, "gd")}
  %zero = arith.constant 0.0 : {type}
  %own = scf.for %k = %i0 to %n step %step iter_args(%sum = %zero) -> ({type}) {{
    %v = memref.load %x[%k] : {vector(type)}
    %next = arith.addf %sum, %v : {type}
    scf.yield %next : {type}
  }}
  {first}
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  %lane = arith.remui %t, %c32 : index
  %warp = arith.divui %t, %c32 : index
  %leads = arith.cmpi eq, %lane, %c0 : index
  scf.if %leads {{
    memref.store {warp}, %buffer[%warp] : {shared}
  }}
  gpu.barrier
  %holds = arith.cmpi ult, %lane, %c8 : index
  %part = scf.if %holds -> ({type}) {{
    %v = memref.load %buffer[%lane] : {shared}
    scf.yield %v : {type}
  }} else {{
    scf.yield %zero : {type}
  }}
  {second}
  %is_first = arith.cmpi eq, %t, %c0 : index
  scf.if %is_first {{
    memref.store {all_}, %o[%bid] : {vector(type)}
  }}
  gpu.return
}}"""


def transposed(type: str = "f32", name: str = "kernel_0") -> str:
    """``o = x.T`` by tiles of 32 x 32 in workgroup memory, blocks of (32, 8)."""
    tile = f"memref<32x33x{type}, {WORKGROUP}>"
    return f"""
gpu.func @{name}({pointer("x", type)}, {pointer("o", type, written=True)},
    %rows: index, %columns: index) workgroup(%tile: {tile})
    kernel attributes {{known_block_size = array<i32: 32, 8, 1>}} {{
  {array("x", type, "rows", "columns")}
  {array("o", type, "columns", "rows")}
  %bx = gpu.block_id x
  %by = gpu.block_id y
  %tx = gpu.thread_id x
  %ty = gpu.thread_id y
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  %x0 = arith.muli %bx, %c32 : index
  %y0 = arith.muli %by, %c32 : index
  %column = arith.addi %x0, %tx : index
  %column_in = arith.cmpi ult, %column, %columns : index
  scf.for %k = %ty to %c32 step %c8 {{
    %row = arith.addi %y0, %k : index
    %row_in = arith.cmpi ult, %row, %rows : index
    %in = arith.andi %column_in, %row_in : i1
    scf.if %in {{
      %v = memref.load %x[%row, %column] : {matrix(type)}
      memref.store %v, %tile[%k, %tx] : {tile}
    }}
  }}
  gpu.barrier
  %row_o = arith.addi %y0, %tx : index
  %row_o_in = arith.cmpi ult, %row_o, %rows : index
  scf.for %k = %ty to %c32 step %c8 {{
    %column_o = arith.addi %x0, %k : index
    %column_o_in = arith.cmpi ult, %column_o, %columns : index
    %in = arith.andi %row_o_in, %column_o_in : i1
    scf.if %in {{
      %v = memref.load %tile[%tx, %k] : {tile}
      memref.store %v, %o[%column_o, %row_o] : {matrix(type)}
    }}
  }}
  gpu.return
}}"""
