"""After one run everything is as the configuration says; after a second one nothing has changed."""

import base64

from conftest import run

SITE = "/projects/acme%2Fsite"
TOOLS = "/projects/acme%2Ftools"


def subset(wanted, body):
    """What the body says about the wanted keys."""
    return {key: body[key] for key in wanted}


def is_like(body, **wanted):
    assert subset(wanted, body) == wanted


def test_settings_of_the_instance(applied):
    is_like(applied.get("/application/settings"), default_projects_limit=7)


def test_settings_of_a_group(applied):
    is_like(
        applied.get("/groups/acme"),
        description="Everything Acme makes",
        project_creation_level="maintainer",
        request_access_enabled=False,
    )


def test_members_of_a_group(applied):
    members = applied.get("/groups/acme/members")
    assert {member["username"]: member["access_level"] for member in members} == {"root": 50, "dev-0001": 40}
    [share] = applied.get("/groups/acme")["shared_with_groups"]
    is_like(share, group_full_path="partners", group_access_level=20, expires_at=None)


def test_variables_labels_and_badges_of_a_group(applied):
    [variable] = applied.get("/groups/acme/variables")
    is_like(variable, key="REGISTRY", value="registry.acme.example", environment_scope="*", protected=False)
    [label] = applied.get("/groups/acme/labels")
    is_like(label, name="urgent", color="#cc0033", description="Today")
    [badge] = applied.get("/groups/acme/badges")
    is_like(badge, name="pipeline", link_url="https://ci.acme.example/%{project_path}")


def test_settings_of_projects(applied):
    common = {"only_allow_merge_if_pipeline_succeeds": True, "merge_method": "ff", "squash_option": "default_on"}
    is_like(applied.get(SITE), description="The web site", topics=["web", "public"], **common)
    is_like(applied.get(TOOLS), description=None, topics=[], **common)


def test_push_rules(applied):
    for project in (SITE, TOOLS):
        is_like(
            applied.get(f"{project}/push_rule"),
            commit_message_regex="^[A-Z]",
            max_file_size=50,
            deny_delete_tag=True,
        )


def test_protected_branches_and_tags(applied):
    for project in (SITE, TOOLS):
        branches = {branch["name"]: branch for branch in applied.get(f"{project}/protected_branches")}
        levels = {
            name: [
                [level["access_level"] for level in branch[f"{action}_access_levels"]] for action in ("push", "merge")
            ]
            for name, branch in branches.items()
        }
        assert levels == {"main": [[40], [40]], "release/*": [[0], [30]]}
        [tag] = applied.get(f"{project}/protected_tags")
        assert (tag["name"], [level["access_level"] for level in tag["create_access_levels"]]) == ("v*", [40])


def test_approvals(applied):
    for project in (SITE, TOOLS):
        is_like(
            applied.get(f"{project}/approvals"),
            disable_overriding_approvers_per_merge_request=True,
            reset_approvals_on_push=True,
        )
        rules = [rule for rule in applied.get(f"{project}/approval_rules") if rule["name"] == "Two eyes"]
        assert [rule["approvals_required"] for rule in rules] == [1]
        assert [user["username"] for user in rules[0]["users"]] == ["dev-0001"]


def test_members_of_a_project(applied):
    [member] = applied.get(f"{SITE}/members")
    is_like(member, username="dev-0002", access_level=30, expires_at="2033-05-01")
    [share] = applied.get(SITE)["shared_with_groups"]
    is_like(share, group_full_path="partners", group_access_level=30)


def test_variables_of_a_project(applied):
    variables = applied.get(f"{SITE}/variables")
    assert {(row["key"], row["value"], row["environment_scope"]) for row in variables} == {
        ("DEPLOY_HOST", "site.acme.example", "*"),
        ("DEPLOY_KEY", "not-so-secret-1", "production"),
    }


def test_labels_and_badges_of_a_project(applied):
    own = [label["name"] for label in applied.get(f"{SITE}/labels") if label["is_project_label"]]
    assert own == ["debt"]
    badges = {badge["name"]: badge for badge in applied.get(f"{SITE}/badges")}
    assert {name: badge["kind"] for name, badge in badges.items()} == {"coverage": "project", "pipeline": "group"}
    assert badges["pipeline"]["rendered_link_url"] == "https://ci.acme.example/acme/site"


def test_hooks_and_deploy_keys(applied):
    [hook] = applied.get(f"{SITE}/hooks")
    is_like(hook, url="https://hooks.acme.example/gitlab", push_events=False, tag_push_events=True)
    [key] = applied.get(f"{SITE}/deploy_keys")
    is_like(key, title="deployer", can_push=False)
    assert key["key"].startswith("ssh-ed25519 AAAA")


def test_files(applied):
    file = applied.get(f"{SITE}/repository/files/CODEOWNERS", ref="main")
    assert base64.b64decode(file["content"]) == b"* @acme\n"
    newest = applied.get(f"{SITE}/repository/commits", ref_name="main")[0]
    is_like(newest, message="Automated add made by gitlabform", author_name="Administrator")


def test_job_token_scope(applied):
    assert applied.get(f"{SITE}/job_token_scope")["inbound_enabled"] is True
    allowed = {project["path_with_namespace"] for project in applied.get(f"{SITE}/job_token_scope/allowlist")}
    assert allowed == {"acme/site", "acme/tools"}
    groups = applied.get(f"{SITE}/job_token_scope/groups_allowlist")
    assert [group["web_url"].rsplit("/", 1)[1] for group in groups] == ["partners"]


def test_a_second_run_changes_nothing(applied, configuration):
    before = applied.writes()
    done = run(applied, configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    # It always makes protected tags anew: one is removed and made in each of the two projects.
    assert applied.writes() - before == 4


def test_nothing_was_asked_for_that_is_not_there(applied):
    assert applied.missing_routes() == {}
