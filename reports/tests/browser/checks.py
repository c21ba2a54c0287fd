"""Asks the questions of checks.js, and those of axe-core. Each answers with its faults; none where all is well."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCRIPT = Path(__file__).with_name("checks.js").read_text(encoding="utf-8")


def ask(page: Page, question: str, *arguments: Any) -> Any:
    """The answer of `checks.QUESTION(…)`; asking works where the page's own JavaScript is off, too."""
    return page.evaluate(f"(given) => {{ {SCRIPT}; return checks.{question}(...given); }}", list(arguments))


def open_all(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach((details) => { details.open = true; })")


def draw_all(page: Page) -> None:
    """Comes near every figure that is not folded, and waits until those with a chart have drawn it."""
    page.evaluate(
        """async () => {
          for (const figure of document.querySelectorAll("figure:has(script.chart)")) {
            if (!figure.checkVisibility()) continue;
            figure.scrollIntoView();
            while (!figure.classList.contains("explored")) await new Promise((done) => setTimeout(done, 20));
          }
          scrollTo(0, 0);
        }"""
    )


def shorten_tables(page: Page) -> None:
    """Leaves long tables four of their rows, which are all of one form: axe-core takes a minute for 10,000 cells."""
    rows = "tbody:has(tr:nth-child(25)) tr:nth-child(n+5)"
    page.evaluate("(rows) => document.querySelectorAll(rows).forEach((row) => row.remove())", rows)


def axe(page: Page) -> list[str]:
    """What axe-core says against the page, by rule and selector."""
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {told(node)}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]


def told(node: dict[str, Any]) -> str:
    return "; ".join(found["message"] for kind in ("any", "all", "none") for found in node[kind])
