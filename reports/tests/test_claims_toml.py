"""claims.toml: what is refused in it, and that what a claim looks at is among what it asks to be run."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from analysis.contracts import catalogue, plan_of, profiles
from reports.claims import BrokenClaims, load_claims
from reports.claims.needs import covers, uncovered, wheres_of

SOUND = """
[limits]
count = ["pid_max is"]

[[claim]]
id = "C99"
claim = "c"
experiment = "e"
flips = "f"
decided_by = "d"
claimed = 1
sentences = ["{q} {q.times} {cores} {each.each} {each.mn.interval} {ended.reason} {rules.broken} {programs.interval}"]
needs = [
  { models = ["go", "mn"], workload = "parked", params = { n = [1000, 10000] }, cores = [1, 2] },
  { models = ["go"], workload = "leaked", cores = [1] },
]
conformance = true
adoption = true

[claim.quantities]
q = { from = "slopes", label = "l", where = { model = "go", workload = "parked", metric = "bytes_per_task" } }
ended = { from = "outcomes", label = "l", where = { model = "go", workload = "parked", n = 10000, cores = 2 } }
rules = { from = "rules", label = "l", where = { model = "go", suite = "s", rules = ["a"] } }
programs = { from = "adoption", label = "l", where = { model = "go", count = "lines" }, over = { model = "mn" } }

[claim.quantities.each]
from = "cells"
label = "l"
each = ["mn", "go"]
scale = 2
where = { workload = "parked", n = 1000, metric = "os_threads" }

[claim.quantities.share]
from = "cells"
label = "l"
where = { model = "go", workload = "leaked", n = 1000, idle_ms = 1000, metric = "listed" }
over = { metric = "bytes_per_task" }

[[claim.rules]]
verdict = "refuted"
when = [
  { quantity = "q", below = 1 },
  { quantity = "each", who = "some", above = 1 },
  { quantity = "ended", outcome = ["limit"], limit = "count" },
  { quantity = "rules", rules = "kept" },
  { quantity = "programs", within = [0, 1] },
]
because = "{q} {each.each} {ended} {rules} {programs}"
"""


def load(text: str, tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "claims.toml"
    path.write_text(text, encoding="utf-8")
    return load_claims(path)


def test_what_is_sound_is_taken(tmp_path: Path) -> None:
    (claim,) = load(SOUND, tmp_path)
    assert claim["limits"] == {"count": ["pid_max is"]}


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ('flips = "f"', "", "flips"),
        ('flips = "f"', 'flips = "f"\nfilps = "f"', "filps"),
        ('workload = "leaked", cores', 'workload = "leakt", cores', "no workload 'leakt'"),
        ('models = ["go"], workload', 'models = ["goo"], workload', "no model 'goo'"),
        ("params = { n = [1000, 10000] }", "params = { m = [1000] }", "no parameter 'm'"),
        ("params = { n = [1000, 10000] }", "params = { n = 1000 }", "list of whole numbers"),
        ("cores = [1]", 'cores = ["all"]', "list of whole numbers"),
        ('workload = "leaked", cores = [1]', 'workload = "leaked"', "cores"),
        ('from = "slopes"', 'from = "ratios"', "'ratios'"),
        ('label = "l"\neach', "each", "label"),
        ("scale = 2", "factor = 2", "factor"),
        ("n = 1000, metric", "metric", "where has"),
        ('metric = "os_threads"', 'metric = "threads"', "no metric 'threads'"),
        ('each = ["mn", "go"]\n', "", "names its model"),
        ('where = { workload = "parked", n', 'where = { model = "go", workload = "parked", n', "names its model"),
        ('over = { metric = "bytes_per_task" }', 'over = { metric = "bytes" }', "no metric 'bytes'"),
        (', over = { model = "mn" }', "", "over"),
        ('count = "lines"', 'count = "words"', "where has"),
        ('rules = ["a"]', "rules = []", "where has"),
        ("n = 10000, cores = 2", "n = 10000, cores = 3", "needs"),
        ("n = 1000, metric", "n = 500, metric", "needs"),
        ('models = ["go", "mn"]', 'models = ["go"]', "needs"),
        ("n = [1000, 10000]", "n = [10000]", "quantity 'q'.*needs"),
        ("conformance = true", "", "conformance"),
        ("adoption = true", "", "adoption"),
        ('verdict = "refuted"', 'verdict = "perhaps"', "perhaps"),
        ('verdict = "refuted"', 'verdict = "not_decidable"', "not_decidable"),
        ('quantity = "q", below', 'quantity = "nothing", below', "nothing"),
        ("below = 1", "about = 1", "below"),
        ("below = 1", "below = 1, above = 2", "above"),
        ('who = "some", ', "", "who"),
        ('who = "some"', 'who = "tbb"', "who"),
        ('quantity = "q", ', 'quantity = "q", who = "go", ', "who"),
        ('outcome = ["limit"]', 'outcome = ["limits"]', "outcome"),
        ('outcome = ["limit"]', 'outcome = "limit"', "outcome"),
        ('limit = "count"', 'limit = "time"', "limits 'time'"),
        ('rules = "kept"', 'rules = "good"', "kept"),
        ("{q} {q.times}", "{nothing}", "nothing"),
        ("{q} {q.times}", "{q.reason}", "reason"),
        ("claimed = 1", "", "times"),
        ("{each.each}", "{each}", "whose"),
        ("{each.each}", "{each.each.interval}", "interval"),
        ("{each.mn.interval}", "{each.tbb.interval}", "whose"),
        ('because = "{q}', 'because = "{share}', "share"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, was: str, becomes: str, complaint: str) -> None:
    assert was in SOUND
    with pytest.raises(BrokenClaims, match=complaint):
        load(SOUND.replace(was, becomes, 1), tmp_path)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    with pytest.raises(BrokenClaims, match="twice"):
        load(SOUND + SOUND[SOUND.index("[[claim]]") :], tmp_path)


CLAIMS = load_claims()


def test_every_claim_is_on_trial_once() -> None:
    assert [claim["id"] for claim in CLAIMS] == [f"C{n:02}" for n in range(1, 21)]


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim["id"] for claim in CLAIMS])
def test_a_claim_asks_for_all_that_it_looks_at_and_for_no_more(claim: dict[str, Any]) -> None:
    assert [fault for source in claim["quantities"].values() for fault in uncovered(claim, source)] == []
    cells = [
        where
        for source in claim["quantities"].values()
        if source["from"] not in ("rules", "adoption")
        for where in wheres_of(source)
    ]
    for entry in claim["needs"]:
        for model in entry["models"]:
            assert any(covers({**entry, "models": [model]}, where) for where in cells), (model, entry["workload"])
        for name, values in entry.get("params", {}).items():
            of_slopes = any(name not in where for where in cells if where["workload"] == entry["workload"])
            for value in values:
                assert of_slopes or any(where.get(name) == value for where in cells), (entry["workload"], name, value)
        missing = catalogue()[entry["workload"]]["params"].keys() - entry.get("params", {}).keys()
        assert not missing, "a claim says what it runs down to the last parameter, lest a new standard value adds to it"


def test_what_is_taken_from_the_needs_is_missed() -> None:
    for claim in CLAIMS:
        for place in range(len(claim["needs"])):
            less = deepcopy(claim)
            del less["needs"][place]
            assert any(list(uncovered(less, source)) for source in less["quantities"].values())


# Servers take long: whether what they cost depends on the number of connections is for `full` to say.
LEFT_TO_FULL = {("C07", "cpu_few")}


@pytest.mark.parametrize("profile", ["quick", "full"])
@pytest.mark.parametrize("claim", CLAIMS, ids=[claim["id"] for claim in CLAIMS])
def test_a_usual_run_decides_every_claim(claim: dict[str, Any], profile: str) -> None:
    """Those cells that decide; what only stands beside them may be missing."""
    plan = [
        {"models": [model], "workload": workload, "cores": [1, 2], **params_and_cores(choice)}
        for model, cells in plan_of(profiles()[profile])
        for workload, choices in cells.items()
        for choice in choices
    ]
    for rule in claim["rules"]:
        for condition in rule["when"]:
            if profile == "quick" and (claim["id"], condition["quantity"]) in LEFT_TO_FULL:
                continue
            source = claim["quantities"][condition["quantity"]]
            who = condition.get("who", "every")
            whose = {**source, "each": [who]} if who not in ("every", "some") else source
            for where in wheres_of(whose) if source["from"] not in ("rules", "adoption") else ():
                assert any(covers(entry, where) for entry in plan), where


def params_and_cores(choice: dict[str, list[int]]) -> dict[str, Any]:
    params = {name: values for name, values in choice.items() if name not in ("cores", "blocks")}
    return {"params": params, **({"cores": choice["cores"]} if "cores" in choice else {})}
