"""A rewrite of one's own: a formula that loses its digits becomes one that keeps them.

For small x, 1 - cos(x) is a difference of two numbers that are nearly equal: at x = 1e-8 nothing is
left of it. 2 sin(x/2)^2 is the same in mathematics and has all its digits. The compiler does not
know that rule; this program teaches it, twice: as a rule on the compiler's dialect, and as a
rewriter of graphs. To see what becomes of the function:

    lamina run --dump-ir=graph,canonicalize,linalg examples/own_rewrite.py
"""

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.graph.rewriting import Rule, Var, using_rules
from lamina.graph.rewriting.basic import PatternNodeRewriter, in2out

x = pt.dvector("x")
versine = 1 - pt.cos(x)
small = np.array([1e-8, 1e-5, 1e-2])

# A rule reads as the mathematics that it is. It matches at any rank and in any order of the
# operands of a sum, and runs together with the compiler's own rules.
v = Var("v")
rule = Rule("versine", before=1 - pt.cos(v), after=2 * pt.sqr(pt.sin(0.5 * v)))

plain = lamina.function([x], versine, name="plain")
with using_rules(rule):
    precise = lamina.function([x], versine, name="precise")

# A rewriter works on the graph before the compiler sees it.
pattern = PatternNodeRewriter(
    (pt.sub, 1, (pt.cos, "v")),
    (pt.mul, 2.0, (pt.sqr, (pt.sin, (pt.mul, 0.5, "v")))),
    name="versine",
)
mode = lamina.get_mode("FAST_RUN").register((in2out(pattern), 0))
rewritten = lamina.function([x], versine, mode=mode, name="rewritten")

print("x                ", *(f"{value:11.4e}" for value in small))
print("1 - cos(x)       ", *(f"{value:11.4e}" for value in plain(small)))
print("with the rule    ", *(f"{value:11.4e}" for value in precise(small)))
print("with the rewriter", *(f"{value:11.4e}" for value in rewritten(small)))
print()
print("rules that fired:", precise.ir("canonicalize").splitlines()[0])
print("rewriters that fired:", rewritten.ir("graph").splitlines()[0])
calls = {name: f.ir("linalg").count("math.cos") for name, f in
         (("plain", plain), ("precise", precise), ("rewritten", rewritten))}  # fmt: skip
print("cosines in the code:", calls)
