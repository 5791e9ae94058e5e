"""What cannot be read, or makes no sense, leaves everything as it is."""

import pytest

from conftest import run


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("config_version: 3\nprojects_and_groups: [acme\n", 1, "parsing"),
        ("config_version: 1\nprojects_and_groups: {}\n", 1, "config_version"),
        ("config_version: 3\nprojects_and_groups:\n  acme/*:\n    group_members:\n      users:\n        dev-0001:\n          access_level: king\n", 1, "king"),
        ("config_version: 3\nprojects_and_groups:\n  acme/nothing:\n    labels:\n      debt:\n        color: red\n", 1, "acme/nothing"),
    ],
    ids=["no YAML", "another version", "no such level", "no such project"],
)
def test_it_leaves_everything(rest, tmp_path, text, code, says):
    configuration = tmp_path / "broken.yml"
    configuration.write_text(text)
    before = rest.writes()
    done = run(rest, configuration)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert rest.writes() == before


def test_what_gitlab_refuses_leaves_the_rest(rest, tmp_path):
    configuration = tmp_path / "refused.yml"
    configuration.write_text(
        "config_version: 3\n"
        "projects_and_groups:\n"
        "  acme/site:\n"
        "    labels:\n"
        "      debt:\n"
        "        color: no-such-colour\n"
    )
    before = rest.writes()
    done = run(rest, configuration)
    assert done.returncode == 2, done.stdout + done.stderr
    assert rest.get("/projects/acme%2Fsite/labels") == []
    assert rest.writes() == before


def test_a_trial_run_changes_nothing(rest, configuration):
    before = rest.writes()
    done = run(rest, configuration, "--noop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert rest.writes() == before
