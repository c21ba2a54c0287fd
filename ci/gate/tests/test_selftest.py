"""The commits by which the gate is tried: each changes what it says, and nothing of the repository is touched."""

from ci.gate.builds import commit_named, git
from ci.gate.selftest import CHANNEL, changes, commit_of, lines, verdict


def test_each_commit_changes_one_file_and_is_the_same_each_time() -> None:
    base, before = commit_named("HEAD"), git("status", "--porcelain")
    made = [(change, commit_of(base, change)) for change in changes(3)]
    assert [change.slow for change, _ in made] == [True] + 10 * [False]
    assert len({commit for _, commit in made}) == len(made)
    for change, commit in made:
        assert git("diff", "--name-only", base, commit) == change.path
        assert commit_of(base, change) == commit
    assert "step < 3" in git("diff", base, made[0][1], "--", CHANNEL)
    assert (commit_named("HEAD"), git("status", "--porcelain")) == (base, before)


def result(slow: bool, outcome: str) -> dict[str, object]:
    return {"name": "n", "slow": slow, "outcome": outcome, "worse": [], "compared": 70, "seen_once": 1}


def test_a_slow_commit_must_fail_and_an_idle_one_pass() -> None:
    right = [result(True, "failed"), result(False, "passed")]
    assert verdict(right) == 0
    assert list(lines(right))[-2:] == [
        "caught 1 of 1 slow commits; passed 1 of 1 idle ones",
        "of the 70 comparisons of idle commits 1 seemed worse once",
    ]
    assert verdict([result(True, "passed")]) == 1
    assert verdict([*right, result(False, "failed")]) == 1
    assert verdict([*right, result(False, "cannot_judge")]) == 2
