"""Makes a matplotlib SVG fit to stand inside a page.

Invariants of the result: no id occurs in another figure of the page, so no reference can go astray; nothing points
outside the page; the style sheet's colours take the place of the figure's own ink and paper, so that it follows light
and dark; what the figure shows is said in its label.
"""

import re
from html import escape

from plots.style import GRID, INK, MUTED, PAPER

VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--grid)", PAPER: "var(--paper)"}


def inline(svg: str, name: str, label: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # The style element would speak for the whole page; page.css has its one rule.
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = body.replace("xlink:href", "href")
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    for colour, variable in VARIABLES.items():
        body = re.sub(rf'\b(fill|stroke)="{colour}"', rf'style="\1: {variable}"', body)
        body = body.replace(colour, variable)
    view_box = re.search(r'viewBox="([^"]+)"', body)
    box = view_box.group(1) if view_box else "0 0 1 1"
    opening = f'<svg viewBox="{box}" role="img" aria-label="{escape(label, quote=True)}">'
    return opening + body[body.index(">") + 1 :]
