use gitlab_client::{GitlabError, Token, TokenFacts};

use crate::World;
use crate::loopback::{Loopback, answer, json};

#[tokio::test]
async fn a_token_that_gitlab_does_not_know_is_unauthorized() {
    let server = Loopback::always(answer(
        "401 Unauthorized",
        &[],
        r#"{"message":"401 Unauthorized"}"#,
    ))
    .await;
    let gitlab = World::new().session(&server);
    let error = gitlab.current_user().await.unwrap_err();
    assert!(matches!(error, GitlabError::Unauthorized(_)), "{error}");
    assert_eq!(server.requests(), ["GET /api/v4/user"]);
}

#[tokio::test]
async fn the_owner_the_scopes_and_the_version_are_read() {
    let server = Loopback::serve(|seen, _| {
        json(match seen.target.as_str() {
            "/api/v4/user" => r#"{"id":7,"username":"dev-0007","name":"Dev","is_admin":true}"#,
            "/api/v4/personal_access_tokens/self" => {
                r#"{"id":1,"scopes":["api"],"user_id":7,"active":true,"expires_at":"2027-01-31"}"#
            }
            _ => r#"{"version":"18.9.1-ee","enterprise":true}"#,
        })
    })
    .await;
    let gitlab = World::new().session(&server);
    let user = gitlab.current_user().await.unwrap();
    assert_eq!((user.id, user.is_admin), (7, true));
    let TokenFacts::Known(token) = gitlab.token_self().await.unwrap() else {
        panic!("a personal token tells about itself");
    };
    assert_eq!(
        (token.scopes, token.expires_at.as_deref()),
        (vec!["api".to_owned()], Some("2027-01-31"))
    );
    assert_eq!(gitlab.version().await.unwrap().version, "18.9.1-ee");
}

#[tokio::test]
async fn a_token_that_cannot_tell_about_itself_is_no_error() {
    let refusal =
        r#"{"message":"400 Bad request - This endpoint requires token type to be a personal access token"}"#;
    let server = Loopback::always(answer("400 Bad Request", &[], refusal)).await;
    let world = World::new();
    assert_eq!(
        world.session(&server).token_self().await.unwrap(),
        TokenFacts::Untold
    );
    let oauth = Token::oauth("oauth-token").unwrap();
    let signed_in = world.client.session(&server.instance(), None, oauth).unwrap();
    assert_eq!(signed_in.token_self().await.unwrap(), TokenFacts::Untold);
    assert_eq!(server.seen().len(), 1, "an OAuth token is not asked about");
}
