"""One figure a file. `memory` and `dots` are what two of them share."""
