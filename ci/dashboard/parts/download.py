"""Every value of every history as CSV (RFC 4180), a file beside the page: to be taken away, with all digits."""

import csv
from io import StringIO

from markupsafe import Markup

from ci.dashboard.board import Board
from reports.parts.blocks import Block, Text

FILE = "histories.csv"
COLUMNS = ("subject", "model", "yardstick", "better", "machine", "run", "started", "commit", "value", "low", "high",
           "reason")  # fmt: skip


def text_of(board: Board) -> str:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for chain in board.chains:
        subject = chain.subject
        better = "higher" if subject.yardstick else subject.key.better
        for one in chain.points:
            run, (low, high) = one.point.run, one.point.ci95 or (None, None)
            writer.writerow((
                subject.name, subject.key.model, subject.yardstick, better, run.machine.fingerprint, run.name,
                run.started, run.commit, one.point.value, low, high, one.point.reason,
            ))  # fmt: skip
    return text.getvalue()


def offer(board: Board) -> list[Block]:
    if not board.chains:
        return []
    link = Markup('<a download href="{}">Every value of every history, with all digits, as CSV</a>').format(FILE)
    return [Text(link)]
