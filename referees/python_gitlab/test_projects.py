import gitlab
import pytest


def test_a_path_that_is_taken_is_refused(root, group):
    root.projects.create({"name": "Web", "path": "web", "namespace_id": group.id})
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        root.projects.create({"name": "Other", "path": "WEB", "namespace_id": group.id})
    assert refused.value.response_code == 400
    assert refused.value.error_message["path"] == ["has already been taken"]
    assert "name" not in refused.value.error_message


def test_a_project_needs_a_name_or_a_path(root, group):
    with pytest.raises(gitlab.GitlabHttpError) as refused:
        root.http_post("/projects", post_data={"namespace_id": group.id})
    assert refused.value.response_code == 400
    assert "name, path are missing" in refused.value.error_message


def test_a_stranger_cannot_create_in_a_private_group(developer, group):
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        developer.projects.create({"name": "Mine", "namespace_id": group.id})
    assert refused.value.response_code == 400
    assert refused.value.error_message["namespace"] == ["is not valid"]


def test_a_project_is_made_with_what_was_asked_for(root, group):
    made = root.projects.create(
        {
            "name": "Web shop",
            "path": "web-shop",
            "namespace_id": group.id,
            "description": "Sells things",
            "visibility": "private",
            "topics": ["shop", "rust"],
            "issues_access_level": "disabled",
        }
    )
    project = root.projects.get(f"{group.full_path}/web-shop")
    assert project.id == made.id
    assert project.path_with_namespace == f"{group.full_path}/web-shop"
    assert project.name_with_namespace == f"{group.name} / Web shop"
    assert project.namespace["id"] == group.id
    assert (project.description, project.visibility) == ("Sells things", "private")
    assert sorted(project.topics) == ["rust", "shop"]
    assert project.issues_access_level == "disabled"
    assert [listed.id for listed in group.projects.list(get_all=True)] == [project.id]


def test_a_project_more_open_than_its_group_is_lowered_without_a_word(root, group):
    project = root.projects.create({"name": "Open", "namespace_id": group.id, "visibility": "public"})
    assert project.visibility == "private"


def test_a_project_is_updated_field_by_field(root, group):
    project = root.projects.create({"name": "Draft", "namespace_id": group.id, "description": "first"})
    project.description = "second"
    project.topics = ["kept"]
    project.save()

    again = root.projects.get(project.id)
    assert (again.name, again.description, again.topics) == ("Draft", "second", ["kept"])


def test_projects_of_subgroups_are_listed_when_asked_for(root, group):
    sub = root.groups.create({"name": "Sub", "path": "sub", "parent_id": group.id})
    above = root.projects.create({"name": "Above", "namespace_id": group.id})
    below = root.projects.create({"name": "Below", "namespace_id": sub.id})

    assert [project.id for project in group.projects.list(get_all=True)] == [above.id]
    everything = group.projects.list(include_subgroups=True, order_by="id", sort="asc", get_all=True)
    assert [project.id for project in everything] == [above.id, below.id]


def test_a_deleted_project_is_marked_and_can_be_removed_for_good(root, group):
    project = root.projects.create({"name": "Old", "path": "old", "namespace_id": group.id})
    project.delete()
    marked = root.projects.get(project.id)
    assert marked.marked_for_deletion_on is not None
    assert root.projects.create({"name": "Old", "path": "old", "namespace_id": group.id}).id != project.id

    root.projects.delete(project.id, permanently_remove=True, full_path=marked.path_with_namespace)
    with pytest.raises(gitlab.GitlabGetError) as gone:
        root.projects.get(project.id)
    assert (gone.value.response_code, gone.value.error_message) == (404, "404 Project Not Found")
