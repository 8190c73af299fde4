"""Objects made of the runtime's own LLVM IR, once a machine: later processes find them on disk."""

from __future__ import annotations

import hashlib
from functools import cache

import llvmlite
import llvmlite.binding as llvm

from lamina.runtime.disk_cache import DiskCache


@cache
def compile_ir(text: str, store: DiskCache) -> bytes:
    """Return the object of a module, from `store` if it is there.

    The code suits every processor of the architecture, for it only reads fields and branches. The
    key is the text with what else the object depends on; addresses of this process are not among
    that, as the text refers to them by name.
    """
    key = object_key(text)
    image = store.get(key)
    if image is None:
        image = _compile(text)
        store.put(key, image)
    return image


def object_key(text: str) -> str:
    """Return the key of `text`'s object in a disk cache."""
    versions = (llvmlite.__version__, llvm.llvm_version_info, llvm.get_process_triple())
    return hashlib.sha256(f"{versions}\n{text}".encode()).hexdigest()


def _compile(text: str) -> bytes:
    target = machine()
    module = llvm.parse_assembly(text)
    module.triple = target.triple
    module.data_layout = str(target.target_data)
    return target.emit_object(module)


@cache
def machine() -> llvm.TargetMachine:
    """Return the target machine of runtime code and of the linker: any of this architecture.

    With effort 1 a call would be no faster by more than 3 ns, and a wrapper take 5 ms to compile,
    not 1.5.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(opt=0, jit=True)
