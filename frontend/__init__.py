"""Lamina: define, manipulate and compile array expressions."""

from lamina import homes

homes.install()

from lamina.ir.configuration import config  # noqa: E402

__all__ = ["config"]
