"""A walk through a page with the Tab key alone."""

from typing import NamedTuple

from playwright.sync_api import Page

from reports.tests.browser.checks import ask


class Walk(NamedTuple):
    stops: list[str]
    faults: list[str]


def walk(page: Page) -> Walk:
    """From the top of the page once round: where the focus was, and what is wrong with that."""
    count = ask(page, "numberStops")
    stops: dict[int, str] = {}
    faults: list[str] = []
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        focus = ask(page, "focus")
        if focus is None or focus["place"] in stops:
            break
        stops[focus["place"]] = focus["name"]
        if not focus["onScreen"]:
            faults.append(f"{focus['name']} has the focus outside the screen")
        if not focus["shows"]:
            faults.append(f"{focus['name']} does not show that it has the focus")
    missed = ask(page, "namesOfStops", [place for place in range(count) if place not in stops])
    return Walk(list(stops.values()), faults + [f"{name} is never reached" for name in missed])
