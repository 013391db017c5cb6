"""The programs in README.md and docs/ run as they stand there, and print what is said there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.pages import PAGES, ROOT, Program, programs

# docs/search.md is run by tests/nnlib/search/test_page.py, which asks more of it.
PROGRAMS = [p for page in PAGES if page.name != "search.md" for p in programs(page)]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_a_program_prints_what_its_page_says(program: Program, tmp_path: Path) -> None:
    lines = program.run(tmp_path)
    assert program.prints_what_the_page_says(lines), "\n".join(lines)


def test_blocks_are_found_with_what_they_print() -> None:
    (page,) = [page for page in PAGES if page.name == "README.md"]
    blocks = page.read_text(encoding="utf-8").count("```python\n")
    assert len(programs(page)) == blocks > 0
    assert any(program.printed for program in PROGRAMS)


@pytest.mark.parametrize(
    ("printed", "lines", "holds"),
    [
        ("1.0\n", ["1.0"], True),
        ("1.0\n", ["1.5"], False),
        ("1.0\n", ["1.0", "2"], False),
        ("loss 0.…\nend\n", ["loss 0.25", "end"], True),
        ("loss 0.…\nend\n", ["loss 1.25", "end"], False),
        ("a\n…\n", ["a", "b", "c"], True),
        ("(x) [y] *\n", ["(x) [y] *"], True),
    ],
)
def test_dots_stand_for_anything_and_all_else_for_itself(
    printed: str, lines: list[str], holds: bool
) -> None:
    assert Program("page.md", 1, "", printed).prints_what_the_page_says(lines) is holds


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []
    assert all((page.parent / link).resolve().is_relative_to(ROOT) for link in links)
