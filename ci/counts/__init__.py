"""Counts of a build, by no clock: what an operation takes in instructions, allocations and system calls."""
