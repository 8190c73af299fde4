"""Bring a program to one of the forms that it may be written in: later rewrites need know no other.

The form: constants folded, equal computations one, lengths taken from arguments, broadcasting
implicit, signs outwards, common factors cancelled, indices at what an expression is made of.
"""

from __future__ import annotations

from lamina.passes.algebra import ALGEBRA
from lamina.passes.choices import CHOOSING
from lamina.passes.extrema import EXTREMA
from lamina.passes.fold_constants import FOLD
from lamina.passes.fractions import FRACTIONS
from lamina.passes.inverse_functions import INVERSES
from lamina.passes.lift_indexing import INDEXING
from lamina.passes.lift_lengths import LENGTHS
from lamina.passes.powers import POWERS
from lamina.passes.signs import SIGNS_AND_MODULI
from lamina.passes.simplify_broadcasts import BROADCASTS
from lamina.passes.simplify_casts import CASTS
from lamina.passes.simplify_reductions import REDUCED
from lamina.passes.simplify_reshapes import RESHAPES

CANONICALIZE = (
    FOLD, *LENGTHS, *CASTS, *BROADCASTS, *INDEXING, *REDUCED, *RESHAPES, *ALGEBRA,
    *SIGNS_AND_MODULI, *POWERS, *INVERSES, *EXTREMA, *CHOOSING, *FRACTIONS,
)  # fmt: skip
