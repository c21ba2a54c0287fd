"""ci/setup.sh on pretended machines: it installs what is missing, only that, and says in one line what it cannot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ci.tests.machine import DEBIAN_12, FAKES, Machine
from reports.tests.browser import chromium

INSTALL = "install --no-install-recommends --no-remove "


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_makes_the_virtual_environment_once_and_does_nothing_the_second_time(machine: Machine) -> None:
    first = machine.setup()
    assert first.returncode == 0, first
    assert machine.calls_of("apt-get") == []
    assert [c for c in machine.calls_of("pip") if "requirements.txt" in c]

    second = machine.setup()
    assert (second.returncode, second.stdout, second.stderr) == (0, "setup: nothing to do\n", "")
    assert machine.calls == []


def test_installs_only_what_is_missing_and_says_it_before(machine: Machine) -> None:
    machine.lacks("libfmt-dev", "libtbb-dev")
    done = machine.setup()
    assert done.returncode == 0, done
    assert "setup: installing with apt-get: libtbb-dev libfmt-dev\n" in done.stdout
    (install,) = machine.calls_of("apt-get")
    assert install.endswith(INSTALL + "libtbb-dev libfmt-dev")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("libboost-fiber-dev 1.74.0.3\nlibboost-fiber1.74-dev 1.74.0\nlibboost-fiber1.81-dev 1.81.0-5\n", "1.81-dev"),
        ("libboost-fiber-dev 1.83.0.1\nlibboost-fiber1.83-dev 1.83.0\nlibboost-fiber1.74-dev 1.74.0\n", "-dev"),
        ("libboost-fiber-dev 1.74.0.3\nlibboost-fiber1.81-dev 1.81.0\nlibboost-fiber1.83-dev 1.83.0\n", "1.83-dev"),
        ("libboost-fiber-dev 1.83.0.1\nlibboost-fiber1.83-dev 1.83.0\nlibboost-fiber1.88-dev 1.88.0\n", "-dev"),
        ("libboost-fiber1.83.0 1.83.0-2\nlibboost-fiber1.83-dev 1.83.0-2.1ubuntu3\n", "1.83-dev"),
    ],
)
def test_takes_the_boost_that_is_new_enough(machine: Machine, offered: str, chosen: str) -> None:
    machine.lacks("libboost-fiber1.81-dev")
    machine.write("offered", offered)
    done = machine.setup()
    assert done.returncode == 0, done
    assert f"installing with apt-get: libboost-fiber{chosen}\n" in done.stdout


def test_an_old_boost_is_as_good_as_none(machine: Machine) -> None:
    machine.lacks("libboost-fiber1.81-dev")
    with (machine.path / "have").open("a") as have:
        have.write("boost 107400\n")
    machine.write("install-fails", "E: Packages need to be removed but remove is disabled.\n")
    line = one_line(machine.setup())
    assert line.startswith("setup: apt-get could not install them: E: Packages need to be removed")


def test_reads_the_package_lists_only_where_they_do_not_offer_what_is_missing(machine: Machine) -> None:
    machine.lacks("libfmt-dev")
    machine.write("offered", "")
    machine.write("offered-after-update", "libfmt-dev 9.1.0+ds1-2\n")
    done = machine.setup()
    assert done.returncode == 0, done
    assert ["update" in c for c in machine.calls_of("apt-get")] == [True, False]


def test_refused_without_root_and_sudo_with_the_list_for_the_administrator(machine: Machine) -> None:
    machine.lacks("libfmt-dev", "libboost-fiber1.81-dev")
    machine.write("uid", "1000")
    line = one_line(machine.setup())
    command = "apt-get install --no-install-recommends libboost-fiber1.81-dev libfmt-dev"
    assert f"ask the administrator for: {command}" in line
    assert machine.calls_of("apt-get") == []


def test_a_sudo_that_wants_a_password_is_no_use_where_nobody_can_type_it(machine: Machine) -> None:
    machine.lacks("libfmt-dev")
    machine.write("uid", "1000")
    machine.put("sudo", "exit 1")
    assert "no usable sudo" in one_line(machine.setup())


def test_uses_sudo_for_apt_alone_where_not_root(machine: Machine) -> None:
    machine.lacks("libfmt-dev")
    machine.write("uid", "1000")
    machine.put("sudo", '[ "$1" = -n ] && exit 0\necho "sudo $*" >>"$MACHINE/calls"\nexec "$@"')
    done = machine.setup()
    assert done.returncode == 0, done
    (sudo,) = machine.calls_of("sudo")
    assert "apt-get" in sudo
    assert sudo.endswith("libfmt-dev")


def test_without_apt_it_lists_what_is_needed(machine: Machine) -> None:
    machine.lacks("libfmt-dev", "libboost-fiber1.81-dev")
    machine.take_away("apt-get")
    assert one_line(machine.setup()) == (
        "setup: this system has no apt-get; install these yourself: Boost.Fiber 1.81 or newer, fmt"
    )


def test_without_a_network_it_says_so(machine: Machine) -> None:
    machine.lacks("libfmt-dev")
    machine.write("offered", "")
    machine.write("offline", "")
    assert one_line(machine.setup()).startswith("setup: cannot reach the package servers: W: Failed to fetch")


@pytest.mark.parametrize("name", chromium.NAMES)
def test_any_browser_that_the_tests_can_drive_will_do(machine: Machine, name: str) -> None:
    machine.take_away("chromium")
    machine.put(name, "echo 150")
    assert machine.setup().returncode == 0
    assert machine.calls_of("apt-get") == []


def test_a_browser_is_installed_where_apt_has_one(machine: Machine) -> None:
    machine.take_away("chromium")
    machine.take_away("java")
    assert machine.setup().returncode == 0
    (install,) = machine.calls_of("apt-get")
    assert install.endswith(INSTALL + "chromium default-jre-headless")
    assert machine.setup().stdout == "setup: nothing to do\n"


def test_a_snap_is_no_browser(machine: Machine) -> None:
    machine.put("snap", "echo snap")
    machine.take_away("chromium")
    (machine.bin / "chromium").symlink_to("snap")
    machine.write("programs", "chromium|google-chrome|150\n")  # under another name: the link stays
    assert "installing with apt-get: chromium\n" in machine.setup().stdout
    assert machine.setup().stdout == "setup: nothing to do\n"


def test_where_apt_has_no_browser_the_rest_goes_on_and_it_is_said_once(machine: Machine) -> None:
    machine.take_away("chromium")
    machine.lacks("libfmt-dev")
    machine.write("offered", "\n".join(line for line in DEBIAN_12.splitlines() if not line.startswith("chromium")))
    first = machine.setup()
    assert first.returncode == 0, first
    assert first.stdout.count("apt offers no Chromium on this system: make test skips the tests in a browser") == 1
    update, install = machine.calls_of("apt-get")
    assert update.endswith("update")
    assert install.endswith(INSTALL + "libfmt-dev")
    assert machine.setup().stdout == "setup: nothing to do\n"


def test_a_browser_alone_that_is_not_to_be_had_installs_nothing(machine: Machine) -> None:
    machine.take_away("chromium")
    machine.write("offered", "")
    assert machine.setup().returncode == 0
    assert ["update" in call for call in machine.calls_of("apt-get")] == [True]
    assert machine.setup().stdout == "setup: nothing to do\n"


def test_nobody_is_asked_for_a_browser_that_apt_does_not_have(machine: Machine) -> None:
    machine.take_away("chromium")
    machine.write("offered", "")
    machine.write("uid", "1000")
    assert "apt offers no Chromium" in machine.setup().stdout
    assert machine.setup().stdout == "setup: nothing to do\n"


def test_a_browser_is_not_given_up_because_the_network_is_down(machine: Machine) -> None:
    machine.take_away("chromium")
    machine.write("offered", "")
    machine.write("offline", "")
    assert one_line(machine.setup()).startswith("setup: cannot reach the package servers: W: Failed to fetch")
    assert not (machine.project / "build" / ".no-browser").exists()


def test_an_old_java_is_as_good_as_none(machine: Machine) -> None:
    machine.put("java", "echo 'openjdk 11.0.2 2019-01-15'")
    assert machine.setup().returncode == 0
    assert machine.calls_of("apt-get")[0].endswith(INSTALL + "default-jre-headless")


def test_postgresql_is_installed_once(machine: Machine) -> None:
    machine.take_away("postgres")
    assert "setup: installing with apt-get: postgresql\n" in machine.setup().stdout
    (install,) = machine.calls_of("apt-get")
    assert install.endswith(INSTALL + "postgresql")
    assert machine.setup().stdout == "setup: nothing to do\n"


def test_a_postgresql_where_debian_has_it_will_do(machine: Machine) -> None:
    (machine.bin / "postgres").unlink()
    folder = machine.path / "postgresql" / "15" / "bin"
    folder.mkdir(parents=True)
    (folder / "postgres").write_text("#!/bin/bash\n")
    machine.write("offered", "")
    assert machine.setup().returncode == 1  # it cannot be run
    (folder / "postgres").chmod(0o755)
    assert machine.setup().returncode == 0
    assert machine.calls_of("apt-get") == []


def test_what_is_only_offered_too_old_is_named_with_the_version_offered(machine: Machine) -> None:
    machine.write("g++-version", "11.4.0")
    machine.write("offered", "g++ 4:11.4.0-1ubuntu1\n")
    assert "apt offers no g++ 12 or newer (offered: 11.4.0) on this system" in one_line(machine.setup())


def test_an_install_that_changes_nothing_is_not_taken_for_success(machine: Machine) -> None:
    machine.lacks("libfmt-dev")
    machine.write("supplies", "")
    assert "still not found or too old: fmt" in one_line(machine.setup())


def test_lint_tools_come_only_when_asked_for_and_once(machine: Machine) -> None:
    assert machine.setup().returncode == 0
    assert machine.calls_of("apt-get") == []
    assert not [c for c in machine.calls_of("pip") if "lint.txt" in c]

    done = machine.setup("lint")
    assert done.returncode == 0, done
    (install,) = machine.calls_of("apt-get")
    assert install.endswith(INSTALL + "shellcheck")
    (pip,) = machine.calls_of("pip")
    assert pip.endswith("ci/lint.txt")
    (go,) = machine.calls_of("go")
    assert go.startswith("go install github.com/rhysd/actionlint/cmd/actionlint@v")

    assert machine.setup("lint").stdout == "setup: nothing to do\n"
    (machine.project / "requirements.txt").write_text("something==2\n")
    assert machine.setup().returncode == 0
    assert machine.setup("lint").returncode == 0
    (pip,) = machine.calls_of("pip")
    assert pip.endswith("ci/lint.txt")


def test_a_go_linter_that_could_not_be_built_is_told_and_tried_again(machine: Machine) -> None:
    machine.put("shellcheck", "echo 0.9")
    machine.write("go-fails", "go: module lookup disabled\n")
    line = one_line(machine.setup("lint"))
    assert line.startswith("setup: go could not install github.com/rhysd/actionlint")
    assert "go: module lookup disabled" in line
    (machine.path / "go-fails").unlink()
    assert machine.setup("lint").returncode == 0
    assert machine.calls_of("go")
    assert machine.setup("lint").stdout == "setup: nothing to do\n"
    with (machine.project / "ci" / "lint-go.txt").open("a") as more:
        more.write("example.com/another@v1\n")
    assert machine.setup("lint").returncode == 0
    assert [call.split()[-1] for call in machine.calls_of("go")][-1] == "example.com/another@v1"


def test_the_compilers_of_make_portability_come_only_when_asked_for_and_once(machine: Machine) -> None:
    assert machine.setup().returncode == 0
    assert machine.calls_of("apt-get") == []

    done = machine.setup("portability")
    assert done.returncode == 0, done
    (install,) = machine.calls_of("apt-get")
    assert install.endswith(INSTALL + "clang-19 g++-aarch64-linux-gnu qemu-user googletest")
    assert machine.setup("portability").stdout == "setup: nothing to do\n"


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("clang 1:14.0-55\nclang-14 1:14.0.6\nclang-16 1:16.0.6\n", "clang-16"),
        ("clang 1:18.0-59\nclang-16 1:16.0.6\nclang-18 1:18.1.3\nclang-20 1:20.1.2\n", "clang"),
    ],
)
def test_takes_the_clang_that_is_new_enough(machine: Machine, offered: str, chosen: str) -> None:
    for program in ("aarch64-linux-gnu-g++", "qemu-aarch64-static"):
        machine.put(program, "echo 12")
    (machine.path / "googletest" / "CMakeLists.txt").touch()
    machine.put("clang++", "echo 14.0.6")
    machine.write("offered", offered)
    machine.write("programs", f"{chosen}|clang++-x|18.1\n")
    done = machine.setup("portability")
    assert done.returncode == 0, done
    assert f"installing with apt-get: {chosen}\n" in done.stdout


def test_the_virtual_environment_is_made_anew_when_requirements_or_python_change(machine: Machine) -> None:
    def makes_one() -> bool:
        assert machine.setup().returncode == 0
        return bool(machine.calls_of("pip"))

    assert makes_one()
    assert not makes_one()
    (machine.project / "requirements.txt").write_text("something==2\n")
    assert makes_one()
    machine.put("python3", FAKES["python3"].replace("3.11.2", "3.12.3"))
    assert makes_one()
    assert not makes_one()
    (machine.project / "build" / "venv" / "bin" / "python").unlink()
    assert makes_one()


def test_a_pip_that_failed_is_tried_again_the_next_time(machine: Machine) -> None:
    complaint = "ERROR: No matching distribution found for something==1\n"
    machine.write("pip-fails", complaint)
    line = one_line(machine.setup())
    assert line.startswith("setup: pip could not install requirements.txt: ERROR: No matching distribution")
    (machine.path / "pip-fails").unlink()
    assert machine.setup().returncode == 0
    assert machine.calls_of("pip")


@pytest.mark.parametrize("arguments", [["lnt"], ["lint", "more"], ["lint", "portability"], ["--help-me"]])
def test_an_unknown_argument_is_refused_before_anything_happens(machine: Machine, arguments: list[str]) -> None:
    machine.lacks("libfmt-dev")
    done = machine.setup(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "known: lint portability" in done.stderr
    assert machine.calls == []
