"""The server does what its OpenAPI document says, and nothing breaks it."""

import os
import pathlib
import subprocess
import sys

import openapi_spec_validator
import requests

HERE = pathlib.Path(__file__).resolve().parent
# `SCHEMATHESIS_EXAMPLES=500` looks longer.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "3")


def look(server_url, *arguments):
    """Runs schemathesis over the whole document; what it has found is in its output."""
    tool = pathlib.Path(sys.executable).parent / "schemathesis"
    run = subprocess.run(
        [tool, "--config-file", HERE / "schemathesis.toml", "run", f"{server_url}/api/openapi.json"]
        + ["--max-examples", EXAMPLES, "--seed", "1", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]


def test_the_document_is_openapi(server_url):
    document = requests.get(f"{server_url}/api/openapi.json", timeout=10).json()
    assert document["openapi"].startswith("3.1")
    openapi_spec_validator.validate(document)


def test_nothing_is_found_by_a_stranger(server_url):
    look(server_url)


def test_nothing_is_found_by_somebody_who_has_signed_in(server_url, session):
    # Logging out would make a stranger of them.
    look(server_url, "--header", f"Cookie: gitlab_bulk_session={session}", "--exclude-operation-id", "logOut")
