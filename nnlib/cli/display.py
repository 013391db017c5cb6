"""Whether a window can be opened here, told without importing Qt.

Qt ends the whole process when it finds no screen; so it is asked of the system first.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import socket
import sys
from pathlib import Path

_PACKAGES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libbrotlidec.so.1": "libbrotli1",
    "libGL.so.1": "libgl1",
}
"""Debian's packages whose names do not follow from that of the library."""


def why_no_window() -> str | None:
    """Why no window can be opened, as a part of a sentence; None where one can."""
    for package in ("PySide6", "pyqtgraph"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed"
    if not sys.platform.startswith("linux"):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith("xcb"):
        return None  # whoever chose it knows
    if not platform and _is_wayland_there():
        return None
    display = os.environ.get("DISPLAY")
    if not display:
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return _missing_library() or _unreachable(display)


def _is_wayland_there() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name:
        return False
    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), name)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(path)
    except OSError:
        return False
    return True


def _missing_library() -> str | None:
    """The system library that Qt's X11 part needs and does not find."""
    found = importlib.util.find_spec("PySide6")
    folders = found.submodule_search_locations if found else None
    for folder in folders or ():
        plugin = Path(folder, "Qt", "plugins", "platforms", "libqxcb.so")
        if plugin.is_file():
            try:
                ctypes.CDLL(str(plugin))
            except OSError as error:
                missing = re.match(r"([^\s:/]+\.so[.\d]*):", str(error))
                if missing is None:
                    return f"Qt cannot be loaded ({error})"
                name = missing.group(1)
                return (
                    f"Qt needs {name}, which is not installed (on Debian and Ubuntu: "
                    f"apt install {debian_package(name)})"
                )
    return None


def debian_package(library: str) -> str:
    """The package with that library: ``libxcb-cursor.so.0`` is in libxcb-cursor0."""
    if library in _PACKAGES:
        return _PACKAGES[library]
    name, _, version = library.partition(".so")
    version = version.lstrip(".")
    dash = "-" if version and name[-1:].isdigit() else ""
    return f"{name}{dash}{version}".lower()


def _unreachable(display: str) -> str | None:
    """Try the X server; None where it answers or cannot be asked."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return None
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    error = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"no screen answers at DISPLAY={display}" if error else None
