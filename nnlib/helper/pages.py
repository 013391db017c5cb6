"""Pages: memory that another process can be let into later, and shut out of again, in its place.

An array in it never moves, so that whoever holds a view of a network's weights keeps seeing them.
"""

from __future__ import annotations

import ctypes
import functools
import math
import mmap
import os
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import Shape

CAN_SHARE = os.name == "posix"
_ALIGNMENT = 64  # bytes; a line of the processor's cache
_MAP_FIXED = 0x10  # on Linux as on macOS; the module mmap does not name it
_shared: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class Pages:
    """So many bytes, all zero at first.

    Attributes:
        bytes: the memory as an array; it lives as long as any view of it.
    """

    def __init__(self, nbytes: int) -> None:
        size = max(nbytes, 1)
        if CAN_SHARE:
            self._memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE)
            self.bytes: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8)
        else:
            self.bytes = np.zeros(size, np.uint8)

    def share(self) -> int:
        """Move the contents into a nameless file that is mapped here instead; a descriptor of it.

        The caller closes the descriptor.

        Raises:
            OSError: the system gives no memory for it; nothing has changed then.
        """
        descriptor = _nameless_file()
        try:
            # Written and not only made so long: where memory is short, this fails; a page that is
            # missing later would end the process.
            left = self.bytes.data
            while left:
                left = left[os.write(descriptor, left) :]
            _map(self.bytes, mmap.MAP_SHARED, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        _shared.add(self._memory)
        return descriptor


def _withdraw(memory: mmap.mmap) -> None:
    """Have memory that is shared alone again, with its present contents."""
    view = np.frombuffer(memory, np.uint8)
    contents = view.copy()
    _map(view, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1)
    view[:] = contents
    _shared.discard(memory)


def _map(view: NDArray[np.uint8], flags: int, descriptor: int) -> None:
    place, access = view.ctypes.data, mmap.PROT_READ | mmap.PROT_WRITE
    if _mmap()(place, view.size, access, flags | _MAP_FIXED, descriptor, 0) != place:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Fork:
    """What a fork must do, since the new process would share memory that is meant to be copied.

    The new process withdraws what is shared; the old one goes on when that is done.
    """

    def before(self) -> None:
        """In the old process, when it is about to be copied."""
        self._pipe = os.pipe() if _shared else None

    def after_in_parent(self) -> None:
        """In the old process."""
        if self._pipe:
            os.close(self._pipe[1])
            os.read(self._pipe[0], 1)  # ends with the last copy of the other end
            os.close(self._pipe[0])

    def after_in_child(self) -> None:
        """In the new process."""
        for memory in list(_shared):
            _withdraw(memory)
        if self._pipe:
            os.close(self._pipe[0])
            os.close(self._pipe[1])


Forms = Sequence[tuple[Shape, Any]]
"""Shapes and types of arrays that lie in memory one after the other."""


def needed(forms: Forms) -> int:
    """How many bytes such arrays take."""
    return sum(_rounded(shape, dtype) for shape, dtype in forms)


def arrays(memory: NDArray[np.uint8], forms: Forms) -> list[NDArray[Any]]:
    """Such arrays in some memory."""
    views, start = [], 0
    for shape, dtype in forms:
        size = _size(shape, dtype)
        views.append(memory[start : start + size].view(dtype).reshape(shape))
        start += _rounded(shape, dtype)
    return views


def opened(descriptor: int, forms: Forms) -> list[NDArray[Any]]:
    """The arrays in the memory behind a descriptor that `Pages.share` gave; it is closed."""
    try:
        memory = mmap.mmap(descriptor, needed(forms))
    finally:
        os.close(descriptor)
    return arrays(np.frombuffer(memory, np.uint8), forms)


def _size(shape: Shape, dtype: Any) -> int:
    return math.prod(shape) * int(np.dtype(dtype).itemsize)


def _rounded(shape: Shape, dtype: Any) -> int:
    return -(-_size(shape, dtype) // _ALIGNMENT) * _ALIGNMENT


def _nameless_file() -> int:
    if hasattr(os, "memfd_create"):
        return int(os.memfd_create("nnlib"))
    import tempfile  # macOS; elsewhere not even imported

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


@functools.cache
def _mmap() -> Callable[..., int | None]:
    function = ctypes.CDLL(None, use_errno=True).mmap
    function.restype = ctypes.c_void_p
    function.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_long,
    ]
    return function


if hasattr(os, "register_at_fork"):
    _fork = Fork()
    os.register_at_fork(
        before=_fork.before,
        after_in_parent=_fork.after_in_parent,
        after_in_child=_fork.after_in_child,
    )
