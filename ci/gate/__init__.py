"""Whether a commit has made mn worse than another one: both are built, measured side by side, and counted."""
