"""Which kernel multiplies matrices of which dtype and size."""

from __future__ import annotations

from lamina.codegen.emit_scalar import Writer
from lamina.codegen.gpu.kernels import DeviceKernel
from lamina.codegen.gpu.matrix_products import Product
from lamina.codegen.gpu.product_tiles import Engine, TileWriter
from lamina.codegen.gpu.register_tiles import RegisterTiles
from lamina.codegen.gpu.small_products import SmallProductWriter
from lamina.codegen.gpu.tensor_cores import DoubleCores, HalfCores

# Tiles of 128 x 128 read operands half as often as those of 64 x 64; these keep more of a device
# busy where there are fewer than this many large ones. Devices have 40 to 150 multiprocessors.
TILES_FOR_LARGE = 64
HAS_LARGE = frozenset(("float16",))


def engine_for(dtype: str, large: bool = False) -> Engine:
    """What multiplies tiles; `large` ones where the dtype has them."""
    if dtype == "float16":
        return HalfCores(128, 128, 32, (2, 4)) if large else HalfCores(64, 64, 32, (2, 2))
    return DoubleCores(64, 64, 16, (2, 2)) if dtype == "float64" else RegisterTiles(dtype)


def tiled_kernel(task: Product, engine: Engine, declared: dict[str, str]) -> DeviceKernel:
    """The kernel @KERNEL by tiles; functions that it calls are added to `declared`."""
    return _made(TileWriter("KERNEL", task, Writer(declared), engine))


def small_kernel(task: Product, declared: dict[str, str]) -> DeviceKernel:
    """The kernel @KERNEL for stacks of small matrices."""
    return _made(SmallProductWriter("KERNEL", task, Writer(declared)))


def _made(writer: TileWriter | SmallProductWriter) -> DeviceKernel:
    text = writer.function()
    return DeviceKernel(text, "product", tuple(writer.parameters))
