import gitlab
import pytest


def test_offset_pages_hold_every_project_once_and_say_how_many(root):
    first = root.projects.list(per_page=7, iterator=True, order_by="id", sort="asc")
    assert (first.per_page, first.current_page, first.prev_page, first.next_page) == (7, 1, None, 2)
    assert first.total_pages == -(-first.total // 7)

    ids = [project.id for project in first]
    assert len(ids) == first.total >= 130
    assert ids == sorted(set(ids))


def test_keyset_pages_hold_the_same_projects_in_the_same_order(root):
    by_offset = [project.id for project in root.projects.list(iterator=True, per_page=50, order_by="id", sort="asc")]
    by_keyset = root.projects.list(iterator=True, per_page=10, pagination="keyset", order_by="id", sort="asc")
    assert by_keyset.total is None, "keyset pages carry no totals"
    assert [project.id for project in by_keyset] == by_offset

    backwards = root.projects.list(iterator=True, per_page=10, pagination="keyset", order_by="id", sort="desc")
    assert [project.id for project in backwards] == by_offset[::-1]


def test_keyset_pages_by_name_are_not_to_be_had(root):
    with pytest.raises(gitlab.GitlabListError) as refused:
        root.projects.list(pagination="keyset", order_by="name", sort="asc", get_all=False)
    assert refused.value.response_code == 405


def test_a_page_is_never_longer_than_a_hundred(root):
    assert len(root.projects.list(per_page=500, get_all=False)) == 100


def test_a_page_past_the_end_is_empty(root):
    assert root.groups.list(page=1000, get_all=False) == []


def test_users_are_paged_too(root):
    users = root.users.list(iterator=True, per_page=9)
    names = [user.username for user in users]
    assert len(names) == len(set(names)) == users.total
    assert {f"dev-{number:04}" for number in range(1, 41)} <= set(names)
