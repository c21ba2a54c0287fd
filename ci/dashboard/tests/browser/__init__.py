"""The dashboard in a real browser, held to what the page of a run is: with the checks of reports/tests/browser."""
