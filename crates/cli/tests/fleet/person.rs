use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::fleet::Fleet;

/// How long a node has for an answer before the load balancer goes on to the next.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// Somebody with a browser, in front of a load balancer that goes on to the next node when one does not answer.
pub(crate) struct Person {
    client: reqwest::Client,
    cookie: String,
    urls: Vec<String>,
}

impl Person {
    pub(crate) async fn sign_in(fleet: &Fleet) -> Self {
        // Another test of this process may have been faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(ANSWERS_WITHIN)
            .build()
            .unwrap();
        let urls = fleet.urls();
        let body = json!({ "gitlabUrl": fleet.gitlab.url(), "token": fleet.gitlab.root_token() });
        let answer = client
            .post(format!("{}/api/auth/login", urls[0]))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { client, cookie, urls }
    }

    /// A request to one node.
    pub(crate) fn at(&self, node: usize, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.urls[node]);
        self.client.request(method, url).header("cookie", &self.cookie)
    }

    /// Reads through the load balancer, which passes over nodes that do not answer.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        for node in 0..self.urls.len() {
            if let Ok(answer) = self.at(node, Method::GET, path).send().await {
                return told(answer).await;
            }
        }
        panic!("no node answers {path}");
    }

    /// The job when it has ended.
    pub(crate) async fn wait_for(&self, job: &str) -> Value {
        let ended = async {
            let mut looks = tokio::time::interval(Duration::from_millis(50));
            loop {
                looks.tick().await;
                let (status, told) = self.get(&format!("/api/jobs/{job}")).await;
                // What the nodes share may be away for a moment.
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    continue;
                }
                assert_eq!(status, StatusCode::OK, "{told}");
                if ["completed", "failed", "cancelled", "paused"].contains(&told["status"].as_str().unwrap())
                {
                    return told;
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(2), ended).await.unwrap()
    }
}

/// What an answer says.
pub(crate) async fn told(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}
