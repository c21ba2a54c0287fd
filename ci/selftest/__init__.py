"""Tries the detection of change points on simulated histories, whose truth is known (ci/DESIGN.md)."""
