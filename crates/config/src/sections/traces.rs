use url::Url;

use crate::reader::Reader;
use crate::variable::Variable;

const OTEL_EXPORTER_OTLP_ENDPOINT: Variable = Variable::new("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    .without("none: no traces are sent")
    .allowed("the address of a collector that takes OTLP over HTTP, like http://localhost:4318")
    .means("Traces are sent there, to `/v1/traces` below it: requests, jobs, and what they asked of GitLab.");

pub(crate) const VARIABLES: &[Variable] = &[OTEL_EXPORTER_OTLP_ENDPOINT];

/// Who is told of requests and jobs as they happen.
#[derive(Clone, Debug)]
pub struct Traces {
    /// Who is told, over OTLP; `None`: nobody.
    pub collector: Option<Url>,
}

impl Traces {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            collector: read.optional(&OTEL_EXPORTER_OTLP_ENDPOINT, |text| match Url::parse(text) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
                _ => Err("is not an http address".to_owned()),
            }),
        }
    }
}
