"""python -m reports.tests.browser.screenshots RUN_DIR OUT_DIR [--open]: a picture of every part of a run's page, on a
wide screen and on a phone, light and dark, for a person to look at: OUT_DIR/claims-1280-dark.png. A part that is taller
than a picture should be goes on in claims-1280-dark-2.png. Exit code 2 where there is no page or no browser.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import count
from math import ceil
from pathlib import Path

from playwright.sync_api import Page

from reports.tests.browser import chromium
from reports.tests.browser.checks import draw_all, open_all
from reports.tests.browser.chromium import SCREENS, View

TALLEST = 2400


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reports.tests.browser.screenshots", description="Takes pictures of every part of a run's page."
    )
    parser.add_argument("run_dir", type=Path, help="a run's folder with an index.html, such as out/latest")
    parser.add_argument("out_dir", type=Path, help="where the pictures go")
    parser.add_argument("--open", action="store_true", help="with everything unfolded that can be")
    options = parser.parse_args(arguments)
    page, path = options.run_dir / "index.html", chromium.find()
    if not page.is_file() or path is None:
        why = chromium.WHY_NONE if page.is_file() else f"{page} is not there; make report writes it"
        print(f"screenshots: {why}", file=sys.stderr)
        return 2
    options.out_dir.mkdir(parents=True, exist_ok=True)
    with chromium.started(path) as browser:
        for view in SCREENS:
            with chromium.seen_as(browser, view) as window:
                for picture in pictures(window.new_page(), page, view, options.out_dir, options.open):
                    print(picture)
    return 0


def pictures(page: Page, file: Path, view: View, folder: Path, everything: bool) -> Iterator[Path]:
    page.goto(file.resolve().as_uri())
    draw_all(page)
    if everything:
        open_all(page)
    parts = {"header": page.locator("body > header")}
    parts |= {part.get_attribute("id"): part for part in page.locator("main > section").all()}
    for name, part in parts.items():
        box = part.bounding_box()
        for place, top in zip(count(1), range(0, ceil(box["height"]), TALLEST), strict=False):
            path = folder / f"{name}-{view}{f'-{place}' if place > 1 else ''}.png"
            height = min(TALLEST, box["height"] - top)
            clip = {"x": 0, "y": box["y"] + top, "width": view.width, "height": height}
            page.screenshot(path=path, full_page=True, clip=clip)
            yield path


if __name__ == "__main__":
    sys.exit(main())
