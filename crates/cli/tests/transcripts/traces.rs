//! What a collector of traces is told, by a collector that notes everything down.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::mpsc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::office::Office;
use crate::servers::{address_of, terminate};

/// Takes everything and hands on the bodies.
fn collector() -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tell = tell.clone();
            std::thread::spawn(move || take(stream.unwrap(), &tell));
        }
    });
    (address, told)
}

fn take(mut stream: TcpStream, tell: &mpsc::Sender<Vec<u8>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        if length == 0 {
            return;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let _ = tell.send(body);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
    }
}

fn spans(bodies: &[Vec<u8>]) -> Vec<Span> {
    bodies
        .iter()
        .flat_map(|body| {
            ExportTraceServiceRequest::decode(body.as_slice())
                .unwrap()
                .resource_spans
        })
        .flat_map(|of_resource| of_resource.scope_spans)
        .flat_map(|of_scope| of_scope.spans)
        .collect()
}

/// `http.route=/user` …
fn attributes(span: &Span) -> Vec<String> {
    let told = span.attributes.iter().map(|attribute| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let value = match value {
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::IntValue(number)) => number.to_string(),
            other => panic!("{other:?}"),
        };
        format!("{}={value}", attribute.key)
    });
    let mut told: Vec<String> = told
        .filter(|told| !told.starts_with("gitlab_bulk.request="))
        .collect();
    told.sort();
    told
}

/// Sends a request, and returns the whole answer as it came.
fn ask(address: &str, method_and_path: &str, cookie: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method_and_path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nCookie: {cookie}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn log_in(address: &str, gitlab: &str, token: &str) -> String {
    let body = format!("{{\"gitlabUrl\":\"{gitlab}\",\"token\":\"{token}\"}}");
    ask(address, "POST /api/auth/login?secret=canary", "", &body)
}

fn serve(office: &Office, collector: &str) -> (Child, String) {
    let mut child = office
        .command(&["serve"])
        .envs([("PORT", "0"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector)])
        .spawn()
        .unwrap();
    let address = address_of(&mut child);
    (child, address)
}

#[test]
fn a_collector_is_told_of_a_request_and_what_it_asked_of_gitlab_and_nothing_that_is_secret() {
    let office = Office::new();
    let (collector, told) = collector();
    let (child, address) = serve(&office, &collector);
    let token = office.gitlab.root_token();
    let answer = log_in(&address, office.gitlab.url(), &token);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    terminate(&child);
    assert_eq!(office.end(child).code, Some(0));

    let bodies: Vec<Vec<u8>> = told.try_iter().collect();
    let spans = spans(&bodies);
    let login = spans
        .iter()
        .find(|span| span.name == "POST /api/auth/login")
        .unwrap();
    assert_eq!(
        attributes(login),
        [
            "http.request.method=POST",
            "http.response.status_code=200",
            "http.route=/api/auth/login"
        ]
    );
    let asked = spans.iter().find(|span| span.name == "GitLab GET /user").unwrap();
    assert_eq!(
        attributes(asked),
        [
            "http.request.method=GET",
            "http.response.status_code=200",
            "http.route=/user"
        ]
    );
    assert_eq!(asked.trace_id, login.trace_id);
    assert_eq!(asked.parent_span_id, login.span_id);

    let all = bodies.concat();
    let host = office.gitlab.url().trim_start_matches("http://").to_owned();
    for secret in [token.as_str(), "canary", "dev-", host.as_str()] {
        let is_told = all
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!is_told, "{secret} was told");
    }
}

#[test]
fn a_job_is_told_of_with_its_items_and_what_each_asked_of_gitlab() {
    let office = Office::new();
    let (collector, told) = collector();
    let (child, address) = serve(&office, &collector);
    let answer = log_in(&address, office.gitlab.url(), &office.gitlab.root_token());
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next())
        .unwrap();
    let wish = r#"{"type":"bulk_create_groups","data":{"items":[{"name":"Traced","path":"traced"}]}}"#;
    let made = ask(&address, "POST /api/jobs", cookie, wish);
    let (_, rest) = made.split_once("\"id\":\"").unwrap_or_else(|| panic!("{made}"));
    let id = rest.split('"').next().unwrap();
    let job = format!("GET /api/jobs/{id}");
    while !ask(&address, &job, cookie, "").contains("\"status\":\"completed\"") {
        std::thread::yield_now();
    }
    terminate(&child);
    assert_eq!(office.end(child).code, Some(0));

    let bodies: Vec<Vec<u8>> = told.try_iter().collect();
    let spans = spans(&bodies);
    let asked = spans
        .iter()
        .find(|span| span.name == "GitLab POST /groups")
        .unwrap();
    let parent = |of: &Span| {
        spans
            .iter()
            .find(|span| span.span_id == of.parent_span_id)
            .unwrap()
    };
    let item = parent(asked);
    assert_eq!(
        (item.name.as_str(), attributes(item)),
        ("item", vec!["gitlab_bulk.item=0".to_owned()])
    );
    let job = parent(item);
    assert_eq!(
        (job.name.as_str(), attributes(job)),
        ("job", vec![format!("gitlab_bulk.job={id}")])
    );
    assert!(
        job.parent_span_id.is_empty(),
        "a job outlives the request that made it"
    );
    assert!([item, job].iter().all(|span| span.trace_id == asked.trace_id));
    let made = spans.iter().find(|span| span.name == "POST /api/jobs").unwrap();
    assert_ne!(made.trace_id, job.trace_id);
    assert!(
        !bodies
            .concat()
            .windows(6)
            .any(|window| window.eq_ignore_ascii_case(b"traced"))
    );
}

#[test]
fn a_collector_that_is_not_there_or_never_answers_stops_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for collector in [silent.local_addr().unwrap(), gone] {
        let office = Office::new();
        let (child, address) = serve(&office, &format!("http://{collector}"));
        for _ in 0..3 {
            let answer = log_in(&address, office.gitlab.url(), &office.gitlab.root_token());
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        terminate(&child);
        assert_eq!(office.end(child).code, Some(0));
    }
}

#[test]
fn an_address_that_is_none_is_said_before_anything_starts() {
    let office = Office::new();
    let ran = office.run_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317")], &["serve"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("OTEL_EXPORTER_OTLP_ENDPOINT: is not an http address"),
        "{}",
        ran.stderr
    );
}
