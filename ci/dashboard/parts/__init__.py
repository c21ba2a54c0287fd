"""The sections of the dashboard, in the order of the questions. Each gives blocks (reports/parts/blocks.py)."""
