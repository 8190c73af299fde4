"""Flags that programs written for PyTensor set, and that change nothing here."""

from typing import Literal

from lamina.ir.flags import ignored

_NO_C = "no C or C++ compiler is used."
_CHECKS = "DebugMode has no such option."
_REWRITES = "see rewrite_limit, and the trace at the top of each stage's text."


class IgnoredFlags:
    """One line a flag: its default there, and what Lamina does instead."""

    allow_gc: bool = ignored(True, "intermediate results share one workspace, kept between calls.")
    scan__allow_gc: bool = ignored(False, "see allow_gc.")
    scan__allow_output_prealloc: bool = ignored(True, "a scan always writes to its outputs.")
    vm__lazy: str = ignored("None", "what is computed is decided when a function is compiled.")
    cycle_detection: Literal["regular", "fast"] = ignored(
        "regular", "updates in place are planned, not detected."
    )
    check_input: bool = ignored(True, "arguments are always checked.")
    check_stack_trace: Literal["off", "log", "warn", "raise"] = ignored(
        "off", "every op keeps the line where it was made."
    )
    on_shape_error: Literal["warn", "raise"] = ignored("warn", "an error of shapes is raised.")
    optdb__position_cutoff: float = ignored(float("inf"), _REWRITES)
    optimizer_verbose_ignore: str = ignored("", _REWRITES)
    tensor__insert_inplace_optimizer_validate_nb: int = ignored(-1, _REWRITES)
    tensor__cmp_sloppy: int = ignored(0, "values_eq_approx takes its tolerances as arguments.")
    traceback__compile_limit: int = ignored(0, "see traceback__limit.")
    warn__ignore_bug_before: str = ignored("0.9", "old bugs of PyTensor are not met here.")

    blas__ldflags: str = ignored("", "SciPy's BLAS is used.")
    blas__check_openmp: bool = ignored(True, "SciPy's BLAS is used.")
    openmp: bool = ignored(False, "no OpenMP is used.")
    openmp_elemwise_minsize: int = ignored(200_000, "no OpenMP is used.")
    numba__cache: bool = ignored(True, "see cache.")
    numba__fastmath: bool = ignored(True, "see strict_ieee.")
    cxx: str = ignored("", _NO_C)
    gcc__cxxflags: str = ignored("", _NO_C)
    gcc_version_str: str = ignored("", _NO_C)
    lib__amdlibm: bool = ignored(False, _NO_C)
    cmodule__age_thresh_use: int = ignored(2_073_600, _NO_C)
    cmodule__compilation_warning: bool = ignored(False, _NO_C)
    cmodule__debug: bool = ignored(False, _NO_C)
    cmodule__preload_cache: bool = ignored(False, _NO_C)
    cmodule__remove_gxx_opt: bool = ignored(False, _NO_C)
    cmodule__warn_no_version: bool = ignored(False, _NO_C)
    compiler_verbose: bool = ignored(False, "see dump_ir.")
    compile__timeout: int = ignored(120, "the cache takes no lock that one could wait for.")
    compile__wait: int = ignored(5, "the cache takes no lock that one could wait for.")
    compiledir_format: str = ignored("", "a file of the cache is named by a hash of its graph.")
    nocleanup: bool = ignored(False, "the cache removes what was not read for long by itself.")

    DebugMode__check_c: bool = ignored(False, _CHECKS)
    DebugMode__check_preallocated_output: str = ignored("", _CHECKS)
    DebugMode__check_preallocated_output_ndim: int = ignored(4, _CHECKS)
    DebugMode__check_strides: int = ignored(0, _CHECKS)
    DebugMode__patience: int = ignored(10, _CHECKS)
    DebugMode__warn_input_not_reused: bool = ignored(True, _CHECKS)

    profiling__min_peak_memory: bool = ignored(
        False, "ops have one order, whose memory is planned when a function is compiled."
    )
