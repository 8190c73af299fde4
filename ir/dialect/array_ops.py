"""The whole-array ops that the dialect has an operation for, by name."""

from __future__ import annotations

from typing import Any

from lamina.ir.ops import (
    alloc,
    assumption,
    basic_indexing,
    blas,
    contraction,
    convolution,
    counting,
    creation,
    cumulative,
    dimshuffle,
    gather,
    joining,
    linear_algebra,
    nonzero,
    reduction,
    requirement,
    reshape,
    searching,
    shape,
    sorting,
    specify_shape,
    topk,
)

ARRAY_OPS: dict[str, type[Any]] = {
    op.nd_name: op
    for op in (
        dimshuffle.DimShuffle,
        shape.Shape,
        shape.Shape_i,
        shape.MakeVector,
        reshape.Reshape,
        specify_shape.SpecifyShape,
        alloc.Alloc,
        reduction.Sum,
        reduction.Prod,
        reduction.Max,
        reduction.Min,
        reduction.All,
        reduction.Any_,
        reduction.Argmax,
        reduction.Argmin,
        contraction.Dot,
        blas.Gemv,
        blas.Gemm,
        convolution.Convolve,
        creation.ARange,
        creation.Eye,
        joining.Join,
        basic_indexing.Subtensor,
        basic_indexing.IncSubtensor,
        cumulative.CumOp,
        cumulative.LinearRecurrence,
        sorting.Sort,
        sorting.ArgSort,
        sorting.LexSort,
        topk.ArgTopK,
        requirement.Require,
        searching.SearchsortedOp,
        counting.BinCount,
        gather.Gather,
        gather.Scatter,
        nonzero.Nonzero,
        assumption.Assume,
        *linear_algebra.OPS,
    )
}
