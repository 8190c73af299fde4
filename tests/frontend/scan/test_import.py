"""``lamina.scan`` is a function and a package, whichever is asked for first."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "first",
    [
        "import lamina",
        "import lamina.scan",
        "import lamina.scan.basic",
        "from lamina.scan import until, reduce, foldl, foldr, map",
        "from lamina.scan.utils import until",
        "from lamina.scan.basic import scan; assert scan.__name__ == 'scan'",
        "from lamina.scan.views import foldl, foldr, map, reduce",
        "from lamina.scan.checkpoints import scan_checkpoints",
        "import lamina; lamina.map, lamina.reduce, lamina.foldl, lamina.foldr",
    ],
)
def test_scan_can_be_called_after(first):
    program = f"""
{first}
import lamina
import lamina.tensor as pt
x = pt.dvector("x")
for scan in (lamina.scan, lamina.scan.scan, lamina.scan.basic.scan):
    y, updates = scan(lambda v: 2 * v, x)
    assert y.ndim == 1 and updates == {{}}
from lamina.scan.basic import scan
assert lamina.scan.until.__name__ == "until"
"""
    subprocess.run([sys.executable, "-c", program], check=True)
