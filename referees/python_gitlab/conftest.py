import pathlib
import sys

import gitlab
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import programs  # noqa: E402


@pytest.fixture(scope="session")
def simulator():
    """A small seeded estate, shared by all tests: each works in groups of its own."""
    program = programs.gitlab(groups=12, projects=130, users=40)
    yield program
    program.stop()


def connect(program, token):
    client = gitlab.Gitlab(program.url, private_token=program.key(token), retry_transient_errors=False)
    client.control = program.control
    return client


def let_a_minute_pass(client):
    """GitLab's workers have done their work by then."""
    client.session.post(f"{client.control}/_sim/clock", json={"forwardMs": 60_000}).raise_for_status()


@pytest.fixture
def root(simulator):
    """python-gitlab as the administrator."""
    return connect(simulator, "glpat-sim-root")


@pytest.fixture
def developer(simulator):
    """python-gitlab as a user who belongs to nothing that a test creates."""
    return connect(simulator, "glpat-sim-dev-0040")


@pytest.fixture
def group(root, request):
    """A group of the test's own, named after it."""
    path = request.node.name.replace("_", "-").strip("-")
    return root.groups.create({"name": path, "path": path, "visibility": "private"})
