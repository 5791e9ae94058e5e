use domain::Job;
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure, chain};

/// Separates the parts of an upload; in none of the files.
const BOUNDARY: &str = "gitlab-bulk-0f4d9c2e7b51";

/// Our own server's API, as any program outside uses it.
pub(super) struct Api {
    http: Client,
    root: String,
    cookie: String,
}

impl Api {
    /// Signs in with a GitLab token.
    ///
    /// # Errors
    /// The server cannot be reached, or refuses.
    pub(super) async fn sign_in(root: &str, gitlab_url: &str, token: &str) -> Result<Self, Failure> {
        let http = Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| unreachable(&error))?;
        let body = json!({ "gitlabUrl": gitlab_url, "token": token });
        let answer = send(http.post(format!("{root}/api/auth/login")).json(&body)).await?;
        let cookie = answer
            .headers()
            .get(SET_COOKIE)
            .and_then(|cookie| cookie.to_str().ok()?.split(';').next())
            .ok_or_else(|| Failure::internal("the server opened no session"))?
            .to_owned();
        Ok(Self {
            http,
            root: root.to_owned(),
            cookie,
        })
    }

    /// Uploads files as one job, which starts by itself.
    ///
    /// # Errors
    /// The server refuses them.
    pub(super) async fn import(&self, files: &[(&str, &str)]) -> Result<Job, Failure> {
        let mut body = String::new();
        for (name, content) in files {
            body.push_str("--");
            body.push_str(BOUNDARY);
            body.push_str("\r\nContent-Disposition: form-data; name=\"file\"; filename=\"");
            body.push_str(name);
            body.push_str("\"\r\nContent-Type: text/csv\r\n\r\n");
            body.push_str(content);
            body.push_str("\r\n");
        }
        body.push_str("--");
        body.push_str(BOUNDARY);
        body.push_str("--\r\n");
        let request = self
            .http
            .post(format!("{}/api/jobs/import", self.root))
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(body);
        self.read(request).await
    }

    /// A job as it stands now.
    ///
    /// # Errors
    /// The server is gone.
    pub(super) async fn job(&self, job: &Job) -> Result<Job, Failure> {
        self.read(self.http.get(format!("{}/api/jobs/{}", self.root, job.id)))
            .await
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let answer = send(request.header(COOKIE, &self.cookie)).await?;
        answer.json().await.map_err(|error| unreachable(&error))
    }
}

/// Sends a request; anything but success is a failure in the server's own words.
async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    let answer = request.send().await.map_err(|error| unreachable(&error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body: Value = answer.json().await.unwrap_or_default();
    let message = body["error"]["message"].as_str().unwrap_or("no reason was given");
    Err(Failure::internal(format!(
        "the server answered {status}: {message}"
    )))
}

fn unreachable(error: &reqwest::Error) -> Failure {
    Failure::Other {
        exit: Exit::Unreachable,
        code: "SERVICE_UNAVAILABLE",
        message: format!("the server cannot be used: {}", chain(error)),
        advice: None,
    }
}
