//! How many simple requests a second the simulator answers.
//!
//! `cargo run --release -p gitlab-sim --example load -- [URL] [REQUESTS]`: without a URL it starts a simulator of
//! its own on one thread. Sixteen kept-alive connections, one request at a time on each. For one core, pin it:
//! `taskset -c 0 target/release/examples/load`, or pin a simulator to one core and this to another.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use gitlab_sim::{Clock, Options, Simulator, SystemClock};

const CONNECTIONS: usize = 16;

/// The request of that number.
type MakeRequest<'a> = Box<dyn Fn(usize) -> String + 'a>;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().filter(|url| !url.is_empty());
    let requests = arguments.next().map_or(Ok(50_000), |text| text.parse())?;
    let Some(url) = url else {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let gitlab = runtime.block_on(Simulator::start_with(Options::default()))?;
        let measured = measure(gitlab.url(), requests);
        runtime.block_on(gitlab.stop());
        return measured;
    };
    measure(&url, requests)
}

#[expect(clippy::print_stdout, reason = "an example talks to a person")]
fn measure(url: &str, requests: usize) -> Result<(), Error> {
    let clock = SystemClock::new();
    let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut connections: Vec<Connection> = (0..CONNECTIONS)
        .map(|_| Connection::open(&host))
        .collect::<Result<_, _>>()?;
    let first = &mut connections[0];
    let group = first.ask(&request(
        &host,
        "POST",
        "/groups",
        r#"{"name":"Load","path":"load"}"#,
    ))?;
    let group: serde_json::Value = serde_json::from_slice(&group)?;
    let id = &group["id"];
    first.ask(&request(
        &host,
        "POST",
        "/projects",
        &format!(r#"{{"name":"Known","path":"known","namespace_id":{id}}}"#),
    ))?;

    let cases: [(&str, MakeRequest<'_>); 4] = [
        (
            "GET /version",
            Box::new(|_| request(&host, "GET", "/version", "")),
        ),
        (
            "GET /projects/:path",
            Box::new(|_| request(&host, "GET", "/projects/load%2Fknown", "")),
        ),
        (
            "POST /projects",
            Box::new(|n| {
                let body =
                    format!(r#"{{"name":"p-{n}","path":"p-{n}","namespace_id":{id},"description":"load"}}"#);
                request(&host, "POST", "/projects", &body)
            }),
        ),
        (
            "GET /projects?per_page=100 (a tenth as many)",
            Box::new(|n| {
                request(
                    &host,
                    "GET",
                    &format!("/projects?per_page=100&page={}", n % 100 + 1),
                    "",
                )
            }),
        ),
    ];
    for (name, make) in cases {
        let count = if name.contains("per_page") {
            requests / 10
        } else {
            requests
        };
        let before = clock.monotonic();
        run(&mut connections, count, &make)?;
        let took = clock.monotonic().saturating_sub(before);
        println!("{name}: {:.0} requests/s", per_second(count, took));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// One request on every connection, then one answer from every connection.
fn run(connections: &mut [Connection], requests: usize, make: &dyn Fn(usize) -> String) -> Result<(), Error> {
    let mut sent = 0;
    while sent < requests {
        for connection in connections.iter_mut() {
            connection.stream.get_mut().write_all(make(sent).as_bytes())?;
            sent += 1;
        }
        for connection in connections.iter_mut() {
            connection.answer()?;
        }
    }
    Ok(())
}

fn request(host: &str, method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} /api/v4{path} HTTP/1.1\r\nHost: {host}\r\nPRIVATE-TOKEN: glpat-sim-root\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Connection {
    fn open(host: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(256 * 1024, stream),
            body: Vec::new(),
        })
    }

    fn ask(&mut self, request: &str) -> Result<Vec<u8>, Error> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()?;
        Ok(self.body.clone())
    }

    fn answer(&mut self) -> Result<(), Error> {
        let mut line = String::new();
        let mut length = 0;
        self.stream.read_line(&mut line)?;
        if !line.contains(" 20") {
            return Err(format!("not a success: {line}").into());
        }
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(())
    }
}
