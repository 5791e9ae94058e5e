import os
import pathlib
import subprocess
import sys
import tempfile

import pytest
import requests

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import programs  # noqa: E402


class Rest:
    """The REST API as the administrator, without any client's opinion."""

    def __init__(self, program):
        self.url = program.url
        self.control = program.control
        self.key = program.key("glpat-sim-root")
        self.session = requests.Session()
        self.session.headers["PRIVATE-TOKEN"] = self.key

    def get(self, resource, **parameters):
        return self._ask("GET", resource, params=parameters)

    def post(self, resource, **body):
        return self._ask("POST", resource, json=body)

    def _ask(self, method, resource, **options):
        answer = self.session.request(method, f"{self.url}/api/v4{resource}", **options)
        answer.raise_for_status()
        return answer.json()

    def writes(self):
        """How many writes have changed something."""
        return requests.get(f"{self.control}/_sim/stats").json()["writes"]["applied"]

    def missing_routes(self):
        return requests.get(f"{self.control}/_sim/stats").json()["unimplemented"]


@pytest.fixture(scope="module")
def rest():
    """An estate of its own: the groups `acme` and `partners`, two projects, three users."""
    program = programs.gitlab(groups=0, projects=0, users=3, tier="premium")
    rest = Rest(program)
    acme = rest.post("/groups", name="Acme", path="acme")["id"]
    rest.post("/groups", name="Partners", path="partners")
    for path in ("site", "tools"):
        rest.post("/projects", name=path, path=path, namespace_id=acme, initialize_with_readme=True)
    yield rest
    program.stop()


def run(rest, configuration, *arguments, target="ALL_DEFINED"):
    """The command `gitlabform`, without asking for its newest version."""
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [pathlib.Path(sys.executable).parent / "gitlabform", "-k", "-c", configuration, *arguments, target],
            env={"PATH": os.environ["PATH"], "HOME": folder, "GITLAB_URL": rest.url, "GITLAB_TOKEN": rest.key},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def configuration():
    return HERE / "configuration.yml"


@pytest.fixture(scope="module")
def applied(rest, configuration):
    """The estate after the configuration was applied once."""
    done = run(rest, configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    return rest
