"""Diagnosis: plain sentences on what goes wrong in a training, where, and what helps."""

from nnlib.training.diagnosis.diagnosis import Diagnosis
from nnlib.training.diagnosis.finding import KINDS, Finding, Remedy, Severity

__all__ = ["KINDS", "Diagnosis", "Finding", "Remedy", "Severity"]
