"""The processor that objects are made for: its name, its features and LLVM's machine for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import llvmlite.binding as llvm


@dataclass(frozen=True)
class Target:
    """A processor as LLVM names it.

    Objects are valid for one target, so it is a part of every cache key.

    Parameters
    ----------
    triple : str
        Architecture, vendor and system, ``"x86_64-unknown-linux-gnu"``.
    cpu : str
        The processor, ``"znver5"``, ``"x86-64-v3"``.
    features : str
        What the processor can and cannot do, ``"+avx2,+fma,-avx512f"``.

    Examples
    --------
    >>> v3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma")
    >>> v3.has_fma(), v3.vector_bits()
    (True, 256)
    """

    triple: str
    cpu: str
    features: str

    def has(self, feature: str) -> bool:
        """Return whether `feature` is listed as present."""
        return f"+{feature}" in self.features.split(",")

    @property
    def architecture(self) -> str:
        """The first part of the triple, with Apple's ``arm64`` under its other name."""
        name = self.triple.partition("-")[0]
        return "aarch64" if name == "arm64" else name

    def has_fma(self) -> bool:
        """Return whether ``llvm.fma`` is one instruction, not a call of libm's ``fma``."""
        return self.architecture == "aarch64" or self.has("fma")

    def vector_bits(self) -> int:
        """Return the width of the widest fixed-size vector register.

        Scalable vectors (SVE) count with the 128 bits that are always there.
        """
        if self.has("avx512f"):
            return 512
        return 256 if self.has("avx") else 128

    def machine(self, opt: int = 3) -> llvm.TargetMachine:
        """Return a new LLVM target machine for objects that LLJIT links.

        The code is position-independent in the small model, which reaches constants relative to
        the instruction pointer. LLVM's own choice for JITs is the large model: an instruction more
        for each constant, twice the instructions in a polynomial.

        Parameters
        ----------
        opt : int
            Effort of instruction selection and scheduling, 0 to 3.
        """
        _initialize(self.architecture == host().architecture)
        return llvm.Target.from_triple(self.triple).create_target_machine(
            cpu=self.cpu, features=self.features, opt=opt, reloc="pic", codemodel="small"
        )


@cache
def host() -> Target:
    """Return the processor that this process runs on."""
    return Target(
        triple=llvm.get_process_triple(),
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
    )


def baseline() -> Target:
    """Return a processor whose code all processors of this architecture run."""
    cpu = "x86-64" if host().architecture == "x86_64" else "generic"
    return Target(host().triple, cpu, "")


@cache
def _initialize(native: bool) -> None:
    if native:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
    else:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
