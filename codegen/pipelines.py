"""The MLIR stages of the CPU path, and how the text that enters them has to be written.

    linalg  --convert-linalg-to-affine-loops-->  affine  --convert-to-llvm ...-->  llvm-dialect

Each arrow is a fixed pipeline. The text of each stage is read back by the same tools, and a compile
that starts from it gives the same object, bit for bit.

What the emitter may rely on
----------------------------
* A `linalg.generic` stands at the top level of a function, not in an `scf.for`: `affine.for` takes
  only bounds that are constants, arguments or dims of such values. Loops around it, and nests that
  are written as loops at once, use `scf.for` and `memref.load`.
* ``ptr`` and sizes become a memref by building the descriptor and a cast that is folded away::

    %a0 = llvm.mlir.poison : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
    %a1 = llvm.insertvalue %p, %a0[0] : ...      // allocated and aligned pointer,
    %a2 = llvm.insertvalue %p, %a1[1] : ...
    %a3 = llvm.insertvalue %zero, %a2[2] : ...   // offset, sizes, strides (in elements)
    %a4 = llvm.insertvalue %n, %a3[3, 0] : ...
    %a5 = llvm.insertvalue %one, %a4[4, 0] : ...
    %a = builtin.unrealized_conversion_cast %a5 : !llvm.struct<...> to memref<?xf64>

  It makes no ptrtoint, so alias analysis sees through it. The other way round the host function
  keeps the pointer that it built the memref from.
* An operand in place is ONE memref, read and written by the kernel: all pointers of a kernel are
  noalias. Passing one array twice is allowed only where both are read.
* Bools are i1 in registers and i8 in memory (`arith.cmpi ne` 0, `arith.extui`).
* `scalar_functions` says what becomes of the ops of `math` and `complex`.
* Function attributes that reach LLVM: ``llvm.always_inline`` (a kernel is noinline without it),
  ``llvm.readnone``, ``llvm.no_unwind``, ``llvm.will_return``; on a result ``{llvm.noalias}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lamina.codegen.mlir import LoweringError, Module
from lamina.codegen.scalar_functions import lower_to_calls

MLIR_STAGES = ("linalg", "affine", "llvm-dialect")

LINALG_TO_AFFINE = "builtin.module(func.func(convert-linalg-to-affine-loops))"

# One convert-to-llvm costs two thirds of the six separate conversions. The last canonicalize folds
# the descriptors (insertvalue, extractvalue): it makes the text a third as long, and what it costs
# is saved twice in printing and parsing that text.
AFFINE_TO_LLVM_DIALECT = """builtin.module(
  expand-strided-metadata, lower-affine, convert-scf-to-cf, convert-complex-to-standard,
  convert-to-llvm, reconcile-unrealized-casts, canonicalize, cse)"""

# Gives functions the debug scope without which `loc(...)` does not become `!dbg`.
KEEP_LOCATIONS = "builtin.module(ensure-debug-info-scope-on-llvm-func)"


def parse(text: str, stage: str) -> Module:
    """Parse and verify MLIR `text` of `stage`."""
    with _named(stage):
        return Module(text)


def linalg_to_affine(module: Module, *, verify: bool = False) -> None:
    """Make loops of `linalg.generic`; with `verify`, MLIR checks the module after each pass."""
    with _named("affine"):
        # Calls before any pass folds: MLIR takes complex.log(complex.exp(z)) for z.
        lower_to_calls(module)
        module.run(LINALG_TO_AFFINE, verify=verify)


def affine_to_llvm_dialect(
    module: Module, *, locations: bool = False, verify: bool = False
) -> None:
    """Lower everything to the LLVM dialect; with `locations` for debug information in LLVM IR."""
    with _named("llvm-dialect"):
        lower_to_calls(module)
        module.run(AFFINE_TO_LLVM_DIALECT, verify=verify)
        if locations:
            module.run(KEEP_LOCATIONS, verify=verify)


def llvm_dialect_to_llvm(module: Module) -> str:
    """Translate to LLVM IR in the spelling of MLIR's LLVM."""
    with _named("llvm"):
        return module.to_llvm_ir()


@contextmanager
def _named(stage: str) -> Iterator[None]:
    try:
        yield
    except LoweringError as error:
        raise LoweringError(f"{stage}: {error}") from None


_CHECK = """
func.func private @square(%a: memref<?xf64, strided<[?], offset: ?>>, %o: memref<?xf64>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
      ins(%a : memref<?xf64, strided<[?], offset: ?>>) outs(%o : memref<?xf64>) {
  ^bb0(%x: f64, %old: f64):
    %z = complex.create %x, %x : complex<f64>
    %zz = complex.mul %z, %z : complex<f64>
    %im = complex.im %zz : complex<f64>
    %y = math.expm1 %im : f64
    linalg.yield %y : f64
  }
  return
}"""


def check_bindings() -> None:
    """Check that the pipelines work with the bindings in use, which are not the default ones.

    Raises
    ------
    LoweringError
        If they do not.
    """
    try:
        module = Module(_CHECK, checked=False)
        module.run(LINALG_TO_AFFINE, verify=True)
        lower_to_calls(module)
        module.run(AFFINE_TO_LLVM_DIALECT, verify=True)
        module.run(KEEP_LOCATIONS, verify=True)
        text = module.to_llvm_ir()
    except Exception as error:
        raise LoweringError(f"LAMINA_MLIR: these MLIR bindings cannot be used: {error}") from error
    if "define void @square(ptr" not in text or "call double @expm1(double" not in text:
        raise LoweringError("LAMINA_MLIR: these MLIR bindings give other code than is expected")
