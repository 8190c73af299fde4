"""The nd dialect: arrays as values, one operation for each op, made from the op's definition.

An elementwise operation broadcasts implicitly: operands of lower rank are aligned on the last
dimension, and a dimension statically 1 gives way. All its operands have the dtypes of one of its
loops; nd.cast makes promotion explicit.
"""

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Dialect

from lamina.ir.dialect.applications import (
    ARRAY_CLASSES,
    CAST,
    ELEMENTWISE_CLASSES,
    ElementwiseOp,
    NdOp,
    RoutineOp,
    create,
    elementwise_class,
    has_operation,
    nd_class,
)
from lamina.ir.dialect.array_ops import ARRAY_OPS
from lamina.ir.dialect.constants import (
    ConstantOp,
    constant_data,
    constant_op,
)
from lamina.ir.dialect.control_flow import IfOp, ScanOp
from lamina.ir.dialect.own_operations import (
    AssertEqualOp,
    AssertIndexOp,
    CallbackOp,
    IotaOp,
    KernelOp,
    LoopIndexOp,
    ProductKernelOp,
    ReshapeToOp,
    SliceOp,
    UpdateSliceOp,
    YieldOp,
)
from lamina.ir.dialect.types import ELEMENT, dtype_of, graph_type, nd_type, rank, static_shape

__all__ = [
    "ARRAY_CLASSES",
    "ARRAY_OPS",
    "CAST",
    "ELEMENT",
    "ND",
    "AssertEqualOp",
    "AssertIndexOp",
    "CallbackOp",
    "ConstantOp",
    "ElementwiseOp",
    "IfOp",
    "IotaOp",
    "KernelOp",
    "LoopIndexOp",
    "NdOp",
    "ProductKernelOp",
    "ReshapeToOp",
    "RoutineOp",
    "ScanOp",
    "SliceOp",
    "TensorType",
    "UpdateSliceOp",
    "YieldOp",
    "constant_data",
    "constant_op",
    "create",
    "dtype_of",
    "elementwise_class",
    "graph_type",
    "has_operation",
    "nd_class",
    "nd_type",
    "rank",
    "static_shape",
]

ND = Dialect(
    "nd",
    [
        ConstantOp,
        AssertEqualOp,
        AssertIndexOp,
        SliceOp,
        UpdateSliceOp,
        ReshapeToOp,
        IotaOp,
        LoopIndexOp,
        KernelOp,
        ProductKernelOp,
        ScanOp,
        IfOp,
        CallbackOp,
        YieldOp,
        CAST,
        *ELEMENTWISE_CLASSES.values(),
        *ARRAY_CLASSES.values(),
    ],
    [],
)
