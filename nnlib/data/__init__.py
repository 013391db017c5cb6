"""Data: what a network learns from and is judged by.

Data sets by name or path, the split into training and validation, and the way from pen strokes to
the picture that a network reads.
"""

from nnlib.data.cache import cache_folder
from nnlib.data.dataset import Dataset, split
from nnlib.data.sources import Progress, Source, load, names, sources
from nnlib.data.strokes import render

__all__ = [
    "Dataset",
    "Progress",
    "Source",
    "cache_folder",
    "load",
    "names",
    "render",
    "sources",
    "split",
]
