use gitlab_api::ErrorBody;
use gitlab_api::resources::{
    CurrentUser, Group, Member, Namespace, PersonalAccessToken, Project, User, Version,
};

/// What GitLab answers: resources, lists of them, and errors in all their shapes.
pub(crate) fn run(data: &[u8]) {
    let error = ErrorBody::parse(data);
    assert!(error.sentence.chars().count() <= 501, "a sentence of any length");
    assert!(
        !error.sentence.contains(['\n', '\r']),
        "two lines: {:?}",
        error.sentence
    );
    let _ = error.complains_about("path");

    let _ = serde_json::from_slice::<Group>(data);
    let _ = serde_json::from_slice::<Project>(data);
    let _ = serde_json::from_slice::<Vec<Project>>(data);
    let _ = serde_json::from_slice::<Member>(data);
    let _ = serde_json::from_slice::<Namespace>(data);
    let _ = serde_json::from_slice::<User>(data);
    let _ = serde_json::from_slice::<CurrentUser>(data);
    let _ = serde_json::from_slice::<PersonalAccessToken>(data);
    let _ = serde_json::from_slice::<Version>(data);
}
