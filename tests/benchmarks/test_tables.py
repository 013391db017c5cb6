"""Each preset has a plan, and a table tells what came out against it."""

from __future__ import annotations

import pytest

from benchmarks import plan, tables
from benchmarks.comparison import Result
from benchmarks.plan import Plan
from nnlib import OptionError, presets

ENGINES = ("nnlib", "torch", "jax")


def test_every_preset_has_a_plan():
    assert sorted(plan.all_networks()) == sorted(presets.names())
    assert plan.find("lenet").batch_size == 128
    assert plan.find("two-layer").optimizer == "SGD"
    assert plan.find("sigmoid-deep") == Plan("sigmoid-deep", 100, "Adam")
    with pytest.raises(OptionError, match="no network named"):
        plan.find("alexnet")


def test_a_row_shows_ratios_with_their_spread_and_whether_the_goal_is_reached():
    result = Result(plan.find("two-layer"))
    result.speeds = {"nnlib": [300.0, 330.0, 310.0], "torch": [200.0, 300.0, 200.0], "jax": []}
    result.parameters = {"nnlib": 39_760, "torch": 39_760}
    row = tables.training_row(result, ENGINES)
    assert row[:4] == ["two-layer", "100", "SGD", "39,760"]
    assert row[4:7] == ["310", "200", "–"]
    assert row[7:11] == ["1.50 (1.10–1.55)", "≥ 1.3 ✓", "–", "≥ 1.1"]
    result.parameters["torch"] = 5
    assert tables.training_row(result, ENGINES)[3] == "5 ≠ 39,760"


def test_memory_and_predictions_show_their_goals():
    result = Result(plan.find("lenet"))
    result.memory = {"nnlib": (310_000_000, 250_000_000), "torch": (None, None)}
    result.predictions = {"nnlib": (0.4, 1.5)}
    assert tables.memory_row(result, ENGINES) == ["lenet", "310 (+250)", "–", "–", "< 300 ✗"]
    assert tables.prediction_row(result, ENGINES) == ["lenet", "0.400 / 1.500", "–", "–", "≤ 1 ✓"]


def test_a_table_is_plain_or_markdown(capsys):
    for is_markdown in (False, True):
        table = tables.Table([("name", -6), ("speed", 7)], is_markdown)
        table.print_header()
        table.print_row(["a", "1,000"])
    assert capsys.readouterr().out.splitlines() == [
        "name      speed",
        "------  -------",
        "a         1,000",
        "",
        "| name | speed |",
        "|---|---:|",
        "| a | 1,000 |",
    ]
