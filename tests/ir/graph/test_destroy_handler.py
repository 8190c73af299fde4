import pickle

import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.aliasing import Supervisor, add_supervisor_to_fgraph
from lamina.graph.basic import Apply
from lamina.graph.destroyhandler import DestroyHandler, fast_inplace_check, inplace_candidates
from lamina.graph.features import ReplaceValidate
from lamina.graph.fg import FunctionGraph
from lamina.graph.op import Op
from lamina.graph.utils import InconsistencyError


class Made(Op):
    """An op of vectors that may overwrite operands or give views of them."""

    __props__ = ("name", "destroyed", "viewed")

    def __init__(self, name, destroyed=(), viewed=(), same=(), aliased=()):
        self.name, self.destroyed, self.viewed = name, tuple(destroyed), tuple(viewed)
        self.destroy_map = {0: list(destroyed)} if destroyed else {}
        self.view_map = {0: list(viewed)} if viewed else {}
        self.destroyhandler_tolerate_same = list(same)
        self.destroyhandler_tolerate_aliased = list(aliased)

    def make_node(self, *inputs):
        return Apply(self, list(inputs), [pt.dvector()])

    def perform(self, node, inputs, output_storage):
        raise NotImplementedError

    def __str__(self):
        return self.name


reads, reads_too = Made("reads"), Made("reads_too")
view = Made("view", viewed=[0])
overwrites, overwrites_too = Made("overwrites", [0]), Made("overwrites_too", [0])


@pytest.fixture
def x():
    return pt.dvector("x")


def graph(x, *outputs, features=()):
    fgraph = FunctionGraph([x], outputs, clone=False)
    for feature in (DestroyHandler(), ReplaceValidate(), *features):
        fgraph.attach_feature(feature)
    return fgraph


def names(fgraph):
    return [str(node.op) for node in fgraph.toposort()]


def refuses(fgraph, match):
    with pytest.raises(InconsistencyError, match=match):
        fgraph.validate()
    assert not fgraph.consistent()
    return True


def test_what_reads_a_value_comes_before_what_overwrites_it(x):
    fgraph = graph(x, overwrites(x), reads(x))
    fgraph.validate()
    assert names(fgraph) == ["reads", "overwrites"]


def test_what_reads_a_view_does_too(x):
    fgraph = graph(x, overwrites(x), reads(view(view(x))))
    fgraph.validate()
    assert names(fgraph) == ["view", "view", "reads", "overwrites"]


def test_to_overwrite_a_view_is_to_overwrite_what_it_is_of(x):
    fgraph = graph(x, overwrites(view(x)), reads(x))
    fgraph.validate()
    assert names(fgraph).index("reads") < names(fgraph).index("overwrites")
    assert [str(node.op) for node in fgraph.destroyers(x)] == ["overwrites"]
    assert fgraph.has_destroyers([x]) and not fgraph.has_destroyers(fgraph.outputs)


def test_a_value_that_is_read_after_it_was_overwritten_is_refused(x):
    changed = overwrites(x)
    assert refuses(graph(x, reads(changed, x)), "impossible order")
    assert refuses(graph(x, reads(changed, view(x))), "impossible order")
    graph(x, reads(changed, changed)).validate()


def test_one_memory_is_overwritten_once(x):
    assert refuses(graph(x, overwrites(x), overwrites_too(x)), "by overwrites.* by overwrites_too")
    assert refuses(graph(x, overwrites(x), overwrites_too(view(x))), "is overwritten by")
    graph(x, overwrites_too(overwrites(x))).validate()


def test_an_order_of_two_that_need_each_other_is_refused(x):
    y = reads(x)
    first, second = Made("first", [0]), Made("second", [0])
    # first! overwrites x and reads y; second! overwrites y and reads x
    assert refuses(graph(x, first(x, y), second(y, x)), "impossible order")


def test_constants_outputs_and_what_is_indestructible_are_not_overwritten(x):
    assert refuses(graph(x, overwrites(pt.constant([1.0, 2.0]))), "constant")
    y = reads(x)
    assert refuses(graph(x, y, overwrites(y)), "is an output")
    assert refuses(graph(x, view(y), overwrites(y)), "is an output")
    y.tag.indestructible = True
    assert refuses(graph(x, overwrites(y)), "indestructible")


def test_operands_in_one_memory_are_refused_unless_the_op_permits_it(x):
    assert refuses(graph(x, overwrites(x, x)), "operand 1 lies in the same memory")
    assert refuses(graph(x, overwrites(x, view(x))), "operand 1 lies in the same memory")
    graph(x, Made("same", [0], same=[(0, 1)])(x, x)).validate()
    assert refuses(graph(x, Made("same", [0], same=[(0, 1)])(x, view(x))), "same memory")
    graph(x, Made("aliased", [0], aliased=[(0, 1)])(x, view(x))).validate()


def test_a_replacement_that_would_be_wrong_is_undone(x):
    y = reads(x)
    z = reads(y)
    fgraph = graph(x, reads_too(z, y))
    before = names(fgraph)
    with pytest.raises(InconsistencyError):
        fgraph.replace_validate(z, overwrites(y), reason="in place")
    assert names(fgraph) == before
    assert not fgraph.has_destroyers([y])
    fgraph.replace_validate(fgraph.outputs[0], reads_too(z, z))
    fgraph.replace_validate(z, overwrites(y), reason="in place")
    assert names(fgraph) == ["reads", "overwrites", "reads_too"]
    assert [str(node.op) for node in fgraph.destroyers(y)] == ["overwrites"]


def test_a_supervisor_protects_inputs(x):
    assert refuses(graph(x, overwrites(view(x)), features=[Supervisor([x])]), "protected")
    graph(x, overwrites(reads(x)), features=[Supervisor([x])]).validate()


def test_inputs_are_protected_as_they_are_declared():
    x, y = pt.dvectors("x", "y")
    fgraph = FunctionGraph([x, y], [reads(x, y)], clone=False)
    fgraph.attach_feature(ReplaceValidate())
    add_supervisor_to_fgraph(fgraph, [lamina.In(x), lamina.In(y, mutable=True)])
    with pytest.raises(InconsistencyError, match="protected"):
        fgraph.replace_validate(fgraph.outputs[0], overwrites(x, y))
    fgraph.replace_validate(fgraph.outputs[0], Made("other", [1])(x, y))
    with pytest.raises(TypeError, match="inplace"):
        add_supervisor_to_fgraph(fgraph, [lamina.In(x), lamina.In(y)])


def test_candidates_for_an_op_in_place(x):
    y, z = reads(x), reads_too(x)
    c = pt.constant([1.0])
    fgraph = graph(x, overwrites(y), reads(z), features=[Supervisor([x])])
    assert fast_inplace_check(fgraph, [x, y, z, view(x), c]) == [z]
    assert inplace_candidates(fgraph, [x, y, z], protected_inputs=[]) == [x, z]


def test_the_handler_goes_along_with_copies_and_pickles(x):
    fgraph = graph(x, reads(overwrites(x), x))
    for copy in (fgraph.clone(check_integrity=False), pickle.loads(pickle.dumps(fgraph))):
        assert refuses(copy, "impossible order")
        assert copy.has_destroyers(copy.inputs)
    handler = fgraph.destroy_handler
    fgraph.remove_feature(handler)
    fgraph.validate()
    assert not hasattr(fgraph, "destroyers")
