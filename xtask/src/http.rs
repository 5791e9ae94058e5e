//! As much HTTP/1.1 as talking to our own programs on this machine takes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// One kept connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    authority: String,
}

/// An answer: its status and its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The first cookie that it sets, as it is sent back.
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body of an answer that is as it should be.
    pub(crate) fn json(&self) -> Result<Value> {
        ensure!(
            (200..300).contains(&self.status),
            "the answer was {}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Connection {
    /// Connects to `http://HOST:PORT`.
    pub(crate) fn open(url: &str) -> Result<Self> {
        let authority = url
            .strip_prefix("http://")
            .with_context(|| format!("{url} is not an http address"))?
            .trim_end_matches('/');
        let stream = TcpStream::connect(authority).with_context(|| format!("cannot connect to {url}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            authority: authority.to_owned(),
        })
    }

    /// Sends a request and reads its answer.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let token = token
            .map(|token| format!("PRIVATE-TOKEN: {token}\r\n"))
            .unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{token}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// Sends a GET with these header lines, each with its end.
    pub(crate) fn get(&mut self, path: &str, headers: &str) -> Result<Answer> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.authority);
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// Sends JSON with these header lines, each with its end.
    pub(crate) fn post(&mut self, path: &str, headers: &str, body: &Value) -> Result<Answer> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer> {
        let status_line = self.line()?;
        let status: u16 = status_line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .with_context(|| format!("not an HTTP answer: {status_line}"))?;
        let (mut length, mut chunked, mut cookie) = (0, false, None);
        loop {
            let header = self.line()?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse()?,
                "set-cookie" if cookie.is_none() => {
                    cookie = value.trim().split(';').next().map(str::to_owned);
                }
                "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            loop {
                let size = usize::from_str_radix(&self.line()?, 16)?;
                self.read_into(&mut body, size)?;
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            self.read_into(&mut body, length)?;
        }
        Ok(Answer { status, cookie, body })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            bail!("the connection was closed");
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    fn read_into(&mut self, body: &mut Vec<u8>, size: usize) -> Result<()> {
        let from = body.len();
        body.resize(from + size, 0);
        Ok(self.stream.read_exact(&mut body[from..])?)
    }
}
