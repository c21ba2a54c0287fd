"""The store of runs as a static site: what changed, since which commit, and every history.

    chains.py     what stands in one chart: a subject's histories on one hardware
    names.py      how runs, subjects and values are called
    given/        what there is besides the store: ci/notes.toml, the self-test, the order of the commits
    board.py      all that the pages are made of, and what follows of it: what is open, what is settled
    answer.py     the first screen, in sentences
    figures/      the charts, still and to explore
    parts/        the sections of the page, in the order of the questions
    page.py       puts the pages together

What has changed, and how sure that is, is worked out in ci/changes.
"""
