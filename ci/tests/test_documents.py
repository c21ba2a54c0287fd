"""What the documents name is there: files, headings, verbs, modules; and the C++ in them is that of the examples, which
are built and run."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from analysis.contracts import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)
FENCED = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
VERB = re.compile(r"(?:^ {4}|`)make ([a-z_]+)", re.MULTILINE)
MODULE = re.compile(r"python -m ([a-z_.]+)")
EXAMPLES = ROOT / "runtimes" / "mn" / "examples"


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split() if listed.returncode == 0 else []  # an archive has no git
    return [ROOT / name for name in names] or [
        p for p in ROOT.rglob("*.md") if "build" not in p.parts and "out" not in p.parts
    ]


DOCUMENTS = pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))


def anchors_of(text: str) -> set[str]:
    """As GitHub and GitLab make them."""
    found: set[str] = set()
    for heading in HEADING.findall(ANY_FENCED.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(anchor if anchor not in found else f"{anchor}-{sum(a.startswith(anchor) for a in found)}")
    return found


def faults_of_links(document: Path) -> list[str]:
    faults = []
    for link in LINK.findall(ANY_FENCED.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists():
            faults.append(f"{link}: no such file")
        elif anchor and anchor not in anchors_of(target.read_text(encoding="utf-8")):
            faults.append(f"{link}: no such heading")
    return faults


@DOCUMENTS
def test_every_link_leads_somewhere(document: Path) -> None:
    assert faults_of_links(document) == []


@DOCUMENTS
def test_every_verb_and_module_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    verbs = set(re.findall(r"^([a-z_]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(VERB.findall(text)) - verbs == set()
    # A module of a package that was installed, as `http.server`, is not ours to look for.
    ours = {name for name in MODULE.findall(text) if (ROOT / name.split(".")[0]).is_dir()}
    places = {name: ROOT / name.replace(".", os.sep) for name in ours}
    assert [
        n for n, at in places.items() if not (at / "__main__.py").exists() and not at.with_suffix(".py").exists()
    ] == []


@DOCUMENTS
def test_cpp_is_that_of_an_example(document: Path) -> None:
    examples = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.cpp")}
    strays = [code.splitlines()[0] for code in FENCED.findall(document.read_text(encoding="utf-8"))
              if not any(code in text for text in examples.values())]  # fmt: skip
    assert strays == []


def test_every_example_is_in_the_list_of_them() -> None:
    text = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8").split("\n## Examples\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == sorted(p.stem for p in EXAMPLES.glob("*.cpp"))


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "# One `two`, three\n[x](#one-two-three) [y](#one) [z](b.md) [w](https://example.org)\n", encoding="utf-8"
    )
    assert faults_of_links(document) == ["#one: no such heading", "b.md: no such file"]
