"""The workflows ask only for what is there, verbs, programs, scripts, files that verbs write, and for no right more."""

import fnmatch
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from analysis.contracts import ROOT, profiles

Document = dict[str, Any]
GITHUB = ROOT / ".github" / "workflows"
WORKFLOWS: dict[str, Document] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(GITHUB.glob("*.yml"))
}
GITLAB: Document = yaml.safe_load((ROOT / "ci" / "examples" / "gitlab-ci.yml").read_text(encoding="utf-8"))
SETTINGS = ("default", "workflow", "stages", "variables")
GITLAB_JOBS: dict[str, Document] = {name: job for name, job in GITLAB.items() if name not in SETTINGS}
ARCHITECTURES = {"ubuntu-24.04", "ubuntu-24.04-arm"}


def jobs() -> Iterator[tuple[str, str, Document]]:
    for workflow, document in WORKFLOWS.items():
        for name, job in document["jobs"].items():
            yield workflow, name, job


def steps(uses: str = "") -> Iterator[tuple[str, str, Document]]:
    for workflow, name, job in jobs():
        for step in job["steps"]:
            if step.get("uses", "").startswith(uses):
                yield workflow, name, step


def commands() -> dict[str, str]:
    """Every shell text that a CI system or a pod runs, by where it stands."""
    found = {f"{workflow}/{job}": "" for workflow, job, _ in jobs()}
    for workflow, job, step in steps():
        found[f"{workflow}/{job}"] += step.get("run", "") + "\n"
    for name, job in GITLAB_JOBS.items():
        found[f"gitlab/{name}"] = "\n".join([*job.get("script", []), *job.get("after_script", [])])
    for path in ("measure.sh", "Containerfile"):
        text = (ROOT / "ci" / "k8s" / path).read_text(encoding="utf-8")
        found[path] = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return found


def mentioned(pattern: str) -> Iterator[tuple[str, str]]:
    for where, text in commands().items():
        for match in re.findall(pattern, text):
            yield where, match


def test_there_is_something_to_look_at() -> None:
    assert set(WORKFLOWS) == {"ci", "comment", "history", "performance"}
    verbs = {verb for _, verb in mentioned(r"\bmake ([a-z_]+)")}
    assert {"test", "check", "portability", "bench", "gate", "counts", "dashboard", "setup", "build"} <= verbs


def test_every_verb_is_in_the_makefile() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    known = {verb for line in phony for verb in line.split()}
    assert [(where, verb) for where, verb in mentioned(r"\bmake ([a-z_]+)") if verb not in known] == []


def test_every_profile_is_one() -> None:
    named = [*mentioned(r"\bPROFILE=([a-z]+)"), *mentioned(r"\$\{PROFILE:-([a-z]+)\}")]
    assert {profile for _, profile in named} == {"smoke", "quick", "full"}
    assert all(profile in profiles() for _, profile in named)


def test_every_program_can_be_run() -> None:
    found = list(mentioned(r"python3? -m ([\w.]+)"))
    assert {"ci.history", "ci.pipeline.google_benchmark", "reports.check", "ci.pipeline.comment"} == {
        name for _, name in found
    }
    for where, module in found:
        spec = find_spec(module)
        assert spec is not None, (where, module)
        assert spec.submodule_search_locations is None or find_spec(f"{module}.__main__"), (where, module)


def test_every_script_is_there_and_can_be_run() -> None:
    found = [path for _, path in mentioned(r"\bci/[\w/]+\.sh\b")]
    assert "ci/pipeline/record.sh" in found
    for path in found:
        assert os.access(ROOT / path, os.X_OK), path


def artifacts() -> Iterator[str]:
    for _, _, step in steps("actions/upload-"):
        yield from step["with"]["path"].split()
    for job in GITLAB_JOBS.values():
        yield from job.get("artifacts", {}).get("paths", [])


def written(path: str, sources: list[str]) -> bool:
    """Whether some verb's program names the folder, and the file where it is one."""
    parts = [part for part in path.removeprefix("!").partition("*")[0].strip("/").split("/") if part != "latest"]
    folder = "/".join(parts[:-1] if "." in parts[-1] else parts)
    return all(any(name in text for text in sources) for name in (folder, parts[-1]))


def test_every_artifact_is_written_by_a_verb() -> None:
    programs = [ROOT / "Makefile", *(ROOT / "ci").rglob("*.sh"), *(ROOT / "ci").rglob("*.py")]
    own = [path for path in programs if not {"tests", "pipeline", "k8s"} & set(path.relative_to(ROOT).parts)]
    sources = [path.read_text(encoding="utf-8") for path in own]
    # What a job's own lines put there, for another job or for the forge.
    made_here = ("build/gates", "public")
    found = [path for path in artifacts() if not path.startswith(made_here)]
    assert {"out/dashboard", "out/gate/latest/gate.md", "out/history/*.jsonl.gz", "build/test/"} <= set(found)
    assert [path for path in found if not written(path, sources)] == []
    assert not written("out/nowhere/nothing.json", sources)


@pytest.mark.parametrize(("workflow", "job"), [("ci", "test"), ("performance", "gate"), ("history", "measure")])
def test_both_architectures_are_built_and_measured(workflow: str, job: str) -> None:
    its = WORKFLOWS[workflow]["jobs"][job]
    assert set(its["strategy"]["matrix"]["runner"]) == ARCHITECTURES
    assert its["strategy"]["fail-fast"] is False
    assert its["runs-on"] == "${{ matrix.runner }}"


@pytest.mark.parametrize("job", ["test", "gate", "measure"])
def test_both_architectures_in_gitlab_too(job: str) -> None:
    assert ".build" in GITLAB_JOBS[job]["extends"]
    (machines,) = GITLAB_JOBS[".build"]["parallel"]["matrix"]
    assert {name.rpartition("-")[2] for name in machines["MACHINE"]} == {"amd64", "arm64"}


def test_no_right_is_given_that_is_not_needed() -> None:
    for name, workflow in WORKFLOWS.items():
        assert workflow["permissions"] in ({}, {"contents": "read"}), name
    given = {
        (workflow, name): {right for right, how in job["permissions"].items() if how != "read"}
        for workflow, name, job in jobs()
        if "permissions" in job
    }
    assert given == {
        ("comment", "comment"): {"pull-requests"},
        ("history", "record"): {"contents"},
        ("history", "publish"): {"pages", "id-token"},
    }


def test_only_who_pushes_keeps_its_credentials() -> None:
    keeping = [
        (workflow, job)
        for workflow, job, step in steps("actions/checkout")
        if step.get("with", {}).get("persist-credentials") is not False
    ]
    assert keeping == [("history", "record")]


def test_nothing_that_somebody_wrote_gets_into_a_shell() -> None:
    """An expression in a script is put there as text, before the shell reads it; a variable is not."""
    assert [(w, job) for w, job, step in steps() if "${{" in step.get("run", "")] == []


def test_no_job_runs_for_ever() -> None:
    for workflow, name, job in jobs():
        assert job["timeout-minutes"] <= 120, (workflow, name)


def test_actions_are_githubs_own_at_a_major_version() -> None:
    used = {step["uses"] for _, _, step in steps() if "uses" in step}
    assert used
    for action in used - {"./.github/actions/prepare"}:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", action), action


def test_what_one_job_uploads_another_finds() -> None:
    uploaded = {
        step["with"]["name"].replace("${{ matrix.runner }}", "X") for _, _, step in steps("actions/upload-artifact")
    }
    for workflow, job, step in steps("actions/download-artifact"):
        assert fnmatch.filter(uploaded, step["with"]["pattern"]), (workflow, job)
    (run,) = (doc for name, doc in WORKFLOWS.items() if name == "comment")
    # YAML 1.1 reads the word `on` as true.
    assert set(run[True]["workflow_run"]["workflows"]) <= {document["name"] for document in WORKFLOWS.values()}


def test_the_comment_expects_every_machine_of_the_gate() -> None:
    gate = {f"gate-{runner}" for runner in WORKFLOWS["performance"]["jobs"]["gate"]["strategy"]["matrix"]["runner"]}
    (machines,) = GITLAB_JOBS[".build"]["parallel"]["matrix"]
    for where, expected in (("comment/comment", gate), ("gitlab/note", set(machines["MACHINE"]))):
        (named,) = re.findall(r"ci\.pipeline\.comment \w+ build/gates (.*)", commands()[where])
        assert set(named.split()) == expected, where


def test_gitlabs_jobs_name_each_other_and_their_stages() -> None:
    for name, job in GITLAB_JOBS.items():
        extended = job.get("extends", [])
        assert ({extended} if isinstance(extended, str) else set(extended)) <= GITLAB_JOBS.keys(), name
        needs = [need if isinstance(need, str) else need["job"] for need in job.get("needs", [])]
        assert set(needs) <= GITLAB_JOBS.keys(), name
        if not name.startswith("."):
            assert job["stage"] in GITLAB["stages"], name
            assert job["script"], name
