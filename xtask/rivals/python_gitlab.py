"""Creates projects one after the other, as a script with python-gitlab does it.

Usage: python_gitlab.py URL TOKEN COUNT; prints {"items": …, "seconds": …}.
"""

import json
import sys
import time

import gitlab

url, token, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
gl = gitlab.Gitlab(url, private_token=token)
group = gl.groups.create({"name": "Rival", "path": "rival", "visibility": "public"})
start = time.perf_counter()
for number in range(count):
    gl.projects.create(
        {
            "name": f"Package {number}",
            "path": f"package-{number}",
            "namespace_id": group.id,
            "description": f"Packaging of package {number} (misc)",
            "visibility": "public",
            "topics": ["debian", "misc"],
        }
    )
print(json.dumps({"items": count, "seconds": time.perf_counter() - start}))
