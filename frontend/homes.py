"""The import paths under which users of the reference API find things: one table.

Code lives in its own rooms. `lamina.home_finder` makes a path on its first import, and
`lamina.home_stubs` writes from the same table what type checkers read.
"""

from __future__ import annotations

_OWN_SCALAR_OPS = (
    "BinaryScalarOp ScalarOp UnaryScalarOp complex_out float_out int_out same_out "
    "same_out_float_only same_out_nocomplex specific_out transfer_type upcast_out upgrade_to_float "
    "upgrade_to_float64 upgrade_to_float_no_complex"
)

# path: {room: names}; "*" is every public name of the room. A path that ends in the name of a
# function of its own or of its package can be called as it: its import puts a module in the
# function's place, as shape in lamina.tensor.
HOMES: dict[str, dict[str, str]] = {
    "lamina.basic": {"lamina.symbolic": "as_symbolic"},
    "lamina.compile.builders": {
        "lamina.op_from_graph": "OpFromGraph",
        "lamina.symbolic_op": "SymbolicOp",
    },
    "lamina.compile.debug": {},
    "lamina.compile.debug.debugmode": {
        "lamina.compile.debug_mode":
            "BadDestroyMap BadThunkOutput BadViewMap DebugMode DebugModeError InvalidValueError "
            "StochasticOrder str_diagnostic",
    },
    "lamina.compile.debug.dump": {"lamina.compile.dumped_call": "function_dump"},
    "lamina.compile.debug.profiling": {"lamina.compile.profile": "ProfileStats"},
    "lamina.compile.profiling": {"lamina.compile.profile": "ProfileStats"},
    "lamina.compile.debug.monitormode": {"lamina.compile.monitor_mode": "MonitorMode"},
    "lamina.compile.debug.nanguardmode": {"lamina.compile.nan_guard": "NanGuardMode"},
    "lamina.compile.debugmode": {
        "lamina.compile.debug_mode":
            "BadDestroyMap BadThunkOutput BadViewMap DebugMode DebugModeError InvalidValueError "
            "StochasticOrder str_diagnostic",
    },
    "lamina.compile.monitormode": {"lamina.compile.monitor_mode": "MonitorMode"},
    "lamina.compile.nanguardmode": {"lamina.compile.nan_guard": "NanGuardMode"},
    "lamina.compile.executor": {"lamina.compile.function_object": "Function"},
    "lamina.compile.function": {
        "lamina.compile.dumped_call": "function_dump",
        "lamina.compile.function_maker": "function",
    },
    "lamina.compile.function.types": {
        "lamina.compile.function_maker": "FunctionMaker",
        "lamina.compile.function_object": "Function",
    },
    "lamina.compile.maker": {
        "lamina.compile.errors": "UnusedInputError",
        "lamina.compile.function_maker": "FunctionMaker function",
    },
    "lamina.compile.mode": {
        "lamina.compile.optimizers":
            "AddFeatureOptimizer OPT_FAST_COMPILE OPT_FAST_RUN OPT_NONE",
        "lamina.graph.rewriting.registry": "optdb",
        "lamina.compile.modes":
            "FAST_COMPILE FAST_RUN Mode get_default_mode get_mode register_linker register_mode "
            "register_optimizer",
    },
    "lamina.compile.ops": {
        "lamina.from_function": "FromFunctionOp as_op wrap_py",
        "lamina.ir.ops.copying": "DeepCopyOp ViewOp deep_copy_op view_op",
    },
    "lamina.compile.sharedvalue": {
        "lamina.compile.shared_value": "shared shared_constructor",
        "lamina.ir.graph.shared": "SharedVariable",
    },
    "lamina.graph.basic": {
        "lamina.ir.graph.variable": "Variable Constant",
        "lamina.ir.graph.apply": "Apply",
        "lamina.ir.graph.frozen": "FrozenApply NominalVariable",
        "lamina.ir.graph.function_graph": "clone clone_get_equiv",
        "lamina.graph.equality": "equal_computations",
        "lamina.graph.replace": "clone_replace",
        "lamina.printing.shared_parts": "as_string default_node_formatter",
        "lamina.ir.graph.traversal":
            "ancestors apply_depends_on applys_between explicit_graph_inputs general_toposort "
            "get_var_by_name graph_inputs io_toposort orphans_between truncated_graph_inputs "
            "variable_depends_on vars_between walk",
    },
    "lamina.graph.op": {
        "lamina.ir.graph.op": "Op HasInnerGraph io_connection_pattern",
        "lamina.ir.graph.test_value":
            "compute_test_value get_test_value get_test_values missing_test_message",
    },
    "lamina.graph.type": {"lamina.ir.graph.type": "Type"},
    "lamina.graph.fg": {
        "lamina.ir.graph.frozen": "FrozenFunctionGraph",
        "lamina.ir.graph.function_graph": "FunctionGraph",
    },
    "lamina.graph.utils": {
        "lamina.ir.graph.errors": "InconsistencyError MethodNotDefined MissingInputError",
    },
    "lamina.graph.traversal": {
        "lamina.ir.graph.traversal":
            "ancestors apply_ancestors apply_depends_on applys_between explicit_graph_inputs "
            "general_toposort get_var_by_name graph_inputs io_toposort orphans_between "
            "truncated_graph_inputs variable_depends_on vars_between walk",
    },
    "lamina.graph.destroyhandler": {
        "lamina.ir.graph.destroy_handler":
            "DestroyHandler fast_inplace_check inplace_candidates",
    },
    "lamina.compile.aliasing": {
        "lamina.ir.graph.destroy_handler": "Supervisor add_supervisor_to_fgraph",
    },
    "lamina.d3viz": {"lamina.printing.explorer": "d3viz d3write"},
    "lamina.typed_list": {
        "lamina.ir.graph.typed_list_type": "TypedListConstant TypedListType TypedListVariable",
        "lamina.ir.ops.typed_list":
            "append count extend getitem index_ insert length make_list remove reverse",
    },
    "lamina.typed_list.basic": {
        "lamina.ir.graph.typed_list_type": "TypedListConstant TypedListVariable",
        "lamina.ir.ops.typed_list":
            "Append Count Extend GetItem Index Insert Length MakeList Remove Reverse append count "
            "extend getitem index_ insert length make_list remove reverse",
    },
    "lamina.typed_list.type": {"lamina.ir.graph.typed_list_type": "TypedListType"},
    "lamina.breakpoint": {"lamina.ir.ops.pdb_breakpoint": "PdbBreakpoint"},
    "lamina.graph.null_type": {"lamina.ir.graph.gradient_types": "NullType null_type"},
    "lamina.graph.features": {
        "lamina.ir.graph.features":
            "AlreadyThere Bookkeeper Feature NoOutputFromInplace NodeFinder "
            "PreserveVariableAttributes PrintListener",
        "lamina.ir.graph.history": "FullHistory History",
        "lamina.ir.graph.validation": "BadOptimization ReplaceValidate Validator",
    },
    "lamina.graph.rewriting.basic": {
        "lamina.graph.rewriting.equilibrium": "ChangeTracker EquilibriumGraphRewriter",
        "lamina.graph.rewriting.merging": "MergeOptimizer pre_constant_merge",
        "lamina.graph.rewriting.node_walks":
            "NodeProcessingGraphRewriter WalkingGraphRewriter dfs_rewriter in2out out2in "
            "pre_greedy_node_rewriter",
        "lamina.graph.rewriting.patterns": "PatternNodeRewriter SubstitutionNodeRewriter",
        "lamina.graph.rewriting.rewriters":
            "FromFunctionGraphRewriter FromFunctionNodeRewriter GraphRewriter NodeRewriter "
            "Rewriter graph_rewriter inplace_graph_rewriter node_rewriter",
        "lamina.graph.rewriting.sequences":
            "OpToRewriterTracker SequentialGraphRewriter SequentialNodeRewriter",
        "lamina.graph.rewriting.stack_traces": "check_stack_trace copy_stack_trace",
    },
    "lamina.graph.rewriting.db": {
        "lamina.graph.rewriting.databases":
            "EquilibriumDB LocalGroupDB ProxyDB RewriteDatabase SequenceDB TopoDB",
        "lamina.graph.rewriting.queries": "RewriteDatabaseQuery",
    },
    "lamina.tensor.rewriting": {},
    "lamina.tensor.rewriting.basic": {
        "lamina.graph.rewriting.registry":
            "register_canonicalize register_specialize register_stabilize register_useless",
    },
    "lamina.graph.rewriting.utils": {
        "lamina.graph.equality": "is_same_graph",
        "lamina.graph.rewrite": "rewrite_graph",
    },
    "lamina.ifelse": {
        "lamina.branches": "Branches",
        "lamina.conditional": "IfElse ifelse",
    },
    "lamina.assumptions": {"lamina.ir.ops.assumption": "Assume assume"},
    "lamina.raise_op": {"lamina.ir.ops.check": "Assert Check CheckAndRaise assert_op"},
    "lamina.scan.utils": {"lamina.scan.condition": "until"},
    "lamina.scalar": {
        "lamina.tensor.scalar_types": "*",
        "lamina.ir.ops.own_scalar_op": _OWN_SCALAR_OPS,
    },
    "lamina.scalar.basic": {
        "lamina.tensor.scalar_types": "*",
        "lamina.ir.ops.own_scalar_op": _OWN_SCALAR_OPS,
    },
    "lamina.misc": {},
    "lamina.misc.pkl_utils": {"lamina.stripped_pickle": "StripPickler"},
    "lamina.configdefaults": {"lamina.ir.configuration": "config"},
    "lamina.gradient": {
        "lamina.derivatives":
            "DisconnectedInputError Lop NullTypeGradError grad grad_not_implemented "
            "grad_undefined hessian hessian_vector_product jacobian pullback subgraph_grad",
        "lamina.forward_mode": "Rop pushforward",
        "lamina.numeric_gradient": "GradientError numeric_grad verify_grad",
        "lamina.ir.graph.gradient_types": "DisconnectedType disconnected_type",
        "lamina.ir.ops.gradient_barriers":
            "DisconnectedGrad GradClip GradScale UndefinedGrad ZeroGrad consider_constant "
            "disconnected_grad grad_clip grad_scale undefined_grad zero_grad",
    },
    "lamina.tensor.variable": {
        "lamina.ir.graph.tensor_variable": "TensorVariable TensorConstant",
        "lamina.tensor.dense": "DenseTensorConstant DenseTensorVariable",
    },
    "lamina.tensor.sharedvar": {
        "lamina.compile.shared_value": "ScalarSharedVariable",
        "lamina.ir.graph.shared": "SharedVariable",
        "lamina.ir.graph.tensor_variable": "TensorSharedVariable",
    },
    "lamina.tensor.type": {
        "lamina.ir.graph.tensor_type": "TensorType",
        "lamina.tensor.constructors": "*",
        "lamina.tensor.dtypes": "*",
    },
    "lamina.tensor.type_other": {
        "lamina.ir.graph.none_type": "NoneConst NoneConstant NoneTypeT none_type_t",
        "lamina.tensor.other_types": "MakeSlice SliceConstant SliceType make_slice slicetype",
    },
    "lamina.tensor.elemwise": {
        "lamina.ir.ops.composite": "Composite",
        "lamina.ir.ops.elementwise": "Elemwise",
        "lamina.ir.ops.dimshuffle": "DimShuffle",
        "lamina.ir.ops.reduction": "CAReduce Sum Prod Max Min All Any_",
    },
    "lamina.tensor.interpolate": {"lamina.ir.ops.interpolation": "interp interpolate1d"},
    "lamina.tensor.lowered": {"lamina.ir.ops.lowered": "View UpdateView ReshapeTo Iota"},
    "lamina.tensor.blas": {
        "lamina.ir.ops.blas": "Gemm Gemv",
        "lamina.ir.ops.tensor_products": "batched_dot batched_tensordot",
    },
    "lamina.tensor.einsum": {"lamina.ir.ops.einsum": "einsum"},
    "lamina.tensor.linalg": {
        "lamina.ir.ops.lapack": "LinearAlgebra",
        "lamina.ir.ops.lu": "SwapRows",
        "lamina.ir.ops.linear_algebra":
            "BlockDiagonal Cholesky CholeskySolve Det Eig Eigh Eigvalsh Expm KroneckerProduct "
            "LUFactor LUFactorTridiagonal Lstsq MatrixInverse MatrixPinv QR QZ SLogDet SVD Schur "
            "Solve SolveBase SolveDiscreteARE SolveLUFactorTridiagonal SolveSylvester "
            "SolveTriangular TensorInv cho_solve cholesky det eig eigh eigvalsh expm inv lstsq lu "
            "lu_factor lu_solve matrix_inverse ordqz pinv pivot_to_permutation qr qz schur slogdet "
            "solve solve_continuous_lyapunov solve_discrete_are solve_discrete_lyapunov "
            "solve_sylvester solve_triangular svd tensorinv tensorsolve trace "
            "tridiagonal_lu_factor tridiagonal_lu_solve",
        "lamina.ir.ops.matrix_products": "block_diag kron matrix_dot matrix_power",
        "lamina.ir.ops.norm": "norm",
    },
    "lamina.tensor.linalg.constructors": {
        "lamina.ir.ops.linear_algebra": "BlockDiagonal",
        "lamina.ir.ops.matrix_products": "block_diag",
    },
    "lamina.tensor.linalg.decomposition": {
        "lamina.ir.ops.linear_algebra":
            "cholesky eig eigh eigvalsh lu lu_factor ordqz qr qz schur svd",
    },
    "lamina.tensor.linalg.decomposition.cholesky": {
        "lamina.ir.ops.linear_algebra": "Cholesky cholesky",
    },
    "lamina.tensor.linalg.decomposition.eigen": {
        "lamina.ir.ops.linear_algebra": "Eig Eigh Eigvalsh eig eigh eigvalsh",
    },
    "lamina.tensor.linalg.decomposition.lu": {
        "lamina.ir.ops.linear_algebra": "LUFactor lu lu_factor pivot_to_permutation",
    },
    "lamina.tensor.linalg.decomposition.qr": {"lamina.ir.ops.linear_algebra": "QR qr"},
    "lamina.tensor.linalg.decomposition.schur": {
        "lamina.ir.ops.linear_algebra": "QZ Schur ordqz qz schur",
    },
    "lamina.tensor.linalg.decomposition.svd": {"lamina.ir.ops.linear_algebra": "SVD svd"},
    "lamina.tensor.linalg.inverse": {
        "lamina.ir.ops.linear_algebra":
            "MatrixInverse MatrixPinv TensorInv inv matrix_inverse pinv tensorinv",
    },
    "lamina.tensor.linalg.products": {
        "lamina.ir.ops.linear_algebra": "Expm KroneckerProduct expm",
        "lamina.ir.ops.matrix_products": "kron matrix_dot matrix_power",
    },
    "lamina.tensor.linalg.solvers": {
        "lamina.ir.ops.linear_algebra":
            "cho_solve lstsq lu_solve solve solve_continuous_lyapunov solve_discrete_are "
            "solve_discrete_lyapunov solve_sylvester solve_triangular tensorsolve "
            "tridiagonal_lu_factor tridiagonal_lu_solve",
    },
    "lamina.tensor.linalg.solvers.core": {"lamina.ir.ops.linear_algebra": "SolveBase"},
    "lamina.tensor.linalg.solvers.general": {
        "lamina.ir.ops.linear_algebra": "Solve lu_solve solve",
    },
    "lamina.tensor.linalg.solvers.linear_control": {
        "lamina.ir.ops.linear_algebra":
            "SolveDiscreteARE SolveSylvester solve_continuous_lyapunov solve_discrete_are "
            "solve_discrete_lyapunov solve_sylvester",
    },
    "lamina.tensor.linalg.solvers.lstsq": {"lamina.ir.ops.linear_algebra": "Lstsq lstsq"},
    "lamina.tensor.linalg.solvers.psd": {"lamina.ir.ops.linear_algebra": "CholeskySolve cho_solve"},
    "lamina.tensor.linalg.solvers.triangular": {
        "lamina.ir.ops.linear_algebra": "SolveTriangular solve_triangular",
    },
    "lamina.tensor.linalg.solvers.tridiagonal": {
        "lamina.ir.ops.linear_algebra":
            "LUFactorTridiagonal SolveLUFactorTridiagonal tridiagonal_lu_factor "
            "tridiagonal_lu_solve",
    },
    "lamina.tensor.linalg.summary": {
        "lamina.ir.ops.linear_algebra": "Det SLogDet det slogdet trace",
        "lamina.ir.ops.norm": "norm",
    },
    "lamina.tensor.nlinalg": {
        "lamina.ir.ops.linear_algebra":
            "Det Eig Eigh Lstsq MatrixInverse MatrixPinv QR SLogDet SVD TensorInv det eig eigh "
            "lstsq matrix_inverse pinv qr slogdet svd tensorinv tensorsolve trace",
        "lamina.ir.ops.matrix_products": "kron matrix_dot matrix_power",
        "lamina.ir.ops.norm": "norm",
    },
    "lamina.tensor.slinalg": {
        "lamina.ir.ops.linear_algebra":
            "BlockDiagonal Cholesky CholeskySolve Eigvalsh Expm LUFactor QZ Schur Solve SolveBase "
            "SolveTriangular cho_solve cholesky eigvalsh expm lu lu_factor lu_solve ordqz "
            "pivot_to_permutation qr qz schur solve solve_continuous_lyapunov solve_discrete_are "
            "solve_discrete_lyapunov solve_sylvester solve_triangular",
        "lamina.ir.ops.matrix_products": "block_diag kron",
    },
    "lamina.tensor.random.basic": {
        "lamina.ir.ops.continuous_distributions":
            "BetaRV CauchyRV ExponentialRV GammaRV GenGammaRV GumbelRV HalfCauchyRV HalfNormalRV "
            "InvGammaRV LaplaceRV LogNormalRV LogisticRV NormalRV ParetoRV StudentTRV "
            "TriangularRV TruncExponentialRV UniformRV VonMisesRV WaldRV WeibullRV",
        "lamina.ir.ops.discrete_distributions":
            "BernoulliRV BetaBinomialRV BinomialRV GeometricRV HyperGeometricRV IntegersRV "
            "NegBinomialRV PoissonRV",
        "lamina.ir.ops.distributions": "*",
        "lamina.ir.ops.multivariate_distributions":
            "CategoricalRV DirichletRV MultinomialRV MvNormalRV WishartRV",
        "lamina.ir.ops.resampling": "ChoiceRV PermutationRV",
    },
    "lamina.tensor.random.op": {
        "lamina.ir.ops.counter_based_vectors": "MultinomialOfWords",
        "lamina.ir.ops.draw": "Draw",
        "lamina.ir.ops.generator_of_seed": "DefaultGeneratorMakerOp default_rng",
        "lamina.ir.ops.philox": "AdvanceCounter PhiloxBlocks",
        "lamina.ir.ops.random_variable": "RandomVariable",
        "lamina.tensor.random.core_shape": "RandomVariableWithCoreShape",
    },
    "lamina.tensor.random.type": {
        "lamina.ir.graph.random_type":
            "AbstractRandomGeneratorType RandomGeneratorType random_generator_type",
    },
    "lamina.tensor.random.utils": {
        "lamina.ir.ops.random_size":
            "broadcast_params normalize_size_param supp_shape_from_ref_param_shape",
        "lamina.ir.ops.random_variable": "custom_rng_deepcopy",
        "lamina.tensor.random.random_stream": "RandomStream",
    },
    "lamina.tensor.random.variable": {
        "lamina.ir.graph.random_type":
            "RandomGeneratorConstant RandomGeneratorSharedVariable RandomGeneratorVariable",
        "lamina.tensor.random.generators": "rng shared_rng",
    },
    "lamina.tensor.reshape": {
        "lamina.ir.ops.joined_dimensions": "join_dims pack split_dims unpack",
    },
    "lamina.tensor.blockwise": {
        "lamina.graph.vectorize": "vectorize_node_fallback",
        "lamina.ir.ops.blockwise": "Blockwise",
    },
    "lamina.tensor.basic": {
        "lamina.ir.graph.tensor_variable": "TensorVariable",
        "lamina.ir.ops.arrangement": "flip repeat roll tile",
        "lamina.ir.ops.broadcasting": "atleast_1d atleast_2d atleast_3d atleast_Nd",
        "lamina.ir.ops.cast": "cast",
        "lamina.ir.ops.constant": "as_tensor as_tensor_variable constant",
        "lamina.ir.ops.creation":
            "ARange Eye alloc arange empty empty_like eye full full_like ones ones_like zeros "
            "zeros_like",
        "lamina.ir.ops.diagonal": "diag diagonal extract_diag identity identity_like trace",
        "lamina.ir.ops.dimshuffle": "expand_dims matrix_transpose moveaxis swapaxes transpose",
        "lamina.ir.ops.grid": "mgrid ogrid",
        "lamina.ir.ops.joining": "Join concatenate join stack",
        "lamina.ir.ops.known_scalar":
            "get_scalar_constant_value get_underlying_scalar_constant_value get_vector_length "
            "is_flat",
        "lamina.ir.ops.logic": "fill second switch where",
        "lamina.ir.ops.nonzero": "Nonzero flatnonzero nonzero nonzero_values",
        "lamina.ir.ops.alloc": "Alloc",
        "lamina.ir.ops.reshape": "flatten",
        "lamina.ir.ops.shape": "MakeVector make_vector",
        "lamina.ir.ops.splitting": "split",
        "lamina.ir.ops.stacking": "horizontal_stack stacklists vertical_stack",
        "lamina.ir.ops.taking":
            "choose inverse_permutation permute_row_elements take_along_axis tril_indices "
            "tril_indices_from triu_indices triu_indices_from",
        "lamina.ir.ops.triangle": "tri tril triu",
        "lamina.tensor": "tensor_copy",
        "lamina.tensor.scalar_types": "scalar_from_tensor tensor_from_scalar",
        "lamina.tensor.constructors": "tensor",
    },
    "lamina.tensor.exceptions": {"lamina.ir.ops.known_scalar": "NotScalarConstantError"},
    "lamina.tensor.extra_ops": {
        "lamina.ir.ops.arrangement": "repeat",
        "lamina.ir.ops.broadcasting": "broadcast_arrays broadcast_shape",
        "lamina.ir.ops.counting": "BinCount bincount",
        "lamina.ir.ops.difference": "diff",
        "lamina.ir.ops.diagonal": "fill_diagonal fill_diagonal_offset",
        "lamina.ir.ops.dimshuffle": "squeeze",
        "lamina.ir.ops.flat_indices": "ravel_multi_index unravel_index",
        "lamina.ir.ops.grid": "geomspace linspace logspace",
        "lamina.ir.ops.alloc": "broadcast_to",
        "lamina.ir.ops.searching": "SearchsortedOp searchsorted",
        "lamina.ir.ops.unique": "unique",
        "lamina.ir.ops.window": "bartlett",
        "lamina.ir.ops.cumulative": "CumOp LinearRecurrence cumprod cumsum",
        "lamina.ir.ops.taking": "compress",
    },
    "lamina.tensor.math": {
        "lamina.ir.operators": "*",
        "lamina.ir.ops.closeness": "allclose isclose",
        "lamina.ir.ops.contraction": "Dot dot matmul outer",
        "lamina.ir.ops.elementwise_compositions":
            "ceil_intdiv complex_from_polar divmod largest nan_to_num smallest",
        "lamina.ir.ops.moments": "mean std var",
        "lamina.ir.ops.quantiles": "median",
        "lamina.ir.ops.reduction":
            "Argmax Argmin all any argmax argmin logsumexp max max_and_argmax min prod sum",
        "lamina.ir.ops.special_compositions": "chi2sf gammal gammau kn",
        "lamina.ir.ops.statistics": "cov ptp",
        "lamina.ir.ops.tensor_products": "tensordot",
        "lamina.ir.ops.vector_products": "dense_dot matvec vecdot vecmat",
        "lamina.tensor.numpy_names": "*",
    },
    "lamina.tensor.pad": {"lamina.ir.ops.padding": "pad"},
    "lamina.tensor.special": {
        "lamina.ir.operators": "beta betaln logit poch xlog1py xlogy",
        "lamina.ir.ops.softmax": "log_softmax softmax",
        "lamina.ir.ops.special_compositions": "factorial",
    },
    "lamina.tensor.sort": {
        "lamina.ir.ops.sorting": "ArgSort LexSort Sort argsort lexsort sort",
        "lamina.ir.ops.topk": "ArgTopK argtopk topk topk_and_argtopk",
    },
    "lamina.tensor.subtensor": {
        "lamina.ir.ops.arguments": "slice_at_axis",
        "lamina.ir.ops.arrangement": "flip",
        "lamina.ir.ops.advanced_indexing": "AdvancedIncSubtensor AdvancedSubtensor",
        "lamina.ir.ops.basic_indexing": "IncSubtensor Subtensor",
        "lamina.ir.ops.indexing": "inc_subtensor set_subtensor",
        "lamina.ir.ops.taking": "take",
    },
    "lamina.tensor.utils": {
        "lamina.graph.shapes_of": "shape_of_variables",
        "lamina.tensor.array_hash": "hash_from_ndarray",
    },
    "lamina.tensor.shape": {
        "lamina.ir.ops.dimshuffle": "shape_padleft shape_padright shape_padaxis",
        "lamina.ir.ops.reshape": "Reshape reshape",
        "lamina.ir.ops.shape": "Shape Shape_i shape",
        "lamina.ir.ops.specify_shape": "SpecifyShape specify_broadcastable specify_shape",
    },
    "lamina.tensor.optimize": {
        "lamina.tensor.minimization": "Minimize MinimizeScalar minimize minimize_scalar",
        "lamina.tensor.root_finding": "Root RootScalar root root_scalar",
        "lamina.tensor.solver": "BatchedSolver Solver",
    },
    "lamina.tensor.signal": {"lamina.ir.ops.convolution": "convolve1d convolve2d correlate"},
    "lamina.tensor.signal.conv": {
        "lamina.ir.ops.convolution": "Convolve convolve1d convolve2d",
    },
    "lamina.tensor.fft": {
        "lamina.ir.ops.fourier": "fft ifft",
        "lamina.ir.ops.real_fourier": "irfft rfft",
    },
    "lamina.tensor.fourier": {"lamina.ir.ops.fourier": "FFT Fourier fft ifft irfft rfft"},
}  # fmt: skip
