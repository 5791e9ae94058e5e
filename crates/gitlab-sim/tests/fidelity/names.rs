//! What groups and projects may be called (§6.1 to §6.3).

use serde_json::{Value, json};

use crate::client::{Answer, Lab};

const GROUP_PATH: &str = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', \
                          '.git' or '.atom'.";
const PROJECT_PATH: &str = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in \
                            '.git' or end in '.atom'";
const STRICT_PATH: &str = "can only include non-accented letters, digits, '_', '-' and '.'. It must not start with \
                           '-', '_', or '.', nor end with '-', '_', '.', '.git', or '.atom'.";

async fn group(lab: &Lab, name: &str, path: &str, parent: Option<u64>) -> Answer {
    lab.root()
        .post(
            "/groups",
            json!({"name": name, "path": path, "parent_id": parent}),
        )
        .await
}

async fn project(lab: &Lab, name: &str, path: &str) -> Answer {
    lab.root()
        .post("/projects", json!({"name": name, "path": path}))
        .await
}

/// What `POST /projects` says to a path.
async fn texts_for_path(lab: &Lab, path: &str) -> Value {
    let answer = project(lab, "Fine", path).await;
    assert_eq!(answer.status, 400, "{path}: {answer:?}");
    answer.body["message"]["path"].clone()
}

#[tokio::test]
async fn a_path_has_letters_digits_dots_dashes_and_underscores() {
    let lab = Lab::start().await;
    for path in ["abc", "A1", "1a", "a.b", "a-b", "a_b", "a.b-c_d"] {
        let made = group(&lab, path, path, None).await;
        assert_eq!((made.status, made.body["path"].as_str()), (201, Some(path)));
        let made = project(&lab, path, path).await;
        assert_eq!((made.status, made.body["path"].as_str()), (201, Some(path)));
    }
}

#[tokio::test]
async fn a_path_has_no_space_no_percent_sign_and_no_letter_beyond_ascii() {
    let lab = Lab::start().await;
    for path in ["a b", "a%b", "größe", "a/b", "日本"] {
        let refused = group(&lab, "Fine", path, None).await;
        let text = format!("Failed to save group {{:path=>[\"{GROUP_PATH}\", \"{STRICT_PATH}\"]}}");
        refused.is(400, json!({"message": text}));
        assert_eq!(
            texts_for_path(&lab, path).await,
            json!([PROJECT_PATH, STRICT_PATH]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_path_starts_and_ends_with_a_letter_or_a_digit() {
    let lab = Lab::start().await;
    for path in ["_ab", ".ab", "ab-", "ab_"] {
        let refused = group(&lab, "Fine", path, None).await;
        let text = format!("Failed to save group {{:path=>[\"{STRICT_PATH}\"]}}");
        refused.is(400, json!({"message": text}));
        assert_eq!(texts_for_path(&lab, path).await, json!([STRICT_PATH]), "{path}");
    }
    for path in ["-ab", "-"] {
        assert_eq!(
            texts_for_path(&lab, path).await,
            json!([PROJECT_PATH, STRICT_PATH]),
            "{path}"
        );
    }
    let text = format!("Failed to save group {{:path=>[\"{GROUP_PATH}\", \"{STRICT_PATH}\"]}}");
    for path in ["-ab", "ab."] {
        group(&lab, "Fine", path, None)
            .await
            .is(400, json!({"message": text}));
    }
}

#[tokio::test]
async fn a_path_has_no_two_special_characters_in_a_row() {
    let lab = Lab::start().await;
    for path in ["a--b", "a..b", "a__b", "a-_b"] {
        let refused = group(&lab, "Fine", path, None).await;
        let text = format!("Failed to save group {{:path=>[\"{STRICT_PATH}\"]}}");
        refused.is(400, json!({"message": text}));
        assert_eq!(texts_for_path(&lab, path).await, json!([STRICT_PATH]), "{path}");
    }
}

#[tokio::test]
async fn a_path_never_ends_in_git_or_atom() {
    let lab = Lab::start().await;
    for path in ["ab.git", "ab.atom"] {
        let refused = group(&lab, "Fine", path, None).await;
        assert_eq!(refused.status, 400, "{path}");
        assert!(
            refused.body["message"].as_str().unwrap().contains(GROUP_PATH),
            "{path}"
        );
        assert_eq!(texts_for_path(&lab, path).await[0], PROJECT_PATH, "{path}");
    }
    assert_eq!(project(&lab, "Fine", "ab.git.c").await.status, 201);
}

#[tokio::test]
async fn a_path_has_at_most_255_characters() {
    let lab = Lab::start().await;
    let (longest, longer) = ("a".repeat(255), "a".repeat(256));
    assert_eq!(group(&lab, "Fine", &longest, None).await.status, 201);
    assert_eq!(project(&lab, "Fine", &longest).await.status, 201);
    let text = "is too long (maximum is 255 characters)";
    group(&lab, "Other", &longer, None).await.is(
        400,
        json!({"message": format!("Failed to save group {{:path=>[\"{text}\"]}}")}),
    );
    assert_eq!(texts_for_path(&lab, &longer).await, json!([text]));
}

#[tokio::test]
async fn a_group_path_has_two_characters_and_a_project_path_one() {
    let lab = Lab::start().await;
    let text = "Failed to save group {:path=>[\"is too short (minimum is 2 characters)\"]}";
    group(&lab, "Fine", "x", None)
        .await
        .is(400, json!({"message": text}));
    assert_eq!(project(&lab, "Fine", "x").await.status, 201);
}

#[tokio::test]
async fn paths_are_compared_without_regard_to_case_and_kept_as_written() {
    let lab = Lab::start().await;
    assert_eq!(group(&lab, "Acme", "Acme", None).await.status, 201);
    let text = "Failed to save group {:path=>[\"has already been taken\"]}";
    group(&lab, "Other", "aCME", None)
        .await
        .is(400, json!({"message": text}));
    assert_eq!(project(&lab, "Site", "Site").await.status, 201);
    project(&lab, "Other", "sITE")
        .await
        .is(400, json!({"message": {"path": ["has already been taken"]}}));
    let shown = lab.root().get("/groups/acme").await;
    assert_eq!(shown.body["full_path"], "Acme");
}

#[tokio::test]
async fn one_path_may_be_taken_in_several_places() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let web = lab.group(Some(acme), "web", "private").await;
    assert_eq!(group(&lab, "Acme", "acme", Some(acme)).await.status, 201);
    assert_eq!(group(&lab, "Acme", "acme", Some(web)).await.status, 201);
    lab.project(web, "web", "private").await;
}

#[tokio::test]
async fn a_new_project_may_take_the_old_path_of_another_and_ends_its_redirect() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let first = lab.project(acme, "site", "private").await;
    let moved = lab
        .root()
        .put(&format!("/projects/{first}"), json!({"path": "page"}))
        .await;
    assert_eq!(moved.status, 200);
    assert_eq!(lab.root().get("/projects/acme%2Fsite").await.status, 301);
    let body = json!({"name": "Second", "path": "site", "namespace_id": acme});
    let second = lab.root().post("/projects", body).await;
    assert_eq!(second.status, 201);
    assert_eq!(
        lab.root().get("/projects/acme%2Fsite").await.body["id"],
        second.body["id"]
    );
}

#[tokio::test]
async fn a_new_group_may_take_the_old_path_of_another() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    let renamed = lab
        .root()
        .put(&format!("/groups/{acme}"), json!({"path": "acme-old"}))
        .await;
    assert_eq!(renamed.status, 200);
    let new = lab.group(None, "acme", "private").await;
    assert_eq!(lab.root().get("/groups/acme").await.body["id"], new);
}

const AT_TOP_LEVEL: &str = ".well-known 404.html 422.html 500.html 502.html 503.html admin api \
    apple-touch-icon.png assets dashboard deploy.html explore favicon.ico favicon.png files groups health_check \
    help import jwt login oauth profile projects public robots.txt s search sitemap sitemap.xml sitemap.xml.gz \
    slash-command-logo.png snippets unsubscribes uploads users v2";

#[tokio::test]
async fn a_word_reserved_at_top_level_is_refused_for_a_group_whatever_its_case() {
    let lab = Lab::start().await;
    for word in AT_TOP_LEVEL.split_whitespace() {
        for path in [word.to_owned(), word.to_uppercase()] {
            let refused = group(&lab, "Fine", &path, None).await;
            let text = refused.body["message"].as_str().unwrap_or_default();
            let expected = format!("{path} is a reserved name");
            assert!(refused.status == 400 && text.contains(&expected), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_word_reserved_at_top_level_is_fine_for_projects_and_subgroups() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for word in ["admin", "api", "groups", "help", "users", "v2", "public"] {
        assert_eq!(group(&lab, word, word, Some(acme)).await.status, 201, "{word}");
        assert_eq!(project(&lab, word, word).await.status, 201, "{word}");
    }
}

const BELOW_A_GROUP: &str = "badges blame blob builds commits create create_dir edit files find_file new preview \
    raw refs tree update wikis";

#[tokio::test]
async fn a_word_of_the_projects_own_pages_is_refused_for_projects_and_subgroups() {
    let lab = Lab::start().await;
    let acme = lab.group(None, "acme", "private").await;
    for word in BELOW_A_GROUP.split_whitespace() {
        let text = format!("{word} is a reserved name");
        assert_eq!(texts_for_path(&lab, word).await, json!([text]));
        group(&lab, "Fine", word, Some(acme)).await.is(
            400,
            json!({"message": format!("Failed to save group {{:path=>[\"{text}\"]}}")}),
        );
    }
    // At top level they mean nothing.
    assert_eq!(group(&lab, "Blob", "blob", None).await.status, 201);
}

#[tokio::test]
async fn a_group_name_has_letters_digits_emoji_dots_dashes_spaces_and_parentheses() {
    let lab = Lab::start().await;
    for (index, name) in ["Acme (EU)", "Größe 7", "🦊 den", "_x", "a.b-c – d", "日本"]
        .iter()
        .enumerate()
    {
        let made = group(&lab, name, &format!("group-{index}"), None).await;
        assert_eq!((made.status, made.body["name"].as_str()), (201, Some(*name)));
    }
    let text = "can contain only letters, digits, emoji, '_', '.', dash, space, parenthesis. It must start with \
                letter, digit, emoji or '_'.";
    for name in ["a+b", "-a", "(a)", "a/b", "a&b", " a"] {
        group(&lab, name, "fine", None).await.is(
            400,
            json!({"message": format!("Failed to save group {{:name=>[\"{text}\"]}}")}),
        );
    }
}

#[tokio::test]
async fn a_project_name_may_have_a_plus_and_no_parentheses() {
    let lab = Lab::start().await;
    for (index, name) in ["C++ site", "Größe 7", "🦊 den", "_x", "a.b-c"]
        .iter()
        .enumerate()
    {
        let made = project(&lab, name, &format!("project-{index}")).await;
        assert_eq!((made.status, made.body["name"].as_str()), (201, Some(*name)));
    }
    let text = "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a \
                letter, digit, emoji, or '_'.";
    for name in ["Acme (EU)", "+a", "-a", "a/b", "a&b"] {
        let refused = project(&lab, name, "fine").await;
        assert_eq!(
            (refused.status, &refused.body["message"]["name"]),
            (400, &json!([text])),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_name_has_at_most_255_characters() {
    let lab = Lab::start().await;
    let (longest, longer) = ("ä".repeat(255), "ä".repeat(256));
    assert_eq!(group(&lab, &longest, "longest", None).await.status, 201);
    assert_eq!(project(&lab, &longest, "longest").await.status, 201);
    let text = "is too long (maximum is 255 characters)";
    group(&lab, &longer, "longer", None).await.is(
        400,
        json!({"message": format!("Failed to save group {{:name=>[\"{text}\"]}}")}),
    );
    let refused = project(&lab, &longer, "longer").await;
    assert_eq!(
        (refused.status, &refused.body["message"]["name"]),
        (400, &json!([text]))
    );
}

#[tokio::test]
async fn a_description_has_at_most_500_characters_for_groups_and_2000_for_projects() {
    let lab = Lab::start().await;
    let describe = async |kind: &str, path: &str, length: usize| {
        let body = json!({"name": path, "path": path, "description": "ä".repeat(length)});
        lab.root().post(kind, body).await
    };
    assert_eq!(describe("/groups", "one", 500).await.status, 201);
    describe("/groups", "two", 501).await.is(
        400,
        json!({"message": "Failed to save group {:description=>[\"is too long (maximum is 500 characters)\"]}"}),
    );
    assert_eq!(describe("/projects", "one", 2_000).await.status, 201);
    describe("/projects", "two", 2_001).await.is(
        400,
        json!({"message": {"description": ["is too long (maximum is 2000 characters)"]}}),
    );
}

#[tokio::test]
async fn a_project_without_a_path_gets_its_name_or_what_remains_of_it() {
    let lab = Lab::start().await;
    for (name, path) in [
        ("Ledger", "Ledger"),
        ("My  C++ Site", "my-c-site"),
        ("ledger-2", "ledger-2"),
    ] {
        let made = lab.root().post("/projects", json!({"name": name})).await;
        assert_eq!(
            (made.status, made.body["path"].as_str()),
            (201, Some(path)),
            "{name}: {made:?}"
        );
    }
}

#[tokio::test]
async fn a_group_needs_both_a_name_and_a_path() {
    let lab = Lab::start().await;
    let refused = async |body| lab.root().post("/groups", body).await;
    refused(json!({"name": "Acme"}))
        .await
        .is(400, json!({"error": "path is missing"}));
    refused(json!({"path": "acme"}))
        .await
        .is(400, json!({"error": "name is missing"}));
}
