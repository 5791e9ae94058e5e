import pytest

from conftest import COOKIE


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("by", ["cookie", "session"])
def test_a_job_is_followed_from_its_start_to_its_end(server_url, listener, root, transport, by):
    credentials = {
        "cookie": {"headers": {"Cookie": f"{COOKIE}={root.session_id}"}},
        "session": {"auth": {"sessionId": root.session_id}},
    }
    job = root.plan_groups(f"py-{transport}-{by}", 60)
    socket = listener().connect(server_url, transports=[transport], **credentials[by])
    assert socket.socket.call("subscribe:jobs", {"jobIds": [job]}) == {"ok": [job], "refused": []}

    root.start(job)
    events = socket.until("job:completed", job)

    names = [name for name, _ in events]
    assert names.count("job:started") == 1, "one copy, though the socket is in the job's and the user's room"
    assert names.count("job:completed") == 1
    progress = [data for name, data in events if name == "job:progress"]
    assert progress[-1]["progress"] == progress[-1]["total"] == progress[-1]["successCount"] == 60
    assert progress[-1]["failureCount"] == 0
    versions = [data["version"] for data in progress]
    assert versions == sorted(versions)
    succeeded = [item for name, data in events if name == "job:item:success" for item in data["items"]]
    assert sorted(item["index"] for item in succeeded) == list(range(60))
    assert root.job(job)["status"] == "completed"


def test_what_fails_is_heard_of_with_its_reason(server_url, listener, stranger):
    # dev-0001 may not create below a group that it cannot see.
    body = {
        "type": "bulk_create_groups",
        "data": {"items": [{"name": "Below", "path": "below", "parent": "nowhere-at-all"}]},
    }
    socket = listener().connect(server_url, transports=["websocket"], auth={"sessionId": stranger.session_id})
    made = stranger.http.post(f"{server_url}/api/jobs", json=body)
    assert made.status_code == 201, made.text
    job = made.json()["id"]

    socket.until("job:completed", job)
    finished = stranger.job(job)
    assert (finished["status"], finished["successCount"], finished["failureCount"]) == ("completed", 0, 1)


def test_a_room_that_was_left_is_still_heard_by_its_owner_once(server_url, listener, root):
    job = root.plan_groups("py-left", 5)
    socket = listener().connect(server_url, transports=["websocket"], auth={"sessionId": root.session_id})
    assert socket.socket.call("job:subscribe", {"jobId": job}) == {"ok": [job], "refused": []}
    assert socket.socket.call("job:unsubscribe", {"jobId": job}) == {"ok": [job], "refused": []}
    root.start(job)
    names = [name for name, _ in socket.until("job:completed", job)]
    assert names.count("job:started") == 1
