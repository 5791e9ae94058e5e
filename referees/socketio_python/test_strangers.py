import pytest
import socketio

from conftest import COOKIE


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"auth": {"sessionId": "not-a-session"}},
        {"auth": {"apiKey": "gbk_not-a-key"}},
        {"headers": {"Cookie": f"{COOKIE}=not-a-session"}},
    ],
    ids=["nothing", "session", "key", "cookie"],
)
def test_who_is_not_signed_in_is_refused(server_url, listener, transport, options):
    socket = listener()
    with pytest.raises(socketio.exceptions.ConnectionError):
        socket.connect(server_url, transports=[transport], **options)
    assert socket.refusal["message"] == "Unauthorized"


def test_a_foreign_page_is_refused(server_url, listener, root):
    socket = listener()
    headers = {"Cookie": f"{COOKIE}={root.session_id}", "Origin": "https://evil.example"}
    with pytest.raises(socketio.exceptions.ConnectionError):
        # Over polling: for a websocket this client sends an Origin of its own.
        socket.connect(server_url, transports=["polling"], headers=headers)


def test_a_stranger_hears_nothing_of_a_job(server_url, listener, root, stranger):
    job = root.plan_groups("py-secret", 20)
    owner = listener().connect(server_url, transports=["websocket"], auth={"sessionId": root.session_id})
    outsider = listener().connect(server_url, transports=["websocket"], auth={"sessionId": stranger.session_id})
    assert outsider.socket.call("subscribe:jobs", {"jobIds": [job]}) == {"ok": [], "refused": [job]}

    root.start(job)
    owner.until("job:completed", job)

    # A round trip later: whatever had been sent to the outsider before would be here by now.
    assert outsider.socket.call("subscribe:jobs", {"jobIds": [job]}) == {"ok": [], "refused": [job]}
    assert outsider.heard.empty()
    assert stranger.http.get(f"{server_url}/api/jobs/{job}").status_code == 404


def test_logging_out_closes_the_socket(server_url, listener, visitor):
    socket = listener().connect(server_url, transports=["websocket"], auth={"sessionId": visitor.session_id})
    visitor.log_out()
    socket.socket.wait()
    assert not socket.socket.connected
