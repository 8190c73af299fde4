"""What tests of an emulated device ask for by name."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from lamina.compile.device_function import driver


class Launch(NamedTuple):
    """Blocks, and threads of a block."""

    grid: tuple[int, ...]
    block: tuple[int, ...]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the device run each launch in both orders, and look for races."""
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> list[Launch]:
    """The launches to come."""
    device, seen = driver("cuda-emu"), []
    launch = device.launch

    def recorded(function, grid, block, *rest):
        seen.append(Launch(grid, block))
        launch(function, grid, block, *rest)

    monkeypatch.setattr(device, "launch", recorded)
    return seen
