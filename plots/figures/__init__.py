"""One figure a file. `memory`, `dots` and `lines` are what two of them share; `costs` picks
for one."""
