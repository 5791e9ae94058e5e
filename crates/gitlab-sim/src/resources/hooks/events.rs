use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::owner;
use crate::http::{Answer, Call, Offset};
use crate::params::Ask;
use crate::state::HookLog;

/// How long deliveries are remembered.
const DAYS: i64 = 7;

/// At most this many fit on a page here.
const MOST_PER_PAGE: i64 = 20;

/// `GET …/hooks/:hook_id/events`: what became of deliveries, the latest first.
pub(super) fn list(call: &Call<'_>) -> Answer {
    owner::of_path(call, &call.state())?;
    let mut ask = call.ask();
    let wanted = statuses(&mut ask);
    let per_page = ask.integer("per_page").unwrap_or(MOST_PER_PAGE);
    if !(1..=MOST_PER_PAGE).contains(&per_page) {
        ask.complain("per_page does not have a valid value");
    }
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let page = {
        let state = call.state();
        let owner = owner::of_path(call, &state)?;
        let hook = owner::hook(call, &state, owner)?;
        let oldest = call.now.0 - DAYS * 24 * 60 * 60 * 1_000;
        let logs = state.belongings.hook_logs.of(owner).rev();
        let logs = logs
            .filter(|log| log.hook == hook.id && log.at.0 >= oldest)
            .filter(|log| wanted.is_empty() || wanted.iter().any(|range| range.holds(log)));
        offset.cut(logs).map(|log| Some(LogView(Arc::clone(log))))
    };
    Ok(page.reply(call))
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Status(u16),
    Successful,
    ClientFailure,
    /// Also without any answer.
    ServerFailure,
}

impl Wanted {
    fn holds(self, log: &HookLog) -> bool {
        match (self, log.status) {
            (Self::Status(wanted), Some(status)) => wanted == status,
            (Self::Successful, Some(200..=299))
            | (Self::ClientFailure, Some(400..=499))
            | (Self::ServerFailure, Some(500..=599) | None) => true,
            _ => false,
        }
    }
}

fn statuses(ask: &mut Ask<'_>) -> Vec<Wanted> {
    let list = ask.list("status").unwrap_or_default();
    let one = |text: &String| {
        Some(match text.as_str() {
            "successful" => Wanted::Successful,
            "client_failure" => Wanted::ClientFailure,
            "server_failure" => Wanted::ServerFailure,
            number => {
                let number = number.parse().ok()?;
                hyper::StatusCode::from_u16(number).ok()?.canonical_reason()?;
                Wanted::Status(number)
            }
        })
    };
    let wanted: Option<Vec<Wanted>> = list.iter().map(one).collect();
    if wanted.is_none() {
        ask.complain("status does not have a valid value");
    }
    wanted.unwrap_or_default()
}

/// One delivery.
#[derive(Debug)]
struct LogView(Arc<HookLog>);

impl Serialize for LogView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let log = &self.0;
        let data = RawValue::from_string(log.request_data.clone()).ok();
        let status = log.status.map(|status| status.to_string());
        let seconds = std::time::Duration::from_millis(log.millis).as_secs_f64();
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("id", &log.id)?;
        body.serialize_entry("url", &log.url.0)?;
        body.serialize_entry("trigger", &log.trigger)?;
        body.serialize_entry("request_headers", &Pairs(&log.request_headers))?;
        body.serialize_entry("request_data", &data)?;
        body.serialize_entry("response_headers", &Pairs(&log.response_headers))?;
        body.serialize_entry("response_body", &log.response_body)?;
        body.serialize_entry("execution_duration", &seconds)?;
        body.serialize_entry("response_status", status.as_deref().unwrap_or("internal error"))?;
        body.end()
    }
}

struct Pairs<'a>(&'a [(String, String)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
