"""Bring a program to one of the forms that it may be written in: later rewrites need know no other.

The form: constants folded, equal computations one, lengths taken from arguments, broadcasting
implicit, signs outwards, common factors cancelled, indices at what an expression is made of.
"""

from __future__ import annotations

from lamina.passes.algebra import ALGEBRA
from lamina.passes.choices import CHOOSING
from lamina.passes.determinants import DETERMINANTS
from lamina.passes.extrema import EXTREMA
from lamina.passes.fold_constants import FOLD
from lamina.passes.fractions import FRACTIONS
from lamina.passes.inverse_functions import INVERSES
from lamina.passes.length_bounds import LENGTH_BOUNDS
from lamina.passes.lift_indexing import INDEXING
from lamina.passes.lift_lengths import LENGTHS
from lamina.passes.linear_algebra import CANONICAL_MATRICES
from lamina.passes.merge_indexing import MERGED_INDEXING
from lamina.passes.powers import POWERS
from lamina.passes.scaled_reductions import SCALED
from lamina.passes.signs import SIGNS_AND_MODULI
from lamina.passes.simplify_broadcasts import BROADCASTS
from lamina.passes.simplify_casts import CASTS
from lamina.passes.simplify_joins import JOINS
from lamina.passes.simplify_products import PRODUCTS_OF_MATRICES
from lamina.passes.simplify_reductions import REDUCED
from lamina.passes.simplify_reshapes import RESHAPES
from lamina.passes.simplify_updates import UPDATES

CANONICALIZE = (
    FOLD, *LENGTHS, *LENGTH_BOUNDS, *CASTS, *BROADCASTS, *INDEXING, *MERGED_INDEXING, *UPDATES,
    *JOINS, *REDUCED, *SCALED, *RESHAPES, *ALGEBRA, *SIGNS_AND_MODULI, *POWERS, *INVERSES,
    *EXTREMA, *CHOOSING, *FRACTIONS, *CANONICAL_MATRICES, *PRODUCTS_OF_MATRICES, *DETERMINANTS,
)  # fmt: skip
