use clap::Args;
use domain::{JobOptions, Timestamp, Waves};
use serde_json::{Map, Value};

/// How fast a job goes, and when it stops for a look.
#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// Stop before the next item once one has failed
    #[arg(long)]
    stop_on_error: bool,
    /// Pause after so many failed items
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_failures: Option<u32>,
    /// Pause when this share of the last items failed, 0 to 1
    #[arg(long, value_name = "R", value_parser = share)]
    max_error_rate: Option<f64>,
    /// Run so many items first, then pause for a look
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    canary: Option<u32>,
    /// Run in waves of so many items, with a rest between them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    wave_size: Option<u32>,
    /// Seconds to rest between waves [default: 0]
    #[arg(long, value_name = "S", requires = "wave_size")]
    wave_pause: Option<u32>,
    /// Not before this moment, like 2026-12-24T22:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    not_before: Option<Timestamp>,
    /// Requests in flight at most, below `GITLAB_API_CONCURRENCY`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: Option<u32>,
    /// Requests per second at most, below `GITLAB_API_RATE_LIMIT`
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<f64>,
}

impl Limits {
    /// The same options, with the limits that were given.
    pub(crate) fn limit(&self, options: JobOptions) -> JobOptions {
        let waves = self.wave_size.map(|size| Waves {
            size,
            pause_seconds: self.wave_pause.unwrap_or(0),
        });
        JobOptions {
            continue_on_error: options.continue_on_error && !self.stop_on_error,
            max_failures: self.max_failures.or(options.max_failures),
            max_error_rate: self.max_error_rate.or(options.max_error_rate),
            canary: self.canary.or(options.canary),
            waves: waves.or(options.waves),
            not_before: self.not_before.or(options.not_before),
            concurrency: self.concurrency.or(options.concurrency),
            rate_per_second: self.rate.or(options.rate_per_second),
            ..options
        }
    }
}

impl Limits {
    /// The limits that were given, as the API names them.
    pub(crate) fn typed(&self) -> Map<String, Value> {
        let unlimited = JobOptions::default();
        let object = |options: &JobOptions| match serde_json::to_value(options) {
            Ok(Value::Object(object)) => object,
            _ => Map::new(),
        };
        let usual = object(&unlimited);
        let mut given = object(&self.limit(unlimited));
        given.retain(|name, value| usual.get(name) != Some(value));
        given
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("give a number above 0".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("give a number from 0 to 1".to_owned()),
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|_| "give date, time and zone, like 2026-12-24T22:00:00Z".to_owned())
}
