"""A diagram as SVG, laid out in layers: for machines without Graphviz.

The layout is that of K. Sugiyama, S. Tagawa, M. Toda, Methods for visual understanding of
hierarchical system structures, IEEE Trans. SMC 11 (1981), 109.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from lamina.printing.diagram import Diagram

CHARACTER, HEIGHT, GAP, LAYER = 7.2, 30.0, 24.0, 70.0
SWEEPS = 12


def svg(diagram: Diagram) -> str:
    """The diagram as an SVG document: all arrows point down, and show their labels on hovering."""
    layout = Layout(diagram)
    box = f"0 0 {layout.width:.0f} {layout.height:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width:.0f}" '
        f'height="{layout.height:.0f}" viewBox="{box}" font-family="sans-serif" '
        'text-anchor="middle">',
        '<defs><marker id="head" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>',
    ]
    for arrow, corners in zip(diagram.arrows, layout.lines, strict=True):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
        parts.append(
            f'<path d="M{path}" stroke="{arrow.color}" fill="none" marker-end="url(#head)">'
            f"<title>{escape(arrow.label)}</title></path>"
        )
        if arrow.port:
            (x1, y1), (x2, y2) = corners[-2:]
            x, y = (x1 + 3 * x2) / 4 + 6, (y1 + 3 * y2) / 4
            parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="9">{arrow.port}</text>')
    for node, (x, y) in zip(diagram.boxes, layout.centres, strict=True):
        width, radius = _width(node.label), HEIGHT / 2 if node.round else 2
        parts.append(
            f'<rect x="{x - width / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{width:.1f}" '
            f'height="{HEIGHT:.0f}" rx="{radius:.0f}" fill="{node.fill or "white"}" '
            'stroke="black"/>'
        )
        label = escape(node.label)
        parts.append(f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="12">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _width(label: str) -> float:
    return CHARACTER * len(label) + 20


class Layout:
    """Where boxes and arrows go.

    Boxes are put into layers, each as far down as its arrows allow, and an arrow over several
    layers gets a place of no width in each, so that it passes between the boxes. Layers are then
    sorted by the mean position of their neighbours above and below, back and forth.

    Attributes
    ----------
    centres : list of (x, y), by box
    lines : list of lists of (x, y), by arrow
        The corners of the arrow, from its source on.
    width, height : float
    """

    def __init__(self, diagram: Diagram):
        self.widths = [_width(box.label) for box in diagram.boxes]
        self.depth = _depths(diagram)
        chains = [self._chain(arrow.source, arrow.target) for arrow in diagram.arrows]
        self.above: list[list[int]] = [[] for _ in self.depth]
        self.below: list[list[int]] = [[] for _ in self.depth]
        for chain in chains:
            for upper, lower in pairwise(chain):
                self.above[lower].append(upper)
                self.below[upper].append(lower)
        self.x = [0.0] * len(self.depth)
        self.layers: list[list[int]] = [[] for _ in range(max(self.depth, default=0) + 1)]
        for place, depth in enumerate(self.depth):
            self.layers[depth].append(place)
        for layer in self.layers:
            self._place(layer, [0.0] * len(layer))
        for sweep in range(SWEEPS):
            self._sweep(upwards=sweep % 2 == 1, sort=sweep < SWEEPS - 2)
        count = range(len(self.depth))
        left = min((self.x[n] - self.widths[n] / 2 for n in count), default=0.0)
        right = max((self.x[n] + self.widths[n] / 2 for n in count), default=0.0)
        self.width, self.height = right - left + 2 * GAP, LAYER * len(self.layers)
        points = [(self.x[n] - left + GAP, HEIGHT + LAYER * self.depth[n]) for n in count]
        self.centres = points[: len(diagram.boxes)]
        self.lines = [_line([points[n] for n in chain]) for chain in chains]

    def _chain(self, source: int, target: int) -> list[int]:
        """The places that an arrow goes through, made for it where it crosses a layer."""
        chain = [source]
        for depth in range(self.depth[source] + 1, self.depth[target]):
            chain.append(len(self.depth))
            self.depth.append(depth)
            self.widths.append(0.0)
        return [*chain, target]

    def _sweep(self, upwards: bool, sort: bool) -> None:
        neighbours = self.below if upwards else self.above
        for layer in reversed(self.layers) if upwards else self.layers:
            wanted = {}
            for place in layer:
                positions = [self.x[n] for n in neighbours[place]]
                wanted[place] = sum(positions) / len(positions) if positions else self.x[place]
            if sort:
                layer.sort(key=wanted.__getitem__)
            self._place(layer, [wanted[place] for place in layer])

    def _place(self, layer: Sequence[int], wanted: Sequence[float]) -> None:
        """Put the places of a layer in their order as near to `wanted` as their widths permit."""
        offsets = [0.0]
        for a, b in pairwise(layer):
            offsets.append(offsets[-1] + (self.widths[a] + self.widths[b]) / 2 + GAP)
        # least squares under x[i+1] - x[i] >= gap is isotonic regression of wanted - offset:
        # neighbours out of order are pooled at their mean
        pools: list[tuple[float, int]] = []
        for value, offset in zip(wanted, offsets, strict=True):
            mean, count = value - offset, 1
            while pools and pools[-1][0] > mean:
                other, weight = pools.pop()
                mean = (mean * count + other * weight) / (count + weight)
                count += weight
            pools.append((mean, count))
        means = [mean for mean, count in pools for _ in range(count)]
        for place, mean, offset in zip(layer, means, offsets, strict=True):
            self.x[place] = mean + offset


def _depths(diagram: Diagram) -> list[int]:
    """The layers of the boxes: ends lowest, each other box as low as what it points to allows."""
    after: list[list[int]] = [[] for _ in diagram.boxes]
    for arrow in diagram.arrows:
        after[arrow.source].append(arrow.target)
    height = [0] * len(after)
    for number in reversed(range(len(after))):
        height[number] = max((height[n] + 1 for n in after[number]), default=0)
    highest = max(height, default=0)
    return [highest - h for h in height]


def _line(centres: list[tuple[float, float]]) -> list[tuple[float, float]]:
    (x1, y1), *between, (x2, y2) = centres
    passed = [(x, y + side) for x, y in between for side in (-HEIGHT / 2, HEIGHT / 2)]
    return [(x1, y1 + HEIGHT / 2), *passed, (x2, y2 - HEIGHT / 2)]
