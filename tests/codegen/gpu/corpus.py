"""Modules of kernels by name, which every device has to have code for."""

from tests.codegen.gpu import kernels

_MATH = """acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf erfc exp exp2 expm1 log log10
log1p log2 powf rsqrt sin sinh sqrt tan tanh""".split()
_COMPLEX = "abs div exp log pow sqrt tanh".split()


def each(dialect: str, ops: list[str], type: str) -> tuple[str, str]:
    """A module with a kernel for each op."""
    texts = []
    for i, op in enumerate(ops):
        operands = "%x0, %x0" if op in ("atan2", "powf", "div", "pow") else "%x0"
        result = type[8:-1] if op in ("abs", "angle") else type
        body = f"%r = {dialect}.{op} {operands} : {type}"
        texts.append(kernels.elementwise(body, [type], result, name=f"kernel_{i}"))
    return f"{dialect} {type}", kernels.module(*texts)


CORPUS = [
    ("axpy", kernels.module(kernels.axpy())),
    *((f"total {t}", kernels.module(kernels.total(t))) for t in ("f32", "f64")),
    *((f"transposed {t}", kernels.module(kernels.transposed(t))) for t in ("f32", "f64", "i8")),
    each("math", ["powf", "tanh"], "f16"),
    each("math", _MATH, "f32"),
    each("math", _MATH, "f64"),
    each("complex", ["abs", "div", "pow"], "complex<f32>"),
    each("complex", _COMPLEX, "complex<f64>"),
]
