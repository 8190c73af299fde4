"""The programs of the reference's pages print what they print there."""

from pathlib import Path

import pytest

from tests.documents import failures, update

PAGES = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_programs_of_a_page_print_what_the_page_shows(page, update_golden):
    if update_golden:
        update(page)
    wrong = failures(page)
    assert not wrong, "\n".join(wrong)
