//! "Sign in with GitLab", at the simulator's own pages.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Clock, JobEvent};
use form_urlencoded::Serializer;
use gitlab_sim::Fault;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::OAuthClient;
use storage::{Grants, Jobs};

use crate::front::Front;
use crate::log;
use crate::world::{Answer, Person, World};

const CALLBACK: &str = "/api/auth/oauth/callback";

/// A browser: keeps the cookies of each server, follows nothing by itself.
struct Browser {
    http: reqwest::Client,
    gitlab: Vec<String>,
    ours: Vec<String>,
}

impl Browser {
    fn new() -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            http,
            gitlab: Vec::new(),
            ours: Vec::new(),
        }
    }

    async fn send(&mut self, world: &World, method: Method, url: &str, form: Option<String>) -> Response {
        let is_gitlab = url.starts_with(world.sim.url());
        let jar = if is_gitlab {
            &mut self.gitlab
        } else {
            &mut self.ours
        };
        let mut request = self.http.request(method, url).header(COOKIE, jar.join("; "));
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header("content-type", kind).body(form);
        }
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
            let name = pair.split('=').next().unwrap().to_owned();
            jar.retain(|known| known.split('=').next() != Some(&name));
            if !pair.ends_with('=') {
                jar.push(pair);
            }
        }
        answer
    }

    /// Sends the first form of a page, with these fields filled in.
    async fn submit(&mut self, world: &World, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let form = page
            .split("<form")
            .nth(1)
            .unwrap()
            .split("</form>")
            .next()
            .unwrap();
        let value = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            Some(rest.split('"').next()?.replace("&amp;", "&"))
        };
        let hidden = form
            .split("<input")
            .skip(1)
            .filter(|tag| tag.contains("type=\"hidden\""))
            .filter_map(|tag| Some((value(tag, " name")?, value(tag, " value")?)));
        let body = Serializer::new(String::new())
            .extend_pairs(hidden)
            .extend_pairs(fields)
            .finish();
        let url = format!("{}{path}", world.sim.url());
        self.send(world, Method::POST, &url, Some(body)).await
    }

    /// Begins to sign in; returns GitLab's page that is to be asked.
    async fn begin(&mut self, world: &World, path: &str) -> String {
        let url = format!("{}{path}", world.server.url);
        let answer = self.send(world, Method::GET, &url, None).await;
        assert_eq!(answer.status(), 302);
        location(answer.headers())
    }

    /// Signs in at GitLab and says yes; returns where GitLab sends the browser.
    async fn agree(&mut self, world: &World, username: &str, question: &str) -> String {
        let url = format!("{}/users/sign_in", world.sim.url());
        let page = self
            .send(world, Method::GET, &url, None)
            .await
            .text()
            .await
            .unwrap();
        let password = format!("sim-password-{username}");
        let fields = [("user[login]", username), ("user[password]", &password)];
        self.submit(world, &page, "/users/sign_in", &fields).await;
        let page = self
            .send(world, Method::GET, question, None)
            .await
            .text()
            .await
            .unwrap();
        let answer = self.submit(world, &page, "/oauth/authorize", &[]).await;
        location(answer.headers())
    }

    async fn open(&mut self, world: &World, url: &str) -> Response {
        self.send(world, Method::GET, url, None).await
    }

    /// Whoever has this browser's session.
    fn person(&self, world: &World) -> Person {
        let session = self
            .ours
            .iter()
            .find_map(|pair| pair.strip_prefix("gitlab_bulk_session="));
        Person {
            cookie: Some(session.unwrap().to_owned()),
            ..world.stranger()
        }
    }
}

fn location(headers: &HeaderMap) -> String {
    headers[LOCATION].to_str().unwrap().to_owned()
}

/// Somebody who has signed in with GitLab.
pub(crate) async fn signed_in(world: &World, username: &str) -> Person {
    let mut browser = Browser::new();
    let question = browser.begin(world, "/api/auth/oauth/start").await;
    let back = browser.agree(world, username, &question).await;
    assert_eq!(browser.open(world, &back).await.status(), 303);
    browser.person(world)
}

/// Signs in with a wish where to go afterwards; returns all headers of ours on the way, and where it leads.
pub(crate) async fn signing_in(world: &World, return_to: &str) -> (String, String) {
    let mut browser = Browser::new();
    let start = format!("{}/api/auth/oauth/start?returnTo={return_to}", world.server.url);
    let begun = browser.open(world, &start).await;
    assert_eq!(begun.status(), 302);
    let back = browser.agree(world, "dev-0001", &location(begun.headers())).await;
    let opened = browser.open(world, &back).await;
    assert_eq!(opened.status(), 303);
    let headers = format!("{:?} {:?}", begun.headers(), opened.headers());
    (headers, location(opened.headers()))
}

/// A program whose key ends in an hour.
pub(crate) async fn expiring_key(world: &World, person: &Person) -> Person {
    let in_an_hour = world.clock.now().plus(Duration::from_hours(1)).to_string();
    let wish = json!({ "name": "a program", "scopes": ["read"], "expiresAt": in_an_hour });
    let made = person.post("/api/keys", wish).await;
    assert_eq!(made.status, 201, "{}", made.text);
    Person {
        cookie: None,
        key: made.json()["key"].as_str().map(str::to_owned),
        ..person.clone()
    }
}

/// How often GitLab was asked for tokens.
fn redeemed(world: &World) -> usize {
    asked(world, "/oauth/token").len()
}

/// How often GitLab was asked to revoke some, whatever it answered.
pub(crate) fn revoked(world: &World) -> usize {
    asked(world, "/oauth/revoke").len()
}

/// What GitLab answered each time it was asked for this.
fn asked(world: &World, path: &str) -> Vec<u16> {
    let journal = world.sim.journal(0);
    let asked = journal.iter().filter(|entry| entry.path == path);
    asked.map(|entry| entry.status).collect()
}

/// Resolves when GitLab was asked so often to revoke something.
async fn when_revoked(world: &World, times: usize) {
    world
        .until(async || (revoked(world) == times).then_some(()))
        .await;
}

/// A server that begins now, over the same database.
async fn next_server(world: &World) -> crate::world::Server {
    let oauth = crate::world::oauth(&world.sim);
    world
        .another_server_with(|settings| settings.oauth = Some(oauth))
        .await
}

/// A job that is planned and waits for its owner to start it.
async fn planned_job(world: &World, person: &Person) -> String {
    let mut wish = crate::world::groups(&["acme"]);
    wish["start"] = json!(false);
    let made = person.post("/api/jobs", wish).await.json();
    let id = made["id"].as_str().unwrap();
    world.job_when(person, id, "planned").await;
    id.to_owned()
}

#[tokio::test]
async fn somebody_signs_in_with_gitlab_and_goes_where_they_wanted_to() {
    let world = World::with_oauth().await;
    let offer = world.stranger().get("/api/auth/session").await.json();
    assert_eq!(offer["oauth"]["start"], "/api/auth/oauth/start");
    let mut browser = Browser::new();
    let question = browser
        .begin(&world, "/api/auth/oauth/start?returnTo=/jobs/7")
        .await;
    for part in [
        "code_challenge_method=S256",
        "response_type=code",
        "scope=api",
        "client_id=gitlab-sim-client",
    ] {
        assert!(question.contains(part), "{question}");
    }
    let back = browser.agree(&world, "dev-0001", &question).await;
    assert!(
        back.starts_with(&format!("{}{CALLBACK}?code=", world.server.url)),
        "{back}"
    );
    let answer = browser.open(&world, &back).await;
    assert_eq!(
        (answer.status().as_u16(), location(answer.headers()).as_str()),
        (303, "/jobs/7")
    );
    let cookies: Vec<_> = answer
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .map(|set| set.to_str().unwrap())
        .collect();
    assert!(
        cookies[0].starts_with("gitlab_bulk_oauth=; ") && cookies[0].contains("Max-Age=0"),
        "{cookies:?}"
    );
    assert!(
        cookies[1].contains("; HttpOnly; SameSite=Strict; "),
        "{cookies:?}"
    );

    let person = browser.person(&world);
    let session = person.get("/api/auth/session").await.json();
    assert_eq!(session["user"]["username"], "dev-0001");
    assert!(session["user"]["permissions"].as_array().unwrap().len() > 10);
    assert_eq!(
        person.get("/api/gitlab/user").await.json()["username"],
        "dev-0001"
    );
    let trail = person.get("/api/audit").await.json();
    assert_eq!(
        (&trail["entries"][0]["action"], &trail["entries"][0]["outcome"]),
        (&json!("sign_in"), &json!("succeeded"))
    );
}

#[tokio::test]
async fn only_the_browser_that_left_may_come_back_and_only_once() {
    let world = World::with_oauth().await;
    let mut victim = Browser::new();
    let mut attacker = Browser::new();
    let question = attacker.begin(&world, "/api/auth/oauth/start").await;
    let back = attacker.agree(&world, "dev-0002", &question).await;
    // Login CSRF: the victim is made to open the attacker's address, without and with an attempt of its own.
    for _ in 0..2 {
        let answer = victim.open(&world, &back).await;
        assert_eq!(answer.status(), 403);
        assert!(!answer.text().await.unwrap().contains("dev-0002"));
        victim.begin(&world, "/api/auth/oauth/start").await;
    }
    assert_eq!(redeemed(&world), 0, "the code was not even tried");
    assert_eq!(attacker.open(&world, &back).await.status(), 303);
    assert_eq!(
        attacker.open(&world, &back).await.status(),
        403,
        "the attempt is over"
    );
}

#[tokio::test]
async fn whoever_says_no_or_takes_too_long_is_not_signed_in() {
    let world = World::with_oauth().await;
    let mut browser = Browser::new();
    let question = browser.begin(&world, "/api/auth/oauth/start").await;
    let state = question
        .split("state=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let refused = format!("{}{CALLBACK}?error=access_denied&state={state}", world.server.url);
    let answer = browser.open(&world, &refused).await;
    assert_eq!(location(answer.headers()), "/?signIn=refused");

    let question = browser.begin(&world, "/api/auth/oauth/start").await;
    let back = browser.agree(&world, "dev-0001", &question).await;
    world.clock.advance(Duration::from_mins(10));
    assert_eq!(browser.open(&world, &back).await.status(), 403);
    assert_eq!(redeemed(&world), 0);

    let mut browser = Browser::new();
    let question = browser.begin(&world, "/api/auth/oauth/start").await;
    let back = browser.agree(&world, "dev-0001", &question).await;
    world.clock.advance(Duration::from_secs(590));
    assert_eq!(browser.open(&world, &back).await.status(), 303);
}

#[tokio::test]
async fn a_token_is_renewed_when_it_has_less_than_five_minutes_left() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let pass = |by| {
        world.sim.forward(by);
        world.clock.advance(by);
    };
    pass(Duration::from_secs(114 * 60 + 40));
    assert_eq!(person.get("/api/gitlab/user?before").await.status, 200);
    assert_eq!(redeemed(&world), 1, "for the code");
    pass(Duration::from_secs(21));
    assert_eq!(person.get("/api/gitlab/user?after").await.status, 200);
    assert_eq!(redeemed(&world), 2);
}

#[tokio::test]
async fn a_code_is_good_once_also_in_the_browser_that_it_was_given_to() {
    let world = World::with_oauth().await;
    let mut browser = Browser::new();
    let question = browser.begin(&world, "/api/auth/oauth/start").await;
    let back = browser.agree(&world, "dev-0001", &question).await;
    // Somebody has kept the cookie of the attempt, which the answer takes away.
    let mut copy = Browser::new();
    copy.ours.clone_from(&browser.ours);
    assert_eq!(browser.open(&world, &back).await.status(), 303);
    let again = copy.open(&world, &back).await;
    assert_eq!(again.status(), 400, "GitLab refuses it");
    assert!(
        !copy
            .ours
            .iter()
            .any(|pair| pair.starts_with("gitlab_bulk_session="))
    );
    assert_eq!(asked(&world, "/oauth/token"), [200, 400]);
}

#[tokio::test]
async fn where_it_is_not_turned_on_nobody_is_sent_anywhere() {
    let world = World::new().await;
    for path in ["/api/auth/oauth/start", "/api/auth/oauth/callback?code=x&state=y"] {
        assert_eq!(world.stranger().get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn of_many_requests_that_find_the_token_old_one_renews_it() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let nodes = [
        &world.server.url,
        &world
            .another_server_with(|settings| {
                settings.oauth = Some(crate::world::oauth(&world.sim));
                settings.public_url = Some(world.server.url.parse().unwrap());
            })
            .await
            .url,
    ]
    .map(|url| Person {
        url: url.clone(),
        ..person.clone()
    });
    for hours in 1..=3 {
        world.sim.forward(Duration::from_hours(2));
        world.clock.advance(Duration::from_hours(2));
        let asking = (0..20).map(|number| {
            let path = format!("/api/gitlab/user?request={hours}-{number}");
            let node = &nodes[number % 2];
            async move { node.get(&path).await.status.as_u16() }
        });
        let statuses = futures::future::join_all(asking).await;
        assert_eq!(statuses, [200; 20], "after {hours} times two hours");
        assert_eq!(
            redeemed(&world),
            1 + hours,
            "two renewals at a time would lose the grant"
        );
    }
}

#[tokio::test]
async fn a_job_goes_on_for_days_after_the_browser_was_closed() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let id = planned_job(&world, &person).await;
    let program = person.program(&["jobs"]).await;
    world.sim.forward(Duration::from_hours(50));
    world.clock.advance(Duration::from_hours(50));
    assert_eq!(person.get("/api/jobs").await.status, 401, "the session is over");
    // The key holds the same grant.
    assert_eq!(
        program
            .post(&format!("/api/jobs/{id}/start"), json!({}))
            .await
            .status,
        200
    );
    let job = world.job_when(&program, &id, "completed").await;
    assert_eq!(job["successCount"], 1);
}

#[tokio::test]
async fn a_logout_revokes_what_gitlab_granted_unless_a_key_still_needs_it() {
    let world = World::with_oauth().await;
    let revoked = || revoked(&world);
    let person = signed_in(&world, "dev-0001").await;
    let program = person.program(&["read"]).await;
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(revoked(), 0);
    assert_eq!(program.get("/api/gitlab/user").await.status, 200);

    let person = signed_in(&world, "dev-0001").await;
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(revoked(), 1);
    let person = signed_in(&world, "dev-0001").await;
    person.delete("/api/auth/sessions").await;
    assert_eq!(revoked(), 2);

    // The key was the last that held the first.
    let person = signed_in(&world, "dev-0001").await;
    let key = person.get("/api/keys").await.json()["keys"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    person.delete(&format!("/api/keys/{key}")).await;
    assert_eq!(revoked(), 3);
}

#[tokio::test]
async fn what_an_expired_key_was_the_last_to_hold_is_revoked() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let program = expiring_key(&world, &person).await;
    assert_eq!(program.get("/api/gitlab/user").await.status, 200);
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(revoked(&world), 0, "the key holds it");
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(program.get("/api/gitlab/user").await.status, 401);
    assert_eq!(revoked(&world), 1);
}

#[tokio::test]
async fn an_expired_key_does_not_keep_what_the_last_session_held() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    expiring_key(&world, &person).await;
    world.clock.advance(Duration::from_hours(1));
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(revoked(&world), 1);
}

#[tokio::test]
async fn what_gitlab_could_not_revoke_the_next_server_has_revoked_once() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    world.sim.fault(Fault::post("/oauth/revoke").times(2).status(503));
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(asked(&world, "/oauth/revoke"), [503]);

    // It is the first server's, until that had time enough.
    let early = next_server(&world).await;
    world.clock.advance(Duration::from_mins(5));
    let late = next_server(&world).await;
    when_revoked(&world, 2).await;
    world.clock.advance(Duration::from_mins(5));
    let last = next_server(&world).await;
    when_revoked(&world, 3).await;
    drop((early, late, last));
    assert_eq!(asked(&world, "/oauth/revoke"), [503, 503, 200]);

    world.clock.advance(Duration::from_hours(1));
    let far = world.clock.now();
    let nobodys = async || world.storage.take_revocations(far, far, 10).await.unwrap();
    world
        .until(async || nobodys().await.is_empty().then_some(()))
        .await;
}

#[tokio::test]
async fn what_gitlab_refuses_to_revoke_is_forgotten() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    world.sim.fault(Fault::post("/oauth/revoke").status(403));
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(asked(&world, "/oauth/revoke"), [403]);
    world.clock.advance(Duration::from_hours(1));
    let far = world.clock.now();
    assert_eq!(world.storage.take_revocations(far, far, 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_job_held_that_ended_while_nobody_looked_is_revoked() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let id = planned_job(&world, &person).await;
    // By a process that knows nothing of credentials.
    let job = id.parse().unwrap();
    world.storage.move_job(job, JobEvent::Cancel, None).await.unwrap();
    person.post("/api/auth/logout", json!({})).await;
    let _other = next_server(&world).await;
    when_revoked(&world, 1).await;
}

#[tokio::test]
async fn what_a_session_held_that_nobody_came_back_to_is_revoked() {
    let world = World::with_oauth().await;
    signed_in(&world, "dev-0001").await;
    world.clock.advance(Duration::from_hours(25));
    // What has expired is cleared away at every start, and every half minute.
    let _other = next_server(&world).await;
    when_revoked(&world, 1).await;
}

#[tokio::test]
async fn what_gitlab_no_longer_grants_is_401_and_the_job_waits_for_the_next_login() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let id = planned_job(&world, &person).await;
    world.sim.forward(Duration::from_hours(2));
    world.clock.advance(Duration::from_hours(2));
    // GitLab renews, but its answer never arrives: the refresh token is used up.
    world
        .sim
        .fault(Fault::post("/oauth/token").times(1).accept_then_drop());
    person.get("/api/gitlab/user").await;
    assert_eq!(
        person.get("/api/gitlab/user").await.error(),
        "401 UNAUTHORIZED GitLab authentication failed"
    );
    person.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let job = world.job_when(&person, &id, "paused").await;
    assert!(job["waitingReason"].is_string(), "{job}");
    let again = signed_in(&world, "dev-0001").await;
    world.job_when(&again, &id, "completed").await;
}

#[tokio::test]
async fn an_outage_of_gitlab_while_renewing_costs_nothing_while_the_token_is_good() {
    let world = World::with_oauth().await;
    let person = signed_in(&world, "dev-0001").await;
    let almost = Duration::from_mins(117);
    world.sim.forward(almost);
    world.clock.advance(almost);
    world.sim.fault(Fault::post("/oauth/token").times(1).status(503));
    assert_eq!(person.get("/api/gitlab/user?one").await.status, 200);
    assert_eq!(person.get("/api/gitlab/user?two").await.status, 200);
    assert_eq!(redeemed(&world), 3, "for the code, in vain, and again");
}

#[tokio::test]
async fn what_a_key_holds_outlasts_a_time_in_which_gitlab_lets_its_user_not_in() {
    let world = World::with_oauth().await;
    let root = world.root().await;
    let person = signed_in(&world, "dev-0001").await;
    let program = person.program(&["read"]).await;
    person.post("/api/auth/logout", json!({})).await;
    assert_eq!(program.get("/api/jobs").await.status, 200);

    let users = root.get("/api/gitlab/users?username=dev-0001").await.json();
    let dev = format!("/api/gitlab/users/{}", users[0]["id"]);
    assert_eq!(root.post(&format!("{dev}/block"), json!({})).await.status, 201);
    world.clock.advance(Duration::from_mins(6));
    let refused = async || (program.get("/api/jobs").await.status == 401).then_some(());
    world.until(refused).await;
    assert_eq!(revoked(&world), 0);

    assert_eq!(root.post(&format!("{dev}/unblock"), json!({})).await.status, 201);
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(program.get("/api/jobs").await.status, 200);
}

/// Contract §8.2, of what "Sign in with GitLab" grants: neither of its tokens, old or new, nor a code is anywhere.
#[tokio::test]
async fn no_token_that_gitlab_grants_is_in_an_answer_a_metric_the_log_or_in_clear_on_the_disk() {
    const METRICS: &str = "the-token-of-prometheus";
    log::listen();
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::on_file(&directory.path().join("bulk.db")).await;
    let granted = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&granted);
    let front = Front::heard(world.sim.url(), move |path, answer| {
        if path == "/oauth/token"
            && let Ok(pair) = serde_json::from_slice::<Value>(answer)
        {
            let tokens = ["access_token", "refresh_token"].map(|name| pair[name].as_str().map(str::to_owned));
            heard.lock().unwrap().extend(tokens.into_iter().flatten());
        }
    })
    .await;
    world.server.stopped().await;
    world.server = world
        .another_server_with(|settings| {
            let instance = front.url.parse().unwrap();
            settings.oauth = Some(OAuthClient {
                instance,
                ..crate::world::oauth(&world.sim)
            });
            settings.metrics_token = Some(METRICS.to_owned().into());
        })
        .await;

    let mut answers = Vec::new();
    let mut browser = Browser::new();
    let question = browser.begin(&world, "/api/auth/oauth/start").await;
    let question = question.replace(&front.url, world.sim.url());
    let back = browser.agree(&world, "dev-0001", &question).await;
    let code = back.split(['=', '&']).nth(1).unwrap().to_owned();
    let opened = browser.open(&world, &back).await;
    answers.push(format!("{:?}", opened.headers()));
    answers.push(opened.text().await.unwrap());
    let person = browser.person(&world);
    let program = person.program(&["read", "jobs", "gateway"]).await;
    let job = planned_job(&world, &person).await;
    for path in ["/api/gitlab/user", "/api/gitlab/personal_access_tokens/self"] {
        answers.push(told(&person.get(path).await));
    }

    // The pair is renewed, for a job and for people, and not without trouble.
    world.sim.forward(Duration::from_hours(2));
    world.clock.advance(Duration::from_hours(2));
    world.sim.fault(Fault::post("/oauth/token").times(1).status(503));
    answers.push(told(&person.get("/api/gitlab/user?one").await));
    answers.push(told(&person.get("/api/gitlab/user?two").await));
    assert_eq!(asked(&world, "/oauth/token"), [200, 503, 200]);
    answers.push(told(
        &person.post(&format!("/api/jobs/{job}/start"), json!({})).await,
    ));
    world.job_when(&person, &job, "completed").await;
    world.sim.fault(Fault::get("/api/v4/version").status(500));
    world
        .sim
        .fault(Fault::get("/api/v4/broadcast_messages").drop_connection());
    for path in [
        "/api/gitlab/version".to_owned(),
        "/api/gitlab/broadcast_messages".to_owned(),
        "/api/auth/session".to_owned(),
        "/api/auth/sessions".to_owned(),
        "/api/keys".to_owned(),
        "/api/audit?limit=1000".to_owned(),
        "/api/health/quick".to_owned(),
        format!("/api/jobs/{job}"),
        format!("/api/jobs/{job}/items"),
        format!("/api/jobs/{job}/results"),
    ] {
        answers.push(told(&person.get(&path).await));
    }
    answers.push(told(&program.get("/gitlab/api/v4/user").await));
    let bearer = format!("Bearer {METRICS}");
    let metrics = world
        .stranger()
        .send(Method::GET, "/metrics", &[("authorization", &bearer)], "")
        .await;
    assert_eq!(metrics.status, 200);
    answers.push(told(&metrics));
    let look_at_the_disk = || {
        let files = std::fs::read_dir(directory.path()).unwrap();
        files.fold(Vec::new(), |mut disk: Vec<u8>, file| {
            disk.extend(std::fs::read(file.unwrap().path()).unwrap());
            disk
        })
    };
    let held = look_at_the_disk();

    // And is to be revoked, which GitLab does not do at first.
    world.sim.fault(Fault::post("/oauth/revoke").times(1).status(503));
    let keys = person.get("/api/keys").await.json();
    let key = keys["keys"][0]["id"].as_str().unwrap().to_owned();
    answers.push(told(&person.delete(&format!("/api/keys/{key}")).await));
    answers.push(told(&person.post("/api/auth/logout", json!({})).await));
    assert_eq!(asked(&world, "/oauth/revoke"), [503]);
    let revoked = look_at_the_disk();

    let answers = answers.join("\n");
    let log = log::so_far();
    let on_disk = |text: &str| {
        [&held, &revoked]
            .iter()
            .any(|disk| disk.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    assert!(
        answers.contains("dev-0001") && on_disk("dev-0001") && log.contains("/api/auth/oauth/callback"),
        "this is where they would be"
    );
    let granted = granted.lock().unwrap().clone();
    assert_eq!(granted.len(), 4, "two pairs");
    for secret in granted.iter().chain([&code]) {
        assert!(secret.len() >= 64, "{secret}");
        assert!(!answers.contains(secret), "{secret} is in an answer");
        assert!(!on_disk(secret), "{secret} is on the disk");
        assert_eq!(log.lines().find(|line| line.contains(secret.as_str())), None);
    }
}

fn told(answer: &Answer) -> String {
    format!("{:?} {}", answer.headers, answer.text)
}
