//! How a job gets on: a bar on a terminal, otherwise a plain line every few seconds.

use std::sync::Arc;
use std::time::Duration;

use domain::{Clock, Job};
use indicatif::{ProgressBar, ProgressStyle};

use super::talk;

/// How often a bar moves.
const BAR_EVERY: Duration = Duration::from_millis(150);
/// How often a plain line is written.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows a job's progress on stderr.
pub(crate) struct Progress {
    clock: Arc<dyn Clock>,
    bar: Option<ProgressBar>,
    last_line: Duration,
}

impl Progress {
    /// Begins to show this job.
    pub(crate) fn of(job: &Job, clock: &Arc<dyn Clock>) -> Self {
        let bar = talk::is_terminal().then(|| {
            let bar = talk::bars().add(ProgressBar::new(u64::from(job.total)));
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let progress = Self {
            clock: Arc::clone(clock),
            bar,
            last_line: clock.monotonic(),
        };
        progress.draw(job);
        progress
    }

    /// How long until it is worth looking at the job again.
    pub(crate) fn interval(&self) -> Duration {
        if self.bar.is_some() {
            BAR_EVERY
        } else {
            (self.last_line + LINE_EVERY).saturating_sub(self.clock.monotonic())
        }
    }

    /// Shows the job as it stands now.
    pub(crate) fn show(&mut self, job: &Job) {
        if self.bar.is_some() {
            self.draw(job);
        } else if self.interval().is_zero() {
            self.last_line = self.clock.monotonic();
            talk::say(&format!(
                "{}/{} items, {}",
                job.progress,
                job.total,
                words(job, self.clock.now())
            ));
        }
    }

    fn draw(&self, job: &Job) {
        if let Some(bar) = &self.bar {
            bar.set_position(u64::from(job.progress));
            bar.set_message(words(job, self.clock.now()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Rate, time to go, counts, and what it waits for.
fn words(job: &Job, now: domain::Timestamp) -> String {
    let mut parts = Vec::new();
    let rate = job.items_per_second.filter(|rate| *rate > 0.0);
    if let Some(rate) = rate {
        parts.push(if rate < 10.0 {
            format!("{rate:.1}/s")
        } else {
            format!("{rate:.0}/s")
        });
        let left = job.total.saturating_sub(job.progress);
        parts.push(format!(
            "{} to go",
            duration(Duration::from_secs_f64(f64::from(left) / rate))
        ));
    }
    parts.push(format!("{} ok", job.success_count));
    let others = [
        (job.skipped_count, "skipped"),
        (job.failure_count, "failed"),
        (job.unconfirmed_count, "unconfirmed"),
    ];
    parts.extend(
        others
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}")),
    );
    if let Some(until) = job.waiting_until.filter(|until| *until > now) {
        let reason = job.waiting_reason.as_deref().unwrap_or("GitLab");
        parts.push(format!("waits {} ({reason})", duration(until.since(now))));
    }
    parts.join(", ")
}

/// A duration as people say it: `8 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        for (seconds, text) in [
            (0, "0.0 s"),
            (8, "8.0 s"),
            (59, "59 s"),
            (200, "3 min 20 s"),
            (7_500, "2 h 5 min"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
