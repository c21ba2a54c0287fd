"""The interposer makes calls fail, as asked; the driver tells each end from the others. Uses build/release/bin, or the
folder that THREADMARK_BIN names, and fake programs in their place."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.stress.faults import targets
from benchmarks.stress.faults.cases import CALLS, OF_CONDUCTOR, OF_VICTIM, TURNS, Case, case_of
from benchmarks.stress.faults.targets import LIBRARY, run_case

ROOT = Path(__file__).resolve().parents[4]
BIN = ROOT / os.environ.get("THREADMARK_BIN", "build/release/bin")

# Makes one kind of call again and again; prints the error number of each, 0 where it went well.
CALLER = """
import ctypes, os, platform, sys
sys_futex, sys_membarrier = {"x86_64": (202, 324), "aarch64": (98, 283)}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)
word, event, fds = ctypes.c_uint32(1), ctypes.create_string_buffer(64), (ctypes.c_int * 2)()
for name in ("mmap", "mmap64", "_ZnwmRKSt9nothrow_t", "_ZnwmSt11align_val_tRKSt9nothrow_t"):
    getattr(libc, name).restype = ctypes.c_void_p
page = ctypes.c_void_p(libc.mmap(None, ctypes.c_size_t(4096), 3, 34, -1, ctypes.c_long(0)))
body = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: None)
wait, wake = 128, 129  # private ones
def forked():
    child = libc.fork()
    if child == 0: os._exit(0)
    if child > 0: os.waitpid(child, 0)
    return child
calls = {
    "mmap": lambda: libc.mmap64(None, ctypes.c_size_t(4096), 3, 34, -1, ctypes.c_long(0)),
    "munmap": lambda: libc.munmap(page, ctypes.c_size_t(0)),
    "madvise": lambda: libc.madvise(page, ctypes.c_size_t(4096), 4),
    "mprotect": lambda: libc.mprotect(page, ctypes.c_size_t(4096), 3),
    "mincore": lambda: libc.mincore(page, ctypes.c_size_t(4096), event),
    "pthread_create": lambda: libc.pthread_create(event, None, body, None),
    "futex": lambda: libc.syscall(sys_futex, ctypes.byref(word), wait, 0, None, None, 0),
    "futex_wake": lambda: libc.syscall(sys_futex, ctypes.byref(word), wake, 1, None, None, 0),
    "membarrier": lambda: libc.syscall(sys_membarrier, 0, 0, 0),
    "epoll": lambda: libc.epoll_create1(0),
    "eventfd": lambda: libc.eventfd(0, 0),
    "timerfd": lambda: libc.timerfd_create(1, 0),
    "signalfd": lambda: libc.signalfd(-1, event, 0),
    "fork": forked,
    "pipe": lambda: libc.pipe2(fds, 0),
    "poll": lambda: libc.poll(None, 0, 0),
    "open": lambda: libc.open(b"/dev/null", 0),
    # The forms that return null instead of throwing: of std::nothrow_t only the type counts.
    "new": lambda: libc._ZnwmRKSt9nothrow_t(ctypes.c_size_t(64), event),
    "aligned_new": lambda: libc._ZnwmSt11align_val_tRKSt9nothrow_t(ctypes.c_size_t(64), ctypes.c_size_t(64), event),
}
for _ in range(int(sys.argv[2])):
    ctypes.set_errno(0)
    result = calls[sys.argv[1]]()
    print(ctypes.get_errno() if result in (-1, 2**64 - 1, None) else result if sys.argv[1] == "pthread_create" else 0)
"""

ERRORS = {
    "mmap": {errno.ENOMEM}, "munmap": {errno.ENOMEM}, "madvise": {errno.EAGAIN, errno.ENOMEM, errno.EINVAL},
    "mprotect": {errno.ENOMEM}, "mincore": {errno.EAGAIN}, "pthread_create": {errno.EAGAIN},
    "futex": {0, errno.EINTR, errno.EAGAIN}, "membarrier": {errno.ENOSYS},
    "epoll": {errno.EMFILE, errno.ENFILE, errno.ENOMEM}, "eventfd": {errno.EMFILE, errno.ENFILE, errno.ENOMEM},
    "timerfd": {errno.EMFILE, errno.ENFILE, errno.ENOMEM}, "signalfd": {errno.EMFILE, errno.ENFILE, errno.ENOMEM},
    "fork": {errno.EAGAIN, errno.ENOMEM}, "pipe": {errno.EMFILE, errno.ENFILE}, "poll": {errno.EINTR, errno.ENOMEM},
    "open": {errno.EMFILE, errno.ENFILE, errno.ENOMEM},
}  # fmt: skip


def call(kind: str, times: int, faults: str, report: Path | None = None) -> subprocess.CompletedProcess[str]:
    more = {"LD_PRELOAD": str(BIN / LIBRARY), "THREADMARK_FAULTS": faults}
    if report:
        more["THREADMARK_FAULTS_REPORT"] = str(report)
    # The interpreter's own calls would count as well: it is small, but opens many files.
    return subprocess.run([sys.executable, "-S", "-E", "-c", CALLER, kind, str(times)], env={**os.environ, **more},
                          capture_output=True, text=True, check=False)  # fmt: skip


def results_of(kind: str, times: int, faults: str) -> list[int]:
    done = call(kind, times, faults)
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", [name for name in CALLS if name not in ("new", "open", "mmap")])
def test_every_kind_of_call_fails_with_errors_that_it_can_have(kind: str, tmp_path: Path) -> None:
    done = call(kind, 60, f"calls={kind},one_in=1,seed=3", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    assert {int(line) for line in done.stdout.splitlines()[-60:]} == ERRORS[kind]
    counts = json.loads((tmp_path / "report").read_text())["calls"][kind]
    assert counts["seen"] == counts["failed"] >= 60


@pytest.mark.parametrize("kind", ["open", "mmap"])
def test_calls_that_the_interpreter_needs_fail_after_it_has_begun(kind: str) -> None:
    found = results_of(kind, 4000, f"calls={kind},one_in=2,after=3000")
    assert set(found) == {0} | ERRORS[kind]


@pytest.mark.parametrize("form", ["new", "aligned_new"])
def test_memory_is_refused_in_both_forms(form: str) -> None:
    assert set(results_of(form, 50, "calls=new,one_in=1")) == {errno.ENOMEM}


def test_a_wake_up_never_fails() -> None:
    assert set(results_of("futex_wake", 200, "calls=futex,one_in=1")) == {0}


def test_what_fails_depends_on_the_seed_and_the_number_of_the_call_alone() -> None:
    first = results_of("eventfd", 300, "calls=eventfd,one_in=4,seed=1,after=100")
    assert first[:100] == [0] * 100
    assert 25 < sum(map(bool, first)) < 100, "about one in four"
    assert results_of("eventfd", 300, "calls=eventfd,one_in=4,seed=1,after=100") == first
    assert results_of("eventfd", 300, "calls=eventfd,one_in=4,seed=2,after=100") != first
    longer = results_of("eventfd", 300, "calls=eventfd,one_in=4,seed=1")
    assert longer[100:] == first[100:]


def test_other_programs_and_other_calls_are_left_alone(tmp_path: Path) -> None:
    done = call("eventfd", 50, "calls=eventfd,one_in=1,program=ghost", tmp_path / "report")
    assert set(done.stdout.split()) == {"0"}
    assert not (tmp_path / "report").exists()
    assert set(results_of("eventfd", 50, "calls=timerfd,one_in=1")) == {0}


def test_each_failure_can_be_logged() -> None:
    done = call("poll", 1, "calls=poll,one_in=1,log=1")
    assert done.stderr.splitlines()[0].startswith("threadmark_faults: poll 0: E")


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ("calls=mmap+ghost", "cannot take 'ghost'; known calls: mmap munmap "),
        ("calls=mmap,one_in=0", "cannot take 'one_in=0'; a whole number from 1 "),
        ("calls=mmap,seed=-1", "cannot take 'seed=-1'; a whole number "),
        ("calls=mmap,after=1x", "cannot take 'after=1x'; a whole number "),
        ("calls=mmap,often", "cannot take 'often'; known: seed=N one_in=N "),
        ("seed=3", "nothing would fail; calls=NAME+NAME says what is to"),
    ],
)
def test_settings_that_cannot_be_taken_are_one_clear_line(faults: str, words: str) -> None:
    done = call("poll", 1, faults)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("threadmark_faults: THREADMARK_FAULTS: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


# The victim


def victim(folder: Path, faults: str, *flags: str) -> subprocess.CompletedProcess[str]:
    more = {"LD_PRELOAD": str(BIN / LIBRARY), "THREADMARK_FAULTS": faults,
            "THREADMARK_FAULTS_REPORT": str(folder / "report")}  # fmt: skip
    return subprocess.run([BIN / "faults_victim_mn", "--seconds=0.4", "--cores=1", *flags], env={**os.environ, **more},
                          capture_output=True, text=True, check=False, timeout=60)  # fmt: skip


def counted(folder: Path) -> dict[str, dict[str, int]]:
    report = json.loads((folder / "report").read_text())
    assert report["program"] == "faults_victim_mn"
    return report["calls"]


def test_the_victim_does_all_its_kinds_of_work_and_its_calls_fail(tmp_path: Path) -> None:
    done = victim(tmp_path, "calls=madvise+futex+mincore+munmap,one_in=3", "--seed=4", "--signals")
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert all(said["work"].values()), said
    assert all(said["signals"].values()), said
    counts = counted(tmp_path)
    for name in ("madvise", "futex", "mincore", "munmap"):
        assert counts[name]["failed"] > 0, name
    assert counts["pthread_create"]["failed"] == 0


@pytest.mark.parametrize("flag", ["--seconds=0", "--seconds=x", "--cores=0", "--seed=-1", "--signals=yes", "more"])
def test_the_victims_bad_flags_are_one_clear_line(flag: str) -> None:
    done = subprocess.run([BIN / "faults_victim_mn", flag], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"faults_victim_mn: cannot take '{flag}'; known: --seconds=S ")
    assert len(done.stderr.splitlines()) == 1


# What the driver makes of an end

SAID = '{"rounds":3,"errors":{"std::bad_alloc":2,"std::system_error":0}}'
NO_STACK = "mn: the system gives no stack for task 3 spawned at a.cpp:7 (Cannot allocate memory): 8 in use"


def fake(folder: Path, program: str, body: str) -> Path:
    file = folder / program
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("body", "outcome", "words"),
    [
        (f"echo '{SAID}'", "carried_on", "3 rounds; caught 2 std::bad_alloc"),
        (f"echo '{NO_STACK}' >&2; kill -ABRT $$", "named_error", "gives no stack"),
        (f"echo noise >&2; echo '{NO_STACK}' >&2; exit 1", "named_error", "gives no stack"),
        ("trap 'echo all parked >&2' QUIT; while :; do sleep 0.1; done", "hang", "all parked"),
        ("echo 'mn: all tasks are asleep: deadlock' >&2; kill -ABRT $$", "hang", "asleep"),
        ("echo 'mn: a task that has ended was resumed' >&2; kill -ABRT $$", "crash", "killed by SIGABRT"),
        ("kill -SEGV $$", "crash", "killed by SIGSEGV"),
        (
            "echo 'faults_victim_mn: broken invariant: value 3 came twice' >&2; exit 4",
            "wrong",
            "value 3 came twice",
        ),
        ("echo 'terminate called' >&2; exit 1", "unnamed_error", "ended with 1"),
        ("echo 'mn: something is off' >&2; exit 3", "unnamed_error", "something is off"),
        ("echo nothing", "unnamed_error", "did not say what happened"),
    ],
)
def test_an_end_of_the_victim_is_told_from_the_others(body: str, outcome: str, words: str, tmp_path: Path) -> None:
    case = Case(7, "victim", "signals", one_in=2, after=0, cores=1)
    result = run_case(case, fake(tmp_path, "faults_victim_mn", body), seconds=0.1, grace_s=0.5)
    assert result.verdict.outcome == outcome
    assert words in result.entry["detail"]
    assert result.entry["grade"] == ("acceptable" if outcome in ("carried_on", "named_error") else "forbidden")


TRIAL = '{"outcome":"%s","reason":%s}'


@pytest.mark.parametrize(
    ("trials", "end", "outcome"),
    [
        ([("ok", "null")], "exit 0", "carried_on"),
        ([], "exit 0", "wrong"),
        ([("ok", "null"), ("crash", f'"SIGABRT: {NO_STACK}"')], "exit 0", "named_error"),
        ([("crash", '"SIGSEGV; nothing on standard error"')], "exit 0", "crash"),
        ([("crash", '"contender printed no JSON: Run on"')], "exit 0", "unnamed_error"),
        ([("timeout", '"no result within 20 s; killed"')], "exit 0", "hang"),
        ([("crash", '"SIGABRT: mn: all tasks are asleep: deadlock"')], "exit 0", "hang"),
        ([("wrong_answer", '"7 instead of 8"'), ("ok", "null")], "exit 0", "wrong"),
        ([], "echo 'threadmark: fork: Resource temporarily unavailable' >&2; exit 1", "named_error"),
        ([], "echo 'threadmark: it broke' >&2; exit 1", "unnamed_error"),
        ([("ok", "null")], "kill -SEGV $$", "crash"),
        ([("ok", "null")], "trap 'exit 130' INT; sleep 5 & wait", "carried_on"),
        ([("ok", "null")], "exit 130", "unnamed_error"),
        ([("ok", "null")], "trap '' INT QUIT; while :; do sleep 0.1; done", "hang"),
    ],
)
def test_an_end_of_the_conductor_is_told_from_the_others(
    trials: list[tuple[str, str]], end: str, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "TRIAL_LIMIT_S", 1)
    lines = "".join(f"{TRIAL % trial}\\n" for trial in trials)
    body = f"for a; do case $a in --out=*) out=${{a#--out=}};; esac; done\nmkdir -p $out/run\nprintf '{lines}' "
    case = Case(52 * 3, "conductor", "signals", one_in=2, after=0, cores=1)
    result = run_case(case, fake(tmp_path, "threadmark", f"{body} > $out/run/trials.jsonl\n{end}"), 0.1, grace_s=0.8)
    assert result.verdict.outcome == outcome, result.entry["detail"]


# The driver


def drive(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.stress.faults", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def seed_of(target: str, calls: str) -> int:
    return TURNS.index((target, calls))


def test_a_seed_says_all_and_every_set_of_calls_has_its_turn() -> None:
    assert case_of(1234) == case_of(1234)
    assert set(TURNS) == {("victim", c) for c in OF_VICTIM} | {("conductor", c) for c in OF_CONDUCTOR}
    drawn = [case_of(seed) for seed in range(500)]
    for attribute in ("one_in", "after", "cores"):
        assert len({getattr(c, attribute) for c in drawn}) > 1, attribute


@pytest.mark.parametrize("calls", ["futex", "bearable"])
def test_a_finding_ends_with_1_and_says_how_to_repeat_it(calls: str, tmp_path: Path) -> None:
    folder = fake(tmp_path, "faults_victim_mn", "echo 'faults_victim_mn: broken invariant: lost' >&2; exit 4")
    for program in ("threadmark", "bench_mn"):
        fake(tmp_path, program, "exit 1")
    (folder / LIBRARY).symlink_to(BIN / LIBRARY)
    seed = seed_of("victim", calls)
    done = drive(f"--seed={seed}", "--seeds=1", f"--bin={folder}", f"--out={tmp_path / 'faults.json'}")
    assert done.returncode == 1
    assert f"victim, {calls}, seed {seed}: wrong" in done.stdout
    assert f" -m benchmarks.stress.faults --seed={seed} --seeds=1" in done.stdout
    assert f"or: THREADMARK_FAULTS=seed={seed},one_in=" in done.stdout
    found = json.loads((tmp_path / "faults.json").read_text())
    assert found["schema"] == 1
    entry: dict[str, Any] = found["results"][0]
    assert list(entry) == ["target", "calls", "seed", "outcome", "grade", "detail"]
    assert (entry["outcome"], entry["grade"]) == ("wrong", "forbidden")
    assert done.stdout.count("broken invariant: lost") >= 1


def test_mn_and_the_conductor_carry_on_or_name_their_error(tmp_path: Path) -> None:
    for target, calls in (("victim", "futex"), ("victim", "mprotect"), ("victim", "mmap"), ("victim", "signals"),
                          ("conductor", "fork"), ("conductor", "futex")):  # fmt: skip
        done = drive(f"--seed={seed_of(target, calls)}", "--seeds=1", "--each=0.5", f"--bin={BIN}",
                     f"--out={tmp_path / 'faults.json'}")  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads((tmp_path / "faults.json").read_text())["results"][0]
        assert (result["target"], result["calls"], result["grade"]) == (target, calls, "acceptable")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--seeds=0"], "--seeds must be above zero"),
        (["--seeds=1", "--seconds=1"], "one of them"),
        (["--seed=-1"], "--seed must not be below zero"),
        (["--calls=ghost"], "invalid choice: 'ghost'"),
        (["--target=go"], "invalid choice: 'go'"),
        (["--calls=epoll"], "nothing that is tried makes such calls: --calls=epoll; known: mmap, "),
        (["--calls=fork", "--target=victim"], "nothing that is tried makes such calls: --calls=fork; known: mmap, "),
        (["--bin=/nowhere"], "`make build` makes it"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], words: str) -> None:
    done = drive(*arguments)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]
