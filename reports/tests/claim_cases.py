"""For every claim: evidence that supports it, that refutes it, that it depends on, and that leaves it open. TEST DATA.

The numbers are stated here, not taken from the rules, so that a rule which looks at the wrong cell is found out.
"""

from collections.abc import Iterator
from typing import Any

from reports.claims import load_claims
from reports.tests.made import Piece, counted, ran, tried

Case = tuple[str, str, list[Piece]]  # verdict, what it is, evidence
Value = float | list[float]  # of every block, but for some spread; or one for each

MB = 1 << 20
GB = 1 << 30
ALL = ("mn", "go", "os_threads", "boost_fiber", "tbb")
PID_MAX = "pthread_create: EAGAIN at 32448 threads; kernel.pid_max is 32768"
NO_MEMORY = "memory: more than the trial's limit of 8 GB; killed"


def cases() -> Iterator[tuple[str, Case]]:
    for name, of_claim in CASES.items():
        for case in of_claim:
            yield name, case


def rules_of(claim: str) -> tuple[str, list[str]]:
    """The suite and the rules that a claim names; that they exist, another test asks."""
    where = next(c for c in load_claims() if c["id"] == claim)["quantities"]["rules"]["where"]
    return where["suite"], where["rules"]


def rules_case(claim: str, *others: Piece) -> list[Piece]:
    return [tried(ALL, *rules_of(claim)), *others]


def rules_broken(claim: str, whose: str, *others: Piece) -> list[Piece]:
    """One of the rules fails in one model; the others keep all."""
    suite, rules = rules_of(claim)
    return [
        tried([m for m in ALL if m != whose], suite, rules), tried(whose, suite, rules[1:]),
        tried(whose, suite, rules[:1], "failed"), *others,
    ]  # fmt: skip


def threads(all_in: float, reserved: float, **options: Any) -> list[Piece]:
    return [ran("os_threads", "parked", n=[1000, 10_000], bytes_per_task=all_in, bytes_per_task__resident=8_600,
                bytes_per_task__reserved=reserved, **options)]  # fmt: skip


def goroutines(all_in: float, **options: Any) -> list[Piece]:
    return [ran("go", "parked", n=[1000, 10_000], bytes_per_task=all_in, **options)]


def many_parked(**options: Any) -> Piece:
    return ran("os_threads", "parked", n=10_000, **{"bytes_per_task": 37_000, **options})


def many_working(**options: Any) -> Piece:
    return ran("os_threads", "worker_pool", workers=10_000, capacity=128, jobs=10_000, work_ns=10_000,
               **{"ns_per_job": 13_000, **options})  # fmt: skip


def over_time(model: str = "go", **options: Any) -> Piece:
    moments = {"parked": 2_700, "deep": 2.1e6, "returned": 2.1e6, "idle": 2.1e6, "asked": 1.1e6, "ended": 300}
    metrics = {f"{moment}_bytes_per_task": value for moment, value in moments.items()}
    return ran(model, "memory_over_time", n=100, depth_bytes=1_048_576, idle_ms=200, **{**metrics, **options})


def laptop(**options: Any) -> list[Piece]:
    return [ran("go", "laptop", n=100_000, memory_mb=8192, cores=2, **{"bytes_per_task": 6_000, **options})]


def a_hundred_thousand(per_thread: float, **options: Any) -> list[Piece]:
    parts = {"bytes_per_task": per_thread, "bytes_per_task__reserved": 8 * MB}
    return [ran("os_threads", "parked", n=[1000, 10_000], **parts),
            ran("os_threads", "parked", n=100_000, **parts, **options)]  # fmt: skip


def requests(
    *, model: str = "go", rate: Value = 90_000, cpu: Value = 5.1, few: Value | None = 4.2, memory: Value = 9_900,
    busy: float = 99.0, threads: dict[str, Any] | None = None,
) -> list[Piece]:  # fmt: skip
    """OS threads take 6.2 µs with 100 connections, 9 with 1,000, and hold 34,000 B for each."""

    def over(size: int, of: str, each: Value, rate: Value, **options: Any) -> Piece:
        return ran(of, "echo_server", connections=size, route=0, share_percent=50, cpu_us_per_request=each,
                   requests_per_s=rate, server_cpu_percent=busy, **options)  # fmt: skip

    pieces = [] if few is None else [over(100, model, few, 110_000), over(100, "os_threads", 6.2, 80_000)]
    return [
        *pieces,
        over(1000, model, cpu, rate), over(1000, "os_threads", 9.0, 55_000, **(threads or {})),
        ran(model, "idle_connections", n=1000, bytes_per_connection=memory),
        ran("os_threads", "idle_connections", n=1000, bytes_per_connection=34_000),
    ]  # fmt: skip


def backend(wild: Value, errors: Value, most: Value, **options: Any) -> list[Piece]:
    shared = {"tasks": 2_000, "cores": 2, "connections": 100, "call_us": 1000, "ns_per_call": 9_000, **options}
    return [ran("go", "backend", pool=0, errors=wild, most_in_flight=100, **shared),
            ran("go", "backend", pool=100, errors=errors, most_in_flight=most, spread=0, **shared)]  # fmt: skip


def leaked(held: Value, aged: Value, **options: Any) -> list[Piece]:
    return [ran(("go", "mn"), "leaked", n=[1000, 10_000], idle_ms=200, bytes_per_task=held,
                aged_bytes_per_task=aged, listed=1000, **options)]  # fmt: skip


def cancelled(ns_per_task: float, **options: Any) -> Piece:
    return ran(("go", "mn"), "cancel_tree", n=100_000, fan_out=10, ns_per_task=ns_per_task, **options)


def late(p99_ns: float, **options: Any) -> Piece:
    return ran(ALL, "timer_error", samples=500, delay_us=1000, p99_ns=p99_ns, **options)


def smallest(**of_models: float) -> list[Piece]:
    return [ran(model, "smallest_task", total_ms=5, metg_ns=value) for model, value in of_models.items()]


def waits(times: float, held_up: float, **options: Any) -> list[Piece]:
    return [ran("go", "waits_in_parallel", n=1000, wait_ms=50, times_the_wait=times, held_up_ns=held_up, **options)]


def updates(channel: Value, mutex: Value, **options: Any) -> list[Piece]:
    return [ran("go", "shared_by_channel", tasks=8, updates=20_000, cores=2, ns_per_update=channel, **options),
            ran("go", "shared_by_mutex", tasks=8, updates=20_000, cores=2, ns_per_update=mutex)]  # fmt: skip


def kernel_threads(os_threads: float, go: float, cores: int = 2) -> list[Piece]:
    return [ran(model, "parked", n=10_000, os_threads=count, cores=cores, spread=0)
            for model, count in (("os_threads", os_threads), ("go", go), ("mn", 3))]  # fmt: skip


SMALL = {"mn": 300, "go": 900, "os_threads": 900, "boost_fiber": 900, "tbb": 200}
LARGE = {"mn": 1_500, "go": 2_000, "os_threads": 60_000, "boost_fiber": 9_000, "tbb": 1_500}

CASES: dict[str, list[Case]] = {
    "C01": [
        ("refuted", "34 KB, 8 MB reserved", threads(34_000, 8 * MB)),
        ("refuted", "34 KB, 64 KB reserved", threads(34_000, 64_000)),
        ("refuted", "5 MB", threads(5 * MB, 8 * MB)),
        ("depends", "34 KB, 1 MB reserved", threads(34_000, MB)),
        ("supported", "1 MB", threads(MB, 8 * MB)),
        ("not_decidable", "reserved about twice", threads(34_000, 2 * MB)),
        ("not_decidable", "all in about twice", threads(2 * MB, 8 * MB)),
        ("not_decidable", "one number of threads", [ran("os_threads", "parked", n=1000, bytes_per_task=34_000)]),
    ],
    "C02": [
        ("refuted", "all end well", [many_parked(), many_working()]),
        ("supported", "parked ones crash", [many_parked(outcome="crash"), many_working()]),
        ("supported", "no end of the work", [many_parked(), many_working(outcome="timeout")]),
        ("supported", "three times the work", [many_parked(), many_working(ns_per_job=30_000)]),
        ("depends", "a limit on threads", [many_parked(outcome="limit", reason=PID_MAX), many_working()]),
        ("depends", "a limit at work", [many_parked(), many_working(outcome="limit", reason=PID_MAX)]),
        ("not_decidable", "about twice the work", [many_parked(), many_working(ns_per_job=20_000)]),
        ("not_decidable", "a wrong answer", [many_parked(), many_working(outcome="wrong_answer")]),
        ("not_decidable", "no work was tried", [many_parked()]),
    ],
    "C03": [
        ("supported", "2.7 KB", goroutines(2_715)),
        ("refuted", "8.5 KB", goroutines(8_700)),
        ("refuted", "1 KB", goroutines(1_000)),
        ("not_decidable", "about 4 KB", goroutines(4_090)),
        ("not_decidable", "a wide interval", goroutines(2_715, spread=0.6)),
        ("not_decidable", "another model", [ran("mn", "parked", n=[1000, 10_000], bytes_per_task=2_715)]),
    ],
    "C04": [
        ("supported", "shrinks when idle", [over_time(idle_bytes_per_task=9_000, asked_bytes_per_task=3_000)]),
        ("depends", "shrinks when collected", [over_time()]),
        ("refuted", "never shrinks", [over_time(asked_bytes_per_task=2.09e6)]),
        ("refuted", "does not grow", [over_time(outcome="limit", reason="no room for 1048576 bytes")]),
        ("not_decidable", "about three quarters", [over_time(idle_bytes_per_task=[1.5e6, 1.6e6, 1.5e6, 1.6e6, 1.7e6])]),
        ("not_decidable", "deep holds too little", [over_time(deep_bytes_per_task=900_000)]),
        ("not_decidable", "another model", [over_time("mn")]),
    ],
    "C05": [
        ("supported", "600 MB", laptop()),
        ("refuted", "memory", laptop(outcome="limit", reason=NO_MEMORY)),
        ("refuted", "the limit did not bind", laptop(bytes_per_task=100_000)),
        ("depends", "maps", laptop(outcome="limit", reason="memory: std::bad_alloc; vm.max_map_count is 65530")),
        ("not_decidable", "an unknown limit", laptop(outcome="limit", reason="no known limit is near")),
        ("not_decidable", "about 8 GB", laptop(bytes_per_task=8 * GB / 100_000)),
        ("not_decidable", "a timeout", laptop(outcome="timeout")),
    ],
    "C06": [
        ("refuted", "all were there", a_hundred_thousand(37_000)),
        ("refuted", "a limit on number", a_hundred_thousand(37_000, outcome="limit", reason=PID_MAX)),
        ("depends", "number before memory", a_hundred_thousand(2 * MB, outcome="limit", reason=PID_MAX)),
        ("supported", "memory", a_hundred_thousand(2 * MB, outcome="limit", reason=NO_MEMORY)),
        ("supported", "200 GB, which it has", a_hundred_thousand(2 * MB)),
        ("not_decidable", "about 8 GB", a_hundred_thousand(8 * GB / 100_000, outcome="limit", reason=PID_MAX)),
        ("not_decidable", "a limit nobody knows", a_hundred_thousand(37_000, outcome="limit", reason="no known limit")),
        ("not_decidable", "100,000 was not tried", threads(37_000, 8 * MB)),
    ],
    "C07": [
        ("supported", "half the cost of both", requests()),
        ("supported", "nobody tried 100", requests(few=None)),
        ("refuted", "some hundred a second", requests(rate=700)),
        ("refuted", "as dear in both", requests(cpu=9.0, memory=33_000)),
        ("depends", "as much CPU time", requests(cpu=9.0)),
        ("depends", "as much memory", requests(memory=33_000)),
        ("depends", "as dear with few connections", requests(few=5.9)),
        ("not_decidable", "a client that asks for too little", requests(rate=700, busy=60)),
        ("not_decidable", "about two thousand", requests(rate=2_000)),
        ("not_decidable", "about four fifths", requests(cpu=[7.0, 7.4, 6.6, 7.2, 6.9])),
        ("not_decidable", "a limit on threads", requests(threads={"outcome": "limit", "reason": PID_MAX})),
        ("not_decidable", "no memory was read", requests()[:-2]),
        ("not_decidable", "another model", requests(model="mn")),
    ],
    **{
        claim: [
            ("supported", "all keep it", rules_case(claim)),
            ("refuted", "Go breaks it", rules_broken(claim, "go")),
            ("depends", "another breaks it", rules_broken(claim, "tbb")),
            ("not_decidable", "Go skips it", [tried("go", *rules_of(claim), "skipped")]),
            ("not_decidable", "Go was not tried", [tried("mn", *rules_of(claim))]),
            ("not_decidable", "one rule was not tried", [tried("go", rules_of(claim)[0], rules_of(claim)[1][1:])]),
        ]
        for claim in ("C08", "C09", "C12")
    },
    "C10": [
        ("supported", "kept, and 0.3 ms late", rules_case("C10", late(300_000))),
        ("depends", "kept, and 20 ms late", rules_case("C10", late(20_000_000))),
        ("depends", "another breaks it", rules_broken("C10", "boost_fiber", late(300_000))),
        ("refuted", "Go breaks it", rules_broken("C10", "go", late(300_000))),
        ("not_decidable", "about 10 ms late", rules_case("C10", late(10_000_000))),
        ("not_decidable", "no timer was measured", rules_case("C10")),
        ("not_decidable", "no rule was tried", [late(300_000)]),
    ],
    "C11": [
        ("supported", "errors without, none with", backend(1_800, 0, 100)),
        ("refuted", "no errors without", backend(0, 0, 100)),
        ("refuted", "errors with a pool", backend(1_800, 7, 100)),
        ("not_decidable", "errors in some blocks", backend([0, 0, 3, 4, 9], 0, 100)),
        ("not_decidable", "more in it than workers", backend(1_800, 0, 130)),
        ("not_decidable", "a wrong answer", backend(1_800, 0, 100, outcome="wrong_answer")),
    ],
    "C13": [
        ("supported", "all kept", leaked(2_700, 2_650)),
        ("refuted", "most given back", leaked(2_700, 300)),
        ("not_decidable", "about half", leaked(2_700, [1_200, 1_400, 1_350, 1_300, 1_450])),
        ("not_decidable", "a crash", leaked(2_700, 2_650, outcome="crash")),
    ],
    "C14": [
        ("supported", "0.1 s", rules_case("C14", cancelled(1_000))),
        ("depends", "3 s", rules_case("C14", cancelled(30_000))),
        ("refuted", "Go breaks it", rules_broken("C14", "go", cancelled(1_000))),
        ("not_decidable", "about a second", rules_case("C14", cancelled(10_000))),
        ("not_decidable", "no tree was cancelled", rules_case("C14")),
        ("not_decidable", "Go skips", [tried("go", *rules_of("C14"), "skipped"), cancelled(1_000)]),
    ],
    "C15": [
        ("supported", "found and silent", rules_case("C15")),
        ("refuted", "Go's finds nothing", rules_broken("C15", "go")),
        ("depends", "C++'s finds nothing", rules_broken("C15", "os_threads")),
        ("not_decidable", "other rules only", rules_case("C08")),
        ("not_decidable", "only planted ones", [tried("go", rules_of("C15")[0], rules_of("C15")[1][:-1])]),
    ],
    "C16": [
        ("supported", "all above", smallest(**LARGE)),
        ("refuted", "all below", smallest(**SMALL)),
        ("depends", "some and some", smallest(**{**SMALL, "os_threads": 60_000})),
        ("not_decidable", "one about there", smallest(**{**LARGE, "go": 1_000})),
        ("not_decidable", "one missing", smallest(**{m: v for m, v in LARGE.items() if m != "tbb"})),
    ],
    "C17": [
        ("supported", "1.1 waits", waits(1.1, 900)),
        ("depends", "2 waits", waits(2, 48_000)),
        ("refuted", "the caller waits too", waits(1_000, 50_000_000)),
        ("not_decidable", "about 1.5 waits", waits(1.5, 900)),
        ("not_decidable", "a timeout", waits(1.1, 900, outcome="timeout")),
    ],
    "C18": [
        ("supported", "1.5 times", updates(60, 40)),
        ("depends", "3 times", updates(90, 30)),
        ("refuted", "20 times", updates(600, 30)),
        ("not_decidable", "about twice", updates([60, 50, 70, 61, 59], 30)),
        ("not_decidable", "no channel", updates(90, 30)[1:]),
        ("not_decidable", "channels fail", updates(90, 30, outcome="wrong_answer")),
    ],
    "C19": [
        ("supported", "one each, and six", kernel_threads(10_001, 6)),
        ("refuted", "threads are shared", kernel_threads(17, 6)),
        ("refuted", "a thread a goroutine", kernel_threads(10_001, 10_005)),
        ("not_decidable", "some hundred", kernel_threads(10_001, 300)),
        ("not_decidable", "no goroutines", kernel_threads(10_001, 6)[:1]),
    ],
    "C20": [
        ("supported", "no more of either", [counted("os_threads", (30, 8), (50, 9)), counted("go", (28, 7), (45, 9))]),
        ("refuted", "more of both", [counted("os_threads", (30, 8), (50, 9)), counted("go", (60, 12), (90, 15))]),
        ("depends", "more names", [counted("os_threads", (30, 8), (50, 9)), counted("go", (28, 16), (45, 15))]),
        ("depends", "more lines", [counted("os_threads", (30, 8), (50, 9)), counted("go", (60, 8), (80, 9))]),
        ("not_decidable", "one program", [counted("os_threads", (30, 8)), counted("go", (28, 7))]),
        ("not_decidable", "they disagree", [counted("os_threads", (30, 8), (50, 9)), counted("go", (28, 7), (80, 9))]),
        ("not_decidable", "not in Go", [counted("os_threads", (30, 8), (50, 9)), counted("mn", (28, 7), (45, 9))]),
    ],
}  # fmt: skip
