"""The browser that the tests and the screenshots drive: the distribution's own Chromium, by Playwright.

Invariant: what is opened here is cut off from the network, so a page that asks for something gets nothing.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "google-chrome")  # ci/setup/probe.sh looks for the same
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WHY_NONE = f"no browser: neither {' nor '.join(NAMES)} is in PATH (a snap does not count: it cannot read /tmp)"


class View(NamedTuple):
    """How somebody looks at a page."""

    width: int = 1280
    height: int = 900
    theme: Literal["light", "dark"] = "light"
    media: Literal["screen", "print"] = "screen"
    script: bool = True
    motion: Literal["no-preference", "reduce"] = "no-preference"

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"


WIDE, WIDE_DARK = View(), View(theme="dark")
PHONE, PHONE_DARK = View(390, 844), View(390, 844, "dark")
SCREENS = (WIDE, WIDE_DARK, PHONE, PHONE_DARK)
WITHOUT_SCRIPT = View(script=False)
PAPER = View(width=718, height=1047, media="print")  # A4 less margins of 1 cm, at 96 pixels an inch
STILL = View(motion="reduce")


def find() -> str | None:
    """The path of a browser. Ubuntu's is a link to the program `snap`."""
    paths = filter(None, map(shutil.which, NAMES))
    return next((path for path in paths if Path(path).resolve().name != "snap"), None)


@contextmanager
def started(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def seen_as(browser: Browser, view: View) -> Iterator[BrowserContext]:
    """A window without memory of any other."""
    context = browser.new_context(
        viewport={"width": view.width, "height": view.height}, color_scheme=view.theme, reduced_motion=view.motion,
        java_script_enabled=view.script, offline=True,
    )  # fmt: skip
    context.set_default_timeout(10_000)
    yield context
    context.close()
