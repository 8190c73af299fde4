# For `lit tests/filecheck`; pytest runs the same RUN lines in one process (test_filecheck.py).
import os
import sys
import tempfile

import lit.formats

config.name = "Lamina"  # noqa: F821
config.test_format = lit.formats.ShTest()  # noqa: F821
config.suffixes = [".mlir"]  # noqa: F821
config.test_exec_root = os.path.join(tempfile.gettempdir(), "lamina-lit")  # noqa: F821
bin = os.path.dirname(sys.executable)
config.environment["PATH"] = os.pathsep.join((bin, os.environ["PATH"]))  # noqa: F821
