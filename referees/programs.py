"""Starts the program under test and stops it again."""

import itertools
import json
import os
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("GITLAB_BULK", str(ROOT / "target/debug/gitlab-bulk"))
SAMPLE = pathlib.Path(os.environ.get("GITLAB_BULK_SAMPLE", ROOT / "samples/salsa-small"))
# Whether a referee talks to the simulator as it is, or through our gateway.
THROUGH_GATEWAY = os.environ.get("THROUGH_GATEWAY") == "1"
FILES = [SAMPLE / name for name in ("groups.csv", "projects.csv", "members.csv")]


def environment(folder, **settings):
    """What the program is told; nothing of the caller's own settings reaches it."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, "DATA_DIR": str(folder), **settings}


class Program:
    """A long-running command whose first line on stdout is `{"url": …}`.

    The address comes from the process's own mouth, so what answers there is that process and no other.
    """

    def __init__(self, *arguments, **settings):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.folder.name,
            env=environment(self.folder.name, **settings),
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{arguments[0]} ended with {self.process.wait()} before it listened")
        self.url = json.loads(line)["url"]

    @property
    def control(self):
        """Where the simulator listens to tests."""
        return self.url

    def key(self, token):
        """What somebody with this token of GitLab's signs in with."""
        return token

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.process.stdout.close()
            self.folder.cleanup()


def simulator(**options):
    """`gitlab-bulk simulate` with these options: numbers of groups, projects and users, the tier, …"""
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return Program("simulate", "--listen", "127.0.0.1:0", *arguments)


def server(gitlab_url, **settings):
    """`gitlab-bulk serve` for that GitLab, configured like this."""
    given = {"HOST": "127.0.0.1", "PORT": "0", "GITLAB_URL": gitlab_url, "GITLAB_API_RATE_LIMIT": "unlimited"}
    return Program("serve", **given, **settings)


class Gateway:
    """A simulator behind `gitlab-bulk serve`, for whoever takes it for GitLab: each token becomes an API key."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.server = Program(
            "serve",
            HOST="127.0.0.1",
            PORT="0",
            GITLAB_URL=simulator.url,
            GITLAB_API_RATE_LIMIT="unlimited",
            TRUST_PROXY="true",
        )
        self.url = f"{self.server.url}/gitlab"
        self.control = simulator.url
        self.keys = {}
        self.addresses = itertools.count(1)

    def key(self, token):
        if token not in self.keys:
            self.keys[token] = self._new_key(token)
        return self.keys[token]

    def _new_key(self, token):
        # One address signs in ten times a minute; these come from as many.
        address = {"X-Forwarded-For": f"10.0.0.{next(self.addresses)}"}
        try:
            answer = self._post("/api/auth/login", {"gitlabUrl": self.simulator.url, "token": token}, address)
        except urllib.error.HTTPError as refused:
            assert refused.code == 401, refused.read()
            return "gbk_nobody"
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        wish = {"name": "a referee", "scopes": ["gateway"]}
        return json.load(self._post("/api/keys", wish, {**address, "Cookie": cookie}))["key"]

    def _post(self, path, body, headers):
        headers = {**headers, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.url}{path}", json.dumps(body).encode(), headers)
        return urllib.request.urlopen(request)

    def stop(self):
        assert self.server.stop() == 0, "the server stops gracefully"
        return self.simulator.stop()


def gitlab(**options):
    """What a referee takes for GitLab: a simulator, or one behind the gateway."""
    program = simulator(**options)
    return Gateway(program) if THROUGH_GATEWAY else program


def apply(gitlab_url, *files):
    """`gitlab-bulk apply` on the files, without a server; returns what it ended with."""
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(
            folder,
            GITLAB_URL=gitlab_url,
            GITLAB_TOKEN="glpat-sim-root",
            GITLAB_API_RATE_LIMIT="unlimited",
        )
        return subprocess.run(
            [PROGRAM, "apply", *map(str, files), "--yes"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=folder,
            env=settings,
            check=False,
        )
