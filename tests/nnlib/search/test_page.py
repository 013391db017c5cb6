"""docs/search.md: its programs run as they stand there, and do what they are shown for."""

from __future__ import annotations

from tests.support.pages import ROOT, programs

PROGRAMS = programs(ROOT / "docs" / "search.md")


def test_the_example_narrows_the_range_and_finds_a_good_rate(tmp_path):
    lines = PROGRAMS[0].run(tmp_path)
    assert PROGRAMS[0].prints_what_the_page_says(lines)
    assert [line.split()[0] for line in lines[:3]] == ["1", "2", "3"]
    found = [float(line.split()[0]) for line in lines[3:8]]
    assert found == sorted(found, reverse=True)
    assert lines[8].endswith("of the test part are right")
    assert len(lines) == 9


def test_the_example_with_threads_stops_when_asked(tmp_path):
    (line,) = PROGRAMS[1].run(tmp_path)
    count = int(line.removesuffix(" rows are finished and kept"))
    assert 5 <= count <= 8


def test_the_example_with_dask_finds_a_rate(tmp_path):
    (line,) = PROGRAMS[2].run(tmp_path)
    assert line.startswith("{'optimizer.lr': 0.")


def test_all_programs_of_the_page_are_tested():
    assert len(PROGRAMS) == 3
