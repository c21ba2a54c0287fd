"""The made-up summary that the figures' tests share: of a small run, with failures and with stolen time."""

from analysis.tests.synthetic import kept_summary
from plots.frame import Summary


def made_summary() -> Summary:
    return with_stolen_time(with_failures(kept_summary()))


def with_failures(summary: Summary) -> Summary:
    """OS threads fail at 10,000 parked tasks, as they do at 100,000 in a longer run."""
    lost = []
    for cell in summary["cells"]:
        if cell["model"] == "os_threads" and cell["workload"] == "parked" and cell["params"]["n"] == 10_000:
            cell.update(outcome="limit", outcomes={"limit": 3}, reason="EAGAIN at 9000 threads", n=0, median=None,
                        ci95=None, mad=None, values=[None] * 3)  # fmt: skip
            lost.append((cell["workload"], cell["params"], cell["metric"]))
    for entry in summary["ratios"]:
        place = (entry["workload"], entry["params"], entry["metric"])
        if place in lost and "os_threads" in (entry["model"], entry["baseline"]):
            entry.update(ratio=None, ci95=None, n=0, p=None, p_adjusted=None, mde=None, verdict="cannot_tell", pairs=[])
    return summary


def with_stolen_time(summary: Summary) -> Summary:
    """Every fiftieth trial loses a tick, one loses nine and is replaced, another loses six and is only marked."""
    log = summary["noise"]
    log["steal_ticks"] = [int(at % 50 == 49) for at in range(len(log["order"]))]
    log["load1"] = [round(0.4 + at % 100 / 100, 2) for at in range(len(log["order"]))]
    log["steal_ticks"][20], log["steal_ticks"][120] = 9, 6
    log["marks"], log["replaced"] = {"stolen_time": [20, 120]}, [20]
    return summary
