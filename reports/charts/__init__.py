"""What reports/explore.py makes panels of: axes, series, hatches. Pure data."""
