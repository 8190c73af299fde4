"""An e-graph of nd programs, kept by egglog: which values are equal, and what makes each.

A term is the application of a symbol, an integer, to classes of equal terms: ``(F2 7 a b)``. A
symbol stands for an elementwise op, an operation on whole arrays with its attributes and type, a
constant, or a value that the program is given. Each class has a dtype and a static shape; egglog
infers those of the elementwise terms that rules make.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.rules import _class_of as class_of
from lamina.passes.saturation.schedule import Schedule
from lamina.passes.saturation.terms import (
    Node,
    Snapshot,
    Symbol,
    extent,
    largest,
    likeness,
    static,
)
from lamina.passes.values import uniform

LARGEST_ARITY = 3  # of elementwise ops


def engine() -> Any:
    """egglog's bindings.

    Raises
    ------
    ImportError
        The package is not installed.
    """
    try:
        from egglog import bindings
    except ImportError as error:
        raise ImportError(
            "optimizer='egraph' needs the package egglog: pip install 'lamina[egraph]'"
        ) from error
    return bindings


class EGraph:
    """Terms, and which are equal.

    Parameters
    ----------
    rank : int
        The highest rank of an array.
    """

    def __init__(self, rank: int):
        self._egglog = engine().EGraph()
        self.rank = max(rank, 2)
        self._pending: list[str] = []
        self.symbols: list[Symbol] = []
        self._numbers: dict[Any, int] = {}
        self.names: dict[SSAValue, str] = {}
        self._dtypes: list[str] = []
        self._arities: set[int] = set()
        self._kinds: dict[str, int] = {}
        self._pattern_numbers: list[Any] = []
        self._forms: list[tuple[Any, Any]] = []
        self.schedule = Schedule()
        self._declare()

    # What rules are written in.

    def tell(self, *commands: str) -> None:
        """Add commands to those that are run when the e-graph is next asked."""
        self._pending += commands

    def flush(self) -> list[Any]:
        """Run what was told; returns what egglog says."""
        text, self._pending = "\n".join(self._pending), []
        return self._egglog.run_program(*self._egglog.parse_program(text)) if text else []

    def elementwise(self, op: Elemwise) -> int:
        """The symbol of an elementwise op."""
        key = op.scalar_op.name
        if key not in self._numbers:
            number = self._symbol(key, op)
            facts = op.scalar_op
            if facts.commutative:
                self.tell(f"(commutative {number})")
            for dtype in self._dtypes:
                self._tell_loop(number, op, dtype)
            return number
        return self._numbers[key]

    def dtype(self, dtype: str) -> int:
        """The number of a dtype."""
        if dtype not in self._dtypes:
            self._dtypes.append(dtype)
            number = len(self._dtypes) - 1
            kind = np.dtype(dtype).kind
            self.tell(*(f"(of-kinds {k} {number})" for t, k in self._kinds.items() if kind in t))
            for symbol in self.symbols:
                if isinstance(symbol.op, Elemwise):
                    self._tell_loop(symbol.number, symbol.op, dtype)
            for i, value in enumerate(self._pattern_numbers):
                self._tell_literal(i, value, dtype)
        return self._dtypes.index(dtype)

    def kinds(self, letters: str) -> int:
        """The number of a set of kinds of dtypes; ``(of-kinds k d)`` says that d is of one."""
        if letters not in self._kinds:
            self._kinds[letters] = len(self._kinds)
            number = self._kinds[letters]
            for i, dtype in enumerate(self._dtypes):
                if np.dtype(dtype).kind in letters:
                    self.tell(f"(of-kinds {number} {i})")
        return self._kinds[letters]

    def pattern_number(self, value: Any) -> int:
        """The number of a number in a rule: ``(equals e k)`` says that all elements of e are it,
        ``(literal k d)`` is the symbol of the 0-d constant of dtype d.
        """
        for i, known in enumerate(self._pattern_numbers):
            if type(known) is type(value) and known == value:
                return i
        self._pattern_numbers.append(value)
        number = len(self._pattern_numbers) - 1
        for symbol in self.symbols:
            self._tell_equal(symbol, number, value)
        for dtype in self._dtypes:
            self._tell_literal(number, value, dtype)
        return number

    def form(self, op: Any) -> int:
        """The number of what an op on whole arrays, or a Form, stands for in a rule: ``(fits f s)``
        says that s is the symbol of such an operation.
        """
        for i, (known, _) in enumerate(self._forms):
            if known == op:
                return i
        self._forms.append((op, class_of(op)))
        number = len(self._forms) - 1
        for symbol in self.symbols:
            self._tell_fits(symbol, number)
        return number

    @property
    def op_names(self) -> set[str]:
        """The names of the operations that symbols stand for."""
        found = set()
        for symbol in self.symbols:
            if isinstance(symbol.op, Elemwise):
                found.add(symbol.op.nd_name.lower())
            elif isinstance(symbol.op, Operation):
                found.add(symbol.op.name.removeprefix("nd."))
        return found

    def rule(
        self,
        name: str,
        facts: Iterable[str],
        actions: Iterable[str],
        grows: bool = False,
        invents: bool = False,
    ) -> None:
        """Add a rule: where the facts hold, the actions are done.

        It may make what is larger than what it matches (`grows`), or classes (`invents`).
        """
        ruleset = self.schedule.add(name, grows, invents)
        self.tell(
            f"(ruleset {ruleset})",
            f"(rule ({' '.join(facts)}) ({' '.join(actions)}) :ruleset {ruleset})",
        )

    def apply(self, symbol: int | str, operands: Sequence[str]) -> str:
        """The text of a term."""
        arity = len(operands)
        if arity not in self._arities:
            self._arities.add(arity)
            self._pending.insert(0, f"(constructor F{arity} (i64 {'E ' * arity}) E)")
        return f"(F{arity} {symbol} {' '.join(operands)})"

    def dims(self, prefix: str) -> str:
        """A shape of variables, one for each dimension."""
        return f"(Dims {' '.join(f'{prefix}{i}' for i in range(self.rank))})"

    # Programs.

    def given(self, value: SSAValue, position: int) -> None:
        """`value` comes from outside."""
        symbol = self._symbol(("given", position), position, value.type)
        self._name(value, self.apply(symbol, ()))

    def add(self, op: Operation) -> str:
        """The term of a pure operation with one result, of which `names` knows the operands."""
        result = op.results[0]
        term = self._term(op)
        if result in self.names:
            self.tell(f"(union {self.names[result]} {term})")
        else:
            self._name(result, term)
        return term

    def value(self, value: SSAValue) -> str:
        """The name of a value; what it is made of is added."""
        if value not in self.names:
            assert isinstance(value.owner, Operation)
            for operand in value.owner.operands:
                self.value(operand)
            self.add(value.owner)
        return self.names[value]

    def equate(self, op: Operation, value: SSAValue, is_better: bool = False) -> None:
        """The result of `op` is `value`; if that is better, the term of `op` is no choice."""
        self.value(op.results[0])
        new = self.value(value)
        if self.names[op.results[0]] == new:
            return
        self.tell(f"(union {self.names[op.results[0]]} {new})")
        if is_better:
            for operand in op.operands:
                self.value(operand)
            self.tell(f"(subsume {self.add(op)})")

    @property
    def size(self) -> int:
        """The number of nodes."""
        self.flush()
        self.tell("(print-size)")
        return sum(
            count
            for function, count in self.flush()[-1].sizes
            if function[:1] == "F" and function[1:].isdigit()
        )

    def snapshot(self) -> Snapshot:
        """All nodes, types and names."""
        self.flush()
        functions = self._egglog.freeze().functions
        integer = self._egglog.value_to_i64
        nodes: dict[Any, list[Node]] = {}
        for arity in self._arities:
            for row in functions[f"F{arity}"].rows:
                number, *operands = row.inputs
                node = Node(self.symbols[integer(number)], tuple(operands), row.subsumed)
                nodes.setdefault(row.output, []).append(node)
        shapes = {
            row.output: static([integer(v) for v in row.inputs]) for row in functions["Dims"].rows
        }
        dtypes = {
            row.inputs[0]: self._dtypes[integer(row.output)] for row in functions["dtype-of"].rows
        }
        types = {
            row.inputs[0]: TensorType(dtypes[row.inputs[0]], shapes[row.output])
            for row in functions["shape-of"].rows
            if row.inputs[0] in dtypes
        }
        names = {
            name: function.rows[0].output
            for name, function in functions.items()
            if function.is_let_binding and function.rows
        }
        return Snapshot(nodes, types, names)

    def rows(self, relation: str) -> list[tuple[Any, ...]]:
        """The classes that are in `relation`."""
        self.flush()
        return [tuple(row.inputs) for row in self._egglog.freeze().functions[relation].rows]

    def _name(self, value: SSAValue, term: str) -> None:
        name = self.names[value] = f"$v{len(self.names)}"
        shape = nd.static_shape(value)
        lengths = [0] * (self.rank - len(shape)) + list(map(extent, shape))
        self.tell(
            f"(let {name} {term})",
            f"(set (shape-of {name}) (Dims {' '.join(map(str, lengths))}))",
            f"(set (dtype-of {name}) {self.dtype(nd.dtype_of(value))})",
        )

    def _term(self, op: Any) -> str:
        operands = [self.names[v] for v in op.operands]
        if isinstance(op, nd.ElementwiseOp):
            definition: Any = op.definition
            return self.apply(self.elementwise(definition), operands)
        type = op.results[0].type
        if isinstance(op, nd.ConstantOp):
            key: Any = ("constant", type, op.attributes["value"])
            return self.apply(self._symbol(key, op.data, type), ())
        return self.apply(
            self._symbol((type, op.__class__, *sorted(likeness(op).items())), op, type), operands
        )

    def _symbol(self, key: Any, op: Any, type: Any = None) -> int:
        if key not in self._numbers:
            number = self._numbers[key] = len(self.symbols)
            symbol = Symbol(number, op, type)
            self.symbols.append(symbol)
            for i, value in enumerate(self._pattern_numbers):
                self._tell_equal(symbol, i, value)
            for i in range(len(self._forms)):
                self._tell_fits(symbol, i)
        return self._numbers[key]

    def _tell_loop(self, number: int, op: Elemwise, dtype: str) -> None:
        """The dtype of the result, by that of the last operand."""
        dtypes = (dtype,) * op.nin
        if op.scalar_op.name == "switch":
            dtypes = ("bool", *dtypes[1:])
        try:
            loop, result = op.scalar_op.types(dtypes, (None,) * op.nin)
        except TypeError:
            return
        if loop == dtypes:
            self.tell(f"(set (loop {number} {self.dtype(dtype)}) {self.dtype(result)})")

    def _tell_literal(self, number: int, value: Any, dtype: str) -> None:
        with np.errstate(all="ignore"):
            constant = nd.constant_op(np.array(value).astype(dtype))
        key = ("constant", constant.results[0].type, constant.attributes["value"])
        symbol = self._symbol(key, constant.data, constant.results[0].type)
        self.tell(
            f"(set (literal {number} {self.dtype(dtype)}) {symbol})",
            f"(set (dtype-of-literal {symbol}) {self.dtype(dtype)})",
        )

    def _tell_equal(self, symbol: Symbol, number: int, value: Any) -> None:
        if isinstance(symbol.op, np.ndarray):
            found = uniform(nd.constant_op(symbol.op).results[0])
            if found is not None and found == value:
                self.tell(f"(is {symbol.number} {number})")

    def _tell_fits(self, symbol: Symbol, number: int) -> None:
        _, (cls, fits) = self._forms[number]
        if symbol.op.__class__ is cls and (fits is None or fits(symbol.op)):
            self.tell(f"(fits {number} {symbol.number})")

    def _declare(self) -> None:
        zeros = " ".join("0" for _ in range(self.rank))
        arities = range(LARGEST_ARITY + 1)
        self._arities.update(arities)
        self.tell(
            "(sort E)",
            "(sort S)",
            *(f"(constructor F{n} (i64 {'E ' * n}) E)" for n in arities),
            f"(constructor Dims ({'i64 ' * self.rank}) S)",
            "(function shape-of (E) S :merge old)",
            "(function dtype-of (E) i64 :merge old)",
            "(function loop (i64 i64) i64 :merge old)",
            "(function literal (i64 i64) i64 :merge old)",
            "(function dtype-of-literal (i64) i64 :merge old)",
            "(relation commutative (i64))",
            "(relation of-kinds (i64 i64))",
            "(relation is (i64 i64))",
            "(relation equals (E i64))",
            "(relation fits (i64 i64))",
            "(ruleset analysis)",
        )
        self.tell(
            "(rule ((= e (F0 s)) (is s k)) ((equals e k)) :ruleset analysis)",
            "(rule ((= e (F0 s)) (= d (dtype-of-literal s)))"
            f" ((set (dtype-of e) d) (set (shape-of e) (Dims {zeros}))) :ruleset analysis)",
        )
        commuted = ["(= e (F2 s a b))", "(commutative s)"]
        self.rule("commutative", commuted, ["(union e (F2 s b a))"])
        for arity in range(1, LARGEST_ARITY + 1):
            letters = "abc"[:arity]
            shapes = " ".join(f"(= {self.dims(c)} (shape-of {c}))" for c in letters)
            lengths = " ".join(largest([f"{c}{i}" for c in letters]) for i in range(self.rank))
            self.tell(
                f"(rule ((= e (F{arity} s {' '.join(letters)}))"
                f" (= d (dtype-of {letters[-1]})) (= r (loop s d)) {shapes})"
                f" ((set (dtype-of e) r) (set (shape-of e) (Dims {lengths}))) :ruleset analysis)"
            )
        self.flush()
