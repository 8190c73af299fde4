"""``debugprint``: whatever contains a graph, as text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.variable import Variable
from lamina.printing.identifiers import Identifiers, IdType, Node
from lamina.printing.tree import Line, Place, Shown, TreePrinter


def debugprint(
    graph_like: Any,
    depth: int = -1,
    print_type: bool = False,
    file: Any = None,
    id_type: IdType = "CHAR",
    stop_on_name: bool = False,
    done: dict[Any, str] | None = None,
    print_storage: bool = False,
    used_ids: dict[Any, str] | None = None,
    print_op_info: bool = False,
    print_destroy_map: bool = False,
    print_view_map: bool = False,
    print_fgraph_inputs: bool = False,
    print_shape: bool = False,
    print_memory_map: bool = False,
    print_inner_graphs: bool = True,
    print_assumptions: bool = False,
) -> Any:
    """Print a graph as text, a line for each use of a variable, indented by its depth.

    A line names the op or the input, tells its identifier, then its type, its name, its memory maps
    and its place in the order of computation, where these are asked for or known. What is below a
    variable is printed once: ``···`` stands for it from then on. If an application has several
    outputs, ``.0``, ``.1``, ... follow the op.

    Parameters
    ----------
    graph_like : Variable, Apply, FunctionGraph, compiled function, or list or tuple of these
    depth : int
        How many levels to print; -1 is all.
    print_type : bool
        Print the type of each variable.
    file : text stream, "str", "rich" or None
        None is ``sys.stdout``; ``"str"`` returns the text instead, and ``"rich"`` a tree of the
        package rich, with a branch for each graph.
    id_type : {"CHAR", "int", "id", "auto", ""}
        Identify nodes by letters, by numbers, by Python's ``id``, by ``auto_name``, or not at all.
    stop_on_name : bool
        Print nothing below a variable that has a name.
    done : dict
        Identifiers of the nodes printed, added to it. Several calls that are given one dict share
        identifiers, and the later ones do not print again what is below these nodes.
    print_storage : bool
        Print the values that a compiled function holds.
    used_ids : dict
        Identifiers by node, added to it.
    print_op_info : bool
        Print what ops tell about their inputs and outputs.
    print_destroy_map, print_view_map : bool
        Print which inputs' memory outputs take over (``d={output: [inputs]}``) and share (``v=``).
    print_fgraph_inputs : bool
        Print the inputs of function graphs, also of those within ops.
    print_shape : bool
        Print what is known of the lengths of each array, ``?`` where nothing is.
    print_memory_map : bool
        Print both maps of memory.
    print_inner_graphs : bool
        Print the graphs within ops, behind the graph.
    print_assumptions : bool
        Print what rewrites may take for granted of matrices (``a={lower_triangular}``): what
        `lamina.assumptions.assume` states, and what follows from how they are made.

    Returns
    -------
    str, rich.tree.Tree or text stream
        The text, if `file` is ``"str"``; the tree, if it is ``"rich"``; else the stream printed to.

    Raises
    ------
    ImportError
        `file` is ``"rich"``, and the package rich is not installed.

    Examples
    --------
    >>> from lamina.ir.graph.tensor_type import TensorType
    >>> x = TensorType("float64", (3,))("x")
    >>> print(debugprint(1 + x, print_type=True, file="str"), end="")
    Add [id A] <Vector(float64, shape=(3,))>
     ├─ ExpandDims{axis=0} [id B] <Vector(int8, shape=(1,))>
     │  └─ 1 [id C] <Scalar(int8, shape=())>
     └─ x [id D] <Vector(float64, shape=(3,))>
    """
    if not isinstance(depth, int):
        raise TypeError(f"depth must be an int, -1 for no limit, got {depth!r}")
    stream = sys.stdout if file is None else file
    if file not in ("str", "rich") and not hasattr(stream, "write"):
        raise TypeError(f'file must be a text stream, "str", "rich" or None, got {file!r}')
    shown = Shown(
        depth,
        print_type,
        stop_on_name,
        print_op_info,
        print_destroy_map or print_memory_map,
        print_view_map or print_memory_map,
        print_fgraph_inputs,
        print_shape,
        print_inner_graphs,
        print_assumptions,
    )
    done = {} if done is None else done
    identifiers = Identifiers(id_type, dict(done) if used_ids is None else used_ids)
    printer = TreePrinter(shown, identifiers, done)
    lines = _lines(graph_like, printer, print_storage)
    if file == "rich":
        from lamina.printing.rich_tree import tree_of

        return tree_of(lines)
    if file == "str":
        return "".join(f"{line}\n" for line in lines)
    for line in lines:
        stream.write(f"{line}\n")
    return stream


def get_node_by_id(graphs: Any, target_var_id: str, id_types: IdType = "CHAR") -> Node | None:
    """The application or input that ``debugprint(graphs, id_type=id_types)`` prints as ``[id
    target_var_id]``.

    Examples
    --------
    >>> from lamina.ir.graph.tensor_type import TensorType
    >>> x = TensorType("float64", ())("x")
    >>> get_node_by_id(-x, "B") is x
    True
    """
    used: dict[Any, str] = {}
    printer = TreePrinter(Shown(), Identifiers(id_types, used), {})
    for _ in _lines(graphs, printer, False):
        pass
    return next((node for node, identifier in used.items() if identifier == target_var_id), None)


@dataclass(frozen=True)
class Member:
    """One of the graphs to print.

    Attributes
    ----------
    outputs : sequence of Variable
    fgraph : FunctionGraph or None
        Whose outputs they are.
    storage : mapping
        The cells that hold the values of variables, in a compiled function.
    """

    outputs: Sequence[Variable]
    fgraph: FunctionGraph | None = None
    storage: Mapping[Variable, Any] = field(default_factory=dict)


def members_of(graph_like: Any) -> list[Member]:
    """The graphs in an object that contains one or more.

    Raises
    ------
    TypeError
        Something else is among them.
    """
    if isinstance(graph_like, (list, tuple)):
        return [member for part in graph_like for member in members_of(part)]
    if isinstance(graph_like, Apply):
        return [Member(graph_like.outputs)]
    if isinstance(graph_like, Variable):
        return [Member([graph_like])]
    if isinstance(graph_like, FunctionGraph):
        return [Member(graph_like.outputs, graph_like)]
    fgraph = getattr(getattr(graph_like, "maker", None), "fgraph", None)
    if fgraph is None:
        raise TypeError(
            "only variables, applications, function graphs, compiled functions and lists of these "
            f"can be printed, got {graph_like!r} of type {type(graph_like).__name__}"
        )
    return [Member(fgraph.outputs, fgraph, _storage(graph_like, fgraph))]


def _storage(function: Any, fgraph: FunctionGraph) -> Mapping[Variable, Any]:
    """The cells of all variables, where a function keeps them, else those of its inputs."""
    holder = function if hasattr(function, "storage_map") else getattr(function, "vm", None)
    if holder is not None:
        return holder.storage_map
    containers = getattr(function, "input_storage", ())
    return {v: container.storage for v, container in zip(fgraph.inputs, containers, strict=False)}


def _lines(graph_like: Any, printer: TreePrinter, with_storage: bool) -> Iterator[Line]:
    for member in members_of(graph_like):
        if member.fgraph is None:
            yield from printer.graph(member.outputs, Place())
            continue
        positions = {node: number for number, node in enumerate(member.fgraph.toposort())}
        place = Place(positions, member.storage if with_storage else {})
        arrows = printer.shown.inputs
        inputs = member.fgraph.inputs if arrows else ()
        yield from printer.graph(member.outputs, place, inputs, arrows=arrows)
    yield from printer.inner_graphs()
