"""The store of past runs, which the gate, the change points and the dashboard read (ci/DESIGN.md).

`python -m ci.history import|list|export|prune|migrate` fills and keeps it; ci.history.reading is for programs.
"""
