"""What every program of the project has in common on its command line."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A wrong command line gets one line, as everywhere, and exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")
