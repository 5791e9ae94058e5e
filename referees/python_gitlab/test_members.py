import gitlab
import pytest


def user_id(root, username):
    [user] = root.users.list(username=username)
    return user.id


def test_a_second_membership_is_refused(root, group):
    wanted = {"user_id": user_id(root, "dev-0001"), "access_level": gitlab.const.AccessLevel.DEVELOPER}
    group.members.create(wanted)
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        group.members.create(wanted)
    assert (refused.value.response_code, refused.value.error_message) == (409, "Member already exists")


def test_nobody_cannot_be_a_member(root, group):
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        group.members.create({"user_id": 999_999_999, "access_level": 30})
    assert (refused.value.response_code, refused.value.error_message) == (404, "404 User Not Found")


def test_a_level_that_does_not_exist_is_refused(root, group):
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        group.members.create({"user_id": user_id(root, "dev-0002"), "access_level": 33})
    assert refused.value.response_code == 400


def test_a_member_is_added_read_changed_and_removed(root, group):
    someone = user_id(root, "dev-0003")
    added = group.members.create({"user_id": someone, "access_level": 30, "expires_at": "2099-12-31"})
    assert (added.id, added.username, added.access_level) == (someone, "dev-0003", 30)

    member = group.members.get(someone)
    assert member.expires_at == "2099-12-31"
    member.access_level = 40
    member.save()
    assert group.members.get(someone).access_level == 40

    member.delete()
    with pytest.raises(gitlab.GitlabGetError) as gone:
        group.members.get(someone)
    assert gone.value.response_code == 404


def test_the_creator_owns_a_group(root, group):
    root.auth()
    assert [(member.username, member.access_level) for member in group.members.list(get_all=True)] == [("root", 50)]
    assert root.user.username == "root"


def test_a_project_inherits_the_members_of_its_groups(root, group):
    project = root.projects.create({"name": "Inherits", "namespace_id": group.id})
    someone = user_id(root, "dev-0004")
    group.members.create({"user_id": someone, "access_level": 30})

    assert someone not in [member.id for member in project.members.list(get_all=True)]
    assert project.members_all.get(someone).access_level == 30
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        project.members.create({"user_id": someone, "access_level": 20})
    assert refused.value.response_code == 400
    assert "inherited membership from group" in str(refused.value.error_message)


def test_a_developer_may_read_the_group_but_not_add_to_it(root, developer, group):
    developer.auth()
    group.members.create({"user_id": developer.user.id, "access_level": 30})
    seen = developer.groups.get(group.id)
    assert seen.full_path == group.full_path
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        seen.members.create({"user_id": user_id(root, "dev-0005"), "access_level": 30})
    assert refused.value.response_code == 403


def test_a_maintainer_cannot_make_an_owner_of_a_project(root, developer, group):
    developer.auth()
    project = root.projects.create({"name": "Guarded", "namespace_id": group.id})
    project.members.create({"user_id": developer.user.id, "access_level": 40})
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        developer.projects.get(project.id).members.create(
            {"user_id": user_id(root, "dev-0006"), "access_level": 50}
        )
    assert refused.value.response_code == 403
