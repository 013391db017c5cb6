"""docs/search.md: its programs run as they stand there."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "search.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def output(program: str, folder: Path) -> list[str]:
    """What the program prints, run as a script in a folder of its own."""
    script = folder / "program.py"
    script.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_example_narrows_the_range_and_finds_a_good_rate(tmp_path):
    lines = output(PROGRAMS[0], tmp_path)
    assert lines[0] == "1 LogUniform(low=1e-06, high=0.01, whole=False)"
    assert [line.split()[0] for line in lines[:3]] == ["1", "2", "3"]
    found = [float(line.split()[0]) for line in lines[3:8]]
    assert found == sorted(found, reverse=True)
    assert lines[8].endswith("of the test part are right")
    assert len(lines) == 9


def test_the_example_with_threads_stops_when_asked(tmp_path):
    (line,) = output(PROGRAMS[1], tmp_path)
    count = int(line.removesuffix(" rows are finished and kept"))
    assert 5 <= count <= 8


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="Dask is not installed: pip install 'layerlab[search]'",
)
def test_the_example_with_dask_finds_a_rate(tmp_path):
    (line,) = output(PROGRAMS[2], tmp_path)
    assert line.startswith("{'optimizer.lr': 0.")


def test_all_programs_of_the_page_are_tested():
    assert len(PROGRAMS) == 3
