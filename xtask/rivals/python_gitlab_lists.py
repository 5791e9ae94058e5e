"""Lists what a group holds, as a script with python-gitlab does it.

Usage: python_gitlab_lists.py URL TOKEN GROUP; prints {"groups": …, "projects": …}.
"""

import json
import sys

import gitlab

url, token, path = sys.argv[1:4]
gl = gitlab.Gitlab(url, private_token=token, per_page=100)
group = gl.groups.get(path, with_projects=False)
groups = group.descendant_groups.list(get_all=True)
projects = group.projects.list(include_subgroups=True, with_shared=False, get_all=True)
print(json.dumps({"groups": len(groups) + 1, "projects": len(projects)}))
