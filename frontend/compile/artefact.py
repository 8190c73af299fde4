"""What a compilation leaves."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lamina.runtime.descriptor import Piece

if TYPE_CHECKING:
    from lamina.compile.device_function import DeviceKernels


@dataclass
class Artefact:
    """What a compilation leaves: enough to link and call the function, without any compiler.

    Attributes
    ----------
    object : bytes
    errors : list of dict
        What status k of the function means is entry k - 1.
    callbacks : list of int
        The applications of the graph, by number, that Python computes.
    pieces : list of Piece
        What the records of its profile are about. A function that makes one is not kept.
    kernels : DeviceKernels, optional
        What runs on a device. A function that has some is not kept.
    """

    object: bytes
    errors: list[dict[str, Any]]
    callbacks: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    kernels: DeviceKernels | None = None

    def to_bytes(self) -> bytes:
        header = json.dumps([self.errors, self.callbacks]).encode()
        return struct.pack("<Q", len(header)) + header + self.object

    @classmethod
    def from_bytes(cls, data: bytes) -> Artefact:
        (size,) = struct.unpack_from("<Q", data)
        return cls(data[8 + size :], *json.loads(data[8 : 8 + size]))
