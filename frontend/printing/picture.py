"""``pydotprint``: a picture of a graph."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from lamina.printing.diagram import Diagram, DiagramMaker
from lamina.printing.graph_text import members_of


def pydotprint(
    fct: Any,
    outfile: str | Path | None = None,
    compact: bool = True,
    format: str = "png",
    with_ids: bool = False,
    max_label_size: int = 70,
    var_with_name_simple: bool = False,
    print_output_file: bool = True,
    return_image: bool = False,
) -> bytes | None:
    """Draw a graph: applications as ellipses, inputs (green), constants (grey) and outputs (blue)
    as boxes.

    An arrow into an application that overwrites the value is red.

    Parameters
    ----------
    fct : Variable, Apply, FunctionGraph, compiled function, or list or tuple of these
    outfile : path, optional
        Where to write the picture; ``lamina.pydotprint.FORMAT`` in the current folder if it is not
        given.
    compact : bool
        Leave out the variables between two applications.
    format : str
        ``"svg"`` and ``"dot"`` (Graphviz's language) always work; others, such as ``"png"`` and
        ``"pdf"``, need Graphviz's program ``dot``, which also lays out svg better.
    with_ids : bool
        Number the applications in the order in which they are computed.
    max_label_size : int
        Cut longer labels.
    var_with_name_simple : bool
        Label variables that have a name without their type.
    print_output_file : bool
        Print the path of the file.
    return_image : bool
        Return the picture and write no file.

    Returns
    -------
    bytes or None
        The picture, if `return_image`.

    Raises
    ------
    RuntimeError
        The format needs Graphviz, which is not installed or fails.

    Examples
    --------
    >>> from lamina.ir.graph.tensor_type import TensorType
    >>> x = TensorType("float64", (3,))("x")
    >>> print(pydotprint(-x, format="dot", return_image=True).decode().splitlines()[2])
      0 [label="x Vector(float64, shape=(3,))" shape=box style=filled fillcolor="#b7e4c7"];
    """
    members = members_of(fct)
    outputs = [v for member in members for v in member.outputs]
    fgraph = members[0].fgraph if len(members) == 1 else None
    order = fgraph.toposort() if fgraph is not None else None
    maker = DiagramMaker(outputs, order, compact, with_ids, max_label_size, var_with_name_simple)
    image = _draw(maker.diagram, format)
    if return_image:
        return image
    path = Path(outfile or f"lamina.pydotprint.{format}")
    path.write_bytes(image)
    if print_output_file:
        print(f"The output file is available at {path}")
    return None


def _draw(diagram: Diagram, format: str) -> bytes:
    text = diagram.dot().encode()
    if format in ("dot", "gv"):
        return text
    program = shutil.which("dot")
    if program is None:
        if format == "svg":
            from lamina.printing.svg import svg

            return svg(diagram).encode()
        raise RuntimeError(
            f"Graphviz's program dot, which draws {format}, is not on the PATH. Install Graphviz, "
            'or use format="svg" or format="dot", which need nothing.'
        )
    done = subprocess.run([program, f"-T{format}"], input=text, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"dot cannot draw {format}: {done.stderr.decode().strip()}")
    return done.stdout
