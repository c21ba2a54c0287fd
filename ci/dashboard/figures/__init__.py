"""The dashboard's figures: each a pure function from the board to a Drawing, as those of a run are from its summary."""
