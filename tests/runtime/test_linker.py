import ctypes

import pytest

from lamina.runtime import linker

HALF = "define double @half(double %x) {\n  %y = fmul double %x, 0.5\n  ret double %y\n}\n"
CALLER = """
declare double @half(double)
define double @quarter(double %x) {
  %y = call double @half(double %x)
  %z = call double @half(double %y)
  ret double %z
}
"""
UNARY = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


def test_objects_are_linked_to_each_other(assemble):
    code = linker.link([assemble(CALLER), assemble(HALF)], {}, ["quarter"])
    assert UNARY(code["quarter"])(6.0) == 1.5


def test_objects_are_linked_to_addresses(assemble):
    third = UNARY(lambda x: x / 3)
    address = ctypes.cast(third, ctypes.c_void_p).value
    code = linker.link([assemble(CALLER)], {"half": address, "unused": 1}, ["quarter"])
    assert UNARY(code["quarter"])(18.0) == 2.0


def test_a_library_is_linked_once(assemble):
    library = assemble(HALF.replace("@half", "@half_once"))
    first = linker.link_once(library, {})
    assert linker.link_once(bytes(bytearray(library)), {}) is first
    assert UNARY(first["half_once"])(3.0) == 1.5


@pytest.mark.parametrize("known", [{}, {"half": 0}])
def test_a_name_that_nothing_defines_is_an_error(assemble, known):
    with pytest.raises(RuntimeError, match="nothing defines half"):
        linker.link([assemble(CALLER)], known, ["quarter"])


def test_a_name_that_is_wanted_and_not_defined_is_an_error(assemble):
    with pytest.raises(RuntimeError):
        linker.link([assemble(HALF)], {}, ["third"])


@pytest.mark.parametrize("broken", [b"", b"junk" * 50, "cut"])
def test_a_malformed_object_is_an_error(assemble, broken):
    image = assemble(HALF)[:400] if broken == "cut" else broken
    with pytest.raises(RuntimeError):
        linker.link([image], {}, ["half"])
    with pytest.raises(RuntimeError):
        linker.link_once(image, {})
