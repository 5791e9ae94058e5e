"""Does the rows of files one after the other, as a script with python-gitlab does it.

Usage: python_gitlab_rows.py URL TOKEN create|update FOLDER; prints {"items": …, "seconds": …}.

FOLDER holds groups.csv, projects.csv and members.csv. `update` takes groups and projects for there already.
"""

import csv
import json
import pathlib
import sys
import time

import gitlab

url, token, verb, folder = sys.argv[1:5]


def rows(name):
    with (pathlib.Path(folder) / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def project(row):
    return {
        field: value.split(",") if field == "topics" else value
        for field, value in row.items()
        if field != "group"
    }


groups, projects, members = rows("groups"), rows("projects"), rows("members")
gl = gitlab.Gitlab(url, private_token=token)
start = time.perf_counter()
items = len(projects) + len(members)
if verb == "create":
    items += len(groups)
    numbers = {}
    for row in groups:
        group = {field: value for field, value in row.items() if field != "parent"}
        if row["parent"]:
            group["parent_id"] = numbers[row["parent"]]
        made = gl.groups.create(group)
        numbers[made.full_path] = made.id
    for row in projects:
        gl.projects.create(project(row) | {"namespace_id": numbers[row["group"]]})
else:
    for row in projects:
        gl.projects.update(f"{row['group']}/{row['path']}", project(row))
users = {}
for row in members:
    name = row["username"]
    if name not in users:
        users[name] = gl.users.list(username=name)[0].id
    level = gitlab.const.AccessLevel[row["access_level"].upper()]
    gl.groups.get(row["group"], lazy=True).members.create({"user_id": users[name], "access_level": level})
print(json.dumps({"items": items, "seconds": time.perf_counter() - start}))
