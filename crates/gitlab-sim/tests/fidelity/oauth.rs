//! GitLab as an OAuth 2 provider (§1.6).

use std::sync::Arc;
use std::time::Duration;

use form_urlencoded::Serializer;
use gitlab_sim::Options;
use hyper::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Lab};
use crate::clock::HandClock;
use crate::examples::same_shape;

/// The documented verifier and its challenge.
const VERIFIER: &str = "ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf";
const CHALLENGE: &str = "2i0WFA-0AerkjQm4X4oDEhqA17QIAKNjXpagHBXmO_U";

const CALLBACK: &str = "http://127.0.0.1:4711/callback";
const FORM: &str = "application/x-www-form-urlencoded";

/// Someone at a browser that keeps its cookie and follows nothing by itself.
struct Browser<'a> {
    lab: &'a Lab,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(lab: &'a Lab) -> Self {
        Self { lab, cookie: None }
    }

    async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let mut actor = self.lab.anonymous();
        if let Some(cookie) = &self.cookie {
            actor = actor.with_header("Cookie", cookie);
        }
        let answer = actor.send(method, path, FORM, body).await.unwrap();
        if let Some(set) = answer.header("set-cookie") {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        answer
    }

    async fn open(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    /// Sends the form of a page that has these fields filled in.
    async fn submit(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let hidden = hidden_fields(&page.text);
        let body = Serializer::new(String::new())
            .extend_pairs(hidden)
            .extend_pairs(fields)
            .finish();
        self.send(Method::POST, path, body).await
    }

    async fn sign_in(&mut self, username: &str) -> Answer {
        let page = self.open("/users/sign_in").await;
        let password = format!("sim-password-{username}");
        let fields = [("user[login]", username), ("user[password]", &password)];
        self.submit(&page, "/users/sign_in", &fields).await
    }

    /// Signs in, lets the application in and comes back with the address the browser was sent to.
    async fn authorize(&mut self, question: &str) -> String {
        self.sign_in("dev-0001").await;
        let page = self.open(question).await;
        assert_eq!(page.status, 200, "{page:?}");
        let answer = self.submit(&page, "/oauth/authorize", &[]).await;
        assert_eq!(answer.status, 302, "{answer:?}");
        answer.header("location").unwrap().to_owned()
    }
}

/// The hidden fields of a page's first form.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form").nth(1).unwrap_or_default();
    let form = form.split("</form>").next().unwrap();
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next()?.replace("&amp;", "&"))
    };
    form.split("<input")
        .skip(1)
        .filter(|tag| tag.contains("type=\"hidden\""))
        .filter_map(|tag| Some((value(tag, " name")?, value(tag, " value")?)))
        .collect()
}

/// One pair out of an address.
fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// The question of the seeded client, with these parameters more or instead.
fn question(more: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("client_id", "gitlab-sim-client"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "api"),
        ("state", "tide & ebb"),
    ];
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    pairs.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/oauth/authorize?{query}")
}

fn challenged() -> String {
    question(&[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")])
}

async fn post(lab: &Lab, path: &str, body: Value) -> Answer {
    let actor = lab.anonymous();
    actor
        .send(Method::POST, path, "application/json", body.to_string())
        .await
        .unwrap()
}

async fn exchange(lab: &Lab, code: &str, verifier: Option<&str>) -> Answer {
    let mut body = json!({"grant_type": "authorization_code", "client_id": "gitlab-sim-client", "code": code,
        "redirect_uri": CALLBACK});
    if let Some(verifier) = verifier {
        body["code_verifier"] = json!(verifier);
    }
    post(lab, "/oauth/token", body).await
}

/// The answer with the first pair of tokens of `dev-0001`.
async fn tokens(lab: &Lab) -> Value {
    let back = Browser::new(lab).authorize(&challenged()).await;
    let code = parameter(&back, "code").unwrap();
    let answer = exchange(lab, &code, Some(VERIFIER)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn refresh(lab: &Lab, token: &Value) -> Answer {
    let body =
        json!({"grant_type": "refresh_token", "refresh_token": token, "client_id": "gitlab-sim-client"});
    post(lab, "/oauth/token", body).await
}

fn invalid_grant() -> Value {
    json!({"error": "invalid_grant", "error_description": "The provided authorization grant is invalid, expired, \
        revoked, does not match the redirection URI used in the authorization request, or was issued to another \
        client."})
}

fn invalid_client() -> Value {
    json!({"error": "invalid_client", "error_description": "Client authentication failed due to unknown client, no \
        client authentication included, or unsupported authentication method."})
}

fn lab_with_clock() -> (Options, Arc<HandClock>) {
    let clock = HandClock::new();
    (Options::empty().users(2).clock(clock.clone()), clock)
}

#[tokio::test]
async fn a_code_is_exchanged_for_tokens_that_act_as_the_user() {
    let lab = Lab::start().await;
    let back = Browser::new(&lab).authorize(&challenged()).await;
    assert!(back.starts_with("http://127.0.0.1:4711/callback?code="), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("tide & ebb"));
    let answer = exchange(&lab, &parameter(&back, "code").unwrap(), Some(VERIFIER)).await;
    assert_eq!(answer.status, 200);
    same_shape(&answer, "oauth_token");
    assert_eq!(answer.body["expires_in"], 7200);
    assert_eq!(answer.body["scope"], "api");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let bearer = format!("Bearer {}", answer.body["access_token"].as_str().unwrap());
    let user = lab
        .anonymous()
        .with_header("Authorization", &bearer)
        .get("/user")
        .await;
    assert_eq!(user.body["username"], "dev-0001");
}

#[tokio::test]
async fn whoever_has_not_signed_in_does_so_first_and_comes_back() {
    let lab = Lab::start().await;
    let mut browser = Browser::new(&lab);
    let answer = browser.open(&challenged()).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").unwrap().ends_with("/users/sign_in"));
    let answer = browser.sign_in("dev-0001").await;
    assert_eq!(answer.status, 302);
    let target = answer.header("location").unwrap().to_owned();
    assert!(target.ends_with(&challenged()), "{target}");
}

#[tokio::test]
async fn a_wrong_password_or_a_form_of_another_site_signs_nobody_in() {
    let lab = Lab::start().await;
    let mut browser = Browser::new(&lab);
    let page = browser.open("/users/sign_in").await;
    let fields = [("user[login]", "dev-0001"), ("user[password]", "guess")];
    let answer = browser.submit(&page, "/users/sign_in", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Invalid login or password."));
    let forged = "user%5Blogin%5D=dev-0001&user%5Bpassword%5D=sim-password-dev-0001";
    let answer = browser
        .send(Method::POST, "/users/sign_in", forged.to_owned())
        .await;
    assert_eq!(answer.status, 422);
    assert_eq!(browser.open(&challenged()).await.status, 302);
    // Signing in gives the browser another cookie: nobody who knew the old one is signed in.
    let before = browser.cookie.clone();
    assert_eq!(browser.sign_in("dev-0001").await.status, 302);
    assert_ne!(browser.cookie, before);
}

#[tokio::test]
async fn a_blocked_user_does_not_sign_in() {
    let lab = Lab::start().await;
    lab.root().post("/users/2/block", json!(null)).await;
    let answer = Browser::new(&lab).sign_in("dev-0001").await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Your account has been blocked."));
}

#[tokio::test]
async fn the_person_is_told_who_wants_what_and_may_say_no() {
    let lab = Lab::start().await;
    let mut browser = Browser::new(&lab);
    browser.sign_in("dev-0001").await;
    let page = browser.open(&challenged()).await;
    for told in ["Seeded client", "<li>api</li>", "@dev-0001", CALLBACK] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let answer = browser
        .submit(&page, "/oauth/authorize", &[("_method", "delete")])
        .await;
    assert_eq!(answer.status, 302);
    let back = answer.header("location").unwrap();
    assert_eq!(parameter(back, "error").as_deref(), Some("access_denied"));
    assert_eq!(
        parameter(back, "error_description").as_deref(),
        Some("The resource owner or authorization server denied the request.")
    );
    assert_eq!(parameter(back, "state").as_deref(), Some("tide & ebb"));
}

#[tokio::test]
async fn an_unknown_client_or_address_is_told_to_the_person_only() {
    let lab = Lab::start().await;
    let mut browser = Browser::new(&lab);
    browser.sign_in("dev-0001").await;
    let answer = browser.open(&question(&[("client_id", "nobody")])).await;
    assert_eq!((answer.status, answer.header("location")), (401, None));
    let answer = browser
        .open(&question(&[("redirect_uri", "https://evil.example/")]))
        .await;
    assert_eq!((answer.status, answer.header("location")), (400, None));
    assert!(answer.text.contains("The redirect URI included is not valid."));
}

#[tokio::test]
async fn anything_else_that_is_wrong_is_told_to_the_client() {
    let lab = Lab::start().await;
    let mut browser = Browser::new(&lab);
    browser.sign_in("dev-0001").await;
    for (wrong, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("scope", "sudo"), "invalid_scope"),
        (("code_challenge", "x"), "invalid_code_challenge_method"),
    ] {
        let answer = browser.open(&question(&[wrong])).await;
        assert_eq!(answer.status, 302, "{wrong:?}");
        let back = answer.header("location").unwrap();
        assert!(back.starts_with(CALLBACK), "{back}");
        assert_eq!(parameter(back, "error").as_deref(), Some(error));
        assert_eq!(parameter(back, "state").as_deref(), Some("tide & ebb"));
    }
}

#[tokio::test]
async fn a_challenge_wants_its_verifier_hashed_or_plain() {
    let lab = Lab::start().await;
    let code = async |question: &str| {
        let back = Browser::new(&lab).authorize(question).await;
        parameter(&back, "code").unwrap()
    };
    let hashed = code(&challenged()).await;
    exchange(&lab, &hashed, None).await.is(
        400,
        json!({"error": "invalid_request", "error_description": "Missing required parameter: code_verifier."}),
    );
    exchange(&lab, &hashed, Some("wrong"))
        .await
        .is(400, invalid_grant());
    assert_eq!(exchange(&lab, &hashed, Some(VERIFIER)).await.status, 200);
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    let plain = code(&question(&plain)).await;
    assert_eq!(exchange(&lab, &plain, Some(VERIFIER)).await.status, 200);
    let none = code(&question(&[])).await;
    exchange(&lab, &none, Some(VERIFIER))
        .await
        .is(400, invalid_grant());
    assert_eq!(exchange(&lab, &none, None).await.status, 200);
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_its_address() {
    let (options, clock) = lab_with_clock();
    let lab = Lab::with(options).await;
    let back = Browser::new(&lab).authorize(&question(&[])).await;
    let code = parameter(&back, "code").unwrap();
    let elsewhere = json!({"grant_type": "authorization_code", "client_id": "gitlab-sim-client", "code": code,
        "redirect_uri": "http://127.0.0.1:4712/callback"});
    post(&lab, "/oauth/token", elsewhere)
        .await
        .is(400, invalid_grant());
    assert_eq!(exchange(&lab, &code, None).await.status, 200);
    exchange(&lab, &code, None).await.is(400, invalid_grant());
    let back = Browser::new(&lab).authorize(&question(&[])).await;
    clock.advance(Duration::from_mins(10));
    let code = parameter(&back, "code").unwrap();
    exchange(&lab, &code, None).await.is(400, invalid_grant());
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_ends_the_old_one() {
    let lab = Lab::start().await;
    let old = tokens(&lab).await;
    let answer = refresh(&lab, &old["refresh_token"]).await;
    assert_eq!(answer.status, 200);
    assert_ne!(answer.body["access_token"], old["access_token"]);
    assert_ne!(answer.body["refresh_token"], old["refresh_token"]);
    let get = async |token: &Value| {
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        let actor = lab.anonymous().with_header("Authorization", &bearer);
        actor.get("/user").await
    };
    get(&old["access_token"]).await.is(
        401,
        json!({"error": "invalid_token", "error_description":
            "Token was revoked. You have to re-authorize from the user."}),
    );
    assert_eq!(get(&answer.body["access_token"]).await.status, 200);
    // The second of two who refresh with the same token loses, and the new pair stays good.
    refresh(&lab, &old["refresh_token"])
        .await
        .is(400, invalid_grant());
    assert_eq!(get(&answer.body["access_token"]).await.status, 200);
}

#[tokio::test]
async fn an_access_token_ends_after_two_hours_and_is_refreshed_even_then() {
    let (options, clock) = lab_with_clock();
    let lab = Lab::with(options).await;
    let pair = tokens(&lab).await;
    let bearer = format!("Bearer {}", pair["access_token"].as_str().unwrap());
    clock.advance(Duration::from_mins(119));
    let actor = lab.anonymous().with_header("Authorization", &bearer);
    assert_eq!(actor.get("/user").await.status, 200);
    clock.advance(Duration::from_mins(1));
    let text = "Token is expired. You can either do re-authorization or token refresh.";
    actor
        .get("/user")
        .await
        .is(401, json!({"error": "invalid_token", "error_description": text}));
    assert_eq!(refresh(&lab, &pair["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn a_refresh_narrows_scopes_and_never_widens_them() {
    let lab = Lab::start().await;
    let question = question(&[("scope", "read_user openid")]);
    let back = Browser::new(&lab).authorize(&question).await;
    let pair = exchange(&lab, &parameter(&back, "code").unwrap(), None)
        .await
        .body;
    let body = |scope: &str| {
        json!({"grant_type": "refresh_token", "refresh_token": pair["refresh_token"],
            "client_id": "gitlab-sim-client", "scope": scope})
    };
    post(&lab, "/oauth/token", body("api")).await.is(
        400,
        json!({"error": "invalid_scope",
            "error_description": "The requested scope is invalid, unknown, or malformed."}),
    );
    let answer = post(&lab, "/oauth/token", body("read_user")).await;
    assert_eq!(answer.body["scope"], "read_user");
}

#[tokio::test]
async fn a_confidential_client_sends_its_secret_and_a_public_one_need_not() {
    let lab = Lab::start().await;
    let new = json!({"name": "Harbour", "redirect_uri": CALLBACK, "scopes": "api"});
    let client = lab.root().post("/applications", new).await.body;
    let uid = client["application_id"].as_str().unwrap();
    let back = Browser::new(&lab)
        .authorize(&question(&[("client_id", uid)]))
        .await;
    let mut body = json!({"grant_type": "authorization_code", "client_id": uid, "redirect_uri": CALLBACK,
        "code": parameter(&back, "code")});
    let answer = post(&lab, "/oauth/token", body.clone()).await;
    answer.is(401, invalid_client());
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .contains("invalid_client")
    );
    body["client_secret"] = json!("gloas-wrong");
    post(&lab, "/oauth/token", body.clone())
        .await
        .is(401, invalid_client());
    body["client_secret"] = client["secret"].clone();
    assert_eq!(post(&lab, "/oauth/token", body).await.status, 200);
    let unknown = json!({"grant_type": "authorization_code", "client_id": "nobody", "code": "x",
        "redirect_uri": CALLBACK});
    post(&lab, "/oauth/token", unknown)
        .await
        .is(401, invalid_client());
}

#[tokio::test]
async fn a_client_may_send_its_secret_as_basic_authorization() {
    use base64::Engine;
    let lab = Lab::start().await;
    let back = Browser::new(&lab).authorize(&question(&[])).await;
    let basic = base64::engine::general_purpose::STANDARD.encode("gitlab-sim-client:gloas-sim-client");
    let actor = lab
        .anonymous()
        .with_header("Authorization", &format!("Basic {basic}"));
    let body = format!(
        "grant_type=authorization_code&code={}&redirect_uri={CALLBACK}",
        parameter(&back, "code").unwrap()
    );
    let answer = actor
        .send(Method::POST, "/oauth/token", FORM, body)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn only_a_client_that_keeps_its_secret_is_let_in_again_unasked() {
    let lab = Lab::start().await;
    let new = json!({"name": "Harbour", "redirect_uri": CALLBACK, "scopes": "api read_user"});
    let client = lab.root().post("/applications", new).await.body;
    let uid = client["application_id"].as_str().unwrap();
    let mut browser = Browser::new(&lab);
    let asked = question(&[("client_id", uid)]);
    let back = browser.authorize(&asked).await;
    let body = json!({"grant_type": "authorization_code", "client_id": uid, "client_secret": client["secret"],
        "redirect_uri": CALLBACK, "code": parameter(&back, "code")});
    assert_eq!(post(&lab, "/oauth/token", body).await.status, 200);
    assert_eq!(browser.open(&asked).await.status, 302);
    // For more than that, the person is asked.
    let more = question(&[("client_id", uid), ("scope", "api read_user")]);
    assert_eq!(browser.open(&more).await.status, 200);
    tokens(&lab).await;
    assert_eq!(browser.open(&challenged()).await.status, 200);
}

#[tokio::test]
async fn other_grants_are_not_supported() {
    let lab = Lab::start().await;
    for kind in ["password", "client_credentials", "implicit"] {
        let body = json!({"grant_type": kind, "client_id": "gitlab-sim-client", "username": "root",
            "password": "sim-password-root"});
        post(&lab, "/oauth/token", body).await.is(
            400,
            json!({"error": "unsupported_grant_type", "error_description":
                "The authorization grant type is not supported by the authorization server."}),
        );
    }
    post(&lab, "/oauth/token", json!({})).await.is(
        400,
        json!({"error": "invalid_request", "error_description": "Missing required parameter: grant_type."}),
    );
}

#[tokio::test]
async fn a_token_tells_about_itself_until_it_is_revoked() {
    let lab = Lab::start().await;
    let pair = tokens(&lab).await;
    let info = async || {
        let bearer = format!("Bearer {}", pair["access_token"].as_str().unwrap());
        let actor = lab.anonymous().with_header("Authorization", &bearer);
        actor
            .send(Method::GET, "/oauth/token/info", FORM, String::new())
            .await
            .unwrap()
    };
    let answer = info().await;
    assert_eq!(answer.status, 200);
    same_shape(&answer, "oauth_token_info");
    assert_eq!(answer.body["resource_owner_id"], 2);
    assert_eq!(answer.body["scope"], json!(["api"]));
    assert_eq!(answer.body["application"]["uid"], "gitlab-sim-client");
    let gone = json!({"client_id": "gitlab-sim-client", "token": pair["access_token"]});
    post(&lab, "/oauth/revoke", gone.clone()).await.is(200, json!({}));
    post(&lab, "/oauth/revoke", gone).await.is(200, json!({}));
    assert_eq!(info().await.status, 401);
    assert_eq!(info().await.body["error"], "invalid_token");
    refresh(&lab, &pair["refresh_token"])
        .await
        .is(400, invalid_grant());
}

#[tokio::test]
async fn a_token_is_revoked_by_the_client_it_was_given_to() {
    let lab = Lab::start().await;
    let pair = tokens(&lab).await;
    let new = json!({"name": "Harbour", "redirect_uri": CALLBACK, "scopes": "api"});
    let other = lab.root().post("/applications", new).await.body;
    let body = json!({"client_id": other["application_id"], "client_secret": other["secret"],
        "token": pair["access_token"]});
    post(&lab, "/oauth/revoke", body).await.is(
        403,
        json!({"error": "unauthorized_client",
            "error_description": "You are not authorized to revoke this token"}),
    );
    post(&lab, "/oauth/revoke", json!({"token": "unknown"}))
        .await
        .is(200, json!({}));
}

#[tokio::test]
async fn an_oauth_token_is_no_personal_access_token() {
    let lab = Lab::start().await;
    let pair = tokens(&lab).await;
    let bearer = format!("Bearer {}", pair["access_token"].as_str().unwrap());
    let actor = lab.anonymous().with_header("Authorization", &bearer);
    let text = "400 Bad request - This endpoint requires token type to be a personal access token";
    actor
        .get("/personal_access_tokens/self")
        .await
        .is(400, json!({"message": text}));
    assert_eq!(
        actor.get("/personal_access_tokens").await.column("name"),
        ["seeded"]
    );
}

#[tokio::test]
async fn scopes_of_an_oauth_token_hold_as_those_of_any_other() {
    let lab = Lab::start().await;
    let question = question(&[("scope", "read_user")]);
    let back = Browser::new(&lab).authorize(&question).await;
    let pair = exchange(&lab, &parameter(&back, "code").unwrap(), None)
        .await
        .body;
    let bearer = format!("Bearer {}", pair["access_token"].as_str().unwrap());
    let actor = lab.anonymous().with_header("Authorization", &bearer);
    assert_eq!(actor.get("/user").await.status, 200);
    let answer = actor.get("/groups").await;
    assert_eq!(
        (answer.status, answer.body["error"].as_str()),
        (403, Some("insufficient_scope"))
    );
}

#[tokio::test]
async fn openid_tells_where_everything_is_and_who_someone_is() {
    let lab = Lab::start().await;
    lab.group(None, "acme", "private").await;
    lab.member("groups/acme", 1, 30).await;
    let configuration = lab
        .anonymous()
        .send(
            Method::GET,
            "/.well-known/openid-configuration",
            FORM,
            String::new(),
        )
        .await
        .unwrap();
    assert_eq!(configuration.body["issuer"], lab.gitlab.url());
    let endpoint = configuration.body["token_endpoint"].as_str().unwrap();
    assert!(endpoint.ends_with("/oauth/token"));
    let userinfo = async |scope: &str| {
        let back = Browser::new(&lab).authorize(&question(&[("scope", scope)])).await;
        let pair = exchange(&lab, &parameter(&back, "code").unwrap(), None)
            .await
            .body;
        let bearer = format!("Bearer {}", pair["access_token"].as_str().unwrap());
        let actor = lab.anonymous().with_header("Authorization", &bearer);
        actor
            .send(Method::GET, "/oauth/userinfo", FORM, String::new())
            .await
            .unwrap()
    };
    let full = userinfo("openid email").await.body;
    assert_eq!(
        (&full["sub"], &full["nickname"]),
        (&json!("2"), &json!("dev-0001"))
    );
    assert_eq!(full["email"], "dev-0001@example.com");
    assert_eq!(full["groups"], json!(["acme"]));
    assert_eq!(userinfo("openid").await.body.get("email"), None);
    assert_eq!(userinfo("api").await.status, 403);
}

#[tokio::test]
async fn a_device_waits_until_someone_lets_it_in() {
    let (options, clock) = lab_with_clock();
    let lab = Lab::with(options).await;
    let body = json!({"client_id": "gitlab-sim-client", "scope": "api"});
    let begun = post(&lab, "/oauth/authorize_device", body).await;
    assert_eq!(begun.status, 200);
    same_shape(&begun, "oauth_device");
    assert_eq!(
        (&begun.body["expires_in"], &begun.body["interval"]),
        (&json!(300), &json!(5))
    );
    let poll = async || {
        let kind = "urn:ietf:params:oauth:grant-type:device_code";
        let body = json!({"grant_type": kind, "client_id": "gitlab-sim-client",
            "device_code": begun.body["device_code"]});
        post(&lab, "/oauth/token", body).await
    };
    assert_eq!(poll().await.body["error"], "authorization_pending");
    assert_eq!(poll().await.body["error"], "slow_down");
    clock.advance(Duration::from_secs(5));
    assert_eq!(poll().await.body["error"], "authorization_pending");
    let mut browser = Browser::new(&lab);
    browser.sign_in("dev-0001").await;
    let code = begun.body["user_code"].as_str().unwrap();
    let page = browser.open(&format!("/oauth/device?user_code={code}")).await;
    assert!(page.text.contains("Seeded client"));
    let answer = browser.submit(&page, "/oauth/device", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(poll().await.status, 200);
    poll().await.is(400, invalid_grant());
}

#[tokio::test]
async fn a_device_may_be_denied_and_does_not_wait_for_ever() {
    let (options, clock) = lab_with_clock();
    let lab = Lab::with(options).await;
    let begin = async || {
        post(
            &lab,
            "/oauth/authorize_device",
            json!({"client_id": "gitlab-sim-client"}),
        )
        .await
        .body
    };
    let poll = async |begun: &Value| {
        let kind = "urn:ietf:params:oauth:grant-type:device_code";
        let body = json!({"grant_type": kind, "client_id": "gitlab-sim-client",
            "device_code": begun["device_code"]});
        post(&lab, "/oauth/token", body).await.body["error"].clone()
    };
    let denied = begin().await;
    let mut browser = Browser::new(&lab);
    browser.sign_in("dev-0001").await;
    let code = denied["user_code"].as_str().unwrap();
    let page = browser.open(&format!("/oauth/device?user_code={code}")).await;
    browser
        .submit(&page, "/oauth/device", &[("_method", "delete")])
        .await;
    assert_eq!(poll(&denied).await, "access_denied");
    let late = begin().await;
    clock.advance(Duration::from_mins(5));
    assert_eq!(poll(&late).await, "expired_token");
}

#[tokio::test]
async fn an_administrator_keeps_the_list_of_applications() {
    let lab = Lab::start().await;
    let root = lab.root();
    let new = json!({"name": "Harbour", "redirect_uri": CALLBACK, "scopes": "api read_user", "confidential": false});
    lab.dev(1)
        .post("/applications", new.clone())
        .await
        .is(403, json!({"message": "403 Forbidden"}));
    let made = root.post("/applications", new).await;
    assert_eq!(made.status, 201);
    same_shape(&made, "application_created");
    assert!(made.body["secret"].as_str().unwrap().starts_with("gloas-"));
    let list = root.get("/applications").await;
    same_shape(&list, "application");
    assert_eq!(list.column("application_name"), ["Seeded client", "Harbour"]);
    let path = format!("/applications/{}", made.body["id"]);
    let renewed = root.post(&format!("{path}/renew-secret"), json!(null)).await;
    assert_ne!(renewed.body["secret"], made.body["secret"]);
    assert_eq!(root.delete(&path, json!(null)).await.status, 204);
    root.delete(&path, json!(null))
        .await
        .is(404, json!({"message": "404 Application Not Found"}));
}

#[tokio::test]
async fn an_application_without_a_good_address_and_scope_is_refused() {
    let lab = Lab::start().await;
    let new = |address: &str, scopes: &str| json!({"name": "n", "redirect_uri": address, "scopes": scopes});
    let root = lab.root();
    root.post("/applications", new(CALLBACK, "everything")).await.is(
        400,
        json!({"message": {"scopes": ["doesn't match configured on the server."]}}),
    );
    root.post("/applications", new("nowhere", "api")).await.is(
        400,
        json!({"message": {"redirect_uri": ["must be an absolute URI."]}}),
    );
    root.post("/applications", new("https://a.example/#x", "api"))
        .await
        .is(
            400,
            json!({"message": {"redirect_uri": ["cannot contain a fragment."]}}),
        );
    root.post("/applications", json!({"name": "n"})).await.is(
        400,
        json!({"error": "redirect_uri is missing, scopes is missing"}),
    );
}

#[tokio::test]
async fn a_removed_application_and_a_removed_user_take_their_tokens_along() {
    let lab = Lab::start().await;
    let first = tokens(&lab).await;
    lab.root().delete("/users/2", json!(null)).await;
    refresh(&lab, &first["refresh_token"])
        .await
        .is(400, invalid_grant());
    lab.root().delete("/applications/1", json!(null)).await;
    refresh(&lab, &first["refresh_token"])
        .await
        .is(400, invalid_grant());
}

#[tokio::test]
async fn nothing_of_a_sign_in_stands_in_the_journal() {
    let lab = Lab::start().await;
    let pair = tokens(&lab).await;
    let journal = format!("{:?} {:?}", lab.gitlab.journal(0), lab.gitlab.stats());
    for secret in [
        pair["access_token"].as_str().unwrap(),
        pair["refresh_token"].as_str().unwrap(),
        "sim-password",
        "code=",
        VERIFIER,
    ] {
        assert!(!journal.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn tokens_codes_and_browsers_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = || Options::empty().users(2).state_file(&file);
    let lab = Lab::with(options()).await;
    let pair = tokens(&lab).await;
    let back = Browser::new(&lab).authorize(&challenged()).await;
    let mut browser = Browser::new(&lab);
    browser.sign_in("dev-0001").await;
    let cookie = browser.cookie.clone();
    lab.gitlab.stop().await;

    let lab = Lab::with(options()).await;
    assert_eq!(refresh(&lab, &pair["refresh_token"]).await.status, 200);
    let code = parameter(&back, "code").unwrap();
    assert_eq!(exchange(&lab, &code, Some(VERIFIER)).await.status, 200);
    let mut browser = Browser { lab: &lab, cookie };
    assert_eq!(browser.open(&challenged()).await.status, 200);
}
