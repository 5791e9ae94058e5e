import pathlib
import queue
import sys
import time

import pytest
import requests
import socketio

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import programs  # noqa: E402

COOKIE = "gitlab_bulk_session"
SECONDS = 30
JOB_EVENTS = (
    "job:created",
    "job:started",
    "job:progress",
    "job:item:success",
    "job:item:failed",
    "job:paused",
    "job:completed",
    "job:failed",
    "job:cancelled",
)


@pytest.fixture(scope="session")
def gitlab_url():
    program = programs.simulator(groups=0, projects=0, users=5)
    yield program.url
    program.stop()


@pytest.fixture(scope="session")
def server_url(gitlab_url):
    program = programs.server(gitlab_url)
    yield program.url
    assert program.stop() == 0, "the server stops gracefully"


class Person:
    """Somebody who is signed in at the server."""

    def __init__(self, server_url, gitlab_url, token):
        self.server_url = server_url
        self.http = requests.Session()
        signed_in = self.http.post(f"{server_url}/api/auth/login", json={"gitlabUrl": gitlab_url, "token": token})
        assert signed_in.status_code == 200, signed_in.text
        self.username = signed_in.json()["user"]["username"]
        self.session_id = self.http.cookies[COOKIE]

    def plan_groups(self, prefix, count):
        """A job that would create groups; it waits to be started."""
        items = [{"name": f"{prefix} {number}", "path": f"{prefix}-{number}"} for number in range(count)]
        body = {"type": "bulk_create_groups", "data": {"items": items}, "start": False}
        made = self.http.post(f"{self.server_url}/api/jobs", json=body)
        assert made.status_code == 201, made.text
        job = made.json()["id"]
        give_up = time.monotonic() + SECONDS
        while self.job(job)["status"] == "planning":
            assert time.monotonic() < give_up, "it is not planned"
            time.sleep(0.02)
        return job

    def job(self, job):
        return self.http.get(f"{self.server_url}/api/jobs/{job}").json()

    def start(self, job):
        started = self.http.post(f"{self.server_url}/api/jobs/{job}/start", json={})
        assert started.status_code == 200, started.text

    def log_out(self):
        assert self.http.post(f"{self.server_url}/api/auth/logout").status_code == 204


class Listener:
    """A socket that notes every job event it hears."""

    def __init__(self):
        self.socket = socketio.Client(reconnection=False)
        self.heard = queue.Queue()
        self.refusal = None
        for name in JOB_EVENTS:
            self.socket.on(name, lambda data, name=name: self.heard.put((name, data)))
        self.socket.on("connect_error", self._refused)

    def _refused(self, data):
        self.refusal = data

    def connect(self, server_url, **options):
        self.socket.connect(server_url, wait_timeout=SECONDS, **options)
        return self

    def until(self, last, job):
        """Every event about the job, up to and with `last`."""
        events = []
        while not events or events[-1][0] != last:
            name, data = self.heard.get(timeout=SECONDS)
            if (data.get("jobId") or data.get("job", {}).get("id") or data.get("id")) == job:
                events.append((name, data))
        return events


@pytest.fixture
def listener():
    """Makes sockets and closes them when the test is over."""
    made = []

    def make():
        made.append(Listener())
        return made[-1]

    yield make
    for one in made:
        one.socket.disconnect()


# The server lets one address sign in ten times a minute, so people stay signed in over all tests.
@pytest.fixture(scope="session")
def root(server_url, gitlab_url):
    return Person(server_url, gitlab_url, "glpat-sim-root")


@pytest.fixture(scope="session")
def stranger(server_url, gitlab_url):
    return Person(server_url, gitlab_url, "glpat-sim-dev-0001")


@pytest.fixture
def visitor(server_url, gitlab_url):
    return Person(server_url, gitlab_url, "glpat-sim-dev-0002")
