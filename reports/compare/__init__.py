"""`threadmark compare A B`: two runs side by side, in the form of a run's page.

    __main__.py   the command: finds the runs, writes compare.json and compare.html
    sentences.py  the answer, and how far to trust it, worded from compare.json
    tables.py     what differs, what changed, and all of it
    page.py       puts the page together

What the numbers are is worked out in analysis/two_runs.py.
"""
