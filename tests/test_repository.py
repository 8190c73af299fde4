import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Broken up, so that this file does not name them either.
OF_ONE_MACHINE = re.compile(
    "/" + r"(work|root|opt|mnt|Users)/\w|/" + r"home/(?!user\b)\w|file:/" + "/|"
    r"pythonhosted\." + r"org|pypi\." + r"org/simple|registry\." + r"npmjs|"
    r"--(extra-)?index-" + r"url|--find-" + r"links|--trusted-" + "host"
)


def tracked() -> list[Path]:
    # safe.directory: a checkout may belong to another user than the one who runs the tests.
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listing.stdout.split("\0") if (path := ROOT / name).is_file()]


def test_no_tracked_file_names_a_path_or_host_of_one_machine():
    found = []
    for path in tracked():
        lines = path.read_text(encoding="utf-8", errors="ignore").splitlines()
        for number, line in enumerate(lines, 1):
            if match := OF_ONE_MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert not found, "\n".join(found)


def test_every_package_is_listed_for_installation():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = setuptools["package-dir"]
    assert sorted(setuptools["packages"]) == sorted(folders)
    rooms = ("frontend", "ir", "passes", "codegen", "runtime")
    packages = {
        path.parent.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.name == "__init__.py" and path.relative_to(ROOT).parts[0] in rooms
    }
    assert packages | {"frontend/stubs"} == set(folders.values())
