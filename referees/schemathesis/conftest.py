import pathlib
import sys

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import programs  # noqa: E402


@pytest.fixture(scope="session")
def gitlab_url():
    program = programs.simulator(groups=5, projects=10, users=5)
    yield program.url
    program.stop()


@pytest.fixture(scope="session")
def server_url(gitlab_url):
    program = programs.server(
        gitlab_url,
        RATE_LIMIT_MAX_REQUESTS="10000000",
        LOG_LEVEL="error",
        # What is turned off is nowhere, whoever asks.
        METRICS_TOKEN="a-token-of-more-than-thirty-two-bytes",
        GITLAB_WEBHOOK_SECRET="a-secret-of-more-than-thirty-two-bytes",
    )
    yield program.url
    assert program.stop() == 0, "the server stops gracefully"


@pytest.fixture(scope="session")
def session(server_url, gitlab_url):
    signed_in = requests.post(
        f"{server_url}/api/auth/login",
        json={"gitlabUrl": gitlab_url, "token": "glpat-sim-root"},
        timeout=10,
    )
    assert signed_in.status_code == 200, signed_in.text
    return signed_in.cookies["gitlab_bulk_session"]
