"""All families of cases, by name."""

from __future__ import annotations

from tests.conformance.cases import indexing, order, products, reductions, shapes
from tests.conformance.family import Family

FAMILIES: dict[str, Family] = {
    **reductions.FAMILIES,
    **shapes.FAMILIES,
    **indexing.FAMILIES,
    **order.FAMILIES,
    **products.FAMILIES,
}
