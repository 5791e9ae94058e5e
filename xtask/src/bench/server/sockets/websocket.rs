//! As much of RFC 6455 as talking to our own programs on this machine takes.

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection that texts go over.
pub(super) struct Websocket {
    stream: TcpStream,
    /// What has arrived and is not read yet.
    arrived: Vec<u8>,
}

impl Websocket {
    /// Connects to `http://HOST:PORT` and asks for a websocket at this path, with these header lines.
    pub(super) async fn open(url: &str, path: &str, headers: &str) -> Result<Self> {
        let authority = url
            .strip_prefix("http://")
            .with_context(|| format!("{url} is not an http address"))?;
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let mut this = Self {
            stream,
            arrived: Vec::new(),
        };
        // The key is there against caches that mistake the answer; none stands between us.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
        );
        this.stream.write_all(request.as_bytes()).await?;
        let end = loop {
            if let Some(at) = this.arrived.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            this.read().await?;
        };
        let head = String::from_utf8_lossy(&this.arrived[..end]).into_owned();
        ensure!(head.starts_with("HTTP/1.1 101 "), "no websocket: {head}");
        this.arrived.drain(..end);
        Ok(this)
    }

    /// Sends a text. Its mask is zeros, as a client may choose it.
    pub(super) async fn send(&mut self, text: &str) -> Result<()> {
        let mut frame = vec![0x81];
        match u8::try_from(text.len()) {
            Ok(length @ 0..=125) => frame.push(0x80 | length),
            _ => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(text.len())?.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next text. Nothing is lost when it is not waited for to the end.
    pub(super) async fn next(&mut self) -> Result<String> {
        loop {
            if let Some((begin, end)) = self.frame()? {
                let opcode = self.arrived[0] & 0x0f;
                let payload = self.arrived[begin..end].to_vec();
                self.arrived.drain(..end);
                match opcode {
                    0x1 => return Ok(String::from_utf8(payload)?),
                    0x8 => bail!("the server closes the connection"),
                    _ => {}
                }
            } else {
                self.read().await?;
            }
        }
    }

    /// Where the payload of the first frame begins and ends, once all of it is there.
    fn frame(&self) -> Result<Option<(usize, usize)>> {
        let [first, second, rest @ ..] = self.arrived.as_slice() else {
            return Ok(None);
        };
        ensure!(first & 0x80 != 0, "a message in parts, which nobody sends here");
        let (begin, length) = match (second & 0x7f, rest) {
            (126, [high, low, ..]) => (4, u64::from(u16::from_be_bytes([*high, *low]))),
            (127, rest) => match rest.first_chunk() {
                Some(length) => (10, u64::from_be_bytes(*length)),
                None => return Ok(None),
            },
            (126, _) => return Ok(None),
            (length, _) => (2, u64::from(length)),
        };
        let end = begin + usize::try_from(length)?;
        Ok((self.arrived.len() >= end).then_some((begin, end)))
    }

    async fn read(&mut self) -> Result<()> {
        let count = self.stream.read_buf(&mut self.arrived).await?;
        ensure!(count > 0, "the connection was closed");
        Ok(())
    }
}
