"""What the dashboard is given besides the store: notes.py what has been acknowledged, selftest.py how the detection
does, order.py the order of the commits."""


class Unusable(Exception):
    """It cannot be read or means nothing; the message is one line."""
