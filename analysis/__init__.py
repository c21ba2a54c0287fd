"""Turns the trials of one run into numbers: trials.jsonl and environment.json in, summary.json out.

`summarise(run_dir)` gives the summary as plain data; `python -m analysis RUN_DIR` writes it. What a number means, and
when a verdict is given, is in README.md beside this file.
"""

from analysis.run import UnreadableRun
from analysis.summary import read_summary, summarise

__all__ = ["UnreadableRun", "read_summary", "summarise"]
