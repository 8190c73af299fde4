"""What happens when a rewriter raises: ``config.on_opt_error``."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from lamina.ir.configuration import config


def report(error: BaseException, rewriter: Any, where: Any) -> None:
    """Warn that `rewriter` failed; or raise `error`, debug it, or say nothing."""
    action = config.on_opt_error
    if action == "raise":
        raise error
    if action == "pdb":
        import pdb

        pdb.post_mortem(error.__traceback__ or sys.exc_info()[2])
    elif action == "warn":
        warnings.warn(
            f"the rewriter {rewriter} failed on {where}, and the graph stays as it was: "
            f"{type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
