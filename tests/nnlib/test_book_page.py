"""docs/book.md: every name of nnlib on it exists, and every test that it points to."""

from __future__ import annotations

import ast
import importlib
import re
from typing import Any

import pytest

from tests.support.pages import ROOT

PAGE = ROOT / "docs" / "book.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`(nnlib\..*?)`", TEXT)))
TESTS = sorted(set(re.findall(r"\[([^]]+)\]\((\.\./tests/[^)]+)\)", TEXT)))


def found(name: str) -> Any:
    """What a dotted name stands for, or the result of a call with plain values."""
    expression = ast.parse(name, mode="eval").body
    if not isinstance(expression, ast.Call):
        return thing(name)
    made = thing(ast.unparse(expression.func))
    return made(
        *map(ast.literal_eval, expression.args),
        **{str(k.arg): ast.literal_eval(k.value) for k in expression.keywords},
    )


def thing(name: str) -> Any:
    parts = name.split(".")
    here: Any = importlib.import_module(parts[0])
    for i, part in enumerate(parts[1:], 2):
        if not hasattr(here, part):
            here = importlib.import_module(".".join(parts[:i]))
        else:
            here = getattr(here, part)
    return here


def squeezed(text: str) -> str:
    """Letters and digits alone: "std 0.01" and test_std_001 agree, so do "book's" and book_s."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_on_the_page_exists(name: str) -> None:
    assert found(name) is not None


@pytest.mark.parametrize(("sentence", "file"), TESTS)
def test_a_test_on_the_page_exists(sentence: str, file: str) -> None:
    tree = ast.parse((PAGE.parent / file).read_text(encoding="utf-8"))
    tests = {squeezed(node.name) for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert squeezed("test " + sentence) in tests


@pytest.mark.parametrize("name", ["nnlib.Convolute", "nnlib.functions.im2cols", "nnlib.nothing.x"])
def test_a_name_that_does_not_exist_would_be_noticed(name: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        found(name)


def test_every_chapter_that_has_code_is_on_the_page() -> None:
    assert re.findall(r"^## Chapter (\d)", TEXT, re.M) == list("2345678")
    rows = [line for line in TEXT.splitlines() if re.match(r"\| (\d\.\d|beyond)", line)]
    assert len(rows) > 30
    for row in rows:
        _, section, names, tests, _ = re.split(r"\s*\|\s*", row)
        assert "`nnlib." in names, section
        assert "../tests/" in tests, section
