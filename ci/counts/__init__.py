"""Deterministic counts of a build: what an operation takes in instructions, allocations and system calls."""
