"""Trust, tested: does the analysis find what is known to be there, and nothing that is not? README.md, "Trust".

`python -m analysis.trust RUN_DIR` reads a run of the profile `trust`, in which one model also runs slowed by known
percentages, and simulates runs whose truth is known. Both are judged by the functions that judge any run.
"""
