"""The IDX format, in which MNIST and its relatives are distributed.

A file is a magic number (0, 0, type, number of axes), the axes' lengths as big-endian uint32, and
the values. Only type 8, unsigned bytes, is read, gzip'd or not. The file is not trusted: no more is
read than its header promises, and no more than a bound.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import DataError

LARGEST = 2**30
"""The most values that are read from a file."""
_PIECE = 2**22  # bytes read at a time, so that a false promise costs no memory
_GZIP = b"\x1f\x8b"


def read(path: Path, axes: int, largest: int = LARGEST) -> NDArray[np.uint8]:
    """The array in a file, uint8, with the number of axes expected.

    DataError: the file is absent or unreadable, not IDX, of another type or number of axes, too
    large, or shorter or longer than its header promises.
    """
    try:
        with path.open("rb") as raw:
            is_gzip = raw.read(2) == _GZIP
            raw.seek(0)
            if is_gzip:
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    return _read(cast(BinaryIO, unpacked), path, axes, largest)
            return _read(raw, path, axes, largest)
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged: {error}. Fetch it again.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def _read(stream: BinaryIO, path: Path, axes: int, largest: int) -> NDArray[np.uint8]:
    header = stream.read(4 + 4 * axes)
    if len(header) < 4 or header[:2] != b"\0\0":
        raise DataError(f"{path} is not an IDX file: it does not begin with IDX's magic number.")
    if header[2] != 8:
        raise DataError(
            f"{path} holds values of IDX type {header[2]}; only type 8 (bytes) is read."
        )
    if header[3] != axes:
        raise DataError(f"{path} holds an array with {header[3]} axes; {axes} are expected.")
    if len(header) < 4 + 4 * axes:
        raise DataError(f"{path} is cut off: it ends within its header.")
    shape = struct.unpack(f">{axes}I", header[4:])
    size = math.prod(shape)
    if size > largest:
        raise DataError(f"{path} promises {size:,} values; at most {largest:,} are read.")
    content = bytearray()
    while len(content) < size:
        piece = stream.read(min(_PIECE, size - len(content)))
        if not piece:
            raise DataError(
                f"{path} is cut off: it promises {size:,} values and holds {len(content):,}."
            )
        content += piece
    if stream.read(1):
        raise DataError(f"{path} goes on after the {size:,} values that it promises.")
    return np.frombuffer(content, np.uint8).reshape(shape)
