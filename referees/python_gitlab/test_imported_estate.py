"""What `gitlab-bulk apply` made, read back by python-gitlab and compared with the files value by value."""

import csv

import pytest

import programs
from conftest import connect

LEVELS = {"guest": 10, "planner": 15, "reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}


def rows(name):
    with open(programs.SAMPLE / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def users_needed():
    """Members are `dev-0001` and so on; as many users have to be there as the highest of them."""
    return max(int(row["username"].removeprefix("dev-")) for row in rows("members"))


@pytest.fixture(scope="module")
def instance():
    program = programs.gitlab(groups=0, projects=0, users=users_needed())
    yield program
    program.stop()


@pytest.fixture(scope="module")
def applied(instance):
    return programs.apply(instance.control, *programs.FILES)


@pytest.fixture
def gl(instance, applied):
    assert applied.returncode == 0, applied.stderr
    return connect(instance, "glpat-sim-root")


def test_the_groups_are_those_of_the_file(gl):
    there = {
        group.full_path: (group.name, group.path, group.description, group.visibility)
        for group in gl.groups.list(iterator=True, per_page=100)
    }
    wanted = {
        (f"{row['parent']}/" if row["parent"] else "") + row["path"]: (
            row["name"],
            row["path"],
            row["description"],
            row["visibility"],
        )
        for row in rows("groups")
    }
    assert there == wanted


def test_the_projects_are_those_of_the_file(gl):
    there = {
        project.path_with_namespace: (
            project.name,
            project.path,
            project.description,
            project.visibility,
            sorted(project.topics),
        )
        for project in gl.projects.list(iterator=True, per_page=100, pagination="keyset", order_by="id", sort="asc")
    }
    wanted = {
        f"{row['group']}/{row['path']}": (
            row["name"],
            row["path"],
            row["description"],
            row["visibility"],
            sorted(topic.strip() for topic in row["topics"].split(",") if topic.strip()),
        )
        for row in rows("projects")
    }
    assert there == wanted


def test_the_members_are_those_of_the_file_and_the_creator(gl):
    there = {
        (group.full_path, member.username, member.access_level, member.expires_at)
        for group in gl.groups.list(iterator=True, per_page=100)
        for member in group.members.list(iterator=True, per_page=100)
    }
    wanted = {
        (row["group"], row["username"], LEVELS[row["access_level"]], row["expires_at"] or None)
        for row in rows("members")
    }
    groups = {full_path for full_path, *_ in there}
    assert there == wanted | {(full_path, "root", 50, None) for full_path in groups}


def test_applying_again_changes_nothing_and_says_so(gl, instance):
    before = gl.http_get("/projects", query_data={"order_by": "id", "sort": "desc", "per_page": 1})
    again = programs.apply(instance.control, *programs.FILES)
    after = gl.http_get("/projects", query_data={"order_by": "id", "sort": "desc", "per_page": 1})
    assert again.returncode == 0, again.stderr
    assert after == before
    said = again.stdout + again.stderr
    assert "to create" not in said
    assert f"{sum(len(rows(name)) for name in ('groups', 'projects', 'members'))} unchanged" in said
