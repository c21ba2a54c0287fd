"""The README's figures, and the run that they are drawn of: run/ holds all trials of one `make bench`, packed."""
