use anyhow::{Context, Result, bail};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::programs::Simulator;

/// When requests came, earliest first, and how many of them were writes.
pub(crate) struct Journal {
    times: Vec<OffsetDateTime>,
    writes: Vec<OffsetDateTime>,
}

impl Journal {
    /// Everything that this simulator was asked so far.
    pub(crate) fn of(simulator: &Simulator) -> Result<Self> {
        Self::since(simulator, 0)
    }

    /// What it was asked after its first `seen` requests.
    pub(crate) fn since(simulator: &Simulator, seen: u64) -> Result<Self> {
        let journal = simulator.ask(&format!("/_sim/journal?since={seen}"))?;
        let (mut times, mut writes) = (Vec::new(), Vec::new());
        for entry in journal["entries"].as_array().context("no journal")? {
            let at = moment(entry["at"].as_str().context("an entry without a time")?)?;
            times.push(at);
            if entry["method"] != "GET" {
                writes.push(at);
            }
        }
        times.sort_unstable();
        writes.sort_unstable();
        Ok(Self { times, writes })
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> Result<f64> {
        count(self.times.len())
    }

    /// Seconds from the first request to the last.
    pub(crate) fn seconds(&self) -> Result<f64> {
        let (Some(first), Some(last)) = (self.times.first(), self.times.last()) else {
            bail!("nothing was sent")
        };
        Ok((*last - *first).as_seconds_f64())
    }

    /// How many requests came within so many seconds of the first.
    pub(crate) fn within(&self, seconds: f64) -> Result<f64> {
        let first = *self.times.first().context("nothing was sent")?;
        let early = |at: &OffsetDateTime| (*at - first).as_seconds_f64() < seconds;
        count(self.times.partition_point(early))
    }

    /// For every `step` writes, the seconds from the first of them to the first of the next step.
    pub(crate) fn steps(&self, step: usize) -> Vec<f64> {
        let starts: Vec<&OffsetDateTime> = self.writes.iter().step_by(step).collect();
        starts
            .windows(2)
            .map(|pair| (*pair[1] - *pair[0]).as_seconds_f64())
            .collect()
    }
}

fn count(number: usize) -> Result<f64> {
    Ok(f64::from(u32::try_from(number)?))
}

/// RFC 3339.
pub(crate) fn moment(text: &str) -> Result<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).with_context(|| format!("{text} is not a time"))
}
