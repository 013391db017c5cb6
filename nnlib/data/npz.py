"""Reading and writing `.npz` files, a zip of NumPy arrays, without trusting them.

Reading: no pickle, and a member's header is checked against its size before memory is taken.
Writing: whole or not at all, and the same arrays give the same bytes.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import DataError
from nnlib.saving import replace_file

LARGEST = 2 * 2**30
"""The most that all arrays of a file may take in memory, in bytes."""
_PIECE = 2**20  # bytes
_HEADER = 4096  # bytes, at most, of a member that are not the array's own


def read(
    path: Path | BinaryIO, wanted: set[str] | None = None, largest: int = LARGEST
) -> dict[str, NDArray[Any]]:
    """The arrays of a file, named or open, by name; only those in `wanted`, when given.

    DataError: not a readable file, not an `.npz`, damaged, of Python objects, or more than
    `largest` bytes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                member.filename.removesuffix(".npy"): member
                for member in archive.infolist()
                if member.filename.endswith(".npy")
            }
            if wanted is not None:
                members = {name: member for name, member in members.items() if name in wanted}
            size = sum(member.file_size for member in members.values())
            if size > largest:
                raise DataError(f"{path} would take {size:,} bytes; at most {largest:,} are read.")
            return {name: _array(archive, member, path) for name, member in members.items()}
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # zipfile and NumPy raise a dozen kinds when bytes are damaged
        raise DataError(
            f"{path} is damaged, or is not an .npz file of plain arrays ({error})."
        ) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: object) -> NDArray[Any]:
    """One member's array, once its header and its size agree."""
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, fortran_order, dtype = np.lib.format.read_array_header_2_0(stream)
        if dtype.hasobject:
            raise DataError(
                f"{path}: {member.filename} holds Python objects; only numbers are read."
            )
        size = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or not 0 <= member.file_size - size <= _HEADER:
            raise DataError(
                f"{path} is damaged: {member.filename} promises {shape} of {dtype}, "
                f"which is not its size of {member.file_size:,} bytes."
            )
        content = stream.read(size)
        if len(content) != size or stream.read(1):
            raise DataError(
                f"{path} is damaged: {member.filename} is shorter or longer than it says."
            )
    array: NDArray[Any] = np.frombuffer(content, dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays, packed, whole or not at all. OSError: it cannot be written."""
    replace_file(path, to_bytes(arrays, packed=True))


def to_bytes(arrays: Mapping[str, NDArray[Any]], packed: bool = False) -> bytes:
    """An `.npz` file of these arrays; ValueError for arrays of Python objects."""
    members = {}
    for name, array in arrays.items():
        content = io.BytesIO()
        np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
        members[f"{name}.npy"] = content.getvalue()
    return zip_bytes(members, packed)


def zip_bytes(members: Mapping[str, bytes], packed: bool = False) -> bytes:
    """A zip file that depends on nothing but its members; trained weights hardly shrink."""
    content = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)  # dated 1980, whenever it is written
            entry.compress_type = method
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            if packed:
                archive.writestr(entry, data, compresslevel=9)
            else:
                _store(archive, entry, data)
    return content.getvalue()


def _store(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> None:
    """What `writestr` does, piece by piece: one large copy would hold up all other threads."""
    entry.file_size = len(data)
    view = memoryview(data)
    with archive.open(entry, "w") as member:
        for start in range(0, len(data), _PIECE):
            member.write(view[start : start + _PIECE])
