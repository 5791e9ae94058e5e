//! Files to a server, as they are read from the disk.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use domain::{Job, JobId, Problem, Problems};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Method};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::Remote;
use crate::failure::Failure;

/// Read of a file at once.
const PIECE: usize = 64 * 1024;

/// What an import is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    /// `-` is stdin.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) kind: Option<String>,
    pub(crate) mapping: Map<String, Value>,
    pub(crate) skip_invalid: bool,
    /// Stronger than what the files say.
    pub(crate) options: Map<String, Value>,
}

/// What the server says of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    #[serde(flatten)]
    pub(crate) job: Job,
    /// What was not read, though nothing is wrong with it.
    #[serde(default)]
    pub(crate) warnings: Vec<Problem>,
    /// What is wrong with the rows that were set aside.
    #[serde(default)]
    pub(crate) skipped: Vec<Problem>,
}

impl Sent {
    pub(crate) fn id(&self) -> JobId {
        self.job.id
    }
}

impl Remote {
    /// Makes a job of files, to be planned and not started.
    ///
    /// # Errors
    /// A file cannot be read; the server refuses them, with everything that is wrong.
    pub(crate) async fn import(&self, upload: Upload) -> Result<Sent, Failure> {
        let files = open(&upload.files).await?;
        let boundary = format!("gitlab-bulk-{:032x}", rand::random::<u128>());
        let texts = [
            ("start", "false".to_owned()),
            ("type", upload.kind.unwrap_or_default()),
            ("skipInvalid", upload.skip_invalid.to_string()),
            ("mapping", text_of(upload.mapping)),
            ("options", text_of(upload.options)),
        ];
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let form = form(
            boundary,
            texts.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
            files,
        );
        let request = self
            .request(Method::POST, "api/jobs/import")?
            .header(CONTENT_TYPE, content_type)
            .body(Body::wrap_stream(form));
        self.read(request).await
    }
}

/// Nothing, when there is nothing to say.
fn text_of(object: Map<String, Value>) -> String {
    if object.is_empty() {
        String::new()
    } else {
        Value::Object(object).to_string()
    }
}

enum Open {
    File(File),
    /// What came over stdin.
    Stdin(Vec<u8>),
}

/// Every file that cannot be read is told at once.
async fn open(paths: &[PathBuf]) -> Result<Vec<(String, Open)>, Failure> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            let read = tokio::task::spawn_blocking(|| {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
            });
            let bytes = read
                .await
                .unwrap_or_else(|error| Err(std::io::Error::other(error)))?;
            files.push(("stdin".to_owned(), Open::Stdin(bytes)));
            continue;
        }
        let name = path.display().to_string();
        let opened = async {
            let file = File::open(path).await?;
            if file.metadata().await?.is_dir() {
                return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
            }
            Ok(file)
        };
        match opened.await {
            Ok(file) => files.push((name, Open::File(file))),
            Err(error) => problems.push(Problem {
                file: Some(name),
                ..Problem::new(format!("the file cannot be read: {error}"))
            }),
        }
    }
    Problems(problems)
        .into_result()
        .map_err(|problems| Failure::invalid("not every file can be read; nothing was sent", problems))?;
    Ok(files)
}

/// The parts of a form, one after the other.
fn form(
    boundary: String,
    texts: Vec<(&'static str, String)>,
    files: Vec<(String, Open)>,
) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    let mut head = String::new();
    for (name, text) in texts {
        let _ = write!(
            head,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
    }
    let tail = format!("--{boundary}--\r\n");
    let files = stream::iter(files).flat_map(move |(name, file)| {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            quoted(&name)
        );
        let content = match file {
            Open::File(file) => {
                let pieces = ReaderStream::with_capacity(file, PIECE);
                pieces.map_ok(|piece| piece.to_vec()).left_stream()
            }
            Open::Stdin(bytes) => stream::iter([Ok(bytes)]).right_stream(),
        };
        piece(head).chain(content).chain(piece("\r\n".to_owned()))
    });
    piece(head).chain(files).chain(piece(tail))
}

fn piece(text: String) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    stream::iter([Ok(text.into_bytes())])
}

/// A name as forms have it.
fn quoted(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            '"' => "%22".to_owned(),
            letter if letter.is_control() => " ".to_owned(),
            letter => letter.to_string(),
        })
        .collect()
}
