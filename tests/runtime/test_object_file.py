from lamina.runtime import object_file

SOURCE = """
declare double @sin(double)
declare void @never_called()
@far = external global i8

define double @f(double %x) {
  %y = call double @sin(double %x)
  %z = frem double %y, %x
  %w = call double @hidden(double %z)
  ret double %w
}
define ptr @g() {
  ret ptr @far
}
define internal double @hidden(double %x) noinline {
  ret double %x
}
"""


def test_what_an_object_defines_and_lacks_is_read_from_it(assemble):
    table = object_file.symbols(assemble(SOURCE))
    assert sorted(table.defined) == ["f", "g"]
    # fmod stands in no line of the IR: frem becomes a call of it.
    assert sorted(set(table.undefined)) == ["far", "fmod", "sin"]


def test_other_formats_are_not_read():
    assert object_file.symbols(b"\xcf\xfa\xed\xfe" + bytes(100)) is None
    assert object_file.symbols(b"") is None
