"""The report of a run: `python -m reports RUN_DIR` writes claims.json and index.html from summary.json alone;
`python -m reports.check RUN_DIR` checks everything that a run has left behind."""
