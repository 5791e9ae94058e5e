"""What python-gitlab's own functional tests find in place of a GitLab in Docker.

Their files are not touched: this plugin stands in for pytest-docker and for `docker exec`, which they start GitLab
with, and lets their waits pass on the simulator's clock. Which of their tests ask for what the simulator does not have
is written down in `out_of_scope.yaml`; those have to fail, and for that reason.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

import pytest
import requests
import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import programs  # noqa: E402

TESTS = "tests/functional/"
"""Where their tests lie in the source package; names in the list begin after it."""

simulator = None


def pytest_configure(config):
    global simulator
    config.simulated_folder = tempfile.TemporaryDirectory()
    # They write configuration files there, under names that everybody on the machine would share.
    tempfile.tempdir = os.environ["TMPDIR"] = config.simulated_folder.name
    # The `gitlab` and `python` that they run are those of this environment.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    simulator = programs.simulator(groups=0, projects=0, users=0, tier="ultimate")


def pytest_unconfigure(config):
    if simulator is not None:
        simulator.stop()
        config.simulated_folder.cleanup()


def docker_or(run):
    """`docker exec CONTAINER gitlab-rails runner SCRIPT` is how they make the administrator's token."""

    def check_output(command, *arguments, **options):
        if command[:2] == ["docker", "exec"] and command[3:5] == ["gitlab-rails", "runner"]:
            return b"glpat-sim-root\n"
        return run(command, *arguments, **options)

    return check_output


def on_the_simulators_clock(wait):
    """Lets GitLab's time pass instead of ours."""

    def sleep(seconds):
        if seconds < 0.1:
            # Python's own waiting for a process to end.
            return wait(seconds)
        return requests.post(f"{simulator.url}/_sim/clock", json={"forwardMs": int(seconds * 1000)}).raise_for_status()

    return sleep


# Before their conftest is read, which takes the function by its name.
subprocess.check_output = docker_or(subprocess.check_output)
time.sleep = on_the_simulators_clock(time.sleep)


class Docker:
    """What their fixtures ask of pytest-docker."""

    @staticmethod
    def port_for(service, container_port):
        return urllib.parse.urlsplit(simulator.url).port

    @staticmethod
    def wait_until_responsive(check, timeout, pause):
        """The simulator listened before it said where."""


@pytest.fixture(scope="session")
def docker_ip():
    return urllib.parse.urlsplit(simulator.url).hostname


@pytest.fixture(scope="session")
def docker_services():
    return Docker


def out_of_scope():
    """Test by test, how it is left out: why it cannot pass, and whether it is run to see that."""
    groups = yaml.safe_load((HERE / "out_of_scope.yaml").read_text())
    return {
        test: pytest.mark.xfail(reason=group["because"], strict=True, run=group.get("run", True))
        for group in groups
        for test in group["tests"]
    }


def name_of(item):
    """`api/test_users.py::test_ban_user`, whatever its parameters are."""
    return item.nodeid.removeprefix(TESTS).partition("[")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    marks = out_of_scope()
    found = {name_of(item) for item in items}
    folders = {name.partition("/")[0] for name in found}
    if not any("::" in argument for argument in config.args):
        gone = [name for name in marks if name.partition("/")[0] in folders and name not in found]
        if gone:
            raise pytest.UsageError(f"out_of_scope.yaml names tests that do not exist: {', '.join(gone)}")
    for item in items:
        if mark := marks.get(name_of(item)):
            item.add_marker(mark)
            item.out_of_scope = mark.kwargs["run"]


def missing_routes():
    """How often something was asked for that the simulator does not have."""
    return sum(requests.get(f"{simulator.url}/_sim/stats").json()["unimplemented"].values())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    item.missing_before = missing_routes()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A test in the list fails because a route is missing, not because one is wrong."""
    report = yield
    listed = getattr(item, "out_of_scope", False)
    if listed and call.when == "call" and report.skipped and missing_routes() == item.missing_before:
        report.outcome = "failed"
        report.longrepr = f"it is listed as out of scope, but met no missing route:\n{call.excinfo.getrepr()}"
    return report
