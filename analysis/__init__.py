"""Turns the trials of one run into numbers: trials.jsonl and environment.json in, summary.json out.

`analysis.summary.summarise(run_dir)` gives the summary as plain data; `python -m analysis RUN_DIR` writes it. What a
number means, and when a verdict is given, is in README.md beside this file. Who only reads a summary imports from here,
and does not load the statistics.
"""

from analysis.run import UnreadableRun, read_summary

__all__ = ["UnreadableRun", "read_summary"]
