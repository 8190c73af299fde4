import re

import numpy as np
import pytest

from lamina.codegen.mlir import LoweringError
from lamina.codegen.stages import ENTRY_STAGES, STAGES, compile_from, compile_stages
from lamina.codegen.target import Target, host

V3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma,+f16c")
NEON = Target("aarch64-unknown-linux-gnu", "neoverse-n1", "+neon")
STRIDED = "strided<[?], offset: ?>"

BODY = """
    %a = math.exp %x0 : f64 loc("model.py":7:2)
    %b = arith.addf %a, %x1 : f64 loc("model.py":8:2)
    %c = arith.constant 0.1 : f64
    %r = arith.mulf %b, %c : f64"""


@pytest.fixture
def text(elementwise):
    return elementwise(BODY, ["f64", "f64"], "f64")


def kernel(inputs, output, maps, iterators, body):
    """A module of one `linalg.generic`; `inputs` and `output` are what stands in `memref<...>`."""
    names = [f"%a{i}" for i in range(len(inputs))]
    types = [f"memref<{t}>" for t in inputs]
    out = f"memref<{output}>"
    parameters = [f"{n}: {t}" for n, t in zip([*names, "%o"], [*types, out], strict=True)]
    elements = [t.partition(",")[0].replace("?x", "") for t in [*inputs, output]]
    arguments = [f"%x{i}: {t}" for i, t in enumerate(elements[:-1])] + [f"%old: {elements[-1]}"]
    return f"""
func.func private @kernel_0({", ".join(parameters)}) {{
  linalg.generic {{indexing_maps = [{", ".join(f"affine_map<{m}>" for m in maps)}],
                  iterator_types = [{", ".join(f'"{i}"' for i in iterators)}]}}
      ins({", ".join(names)} : {", ".join(types)}) outs(%o : {out}) {{
  ^bb0({", ".join(arguments)}):
{body}
    linalg.yield %r : {elements[-1]}
  }}
  return
}}
func.func @lamina_main({", ".join(parameters)}) {{
  func.call @kernel_0({", ".join([*names, "%o"])}) : ({", ".join([*types, out])}) -> ()
  return
}}"""


VECTOR, MATRIX = "(i) -> (i)", "(i, j) -> (i, j)"
ONE, TWO = ["parallel"], ["parallel", "parallel"]
SUM = "    %r = arith.addf %old, %x0 fastmath<reassoc> : f64"
ADD = "    %r = arith.addf %x0, %x1 : f64"
VECTORISED = {
    "f64": (["?xf64"] * 2, "?xf64", [VECTOR] * 3, ONE, ADD, "double"),
    "f32": (["?xf32"] * 2, "?xf32", [VECTOR] * 3, ONE, ADD.replace("f64", "f32"), "float"),
    "i64": (["?xi64"] * 2, "?xi64", [VECTOR] * 3, ONE, "    %r = arith.addi %x0, %x1 : i64", "i64"),
    "i8": (["?xi8"] * 2, "?xi8", [VECTOR] * 3, ONE, "    %r = arith.muli %x0, %x1 : i8", "i8"),
    "strided": ([f"?xf64, {STRIDED}"] * 2, "?xf64", [VECTOR] * 3, ONE, ADD, "double"),
    "strided matrix": (
        ["?x?xf64, strided<[?, ?], offset: ?>", "?xf64"], "?x?xf64",
        [MATRIX, "(i, j) -> (j)", MATRIX], TWO, ADD, "double",
    ),
    "row": (
        ["?x?xf64", "?xf64"], "?x?xf64", [MATRIX, "(i, j) -> (j)", MATRIX], TWO, ADD, "double",
    ),
    "column": (
        ["?x?xf64", "?xf64"], "?x?xf64", [MATRIX, "(i, j) -> (i)", MATRIX], TWO, ADD, "double",
    ),
    "sum along rows": (
        ["?x?xf64"], "?xf64", [MATRIX, "(i, j) -> (i)"], ["parallel", "reduction"], SUM, "double",
    ),
    "sum along columns": (
        ["?x?xf64"], "?xf64", [MATRIX, "(i, j) -> (j)"], ["reduction", "parallel"], SUM, "double",
    ),
    "maximum": (
        ["?x?xf64"], "?xf64", [MATRIX, "(i, j) -> (i)"], ["parallel", "reduction"],
        "    %r = arith.maximumf %old, %x0 : f64", "double",
    ),
    "comparison": (
        ["?xf64"] * 2, "?xi8", [VECTOR] * 3, ONE,
        "    %c = arith.cmpf olt, %x0, %x1 : f64\n    %r = arith.extui %c : i1 to i8", "i8",
    ),
    "choice": (
        ["?xi8", "?xf64"], "?xf64", [VECTOR] * 3, ONE,
        "    %z = arith.constant 0 : i8\n    %t = arith.constant 0.1 : f64\n"
        "    %c = arith.cmpi ne, %x0, %z : i8\n    %r = arith.select %c, %x1, %t : f64", "double",
    ),
    "instructions": (
        ["?xf64"] * 2, "?xf64", [VECTOR] * 3, ONE,
        "    %a = math.sqrt %x0 : f64\n    %b = math.floor %x1 : f64\n"
        "    %c = math.copysign %a, %b : f64\n    %d = math.roundeven %c : f64\n"
        "    %e = math.isnan %d : f64\n    %r = arith.select %e, %a, %d : f64", "double",
    ),
    "f64 to f16": (["?xf64"], "?xf16", [VECTOR] * 2, ONE, "    %r = arith.truncf %x0 : f64 to f16",
                   "half"),
    "complex product": (
        ["?xcomplex<f64>"] * 2, "?xcomplex<f64>", [VECTOR] * 3, ONE,
        "    %r = complex.mul %x0, %x1 : complex<f64>", "double",
    ),
    "complex quotient": (
        ["?xcomplex<f64>"] * 2, "?xcomplex<f64>", [VECTOR] * 3, ONE,
        "    %r = complex.div %x0, %x1 : complex<f64>", "double",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", VECTORISED)
@pytest.mark.parametrize("target", [V3, NEON], ids=["avx2", "neon"])
def test_loops_are_vectorised(case, target):
    *form, element = VECTORISED[case]
    compiled = compile_stages(kernel(*form), stages=["optimized"], target=target, verify=True)
    body = compiled.texts["optimized"].partition("@kernel_0(")[2].partition("\n}")[0]
    assert re.search(rf"<\d+ x {element}>", body)


@pytest.mark.parametrize(
    ("element", "op", "functions"),
    [
        ("f64", "math.exp", ["exp_f64"]),
        ("f32", "math.log1p", ["log1p_f32"]),
        ("complex<f64>", "complex.exp", ["cos_f64", "exp_f64", "sin_f64"]),
    ],
)
def test_functions_are_called_on_whole_vectors(element, op, functions):
    body = f"    %r = {op} %x0 : {element}"
    text = kernel([f"?x{element}"], f"?x{element}", [VECTOR] * 2, ONE, body)
    compiled = compile_stages(text, target=V3)
    lanes = 8 if element == "f32" else 4
    assert {f"lm_{name}_v{lanes}" for name in functions} <= {*compiled.externals}
    assert compiled.vector_functions == tuple(f"lm_{name}" for name in functions)


def test_a_sum_is_not_vectorised_without_leave_to_reorder():
    *form, _ = VECTORISED["sum along rows"]
    text = kernel(*form).replace(" fastmath<reassoc>", "")
    assert "fadd <" not in compile_stages(text, until="optimized", target=V3).texts["optimized"]


def test_a_kernel_of_many_arrays_vectorises_because_they_do_not_overlap():
    inputs, outputs = [f"a{i}" for i in range(6)], [f"o{i}" for i in range(12)]
    names, types = ", ".join(f"%{n}" for n in inputs + outputs), ", ".join(["memref<?xf64>"] * 18)
    arrays = ", ".join(f"%{n}: memref<?xf64>" for n in inputs + outputs)
    body = "\n".join(f"    %{o} = arith.mulf %x{i % 6}, %x{i // 2} : f64" for i, o in
                     enumerate(f"y{i}" for i in range(12)))  # fmt: skip
    text = f"""
func.func private @kernel_0({arrays}) {{
  linalg.generic {{indexing_maps = [{", ".join([f"affine_map<{VECTOR}>"] * 18)}],
                  iterator_types = ["parallel"]}}
      ins({", ".join(f"%{n}" for n in inputs)} : {", ".join(["memref<?xf64>"] * 6)})
      outs({", ".join(f"%{n}" for n in outputs)} : {", ".join(["memref<?xf64>"] * 12)}) {{
  ^bb0({", ".join(f"%x{i}: f64" for i in range(18))}):
{body}
    linalg.yield {", ".join(f"%y{i}" for i in range(12))} : {", ".join(["f64"] * 12)}
  }}
  return
}}
func.func @lamina_main({arrays}) {{
  func.call @kernel_0({names}) : ({types}) -> ()
  return
}}"""
    texts = compile_stages(text, stages=["llvm", "optimized"], target=V3).texts
    assert "fmul <4 x double>" in texts["optimized"]
    assert "memcheck" not in texts["optimized"]
    overlapping = texts["llvm"].replace("ptr noalias", "ptr")
    again = compile_from("llvm", overlapping, until="optimized", target=V3).texts["optimized"]
    assert "fmul <4 x double>" not in again


def test_every_stage_is_kept_that_is_asked_for_and_no_other(text):
    assert compile_stages(text).texts == {}
    texts = compile_stages(text, stages=STAGES).texts
    assert tuple(texts) == STAGES
    marks = {
        "linalg": "linalg.generic", "affine": "affine.for", "llvm-dialect": "llvm.func",
        "llvm": "define internal void @kernel_0(ptr noalias", "optimized": "lamina_main",
        "assembly": "lamina_main:",
    }  # fmt: skip
    for stage, mark in marks.items():
        assert mark in texts[stage]


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("locations", [False, True])
@pytest.mark.parametrize("stage", ENTRY_STAGES)
def test_the_text_of_a_stage_gives_the_same_object(text, stage, level, locations):
    whole = compile_stages(text, stages=STAGES, level=level, locations=locations)
    again = compile_from(stage, whole.texts[stage], level=level, locations=locations)
    assert again.object == whole.object
    assert again.externals == whole.externals


@pytest.mark.parametrize(
    "case", ["complex quotient", "f64 to f16", "strided matrix", "instructions"]
)
def test_the_text_of_other_forms_gives_the_same_object(case):
    *form, _ = VECTORISED[case]
    whole = compile_stages(kernel(*form), stages=STAGES)
    for stage in ENTRY_STAGES:
        assert compile_from(stage, whole.texts[stage]).object == whole.object


@pytest.mark.parametrize("until", STAGES)
def test_a_compile_ends_at_the_last_stage_that_is_wanted(text, until):
    compiled = compile_stages(text, until=until)
    assert tuple(compiled.texts) == (until,)
    assert compiled.object == b""


def test_stages_that_do_not_exist_or_are_past_are_refused(text):
    with pytest.raises(ValueError, match="stage 'nd' does not exist"):
        compile_stages(text, stages=["nd"])
    with pytest.raises(ValueError, match="stage 'linalg' lies before 'llvm'"):
        compile_from("llvm", text, until="linalg")
    with pytest.raises(ValueError, match="no compile begins at 'assembly'"):
        compile_from("assembly", text)


def test_llvm_ir_written_by_hand_is_verified():
    wrong = "define i64 @lamina_main() {\n %a = add i64 %b, 1\n %b = add i64 1, 1\n ret i64 %a\n}\n"
    with pytest.raises(LoweringError, match="dominate"):
        compile_from("llvm", wrong)


def test_lines_of_the_model_reach_llvm_only_when_asked_for(text):
    plain = compile_stages(text, stages=STAGES).texts
    with_lines = compile_stages(text, stages=STAGES, locations=True).texts
    assert "model.py" not in plain["affine"] + plain["llvm-dialect"] + plain["llvm"]
    for stage in ("affine", "llvm-dialect"):
        assert 'loc("model.py":7:2)' in with_lines[stage]
    assert re.search(r"fadd double .*, !dbg !\d+", with_lines["llvm"])
    assert "!DILocation(line: 8, column: 2" in with_lines["llvm"]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_all_levels_compute_the_same(load, text, level):
    x, y = np.linspace(-2, 2, 101), np.linspace(0, 1, 101)
    out = np.empty(101)
    assert load(compile_stages(text, level=level))(101, x, y, out) == 0
    np.testing.assert_allclose(out, (np.exp(x) + y) * 0.1, rtol=4e-16)


def test_kernels_are_functions_of_their_own_and_the_entry_is_the_only_export(text):
    texts = compile_stages(text, stages=["optimized", "assembly"]).texts
    assert re.search(r"define internal .*@kernel_0\(", texts["optimized"])
    assert re.findall(r"\.globl\s+(\w+)", texts["assembly"]) == ["lamina_main"]


def test_a_kernel_that_a_loop_calls_can_be_inlined(text):
    inlined = text.replace(
        "memref<?xf64>) {", "memref<?xf64>) attributes {llvm.always_inline} {", 1
    )
    optimized = compile_stages(inlined, until="optimized").texts["optimized"]
    assert "@kernel_0(" not in optimized
    assert "noalias" in optimized  # as scopes


def test_an_integer_array_is_loaded_with_its_own_alignment():
    *form, _ = VECTORISED["i64"]
    texts = compile_stages(kernel(*form), stages=["llvm"]).texts
    assert "load i64, ptr" in texts["llvm"] and "align 4" not in texts["llvm"]
    assert f'target triple = "{host().triple}"' in texts["llvm"]


def test_a_hundred_kernels_are_a_hundred_functions():
    body = kernel(["?xf64"], "?xf64", [VECTOR] * 2, ONE, "    %r = arith.addf %x0, %x0 : f64")
    function, _, entry = body.partition("func.func @lamina_main")
    head, _, tail = entry.partition("func.call @kernel_0")
    call, _, end = tail.partition("\n")
    text = "".join(function.replace("kernel_0", f"kernel_{i}") for i in range(100))
    text += f"func.func @lamina_main{head}"
    text += "".join(f"func.call @kernel_{i}{call}\n" for i in range(100)) + end
    compiled = compile_stages(text, stages=["assembly"], level=0)
    assert len(re.findall(r"^kernel_\d+:$", compiled.texts["assembly"], re.MULTILINE)) == 100
