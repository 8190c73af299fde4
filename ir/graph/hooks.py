"""What the frontend adds to variables, by name: `ir` may not import it.

The frontend assigns these when it is imported.
"""

from collections.abc import Callable
from typing import Any

_services: dict[str, Callable[..., Any]] = {}


def provide(name: str, service: Callable[..., Any]) -> None:
    """Let variables and graphs use `service` under `name`."""
    _services[name] = service


def debugprint() -> Callable[..., Any]:
    return _services["debugprint"]


def notebook() -> Callable[..., Any]:
    return _services["notebook"]


def evaluate() -> Callable[..., Any]:
    return _services["evaluate"]


def call_ufunc() -> Callable[..., Any]:
    return _services["call_ufunc"]


def call_function() -> Callable[..., Any]:
    return _services["call_function"]


def vectorize_graph() -> Callable[..., Any]:
    return _services["vectorize_graph"]


def vectorized() -> Callable[..., Any]:
    return _services["vectorized"]


def performer() -> Callable[..., Any]:
    return _services["performer"]
