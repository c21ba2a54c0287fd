"""The page in a real browser. To add a test, ask for the fixture `visit` and name a `View`; what is to be asked of
any page is a check of `checks.js`, and every check has a page with a planted fault in `test_checks.py`."""
