import gitlab
import pytest

from conftest import let_a_minute_pass


def test_a_path_that_is_taken_is_refused_in_any_case(root, group):
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        root.groups.create({"name": "Another", "path": group.path.upper()})
    assert refused.value.response_code == 400
    assert "Failed to save group" in str(refused.value.error_message)
    assert "has already been taken" in str(refused.value.error_message)


def test_a_group_needs_a_path(root):
    # python-gitlab looks for `path` itself, so ask one level below it.
    with pytest.raises(gitlab.GitlabHttpError) as refused:
        root.http_post("/groups", post_data={"name": "No path"})
    assert (refused.value.response_code, refused.value.error_message) == (400, "path is missing")


def test_a_subgroup_below_nothing_is_refused(root):
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        root.groups.create({"name": "Lost", "path": "lost", "parent_id": 999_999_999})
    assert (refused.value.response_code, refused.value.error_message) == (404, "404 Group Not Found")


def test_a_stranger_sees_and_makes_nothing_in_a_private_group(developer, group):
    with pytest.raises(gitlab.GitlabGetError) as hidden:
        developer.groups.get(group.id)
    assert (hidden.value.response_code, hidden.value.error_message) == (404, "404 Group Not Found")
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        developer.groups.create({"name": "Inside", "path": "inside", "parent_id": group.id})
    assert refused.value.response_code in (403, 404)


def test_a_tree_of_groups_has_full_paths_and_lists(root, group):
    platform = root.groups.create({"name": "Platform", "path": "platform", "parent_id": group.id})
    ledger = root.groups.create({"name": "Ledger", "path": "Ledger", "parent_id": platform.id})

    assert ledger.full_path == f"{group.path}/platform/Ledger"
    assert ledger.full_name == f"{group.name} / Platform / Ledger"
    assert ledger.visibility == "private"
    assert root.groups.get(ledger.full_path).id == ledger.id
    assert [sub.full_path for sub in group.subgroups.list(get_all=True)] == [platform.full_path]
    assert {sub.id for sub in group.descendant_groups.list(get_all=True)} == {platform.id, ledger.id}


def test_a_subgroup_cannot_be_more_open_than_its_parent(root, group):
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        root.groups.create({"name": "Open", "path": "open", "parent_id": group.id, "visibility": "public"})
    assert refused.value.response_code == 400
    assert "visibility" in str(refused.value.error_message)


def test_a_group_is_renamed_and_described(root, group):
    group.name = "Renamed"
    group.description = "With an umlaut: ü"
    group.save()

    again = root.groups.get(group.id)
    assert (again.name, again.description, again.path) == ("Renamed", "With an umlaut: ü", group.path)


def test_a_group_is_found_by_a_part_of_its_name(root, group):
    found = root.groups.list(search=group.path, get_all=True)
    assert [hit.id for hit in found] == [group.id]


def test_a_deleted_group_is_marked_and_its_path_is_free(root, group):
    path = group.path
    group.delete()

    marked = root.groups.get(group.id)
    assert marked.marked_for_deletion_on is not None
    assert marked.path == f"{path}-deletion_scheduled-{group.id}"
    assert root.groups.create({"name": path, "path": path}).id != group.id


def test_a_marked_subgroup_is_removed_for_good(root, group):
    sub = root.groups.create({"name": "Sub", "path": "sub", "parent_id": group.id})
    sub.delete()
    marked = root.groups.get(sub.id)
    root.groups.delete(sub.id, permanently_remove=True, full_path=marked.full_path)
    let_a_minute_pass(root)
    with pytest.raises(gitlab.GitlabGetError) as gone:
        root.groups.get(sub.id)
    assert gone.value.response_code == 404
