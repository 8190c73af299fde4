# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.tensor_type import (
    TensorType,
)
from lamina.tensor.constructors import (
    bcol, bcols, bmatrices, bmatrix, brow, brows, bscalar, bscalars, btensor3, btensor4, btensor5,
    btensor6, btensor7, bvector, bvectors, ccol, ccols, cmatrices, cmatrix, col, cols, crow, crows,
    cscalar, cscalars, ctensor3, ctensor4, ctensor5, ctensor6, ctensor7, cvector, cvectors, dcol,
    dcols, dmatrices, dmatrix, drow, drows, dscalar, dscalars, dtensor3, dtensor4, dtensor5,
    dtensor6, dtensor7, dvector, dvectors, fcol, fcols, fmatrices, fmatrix, frow, frows, fscalar,
    fscalars, ftensor3, ftensor4, ftensor5, ftensor6, ftensor7, fvector, fvectors, icol, icols,
    imatrices, imatrix, irow, irows, iscalar, iscalars, itensor3, itensor4, itensor5, itensor6,
    itensor7, ivector, ivectors, lcol, lcols, lmatrices, lmatrix, lrow, lrows, lscalar, lscalars,
    ltensor3, ltensor4, ltensor5, ltensor6, ltensor7, lvector, lvectors, matrices, matrix, row,
    rows, scalar, scalars, tensor, tensor3, tensor3s, tensor4, tensor4s, tensor5, tensor5s, tensor6,
    tensor6s, tensor7, tensor7s, vector, vectors, wcol, wcols, wmatrices, wmatrix, wrow, wrows,
    wscalar, wscalars, wtensor3, wtensor4, wtensor5, wtensor6, wtensor7, wvector, wvectors, zcol,
    zcols, zmatrices, zmatrix, zrow, zrows, zscalar, zscalars, ztensor3, ztensor4, ztensor5,
    ztensor6, ztensor7, zvector, zvectors,
)
from lamina.tensor.dtypes import (
    all_dtypes, bool_dtypes, complex_dtypes, continuous_dtypes, discrete_dtypes, float_dtypes,
    int_dtypes, integer_dtypes, uint_dtypes, values_eq_approx_always_true,
)

__all__ = [
    "TensorType", "all_dtypes", "bcol", "bcols", "bmatrices", "bmatrix", "bool_dtypes", "brow",
    "brows", "bscalar", "bscalars", "btensor3", "btensor4", "btensor5", "btensor6", "btensor7",
    "bvector", "bvectors", "ccol", "ccols", "cmatrices", "cmatrix", "col", "cols", "complex_dtypes",
    "continuous_dtypes", "crow", "crows", "cscalar", "cscalars", "ctensor3", "ctensor4", "ctensor5",
    "ctensor6", "ctensor7", "cvector", "cvectors", "dcol", "dcols", "discrete_dtypes", "dmatrices",
    "dmatrix", "drow", "drows", "dscalar", "dscalars", "dtensor3", "dtensor4", "dtensor5",
    "dtensor6", "dtensor7", "dvector", "dvectors", "fcol", "fcols", "float_dtypes", "fmatrices",
    "fmatrix", "frow", "frows", "fscalar", "fscalars", "ftensor3", "ftensor4", "ftensor5",
    "ftensor6", "ftensor7", "fvector", "fvectors", "icol", "icols", "imatrices", "imatrix",
    "int_dtypes", "integer_dtypes", "irow", "irows", "iscalar", "iscalars", "itensor3", "itensor4",
    "itensor5", "itensor6", "itensor7", "ivector", "ivectors", "lcol", "lcols", "lmatrices",
    "lmatrix", "lrow", "lrows", "lscalar", "lscalars", "ltensor3", "ltensor4", "ltensor5",
    "ltensor6", "ltensor7", "lvector", "lvectors", "matrices", "matrix", "row", "rows", "scalar",
    "scalars", "tensor", "tensor3", "tensor3s", "tensor4", "tensor4s", "tensor5", "tensor5s",
    "tensor6", "tensor6s", "tensor7", "tensor7s", "uint_dtypes", "values_eq_approx_always_true",
    "vector", "vectors", "wcol", "wcols", "wmatrices", "wmatrix", "wrow", "wrows", "wscalar",
    "wscalars", "wtensor3", "wtensor4", "wtensor5", "wtensor6", "wtensor7", "wvector", "wvectors",
    "zcol", "zcols", "zmatrices", "zmatrix", "zrow", "zrows", "zscalar", "zscalars", "ztensor3",
    "ztensor4", "ztensor5", "ztensor6", "ztensor7", "zvector", "zvectors",
]
