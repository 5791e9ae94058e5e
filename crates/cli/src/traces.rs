//! Traces for an OpenTelemetry collector: from a request to us, or a job, to what it asked of GitLab.
//!
//! A collector that is slow or gone costs nothing but its traces: spans wait in a queue of fixed length, a thread of its
//! own sends them, and what finds the queue full is dropped. What is sent is a list of what may be told
//! ([`TOLD`]), so that nothing can slip in: templates of routes, methods, statuses, numbers of jobs and items; no
//! path, no name, no address and no token.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::trace::{SpanKind, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Handle;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use crate::failure::chain;

/// A collector has so long to take a batch.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);
/// At the end of the process what is left may take so long.
const LAST_WITHIN: Duration = Duration::from_secs(2);

/// The fields of spans that are sent, with the names that OpenTelemetry has for them.
const TOLD: [(&str, &str); 6] = [
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
    ("id", "gitlab_bulk.request"),
    ("job", "gitlab_bulk.job"),
    ("index", "gitlab_bulk.item"),
];

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// A layer that sends spans to the collector at this address.
///
/// # Errors
/// There is no way to send them: why, for people.
pub(crate) fn layer<S>(collector: &Url) -> Result<impl Layer<S>, String>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let runtime = Handle::try_current().map_err(|error| error.to_string())?;
    let http = reqwest::Client::builder()
        .timeout(TAKEN_WITHIN)
        .build()
        .map_err(|error| chain(&error))?;
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Collector {
            http,
            runtime,
            is_silent: AtomicBool::new(false),
        })
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(of_traces(collector))
        .with_timeout(TAKEN_WITHIN)
        .build()
        .map_err(|error| chain(&error))?;
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "gitlab-bulk"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(Told(exporter))
        .with_resource(resource)
        .build();
    let tracer = PROVIDER.get_or_init(|| provider).tracer("gitlab-bulk");
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    Ok(layer.with_filter(filter_fn(is_ours)))
}

/// Sends what is left; at the end of the process, outside the runtime.
pub(crate) fn finish() {
    if let Some(provider) = PROVIDER.get() {
        // Nobody is there any more who could do something about a failure.
        let _ = provider.shutdown_with_timeout(LAST_WITHIN);
    }
}

/// The address of a collector for traces, as the specification of OTLP makes it from the one that is configured.
fn of_traces(collector: &Url) -> String {
    format!("{}/v1/traces", collector.as_str().trim_end_matches('/'))
}

/// Spans of this program, and no events: those are the log's.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let krate = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && matches!(krate, "server" | "engine" | "gitlab_client")
}

/// Leaves nothing of a span but what may be told.
#[derive(Debug)]
struct Told<E>(E);

impl<E: SpanExporter> SpanExporter for Told<E> {
    fn export(&self, mut batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        batch.iter_mut().for_each(tell);
        self.0.export(batch)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn tell(span: &mut SpanData) {
    let told = std::mem::take(&mut span.attributes)
        .into_iter()
        .filter_map(|attribute| {
            let name = attribute.key.as_str();
            let (_, known) = TOLD.iter().find(|(field, _)| *field == name)?;
            Some(KeyValue::new(*known, attribute.value))
        });
    span.attributes = told.collect();
    span.events = opentelemetry_sdk::trace::SpanEvents::default();
    let of = |name: &str| {
        let mut attributes = span.attributes.iter();
        let found = attributes.find(|attribute| attribute.key.as_str() == name)?;
        match &found.value {
            Value::String(text) => Some(text.as_str().to_owned()),
            _ => None,
        }
    };
    let (method, route) = (of("http.request.method"), of("http.route"));
    let is_question = span.name == "gitlab_request";
    if let Some(method) = method {
        let route = route.unwrap_or_default();
        let to = if is_question { "GitLab " } else { "" };
        span.name = Cow::Owned(format!("{to}{method} {route}").trim_end().to_owned());
        span.span_kind = if is_question {
            SpanKind::Client
        } else {
            SpanKind::Server
        };
    }
}

/// Sends batches by the connections of the runtime, whichever thread asks.
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    /// Said once, not for each batch.
    is_silent: AtomicBool,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let answer = http.execute(request.try_into()?).await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let answer = sent.await?;
        let fails = match &answer {
            Ok((status, _)) => !status.is_success(),
            Err(_) => true,
        };
        if fails != self.is_silent.swap(fails, Ordering::Relaxed) {
            if fails {
                tracing::warn!("The collector does not take traces; they are dropped until it does");
            } else {
                tracing::info!("The collector takes traces again");
            }
        }
        let (status, body) = answer?;
        Ok(Response::builder().status(status).body(body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_collector_may_have_a_path_or_a_slash() {
        for (given, used) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            (
                "https://otel.example.com/bulk/",
                "https://otel.example.com/bulk/v1/traces",
            ),
        ] {
            assert_eq!(of_traces(&given.parse().unwrap()), used);
        }
    }
}
