import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lamina.runtime.disk_cache import DiskCache, default_directory, open_cache

KEY = "0123456789abcdef"
# A directory that even root cannot make.
IMPOSSIBLE = "/proc/nowhere/cache"


@pytest.fixture
def cache(tmp_path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


def key(number: int) -> str:
    return f"{number:064x}"[::-1]


def entry_file(cache: DiskCache) -> Path:
    (path,) = [path for path in cache.directory.rglob("*") if path.is_file()]
    return path


def test_what_is_put_is_got_by_every_process_that_looks_there(cache):
    assert cache.get(KEY) is None
    cache.put(KEY, b"code")
    assert cache.get(KEY) == DiskCache(cache.directory).get(KEY) == b"code"
    cache.put(KEY, b"")
    assert cache.get(KEY) == b""


def test_a_later_value_replaces_the_former(cache):
    cache.put(KEY, b"former")
    cache.put(KEY, b"later")
    assert cache.get(KEY) == b"later"
    assert cache.info().entries == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:20],
        lambda content: b"",
        lambda content: content + b"more",
        lambda content: content[:-1] + b"\xff",
        lambda content: b"X" + content[1:],
        lambda content: content.replace(b"object 1", b"object 2"),
    ],
)
def test_a_damaged_entry_is_a_miss_and_goes(cache, damage):
    cache.put(KEY, b"code" * 10)
    path = entry_file(cache)
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get(KEY) is None
    assert not path.exists()
    cache.put(KEY, b"code")
    assert cache.get(KEY) == b"code"


def test_entries_read_lately_stay_when_the_limit_is_reached(tmp_path):
    cache = DiskCache(tmp_path, limit=10_000)
    for number in range(8):
        cache.put(key(number), bytes(1000))
        # The clock of a file system may be coarser than a put: say who is how old.
        os.utime(cache._path(key(number)), (number, number))
    assert cache.get(key(0)) is not None
    cache.put(key(8), bytes(1000))
    cache.put(key(9), bytes(1000))
    present = {number for number in range(10) if cache._path(key(number)).exists()}
    assert present >= {0, 8, 9}
    assert not present & {1, 2}
    assert cache.info().bytes <= 10_000


def test_a_value_beyond_the_limit_is_not_kept(tmp_path):
    cache = DiskCache(tmp_path, limit=1000)
    cache.put(KEY, bytes(2000))
    assert cache.get(KEY) is None


def test_what_other_processes_wrote_counts_towards_the_limit(tmp_path):
    DiskCache(tmp_path, limit=1 << 20).put(key(1), bytes(9000))
    os.utime(DiskCache(tmp_path)._path(key(1)), (1, 1))
    late = DiskCache(tmp_path, limit=10_000)
    late.put(key(2), bytes(5000))
    assert late.get(key(1)) is None
    assert late.get(key(2)) == bytes(5000)


def test_info_counts_and_clear_removes_everything(cache):
    cache.put(key(1), b"a")
    cache.put(key(2), b"b" * 100)
    (cache.directory / "aa").mkdir()
    (cache.directory / "aa" / ".half-written.1.x").write_bytes(b"a process ended")
    usage = cache.info()
    assert (usage.entries, usage.problem) == (2, "")
    assert usage.bytes > 101
    cache.clear()
    assert cache.info().entries == 0
    assert not [path for path in cache.directory.rglob("*") if path.is_file()]


def test_only_old_temporary_files_are_taken_for_abandoned(cache):
    cache.put(KEY, b"code")
    folder = entry_file(cache).parent
    young, old = folder / ".young", folder / ".old"
    for path in (young, old):
        path.write_bytes(b"...")
    os.utime(old, (time.time() - 1e5,) * 2)
    assert cache.info().entries == 1
    assert young.exists()
    assert not old.exists()


@pytest.mark.parametrize("bad", ["", "short", "../" * 8, "g" * 32, "A" * 32, "0" * 200])
def test_a_key_that_is_no_hash_is_refused(cache, bad):
    with pytest.raises(ValueError, match="hexadecimal"):
        cache.get(bad)
    with pytest.raises(ValueError, match="hexadecimal"):
        cache.put(bad, b"")


def test_a_directory_that_cannot_be_made_keeps_nothing_and_harms_nobody():
    cache = DiskCache(IMPOSSIBLE)
    cache.put(KEY, b"code")
    cache.clear()
    assert cache.get(KEY) is None
    assert cache.info().entries == 0


def test_a_file_in_place_of_the_directory_keeps_nothing(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"mine")
    cache = DiskCache(path)
    cache.put(KEY, b"code")
    assert cache.get(KEY) is None
    assert path.read_bytes() == b"mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_keeps_nothing(tmp_path):
    tmp_path.chmod(0o500)
    cache = DiskCache(tmp_path)
    cache.put(KEY, b"code")
    assert cache.get(KEY) is None


def test_code_from_a_folder_that_everybody_may_write_to_is_not_run(cache):
    cache.put(KEY, b"code")
    cache.directory.chmod(0o777)
    assert cache.get(KEY) is None
    assert "everybody" in cache.info().problem
    cache.directory.chmod(0o700)
    assert cache.get(KEY) == b"code"


def test_no_directory_is_no_cache():
    cache = DiskCache(None)
    cache.put(KEY, b"code")
    assert cache.get(KEY) is None
    assert cache.info().problem == "no cache is wanted"


def test_the_directory_is_made_for_its_owner_alone(cache):
    cache.put(KEY, b"code")
    assert cache.directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environment", "directory"),
    [
        ({"LAMINA_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"LAMINA_CACHE_DIR": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/lamina"),
        ({"XDG_CACHE_HOME": "", "HOME": "/c"}, "/c/.cache/lamina"),
    ],
)
def test_the_environment_says_where_the_cache_is(monkeypatch, environment, directory):
    for name in ("LAMINA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_directory() == Path(directory)
    assert open_cache().directory == Path(directory)
    assert open_cache("/d").directory == Path("/d")
    assert open_cache("/d", wanted=False).directory is None


WRITER = """
import hashlib, sys
from lamina.runtime.disk_cache import DiskCache
cache = DiskCache(sys.argv[1], limit=200_000)
print("ready", flush=True)
sys.stdin.readline()
for turn in range(60):
    key = hashlib.sha256(b"%d" % (turn % 20)).hexdigest()
    value = bytes([turn % 20]) * 15_000
    got = cache.get(key)
    assert got is None or got == value, "torn"
    cache.put(key, value)
"""


def test_eight_processes_write_and_evict_at_once(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    writers = [subprocess.Popen(command, **pipes) for _ in range(8)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    errors = [writer.communicate(timeout=60)[1] for writer in writers]
    assert not any(errors), errors
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]
    assert 0 < DiskCache(tmp_path).info().entries <= 20


def test_threads_share_one_cache(cache):
    def turn(number: int) -> bytes | None:
        cache.put(key(number % 5), b"%d" % (number % 5))
        return cache.get(key(number % 5))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(turn, range(200))) == [b"%d" % (n % 5) for n in range(200)]
