"""The engine that turns rules into verdicts, on summaries whose numbers are known. What each claim's own rules make of
evidence is in test_verdicts.py."""

import json
from typing import Any

import pytest

from analysis.contracts import faults
from analysis.tests.synthetic import empty_summary, kept_summary
from reports.claims import BrokenClaims, judge, judge_all, load_claims
from reports.claims.evidence import Absent, Counted, Ended, Evidence, Measured, Tried
from reports.claims.measure import gather
from reports.tests.made import counted, ran, summary_of, tried

UPDATES = {"workload": "shared_by_channel", "tasks": 8, "updates": 100_000, "metric": "ns_per_update"}
TREE = {"workload": "cancel_tree", "n": 1000, "fan_out": 10}


def claim(name: str) -> dict[str, Any]:
    return next(claim for claim in load_claims() if claim["id"] == name)


def made(quantities: dict[str, dict[str, Any]], *rules: dict[str, Any], sentence: str = "–") -> dict[str, Any]:
    """A claim that rests on these; `because` and `label` may be left out."""
    return {
        "id": "C99", "claim": "c", "experiment": "e", "flips": "f", "decided_by": "d", "sentences": [sentence],
        "limits": {"count": ["pid_max is"], "memory": ["memory"]},
        "quantities": {name: {"label": name, **source} for name, source in quantities.items()},
        "rules": [{"because": "so", **rule} for rule in rules],
    }  # fmt: skip


def one(source: dict[str, Any], summary: dict[str, Any]) -> Evidence | Absent:
    found, absent = gather(made({"q": source}), summary)
    (only,) = [*found, *absent]
    return only


def parked(**options: Any) -> dict[str, Any]:
    return ran("go", "parked", n=[1000, 10_000], **options)


@pytest.mark.parametrize(
    ("on_one", "on_two", "verdict"),
    [
        (2_715, 2_800, "supported"),
        (2_715, 8_700, "depends"),
        (2_715, 4_090, "not_decidable"),
        (4_090, 8_700, "not_decidable"),
    ],
)
def test_numbers_of_cores_have_to_agree(on_one: float, on_two: float, verdict: str) -> None:
    summary = summary_of(parked(bytes_per_task=on_one), parked(bytes_per_task=on_two, cores=2))
    judged = judge(claim("C03"), summary)
    assert judged["verdict"] == verdict
    if verdict == "depends":
        assert judged["because"].startswith("With 1 core supported: ")
        assert " With 2 cores refuted: " in judged["because"]
    if verdict == "not_decidable":
        undecided = "1 core" if on_one == 4_090 else "2 cores"
        assert judged["because"].startswith(f"With {undecided}: No rule holds for the whole of what was found: ")


def test_a_number_of_cores_that_lacks_something_has_no_say() -> None:
    """100,000 threads are tried on one core only, fewer on two as well."""
    many = {"bytes_per_task": 37_000, "n": [1000, 10_000]}
    tried_on_one = ran("os_threads", "parked", n=100_000, outcome="limit", reason="kernel.pid_max is 32768")
    pieces = [ran("os_threads", "parked", cores=cores, **many) for cores in (1, 2)]
    assert judge(claim("C06"), summary_of(*pieces, tried_on_one))["verdict"] == "refuted"
    lacking = judge(claim("C06"), summary_of(*pieces))
    assert lacking["verdict"] == "not_decidable"
    assert lacking["because"].startswith("Lacking: “100,000 parked” of OS threads (not in this run).")


def test_a_number_without_an_interval_decides_nothing() -> None:
    judged = judge(claim("C11"), summary_of(
        *(ran("go", "backend", tasks=2_000, connections=100, call_us=1000, pool=pool, errors=errors, most_in_flight=9)
          for pool, errors in ((0, 50), (100, 0))),
        blocks=1,
    ))  # fmt: skip
    assert judged["verdict"] == "not_decidable"
    assert "“calls refused without a pool” of Go (one value only, which has no interval)" in judged["because"]


def test_a_sentence_about_no_number_of_cores_is_said_once() -> None:
    (rules,) = (q["where"] for q in claim("C12")["quantities"].values())
    kept = tried("go", rules["suite"], rules["rules"])
    assert judge(claim("C12"), summary_of(kept))["sentences"] == ["Tests of the rules that passed: Go 6 of 6."]
    tree = ran("go", "cancel_tree", n=100_000, fan_out=10, ns_per_task=1_000, cores=[1, 2])
    contexts = claim("C14")["quantities"]["rules"]["where"]
    said = judge(claim("C14"), summary_of(tree, tried("go", contexts["suite"], contexts["rules"])))["sentences"]
    assert [sentence[:13] for sentence in said] == ["Tests of the ", "With 1 core, ", "With 2 cores,"]


def test_sentences_hold_the_measured_numbers_for_each_number_of_cores() -> None:
    judged = judge(claim("C03"), summary_of(parked(bytes_per_task=2_715), parked(bytes_per_task=3_000, cores=2)))
    assert judged["sentences"][0].startswith("With 1 core, a parked goroutine costs 2,715 B")
    assert "95 % interval 2,6" in judged["sentences"][0]
    assert "1.33 times 2 KB" in judged["sentences"][0]
    assert judged["sentences"][1].startswith("With 2 cores, a parked goroutine costs 3,000 B")
    assert [(m["cores"], round(m["value"]), len(m["trials"])) for m in judged["measured"]] == [
        (1, 2_715, 10),
        (2, 3_000, 10),
    ]


def test_another_model_says_nothing_about_a_goroutine() -> None:
    judged = judge(claim("C03"), summary_of(ran("mn", "parked", n=[1000, 10_000], bytes_per_task=2_715)))
    assert (judged["verdict"], judged["measured"], judged["sentences"]) == ("not_decidable", [], [])
    assert "“memory of a parked goroutine, all in” of Go (not in this run)" in judged["because"]


def test_all_claims_of_a_run_keep_their_schema_and_name_their_trials() -> None:
    summary = kept_summary()
    judged = json.loads(json.dumps(judge_all(summary)))
    assert list(faults("claims", judged)) == []
    decided = {c["id"]: c["verdict"] for c in judged["claims"] if c["verdict"] != "not_decidable"}
    # C20 rests on programs that lie in the repository, whatever was run.
    assert decided == {
        "C01": "refuted", "C03": "supported", "C07": "supported", "C19": "supported", "C20": "supported",
    }  # fmt: skip
    orders = {order for cell in summary["cells"] for order in cell["trials"]}
    for each in judged["claims"]:
        assert each["command"] == f"build/release/bin/threadmark claim {each['id']}"
        assert all(set(e["trials"]) <= orders for e in each["measured"] + each["outcomes"])


def test_an_empty_run_decides_nothing() -> None:
    judged = judge_all({**empty_summary(), "adoption": None})
    assert list(faults("claims", judged)) == []
    assert {c["verdict"] for c in judged["claims"]} == {"not_decidable"}
    assert all("Lacking: “" in c["because"] for c in judged["claims"])


def test_a_number_may_be_scaled_and_rid_of_one_a_core() -> None:
    where = {"model": "go", **TREE, "metric": "ns_per_task"}
    summary = summary_of(ran("go", "cancel_tree", n=1000, fan_out=10, cores=4, ns_per_task=[10, 8, 12, 9, 11]))
    found = one({"from": "cells", "scale": 1000, "minus_cores": True, "where": where}, summary)
    assert isinstance(found, Measured)
    assert (found.value, found.ci95, found.unit) == (9_996, [7_996, 11_996], "ns")
    renamed = one({"from": "cells", "scale": 0.1, "unit": "×", "where": where}, summary)
    assert isinstance(renamed, Measured)
    assert (renamed.value, renamed.unit) == (1.0, "×")


def test_a_quotient_pairs_by_block_so_that_what_a_block_shares_falls_out() -> None:
    source = {"from": "cells", "where": {"model": "go", **UPDATES}, "over": {"workload": "shared_by_mutex"}}
    drift = [100.0, 200, 400, 50, 800]
    channel = ran("go", "shared_by_channel", tasks=8, updates=100_000, ns_per_update=[3 * value for value in drift])
    mutex = ran("go", "shared_by_mutex", tasks=8, updates=100_000, ns_per_update=drift)
    found = one(source, summary_of(channel, mutex))
    assert isinstance(found, Measured)
    assert found.value == pytest.approx(3)
    assert found.ci95 == pytest.approx([3, 3])
    assert (found.unit, sorted(found.trials)) == ("×", list(range(1, 11)))


def test_a_quotient_of_two_metrics_of_a_cell_needs_not_every_block() -> None:
    summary = summary_of(ran("go", "leaked", n=1000, idle_ms=1000, bytes_per_task=100, aged_bytes_per_task=90))
    summary["input"]["blocks"] = 9
    where = {"model": "go", "workload": "leaked", "n": 1000, "idle_ms": 1000, "metric": "aged_bytes_per_task"}
    found = one({"from": "cells", "where": where, "over": {"metric": "bytes_per_task"}}, summary)
    assert isinstance(found, Measured)
    assert (found.value, found.trials) == (pytest.approx(0.9), [1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"ns_per_update": 30, "blocks": [1, 2, 3]}, "not run in the same blocks"),
        ({"ns_per_update": [30, 0, 30, 30, 30]}, "zero or below"),
        ({"outcome": "crash"}, "crash in 5 of 5 trials (made to end so)"),
        ({"ns_per_update": 30, "cores": 2}, "what it is compared with is not in this run"),
    ],
)
def test_a_quotient_that_cannot_be_had_says_why(other: dict[str, Any], why: str) -> None:
    summary = summary_of(
        ran("go", "shared_by_channel", tasks=8, updates=100_000, ns_per_update=90),
        ran("go", "shared_by_mutex", tasks=8, updates=100_000, **other),
    )
    source = {"from": "cells", "where": {"model": "go", **UPDATES}, "over": {"workload": "shared_by_mutex"}}
    found = one(source, summary)
    assert isinstance(found, Absent)
    assert why in found.why


def test_a_quotient_of_cells_that_are_in_fewer_blocks_of_the_run_pairs_those() -> None:
    """As servers are, of which a block takes long. The run has others besides."""
    drift = [100.0, 200, 400, 50, 800]
    source = {"from": "cells", "where": {"model": "go", **UPDATES}, "over": {"workload": "shared_by_mutex"}}
    few = {"tasks": 8, "updates": 100_000, "blocks": [1, 2, 3]}
    summary = summary_of(
        ran("go", "shared_by_channel", ns_per_update=[3 * value for value in drift], **few),
        ran("go", "shared_by_mutex", ns_per_update=drift, **few),
        ran("go", "cancel_tree", n=1000, fan_out=10, ns_per_task=10),
    )
    found = one(source, summary)
    assert isinstance(found, Measured)
    assert found.value == pytest.approx(3)
    assert len(found.trials) == 6


def test_the_trials_that_survived_a_failure_decide_nothing() -> None:
    summary = summary_of(ran("go", "cancel_tree", n=1000, fan_out=10, ns_per_task=10))
    for cell in summary["cells"]:
        cell.update(outcome="crash", outcomes={"crash": 1, "ok": 4}, reason="SIGSEGV")
    found = one({"from": "cells", "where": {"model": "go", **TREE, "metric": "ns_per_task"}}, summary)
    assert isinstance(found, Absent)
    assert found.why == "crash in 1 of 5 trials (SIGSEGV)"
    ended = one({"from": "outcomes", "where": {"model": "go", **TREE}}, summary)
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.reason, len(ended.trials)) == ("crash", "SIGSEGV", 5)


def test_parameters_are_told_from_the_fields_of_a_cell() -> None:
    """A cell's own `n` is how many values it has."""
    summary = summary_of(ran("go", "parked", n=[5, 1000], bytes_per_task=2_700))
    ended = one({"from": "outcomes", "where": {"model": "go", "workload": "parked", "n": 5}}, summary)
    assert ended == Ended("q", "q", "go", 1, "ok", None, None, [1, 3, 5, 7, 9])


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("EAGAIN at 9 threads; kernel.pid_max is 10", "count"),
        ("memory: std::bad_alloc; kernel.pid_max is 10", "count"),
        ("memory: more than the trial's limit", "memory"),
        ("no known limit is near, the nearest is kernel.pid_max: 3 of 10 in use", None),
    ],
)
def test_a_limit_is_of_the_first_kind_that_its_reason_names(reason: str, kind: str | None) -> None:
    summary = summary_of(ran("go", "cancel_tree", n=1000, fan_out=10, outcome="limit", reason=reason))
    ended = one({"from": "outcomes", "where": {"model": "go", **TREE}}, summary)
    assert isinstance(ended, Ended)
    assert ended.limit == kind


def test_rules_are_kept_broken_or_skipped_with_the_number_of_tests() -> None:
    source = {"from": "rules", "where": {"model": "go", "suite": "s", "rules": ["a", "b"]}}
    kept = tried("go", "s", ["a", "c"])
    for outcome, standing, counts, broken in (
        ("passed", "kept", (4, 0, 0), []),
        ("failed", "broken", (2, 2, 0), ["b"]),
        ("skipped", "skipped", (2, 0, 2), []),
    ):
        found = one(source, summary_of(kept, tried("go", "s", ["b"], outcome)))
        assert isinstance(found, Tried)
        assert (found.standing, found.passed, found.failed, found.skipped) == (standing, *counts)
        assert (found.rules, found.broken) == (["a", "b"], broken)
    for pieces, why in (([kept], "the rule s.b was not tried"), ([], "no rules were tried along with this run")):
        absent = one(source, summary_of(*pieces))
        assert isinstance(absent, Absent)
        assert absent.why == why


def test_a_broken_rule_is_broken_whatever_was_not_tried() -> None:
    source = {"from": "rules", "where": {"model": "go", "suite": "s", "rules": ["a", "b"]}}
    found = one(source, summary_of(tried("go", "s", ["b"], "failed")))
    assert isinstance(found, Tried)
    assert (found.standing, found.broken) == ("broken", ["b"])


def test_programs_are_compared_one_by_one() -> None:
    source = {"from": "adoption", "where": {"model": "go", "count": "lines"}, "over": {"model": "os_threads"}}
    summary = summary_of(counted("go", (20, 3), (300, 4), (7, 7)), counted("os_threads", (10, 2), (200, 2)))
    found = one(source, summary)
    assert isinstance(found, Counted)
    assert found.programs == ["program_0", "program_1"]
    assert found.ci95 == pytest.approx([1.5, 2])
    names = one({**source, "where": {"model": "go", "count": "api_names"}}, summary)
    assert isinstance(names, Counted)
    assert names.ci95 == pytest.approx([1.5, 2])


def test_a_condition_is_on_every_model_on_some_or_on_one() -> None:
    each = {"from": "cells", "each": ["mn", "go", "tbb"], "where": {**TREE, "metric": "ns_per_task"}}

    def verdict(who: str, **values: float) -> str:
        rule = {"verdict": "supported", "when": [{"quantity": "q", "who": who, "above": 50}]}
        pieces = [ran(model, "cancel_tree", n=1000, fan_out=10, ns_per_task=value) for model, value in values.items()]
        return judge(made({"q": each}, rule), summary_of(*pieces))["verdict"]

    assert verdict("every", mn=100, go=100, tbb=100) == "supported"
    assert verdict("every", mn=100, go=10, tbb=100) == "not_decidable"
    assert verdict("every", mn=100, go=100) == "not_decidable"  # what was not measured is not every one of them
    assert verdict("some", mn=100, go=10) == "supported"
    assert verdict("some", mn=10, go=10, tbb=10) == "not_decidable"
    assert verdict("go", mn=10, go=100) == "supported"
    assert verdict("go", mn=100, go=10) == "not_decidable"


def test_what_is_missing_counts_only_where_it_could_still_decide() -> None:
    """Where what was found excludes every rule, that is said, and it stands beside other numbers of cores."""
    quantities = {
        "a": {"from": "cells", "where": {"model": "go", **TREE, "metric": "ns_per_task"}},
        "b": {"from": "cells", "where": {"model": "mn", **TREE, "metric": "ns_per_task"}},
    }
    rule = {"verdict": "supported", "when": [{"quantity": "a", "above": 50}, {"quantity": "b", "above": 50}]}
    for value, words in ((100, "Lacking: “b” of mn (not in this run)"), (50, "“a” of Go: 50.0 ns (49.5 ns – 50.5 ns)")):
        summary = summary_of(ran("go", "cancel_tree", n=1000, fan_out=10, ns_per_task=value))
        judged = judge(made(quantities, rule), summary)
        assert judged["verdict"] == "not_decidable"
        assert words in judged["because"]
        assert judged["because"].endswith("What would decide it: a run of what the claim needs, d.")


def test_what_a_sentence_can_name() -> None:
    quantities = {
        "t": {"from": "cells", "each": ["mn", "go"], "where": {**TREE, "metric": "ns_per_task"}},
        "o": {"from": "outcomes", "where": {"model": "go", **TREE}},
        "r": {"from": "rules", "each": ["mn", "go", "tbb"], "where": {"suite": "s", "rules": ["a"]}},
    }
    summary = summary_of(
        ran("go", "cancel_tree", n=1000, fan_out=10, ns_per_task=100, cores=2),
        tried("go", "s", ["a"], "failed"), tried("mn", "s", ["a"]), tried("tbb", "s", ["a"], "skipped"),
    )  # fmt: skip

    def said(sentence: str) -> list[str]:
        return judge(made(quantities, sentence=sentence), summary)["sentences"]

    assert said("{cores}: {t.each}; {t.go}, {t.go.interval}; {o}") == [
        "2 cores: Go 100 ns (99.0 ns – 101 ns); 100 ns, 99.0 ns – 101 ns; ok"
    ]
    assert said("{r.each}") == ["mn 2 of 2, Go 0 of 2 and oneTBB skipped (it cannot express it)"]
    assert said("{r.go.broken}") == ["a"]
    assert said("{t.mn}") == []
    assert said("nothing measured") == ["nothing measured"]


def test_counts_are_said_whole() -> None:
    threads = {
        "from": "cells",
        "each": ["go", "mn"],
        "where": {"workload": "parked", "n": 1000, "metric": "os_threads"},
    }
    summary = summary_of(
        ran("go", "parked", n=1000, os_threads=6, spread=0), ran("mn", "parked", n=1000, os_threads=2.5)
    )
    assert judge(made({"q": threads}, sentence="{q.go}, {q.mn}"), summary)["sentences"] == ["6 threads, 2.50 threads"]


def test_a_quantity_that_fits_two_entries_is_refused() -> None:
    twice = {"from": "cells", "where": {"model": "go", "workload": "parked", "metric": "bytes_per_task"}}
    with pytest.raises(BrokenClaims, match="more than one"):
        judge(made({"q": twice}), kept_summary())
