"""python -m analysis.adoption: how much code the same small program takes in each model (benchmarks/adoption).

Lines: those with something else than blanks and comments on them. Names: how many distinct names of api.toml's list for
the model occur in the code, comments and strings left out.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pygments.lexers import CppLexer, GoLexer
from pygments.token import Comment, Literal, Operator, Token, Whitespace

PROGRAMS = Path(__file__).resolve().parent.parent / "benchmarks" / "adoption"
LEXERS = {".cpp": CppLexer, ".go": GoLexer}


def count_all(folder: Path = PROGRAMS) -> dict[str, Any]:
    """What summary.json has under `adoption`: the programs by workload and model, each with its counts."""
    api = tomllib.loads((folder / "api.toml").read_text(encoding="utf-8"))
    programs = sorted(path for path in folder.glob("*/*") if path.suffix in LEXERS)
    return {"programs": [count(path, set(api[path.stem])) for path in programs]}


def count(path: Path, api: set[str]) -> dict[str, Any]:
    lines, names = code_of(path)
    return {"workload": path.parent.name, "model": path.stem, "lines": lines, "api_names": len(names & api)}


def code_of(path: Path) -> tuple[int, set[str]]:
    """The number of lines with code on them, and every word and operator that is not in a comment or a literal."""
    lines, words, line = set(), set(), 1
    for kind, text in LEXERS[path.suffix]().get_tokens(path.read_text(encoding="utf-8")):
        code = kind not in Comment or kind in Comment.Preproc or kind in Comment.PreprocFile
        for offset, part in enumerate(text.split("\n")):
            if code and kind not in Whitespace and part.strip():
                lines.add(line + offset)
        line += text.count("\n")
        if code and (kind in Token.Name or kind in Token.Keyword or kind in Operator) and kind not in Literal:
            words.add(text)
    return len(lines), words


def main() -> None:
    for program in count_all()["programs"]:
        print(
            f"{program['workload']:8} {program['model']:12} {program['lines']:3} lines {program['api_names']:3} names"
        )


if __name__ == "__main__":
    main()
