"""A Dask cluster's executor runs a search unchanged, gives the same rows, and is stopped."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="Dask is not installed: pip install 'layerlab[search]'",
)
def test_a_dask_cluster_gives_bitwise_the_rows_that_this_machine_gives_alone(cloud_file, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.support.dask_search", cloud_file],
        cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "equal\n"
