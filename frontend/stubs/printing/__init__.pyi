# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.print_value import (
    Print,
)
from lamina.printing.graph_text import (
    debugprint, get_node_by_id,
)
from lamina.printing.identifiers import (
    char_from_number,
)
from lamina.printing.infix import (
    pp, pprint,
)
from lamina.printing.outline import (
    min_informative_str,
)
from lamina.printing.picture import (
    pydotprint,
)

__all__ = [
    "Print", "char_from_number", "debugprint", "get_node_by_id", "min_informative_str", "pp",
    "pprint", "pydotprint",
]
