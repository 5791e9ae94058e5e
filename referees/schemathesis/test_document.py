"""The server does what its OpenAPI document says, and nothing breaks it."""

import os
import pathlib
import subprocess
import sys

import openapi_spec_validator
import requests

HERE = pathlib.Path(__file__).resolve().parent
# `SCHEMATHESIS_EXAMPLES=500` looks longer.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "10")
# With `coverage` and `stateful` besides it takes many minutes.
PHASES = os.environ.get("SCHEMATHESIS_PHASES", "examples,fuzzing")


def look(server_url, *arguments):
    """Runs schemathesis over the whole document; what it has found is in its output."""
    tool = pathlib.Path(sys.executable).parent / "schemathesis"
    run = subprocess.run(
        [tool, "--config-file", HERE / "schemathesis.toml", "run", f"{server_url}/api/openapi.json"]
        + ["--phases", PHASES, "--max-examples", EXAMPLES, "--seed", "1", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_the_document_is_openapi(server_url):
    document = requests.get(f"{server_url}/api/openapi.json", timeout=10).json()
    assert document["openapi"].startswith("3.1")
    openapi_spec_validator.validate(document)


def test_nothing_is_found_by_a_stranger(server_url, session):
    # Signed in before: a stranger tries to so often that nobody from this address may for a minute.
    assert session
    look(server_url)


def test_nothing_is_found_by_somebody_who_has_signed_in(server_url, session):
    look(
        server_url,
        *("--header", f"Cookie: gitlab_bulk_session={session}"),
        # What it would leave out of them, the header puts in again.
        *("--generation-with-security-parameters", "false"),
        # Logging out would make a stranger of them.
        *("--exclude-operation-id", "logOut"),
        *("--exclude-operation-id", "signOutEverywhere"),
        *("--exclude-operation-id", "endSession"),
        *("--exclude-operation-id", "endSessionsOfUser"),
        # Presents more wrong keys than an address may guess in a minute, and takes 429 for a way in.
        *("--exclude-checks", "ignored_auth"),
    )
