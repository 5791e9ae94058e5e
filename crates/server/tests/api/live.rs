//! Socket.IO, spoken by hand over long polling.

use domain::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{Person, World};

/// A connected (or refused) Socket.IO client.
pub(crate) struct Socket {
    person: Person,
    sid: String,
    packets: Vec<String>,
}

impl Socket {
    /// Opens a transport and asks for the namespace; returns the socket and the server's first word.
    pub(crate) async fn open(person: &Person, auth: Value, headers: &[(&str, &str)]) -> (Self, String) {
        let person = person.clone();
        let hello = person
            .send(Method::GET, "/socket.io/?EIO=4&transport=polling", headers, "")
            .await;
        let open: Value = serde_json::from_str(hello.text.strip_prefix('0').unwrap()).unwrap();
        let mut socket = Self {
            sid: open["sid"].as_str().unwrap().to_owned(),
            person,
            packets: Vec::new(),
        };
        socket.say(&format!("40{auth}")).await;
        let word = socket.next().await;
        (socket, word)
    }

    pub(crate) async fn connected(person: &Person) -> Self {
        let (socket, word) = Self::open(person, json!({}), &[]).await;
        assert!(word.starts_with("40{"), "{word}");
        socket
    }

    fn address(&self) -> String {
        format!("/socket.io/?EIO=4&transport=polling&sid={}", self.sid)
    }

    async fn say(&self, packet: &str) {
        let answer = self.person.send(Method::POST, &self.address(), &[], packet).await;
        assert_eq!(answer.text, "ok");
    }

    /// The next packet that is no ping.
    pub(crate) async fn next(&mut self) -> String {
        loop {
            if !self.packets.is_empty() {
                return self.packets.remove(0);
            }
            let answer = self.person.get(&self.address()).await;
            let packets = answer.text.split('\u{1e}').filter(|packet| *packet != "2");
            self.packets.extend(packets.map(str::to_owned));
        }
    }

    /// The next event: its name and what it says.
    pub(crate) async fn event(&mut self) -> (String, Value) {
        let packet = self.next().await;
        let event: Value =
            serde_json::from_str(packet.strip_prefix("42").unwrap_or_else(|| panic!("{packet}"))).unwrap();
        (event[0].as_str().unwrap().to_owned(), event[1].clone())
    }

    /// Sends an event and waits for its acknowledgement.
    pub(crate) async fn ask(&mut self, event: &str, data: Value) -> Value {
        self.say(&format!("421{}", json!([event, data]))).await;
        let packet = self.next().await;
        let answer: Value =
            serde_json::from_str(packet.strip_prefix("431").unwrap_or_else(|| panic!("{packet}"))).unwrap();
        answer[0].clone()
    }
}

#[tokio::test]
async fn strangers_and_foreign_pages_are_refused_in_socket_ios_own_way() {
    let world = World::new().await;
    let (_, word) = Socket::open(&world.stranger(), json!({}), &[]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    let (_, word) = Socket::open(&world.stranger(), json!({ "sessionId": "guess" }), &[]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    let root = world.root().await;
    let (_, word) = Socket::open(&root, json!({}), &[("origin", "https://evil.example")]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
}

#[tokio::test]
async fn a_client_without_a_cookie_jar_signs_in_with_the_session_id() {
    let world = World::new().await;
    let root = world.root().await;
    let (_, word) = Socket::open(&world.stranger(), json!({ "sessionId": root.cookie }), &[]).await;
    assert!(word.starts_with("40{\"sid\":"), "{word}");
}

#[tokio::test]
async fn the_owner_hears_how_the_job_goes_each_thing_once() {
    let world = World::new().await;
    let root = world.root().await;
    let mut socket = Socket::connected(&root).await;
    let body = {
        let mut body = crate::world::groups(&["acme", "beta"]);
        body["start"] = json!(false);
        body
    };
    let id = root.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // In the job's room as well as in the user's: still one copy of each.
    let mut heard = Vec::new();
    loop {
        let (name, said) = socket.event().await;
        assert_eq!(said["jobId"], *id);
        heard.push(name.clone());
        if said["status"] == "planned" {
            break;
        }
    }
    assert_eq!(heard, ["job:created", "job:progress"]);
    assert_eq!(
        socket.ask("subscribe:jobs", json!({ "jobIds": [id] })).await,
        json!({ "ok": [id], "refused": [] })
    );
    root.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let (mut items, mut names, mut last) = (Vec::new(), Vec::new(), Value::Null);
    loop {
        let (name, said) = socket.event().await;
        match name.as_str() {
            "job:item:success" => items.extend(
                said["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["index"].clone()),
            ),
            "job:progress" => last = said,
            _ => names.push(name.clone()),
        }
        if name == "job:complete" {
            break;
        }
    }
    items.sort_by_key(Value::as_u64);
    assert_eq!(items, [0, 1]);
    assert_eq!(names, ["job:started", "job:completed", "job:complete"]);
    assert_eq!(
        (&last["status"], &last["progress"], &last["successCount"]),
        (&json!("completed"), &json!(2), &json!(2))
    );
}

#[tokio::test]
async fn only_what_a_user_may_see_is_followed() {
    let world = World::new().await;
    let (owner, other) = (
        world.signed_in("dev-0001").await,
        world.signed_in("dev-0002").await,
    );
    let id = owner.create_groups(&["mine"]).await;
    world.job_when(&owner, &id, "completed").await;
    let group = world.sim.group_id("mine").unwrap().0;
    let mut socket = Socket::connected(&other).await;
    assert_eq!(
        socket.ask("subscribe:jobs", json!({ "jobIds": [id, "x"] })).await,
        json!({ "ok": [], "refused": [id, "x"] })
    );
    assert_eq!(
        socket.ask("job:subscribe", json!({ "jobId": id })).await,
        json!({ "ok": [], "refused": [id] })
    );
    assert_eq!(
        socket
            .ask("subscribe:groups", json!({ "groupIds": [group] }))
            .await,
        json!({ "ok": [], "refused": [group] })
    );
    let mut socket = Socket::connected(&owner).await;
    assert_eq!(
        socket.ask("group:subscribe", json!({ "groupId": group })).await,
        json!({ "ok": [group], "refused": [] })
    );
    assert_eq!(
        socket
            .ask("unsubscribe:groups", json!({ "groupIds": [group] }))
            .await,
        json!({ "ok": [group], "refused": [] })
    );
}

#[tokio::test]
async fn a_logout_closes_the_sockets_of_its_session() {
    let world = World::new().await;
    let root = world.root().await;
    let (mut socket, _) = Socket::open(&world.stranger(), json!({ "sessionId": root.cookie }), &[]).await;
    root.post("/api/auth/logout", json!({})).await;
    assert_eq!(socket.next().await, "41");
}

#[tokio::test]
async fn a_socket_ends_with_its_key_and_a_key_that_may_not_read_opens_none() {
    let world = World::new().await;
    let root = world.root().await;
    let may_pass = root.program(&["gateway"]).await;
    let (_, word) = Socket::open(&world.stranger(), json!({ "apiKey": may_pass.key }), &[]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    let (_, word) = Socket::open(&world.stranger(), json!({ "apiKey": "gbk_guess" }), &[]).await;
    assert_eq!(word, "44{\"message\":\"Unauthorized\"}");
    let may_read = root.program(&["read"]).await;
    let (mut socket, word) = Socket::open(&world.stranger(), json!({ "apiKey": may_read.key }), &[]).await;
    assert!(word.starts_with("40{\"sid\":"), "{word}");
    let keys = root.get("/api/keys").await.json();
    let of_socket = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["scopes"] == json!(["read"]))
        .unwrap();
    root.delete(&format!("/api/keys/{}", of_socket["id"].as_str().unwrap()))
        .await;
    assert_eq!(socket.next().await, "41");
}

#[tokio::test]
async fn a_socket_ends_when_everybody_is_signed_out_and_when_its_session_is_over() {
    let world = World::with(|settings| settings.session_lifetime = std::time::Duration::from_hours(1)).await;
    let root = world.root().await;
    let (mut socket, _) = Socket::open(&world.stranger(), json!({ "sessionId": root.cookie }), &[]).await;
    world.root().await.delete("/api/auth/sessions").await;
    assert_eq!(socket.next().await, "41");
    let root = world.root().await;
    let (mut socket, _) = Socket::open(&world.stranger(), json!({ "sessionId": root.cookie }), &[]).await;
    world.clock.advance(std::time::Duration::from_hours(1));
    assert_eq!(socket.next().await, "41");
}

#[tokio::test]
async fn whoever_comes_back_shortly_before_the_end_of_the_session_is_told() {
    let world = World::with(|settings| settings.session_lifetime = std::time::Duration::from_hours(1)).await;
    let root = world.root().await;
    world.clock.advance(std::time::Duration::from_mins(55));
    let mut socket = Socket::connected(&root).await;
    let (event, said) = socket.event().await;
    assert_eq!(
        (
            event.as_str(),
            &said["code"],
            &said["severity"],
            &said["persistent"]
        ),
        (
            "system:alert",
            &json!("SESSION_ENDS"),
            &json!("warning"),
            &json!(true)
        )
    );
    assert!(said["at"].is_string() && said["message"].is_string(), "{said}");
}

#[tokio::test]
async fn a_server_that_stops_says_so_before_it_closes_its_sockets() {
    let mut world = World::new().await;
    let root = world.root().await;
    let mut socket = WebSocket::connected(&root).await;
    let heard = async {
        let alert = socket.hear().await;
        assert!(
            alert.starts_with("42[\"system:alert\",") && alert.contains("SERVER_STOPPING"),
            "{alert}"
        );
    };
    futures::future::join(heard, world.server.stopped()).await;
}

#[tokio::test]
async fn every_older_form_of_following_is_understood() {
    let world = World::new().await;
    let root = world.root().await;
    let id = root.create_groups(&["acme"]).await;
    world.job_when(&root, &id, "completed").await;
    let group = world.sim.group_id("acme").unwrap().0;
    let made = root
        .post(
            "/api/gitlab/projects",
            json!({ "name": "p", "path": "p", "namespace_id": group }),
        )
        .await;
    let project = made.json()["id"].clone();
    let mut socket = Socket::connected(&root).await;
    for (what, one, id) in [
        ("jobs", "job", json!(id)),
        ("groups", "group", json!(group)),
        ("projects", "project", project),
    ] {
        let ok = json!({ "ok": [id], "refused": [] });
        for word in ["subscribe", "unsubscribe"] {
            let list = json!({ format!("{one}Ids"): [id] });
            assert_eq!(
                socket.ask(&format!("{word}:{what}"), list).await,
                ok,
                "{word}:{what}"
            );
            let alone = json!({ format!("{one}Id"): id });
            assert_eq!(
                socket.ask(&format!("{one}:{word}"), alone).await,
                ok,
                "{one}:{word}"
            );
        }
    }
    // What is nothing at all is refused, in words that can be read.
    let answer = socket
        .ask(
            "subscribe:groups",
            json!({ "groupIds": ["x", -1, null, 99_999_999] }),
        )
        .await;
    assert_eq!(
        answer,
        json!({ "ok": [], "refused": ["x", -1, null, 99_999_999] })
    );
    let many: Vec<u64> = (0..102).map(|_| group).collect();
    let answer = socket.ask("subscribe:groups", json!({ "groupIds": many })).await;
    assert_eq!(
        (
            answer["ok"].as_array().unwrap().len(),
            answer["refused"].as_array().unwrap().len()
        ),
        (100, 2)
    );
}

#[tokio::test]
async fn a_job_whose_token_is_revoked_asks_its_owner_to_sign_in() {
    let world = World::new().await;
    let dev = world.signed_in("dev-0001").await;
    let mut socket = Socket::connected(&dev).await;
    let mut body = crate::world::groups(&["acme"]);
    body["start"] = json!(false);
    let id = dev.post("/api/jobs", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world.job_when(&dev, &id, "planned").await;
    world
        .sim
        .fault(gitlab_sim::Fault::post("/api/v4/groups").status(401));
    dev.post(&format!("/api/jobs/{id}/start"), json!({})).await;
    let said = loop {
        let (event, said) = socket.event().await;
        if event == "system:alert" {
            break said;
        }
    };
    assert_eq!(
        (&said["code"], &said["jobId"]),
        (&json!("LOGIN_NEEDED"), &json!(id))
    );
    let job = world.job_when(&dev, &id, "paused").await;
    assert!(job["waitingReason"].is_string());
}

/// The next alert, and whatever else came before it.
async fn alert(socket: &mut Socket) -> (Value, Vec<(String, Value)>) {
    let mut before = Vec::new();
    loop {
        match socket.event().await {
            (event, said) if event == "system:alert" => return (said, before),
            other => before.push(other),
        }
    }
}

#[tokio::test]
async fn a_limit_that_holds_jobs_back_for_minutes_is_told_once_and_to_whoever_comes_later() {
    let world = World::new().await;
    let dev = world.signed_in("dev-0001").await;
    let mut socket = Socket::connected(&dev).await;
    world
        .sim
        .fault(gitlab_sim::Fault::post("/api/v4/groups").throttle(600));
    let id = dev.create_groups(&["acme"]).await;
    let (said, _) = alert(&mut socket).await;
    assert_eq!(
        (&said["code"], &said["jobId"], &said["persistent"]),
        (&json!("LIMIT_REACHED"), &json!(id), &json!(false))
    );
    assert!(said["at"].is_string() && said["message"].is_string(), "{said}");

    // It is said again when the job gives its place up, and is no news.
    loop {
        let (event, said) = socket.event().await;
        assert_ne!(event, "system:alert", "{said}");
        if event == "job:progress" && said["status"] == "pending" && said["waitingUntil"].is_string() {
            break;
        }
    }
    let mut later = Socket::connected(&dev).await;
    assert_eq!(alert(&mut later).await.0["jobId"], id);
}

#[tokio::test]
async fn a_token_that_ends_within_days_is_told_to_those_who_use_it() {
    let world = World::new().await;
    let root = world.root().await;
    let in_days = async |days: u64| {
        let ends = world.clock.now().plus(std::time::Duration::from_hours(24 * days));
        let day = ends.to_string()[..10].to_owned();
        let wish = json!({ "name": "ends", "scopes": ["api"], "expires_at": day });
        let made = root
            .post("/api/gitlab/users/1/personal_access_tokens", wish)
            .await;
        let token = made.json()["token"].as_str().unwrap().to_owned();
        let mut person = world.stranger();
        let login = person.log_in(world.sim.url(), &token).await;
        assert_eq!(login.status, 200, "{}", login.text);
        (person, day)
    };
    let (person, day) = in_days(5).await;
    let mut socket = Socket::connected(&person).await;
    let (said, before) = alert(&mut socket).await;
    assert_eq!(
        (&said["code"], &said["at"], &said["persistent"]),
        (
            &json!("TOKEN_ENDS"),
            &json!(format!("{day}T00:00:00.000Z")),
            &json!(true)
        )
    );
    assert!(before.is_empty(), "{before:?}");

    let (person, _) = in_days(30).await;
    let mut socket = Socket::connected(&person).await;
    person.create_groups(&["acme"]).await;
    assert_eq!(socket.event().await.0, "job:created");
}

#[tokio::test]
async fn a_websocket_is_accepted_and_hears_the_same() {
    let world = World::new().await;
    let root = world.root().await;
    let mut socket = WebSocket::open(&root).await;
    let open = socket.hear().await;
    assert!(open.starts_with("0{\"sid\":"), "{open}");
    socket.say("40").await;
    let connected = socket.hear().await;
    assert!(connected.starts_with("40{\"sid\":"), "{connected}");
    let id = root.create_groups(&["acme"]).await;
    let created = socket.hear().await;
    assert!(
        created.starts_with("42[\"job:created\",") && created.contains(&id),
        "{created}"
    );
    while !socket.hear().await.starts_with("42[\"job:complete\",") {}
}

/// As much of RFC 6455 as short texts need.
pub(crate) struct WebSocket(tokio::net::TcpStream);

impl WebSocket {
    pub(crate) async fn connected(person: &Person) -> Self {
        let mut socket = Self::open(person).await;
        socket.hear().await;
        socket.say("40").await;
        socket.hear().await;
        socket
    }

    async fn open(person: &Person) -> Self {
        let address = person.url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {address}\r\n\
             cookie: gitlab_bulk_session={}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            person.cookie.as_deref().unwrap()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(
            head.starts_with(b"HTTP/1.1 101 "),
            "{}",
            String::from_utf8_lossy(&head)
        );
        Self(stream)
    }

    /// Sends a short text, masked with zeros.
    async fn say(&mut self, text: &str) {
        let length = u8::try_from(text.len()).unwrap();
        self.0
            .write_all(&[0x81, 0x80 | length, 0, 0, 0, 0])
            .await
            .unwrap();
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Waits until the server has closed it.
    pub(crate) async fn closed(mut self) {
        let _ = self.0.read_to_end(&mut Vec::new()).await;
    }

    /// The next text that is no ping.
    async fn hear(&mut self) -> String {
        loop {
            assert_eq!(self.0.read_u8().await.unwrap(), 0x81, "a whole text");
            let length = match self.0.read_u8().await.unwrap() {
                126 => usize::from(self.0.read_u16().await.unwrap()),
                length => usize::from(length),
            };
            let mut text = vec![0; length];
            self.0.read_exact(&mut text).await.unwrap();
            if text != b"2" {
                return String::from_utf8(text).unwrap();
            }
        }
    }
}
