"""Project files damaged on purpose, in every layer of them: bytes, zip, JSON, arrays."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.projects import CONTENT, members, zipped

Rng = np.random.Generator

NAMES = ["../evil", "/etc/evil", "C:\\evil", "project.json/x", "evil.pkl", "weights.npy", "a" * 300]
ODD: list[Any] = [
    None, True, -1, 0, 1e308, 10**9, 10**400, 2**63, "", "\x00", "x" * 5000, "../../etc/passwd",
    "__import__('os').system('true')", [], {}, [[]] * 50, {"type": "Affine", "units": 10**9},
    {"type": "Disabled", "layer": {"type": "Disabled"}}, {"type": "Normal", "std": -1},
    {"__class__": "os.system"}, "NaN", "Infinity",
]  # fmt: skip
HEADERS = [
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<U999999', 'fortran_order': False, 'shape': (99999,), }",
    "{'descr': [('a', '<f4')], 'fortran_order': True, 'shape': (3, 3), }",
    "__import__('os').system('true')",
    "{'descr': '<f4', 'fortran_order': False, 'shape': " + "(" * 500 + ", }",
]


def mutated(rng: Rng) -> bytes:
    """A file with one to three things wrong with it, or by chance nothing."""
    kinds: list[Callable[[Rng], bytes]] = [_bytes, _bytes, _json, _json, _json, _parts, _arrays]
    return kinds[rng.integers(len(kinds))](rng)


def _damage(content: bytes, rng: Rng) -> bytes:
    """Bytes flipped, cut off, doubled, put in, or overwritten with zeros."""
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(len(damaged) or 1))
        length = int(rng.integers(1, 40))
        match rng.integers(5):
            case 0:
                damaged[place : place + 1] = bytes([rng.integers(256)])
            case 1:
                del damaged[place:]
            case 2:
                damaged[place:place] = damaged[place : place + length]
            case 3:
                damaged[place:place] = rng.bytes(length)
            case 4:
                damaged[place : place + length] = bytes(length)
    return bytes(damaged)


def _bytes(rng: Rng) -> bytes:
    """Damage to the file as a whole: what a bad disk does."""
    return _damage(CONTENT, rng)


def _json(rng: Rng) -> bytes:
    """Other values in a head that is JSON: what somebody does on purpose."""
    head = json.loads(members()["project.json"])
    for _ in range(rng.integers(1, 4)):
        _replace(head, rng)
    try:
        text = json.dumps(head)
    except (ValueError, RecursionError):
        text = "[" * 100_000
    return zipped({**members(), "project.json": text.encode("utf-8", "surrogatepass")})


def _replace(value: Any, rng: Rng) -> None:
    """Replace, remove or double something somewhere inside."""
    while isinstance(value, dict | list) and value:
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[rng.integers(len(keys))]
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.25:
            match rng.integers(4):
                case 0:
                    del value[key]
                case 1 if isinstance(value, list):
                    value += [copy.deepcopy(inner)] * int(rng.integers(1, 200))
                case _:
                    value[key] = copy.deepcopy(ODD[rng.integers(len(ODD))])
            return
        value = inner


def _parts(rng: Rng) -> bytes:
    """Parts missing, exchanged, with other names, or far larger unpacked than packed."""
    parts = members()
    names = list(parts)
    name, other = (names[int(rng.integers(len(names)))] for _ in range(2))
    match rng.integers(5):
        case 0:
            del parts[name]
        case 1:
            parts[name] = parts[other]
        case 2:
            parts[NAMES[rng.integers(len(NAMES))]] = parts[name]
        case 3:
            return zipped({**parts, name: bytes(2**24)}, zipfile.ZIP_DEFLATED)
        case 4:
            parts[name] = b""
    return zipped(parts)


def _arrays(rng: Rng) -> bytes:
    """Damage inside an array file, which the outer checksums do not tell."""
    parts = members()
    name = str(rng.choice([name for name in parts if name.endswith(".npz")]))
    if rng.random() < 0.5:
        return zipped({**parts, name: _damage(parts[name], rng)})
    with zipfile.ZipFile(io.BytesIO(parts[name])) as archive:
        inner = {key: archive.read(key) for key in archive.namelist()}
    key = str(rng.choice(list(inner)))
    if rng.random() < 0.5:
        inner[key] = _damage(inner[key], rng)
    else:
        head = HEADERS[rng.integers(len(HEADERS))].encode() + b"\n"
        inner[key] = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + inner[key][64:]
    return zipped({**parts, name: zipped(inner)})
