"""Starts the program under test and stops it again."""

import json
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("GITLAB_BULK", str(ROOT / "target/debug/gitlab-bulk"))
SAMPLE = pathlib.Path(os.environ.get("GITLAB_BULK_SAMPLE", ROOT / "samples/salsa-small"))
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
