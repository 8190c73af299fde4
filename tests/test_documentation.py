"""What the documents show is what happens."""

import textwrap
from pathlib import Path

import pytest

from tests.documents import examples, failures, update

ROOT = Path(__file__).parents[1]
TREES = ROOT / "tests" / "frontend" / "printing" / "expected"
DOCUMENTS = [
    path
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if list(examples(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_examples_print_what_the_document_shows(document, update_golden):
    if update_golden:
        update(document)
    wrong = failures(document)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path", sorted(TREES.glob("*_f*n.txt")) + sorted(TREES.glob("compiled_*.txt"))
)
def test_the_references_compiled_functions_stand_beside_ours(path):
    tree = textwrap.indent(
        path.read_text(encoding="utf-8"), "    ", lambda line: line.strip() != ""
    )
    assert tree in (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")


def test_links_between_documents_lead_somewhere():
    import re

    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
