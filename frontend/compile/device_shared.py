"""Shared variables whose values stay on a device between calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.compile.device_function import driver
from lamina.ir.graph.random_type import RandomGeneratorSharedVariable, RandomGeneratorType
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.tensor_variable import TensorSharedVariable
from lamina.runtime.cuda.device_array import DeviceArray, to_device


class DeviceSharedVariable(TensorSharedVariable):
    """A shared variable whose value is an array on a device.

    Functions of the device's mode read and update it there. `get_value` copies it to the host.
    """

    def __init__(
        self,
        type: TensorType,
        value: Any,
        strict: bool = False,
        allow_downcast: bool | None = None,
        name: str | None = None,
        cell: list[Any] | None = None,
        device: str = "cuda",
    ):
        self.device = device.lower()
        super().__init__(type, value, strict, allow_downcast, name, cell)

    def _admit(self, value: Any) -> DeviceArray:
        if isinstance(value, DeviceArray):
            lengths = zip(self.type.shape, value.shape, strict=False)
            if (value.dtype, value.ndim) == (self.type.dtype, self.type.ndim) and all(
                known in (None, n) for known, n in lengths
            ):
                return value
            raise TypeError(f"shared variable {self}: {value} is no value of {self.type}")
        return to_device(super()._admit(value), driver(self.device))

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """The current value as a NumPy array; that on the device if `return_internal_type`."""
        value = self.cell[0]
        return value if return_internal_type else value.copy_to_host()

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the value, by a copy of `new_value` on the device; an array on the device is
        taken as it is if `borrow`.
        """
        if isinstance(new_value, DeviceArray) and not borrow:
            new_value = new_value.copy_to_host()
        self.cell[0] = self._admit(new_value)

    def zero(self, borrow: bool = False) -> None:
        """Set every element to 0."""
        self.set_value(np.zeros(self.cell[0].shape, self.type.dtype))

    def clone(self, name: str | None = None) -> DeviceSharedVariable:
        """Another variable of the same value: an update of one is seen by both."""
        return type(self)(
            self.type, None, self.strict, self.allow_downcast, name or self.name, self.cell,
            self.device,
        )  # fmt: skip


class DeviceGeneratorVariable(RandomGeneratorSharedVariable):
    """A counter-based generator whose state is on a device.

    Functions of the device's mode draw from it and advance it there. `get_value` copies the state.
    """

    def __init__(
        self,
        generator: Any,
        name: str | None = None,
        device: str = "cuda",
        cell: list[Any] | None = None,
    ):
        self.device = device.lower()
        super().__init__(RandomGeneratorType(counter_based=True), generator, name=name, cell=cell)

    def _admit(self, value: Any) -> DeviceArray:
        return to_device(super()._admit(value), driver(self.device))

    def clone(self, name: str | None = None) -> DeviceGeneratorVariable:
        """Another variable of the same state: an update of one is seen by both."""
        return type(self)(None, name or self.name, self.device, self.cell)
