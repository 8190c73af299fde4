"""How far a search may go, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Budget:
    """When to stop.

    Attributes
    ----------
    nodes : int
        The e-graph is not grown beyond.
    iterations, growing : int
        How often all rules are applied in a round, and how often those among them whose right side
        is the larger one.
    matches : int
        A rule that matches more often rests until the next round.
    rounds : int
        How often what was found is rewritten greedily, and that told to the e-graph.
    seconds : float
        For one part of a program; what has been found until then is taken.
    """

    nodes: int = 3000
    iterations: int = 8
    growing: int = 3
    matches: int = 1000
    rounds: int = 3
    seconds: float = 10.0


@dataclass
class Report:
    """What saturation found for a part of a program.

    Attributes
    ----------
    written, greedy, found : float
        The costs, by the model, of the part as it was, after greedy rewriting, and of what was
        found.
    nodes, iterations : int
        The size of the e-graph, and how often the rules were applied.
    seconds : float
    rules : dict
        How many times each rule matched.
    saturated : bool
        Whether no rule had anything to add.
    text : str
        What was found, as operations.
    """

    written: float
    greedy: float
    found: float
    nodes: int = 0
    iterations: int = 0
    seconds: float = 0.0
    rules: dict[str, int] = field(default_factory=dict)
    saturated: bool = False
    text: str = ""

    @property
    def gains(self) -> bool:
        """Whether it is cheaper than what greedy rewriting makes."""
        return self.found < self.greedy * (1 - 1e-6)

    def __str__(self) -> str:
        return (
            f"cost {self.written:.4g} as written, {self.greedy:.4g} by greedy rewriting, "
            f"{self.found:.4g} by saturation: {self.nodes} nodes, {self.iterations} iterations"
        )
