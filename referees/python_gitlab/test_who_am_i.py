import gitlab
import programs
import pytest

from conftest import connect


def test_a_wrong_token_is_refused(simulator):
    with pytest.raises(gitlab.GitlabAuthenticationError) as refused:
        connect(simulator, "glpat-wrong").auth()
    assert refused.value.response_code == 401
    # Through the gateway it is our own refusal: a token that GitLab does not know gets no key.
    assert programs.THROUGH_GATEWAY or refused.value.error_message == "401 Unauthorized"


def test_the_administrator_is_told_so_and_others_are_not(root, developer):
    root.auth()
    assert (root.user.username, root.user.is_admin) == ("root", True)
    developer.auth()
    assert developer.user.username == "dev-0040"
    assert "is_admin" not in developer.user.attributes


def test_a_token_describes_itself(developer):
    token = developer.personal_access_tokens.get("self")
    developer.auth()
    assert (token.user_id, token.active, token.revoked) == (developer.user.id, True, False)
    assert "api" in token.scopes


def test_the_instance_has_a_version(root):
    version, revision = root.version()
    assert version.split(".")[0].isdigit()
    assert revision != "unknown"


def test_an_administrator_creates_a_user_and_nobody_else_may(root, developer):
    wanted = {"email": "ada@example.com", "username": "ada", "name": "Ada", "force_random_password": True}
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        developer.users.create(wanted)
    assert refused.value.response_code == 403

    ada = root.users.create(wanted)
    assert [user.id for user in root.users.list(username="ada")] == [ada.id]

    with pytest.raises(gitlab.GitlabCreateError) as taken:
        root.users.create({**wanted, "email": "ada2@example.com"})
    assert taken.value.response_code == 409
    assert root.users.list(username="nobody-of-that-name") == []
