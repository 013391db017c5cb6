"""README.md and the pages in docs/: their Python programs, and what the pages say they print."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$|^(#+ )", re.M | re.S)


@dataclass(frozen=True)
class Program:
    """A block of Python on a page.

    Attributes:
        page: the page's path from the root; line: where the program begins there.
        source: the program.
        printed: what the page says it prints, "…" for anything, or None: the block without a
            language that follows it under the same heading.
    """

    page: str
    line: int
    source: str
    printed: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def run(self, folder: Path) -> list[str]:
        """What it prints, run as a script in its own folder; skips where a module is absent."""
        for module in self._modules():
            if importlib.util.find_spec(module) is None:
                pytest.skip(f"{self} needs {module}, which is optional and not installed")
        script = folder / "program.py"
        script.write_text(self.source, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-W", "error", script],
            cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
            capture_output=True, text=True, encoding="utf-8", check=False, timeout=90,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def prints_what_the_page_says(self, lines: list[str]) -> bool:
        """Whether these lines are what the page shows."""
        said = (self.printed or "…").strip().split("…")
        return bool(re.fullmatch(".*".join(map(re.escape, said)), "\n".join(lines), re.S))

    def _modules(self) -> set[str]:
        nodes = list(ast.walk(ast.parse(self.source)))
        whole = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
        parts = {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
        return {name.split(".")[0] for name in whole | parts}


def programs(page: Path) -> list[Program]:
    """All programs of a page, in order."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT).as_posix()
    found: list[Program] = []
    is_open = False  # whether the last program may still be followed by what it prints
    for block in _FENCE.finditer(text):
        language, source, heading = block.groups()
        if language == "python":
            line = text.count("\n", 0, block.start()) + 2
            found.append(Program(name, line, source, None))
        elif not heading and not language and is_open:
            last = found.pop()
            found.append(Program(last.page, last.line, last.source, source))
        is_open = language == "python"
    return found
