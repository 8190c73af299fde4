import os
import struct

import pytest

from lamina.runtime.function_file import VERSION, FunctionFileError, read, write

HEADER = {"name": "f", "numbers": [1, None, 2.5]}
PARTS = {"object": bytes(range(256)), "empty": b"", "text": b"lamina function\n"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.lam"


def test_what_is_read_is_what_was_written(path):
    write(path, HEADER, PARTS)
    file = read(path)
    assert file.header == HEADER and file.parts == PARTS
    assert os.listdir(path.parent) == ["model.lam"]


@pytest.mark.parametrize("place", [20, 40, -40, -1])
def test_one_bit_that_differs_is_found(path, place: int):
    write(path, HEADER, PARTS)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(FunctionFileError, match="is damaged"):
        read(path)


@pytest.mark.parametrize("length", [0, 5, 30, 100, -1])
def test_a_file_that_is_not_whole_is_refused(path, length: int):
    write(path, HEADER, PARTS)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FunctionFileError, match="no saved function|is damaged"):
        read(path)


def test_other_files_and_other_versions_are_refused(path):
    path.write_bytes(b"\x80\x04\x95" + bytes(100))
    with pytest.raises(FunctionFileError, match="no saved function"):
        read(path)
    write(path, HEADER, PARTS)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 16, VERSION + 1)
    path.write_bytes(content)
    with pytest.raises(FunctionFileError, match=f"version {VERSION + 1}, and this Lamina reads"):
        read(path)
    with pytest.raises(FileNotFoundError):
        read(path.with_name("nothing"))


def test_what_cannot_be_written_leaves_the_old_file(path):
    write(path, HEADER, PARTS)
    with pytest.raises(TypeError):
        write(path, {"name": object()}, {})
    with pytest.raises(TypeError):
        write(path, HEADER, {"object": "text"})  # type: ignore[dict-item]
    assert read(path).parts == PARTS
    assert os.listdir(path.parent) == ["model.lam"]
