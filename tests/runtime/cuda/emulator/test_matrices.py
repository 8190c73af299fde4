"""Products of matrices that a warp holds in registers; where elements are is PTX ISA's figures."""

from typing import NamedTuple

import numpy as np
import pytest

G, T = np.arange(32) // 4, np.arange(32) % 4


class Shape(NamedTuple):
    """A name; rows of A, its columns; the type of registers of A and B, and of C."""

    name: str
    rows: int
    depth: int
    register: str
    accumulator: str

    @property
    def packed(self) -> int:
        """Elements in a register."""
        return {"s8": 4, "u8": 4, "tf32": 1, "f64": 1}.get(self.name.split(".")[3], 2)


SHAPES = [
    Shape("m16n8k16.row.col.f32.f32", 16, 16, "<2 x half>", "float"),
    Shape("m16n8k8.row.col.f32.f32", 16, 8, "<2 x half>", "float"),
    Shape("m16n8k16.row.col.f16.f16", 16, 16, "<2 x half>", "<2 x half>"),
    Shape("m16n8k16.row.col.bf16", 16, 16, "i32", "float"),
    Shape("m16n8k8.row.col.tf32", 16, 8, "i32", "float"),
    Shape("m16n8k4.row.col.tf32", 16, 4, "i32", "float"),
    Shape("m8n8k4.row.col.f64", 8, 4, "double", "double"),
    Shape("m16n8k32.row.col.s8", 16, 32, "i32", "i32"),
    Shape("m16n8k16.row.col.s8", 16, 16, "i32", "i32"),
    Shape("m16n8k32.row.col.u8.s8", 16, 32, "i32", "i32"),
]


def fragments(shape: Shape, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The elements of A and of B that each lane holds, lanes first."""
    e, high = shape.packed, shape.rows // 8
    registers = shape.rows * shape.depth // (32 * e)
    r, k = np.indices((registers, e)).reshape(2, -1)
    row = G[:, None] + 8 * (r % high)
    column = e * T[:, None] + 4 * e * (r // high) + k
    r, k = np.indices((8 * shape.depth // (32 * e), e)).reshape(2, -1)
    return a[row, column], b[e * T[:, None] + 4 * e * r + k, G[:, None]]


def encoded(values: np.ndarray, kind: str) -> np.ndarray:
    """Numbers in the bits that registers hold."""
    match kind:
        case "bf16":
            return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        case "tf32":
            return values.astype(np.float32)
        case "f64":
            return values.astype(np.float64)
        case "s8" | "u8":
            return values.astype(np.int8 if kind == "s8" else np.uint8)
    return values.astype(np.float16)


def program(shape: Shape, registers: int, accumulators: int) -> str:
    """Lines that load registers, multiply, and store the result."""
    lines, operands = [], []
    wide = 8 if shape.register == "double" else 4
    for array, count, type_ in (
        ("x", registers, shape.register),
        ("c", accumulators, shape.accumulator),
    ):
        for k in range(count):
            lines += [
                f"  %o{array}{k}.0 = mul i64 %t, {count}",
                f"  %o{array}{k} = add i64 %o{array}{k}.0, {k}",
                f"  %p{array}{k} = getelementptr [{wide} x i8], g* %{array}, i64 %o{array}{k}",
                f"  %v{array}{k} = load {type_}, g* %p{array}{k}, align {wide}",
            ]
            operands.append(f"{type_} %v{array}{k}")
    result = "{ " + ", ".join([shape.accumulator] * accumulators) + " }"
    lines.append(f"  %d = call {result} @llvm.nvvm.mma.{shape.name}({', '.join(operands)})")
    for k in range(accumulators):
        lines += [
            f"  %e{k} = extractvalue {result} %d, {k}",
            f"  store {shape.accumulator} %e{k}, g* %pc{k}, align {wide}",
        ]
    return "\n".join(lines)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_products_of_fragments(both_orders, kernel, shape):
    rng = np.random.default_rng(0)
    kinds = shape.name.split(".")[3:]
    kind = kinds[0]
    low = 0 if kind == "u8" else -8
    a = rng.integers(low, 9, (shape.rows, shape.depth)).astype(np.float64)
    b = rng.integers(-8, 9, (shape.depth, 8)).astype(np.float64)
    c = rng.integers(-8, 9, (shape.rows, 8)).astype(np.float64)
    in_a, in_b = fragments(shape, a, b)
    columns = 2 * T[:, None] + np.arange(2)
    rows = [G[:, None] + 8 * h for h in range(shape.rows // 8)]
    in_c = np.stack([c[row, columns] for row in rows], 1).reshape(32, -1)
    dtype = {"float": "f4", "double": "f8", "i32": "i4"}.get(shape.accumulator, "f2")
    x = np.concatenate(
        [encoded(in_a, kind), encoded(in_b, kinds[-1]).view(encoded(in_a, kind).dtype)], 1
    )
    count = in_c.shape[1] // (2 if shape.accumulator.startswith("<") else 1)
    registers = x.shape[1] // shape.packed
    text = kernel("g* %x, g* %c", program(shape, registers, count))
    d = both_orders.run(text, [x], in_c.astype(dtype), block=(32,))
    product = a @ b + c
    wanted = np.stack([product[row, columns] for row in rows], 1).reshape(32, -1)
    np.testing.assert_array_equal(d, wanted.astype(dtype))


def test_tf32_has_ten_bits_of_fraction(device, kernel):
    shape = SHAPES[5]
    x = np.zeros((32, 3), np.float32)
    x[:, :2] = 1 + 2.0**-11
    x[:, 2] = 1
    text = kernel("g* %x, g* %c", program(shape, 3, 4))
    d = device.run(text, [x], np.zeros((32, 4), np.float32), block=(32,))
    np.testing.assert_array_equal(d, np.full((32, 4), 4.0))


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("transposed", [False, True])
def test_matrices_are_loaded_from_rows(both_orders, kernel, count, transposed):
    # Row r of matrix m begins at element 16 (8 m + r): half of the memory is not used.
    type_ = "i32" if count == 1 else "{ " + ", ".join(["i32"] * count) + " }"
    name = f"llvm.nvvm.ldmatrix.sync.aligned.m8n8.x{count}{'.trans' if transposed else ''}.b16.p3"
    lines = [
        "  %lane = and i64 %t, 31",
        "  %from = getelementptr [32 x i8], g* %x, i64 %lane",
        "  %to = getelementptr [32 x i8], s* @rows, i64 %lane",
        "  %v = load <4 x i32>, g* %from, align 16",
        "  store <4 x i32> %v, s* %to, align 16",
        "  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)",
        f"  %d = call {type_} @{name}(s* %to)",
    ]
    for k in range(count):
        value = "%d" if count == 1 else f"%e{k}"
        if count > 1:
            lines.append(f"  {value} = extractvalue {type_} %d, {k}")
        lines += [
            f"  %p{k} = getelementptr [{count} x i32], g* %y, i64 %t, i64 {k}",
            f"  store i32 {value}, g* %p{k}, align 4",
        ]
    before = "@rows = internal addrspace(3) global [1024 x i8] undef, align 16"
    x = np.arange(512, dtype=np.int16)
    y = np.zeros((32, count, 2), np.int16)
    text = kernel("g* %x, g* %y", "\n".join(lines), before)
    y = both_orders.run(text, [x], y, block=(32,))
    m, e = np.indices((count, 2))
    row, column = G[:, None, None], 2 * T[:, None, None] + e
    if transposed:
        row, column = column, row
    np.testing.assert_array_equal(y, 16 * (8 * m + row) + column)


def test_a_part_of_a_warp_cannot_multiply(device, kernel):
    text = kernel("g* %x, g* %c", program(SHAPES[6], 2, 2))
    with pytest.raises(RuntimeError, match="lane 16, which does not take part"):
        device.run(text, [np.zeros((32, 2))], np.zeros((32, 2)), block=(16,))


def test_a_shape_that_is_not_known_is_named(device, kernel):
    text = program(SHAPES[4]._replace(name="m16n8k128.row.col.b1"), 6, 4)
    text = text.replace("m16n8k128.row.col.b1", "and.popc.m16n8k256.row.col.b1").replace(
        "float", "i32"
    )
    with pytest.raises(NotImplementedError, match=r"mma.and.popc.m16n8k256"):
        device.driver.load(kernel("g* %x, g* %c", text))
