//! Which limits a job can be given.

use domain::{JobOptions, Problem};

/// The longest rest between two waves: a week.
const LONGEST_REST: u32 = 7 * 24 * 60 * 60;

/// What is wrong with the limits among these options, each with its field; all of it.
pub fn problems(options: &JobOptions) -> Vec<Problem> {
    let waves = options.waves.as_ref();
    let zero = |number: Option<u32>| number == Some(0);
    let checks = [
        (zero(options.concurrency), "concurrency", "1 or more"),
        (
            options
                .rate_per_second
                .is_some_and(|rate| !(rate.is_finite() && rate > 0.0)),
            "ratePerSecond",
            "a number above 0",
        ),
        (zero(options.max_failures), "maxFailures", "1 or more"),
        (
            options
                .max_error_rate
                .is_some_and(|rate| !(0.0..=1.0).contains(&rate)),
            "maxErrorRate",
            "0 to 1",
        ),
        (zero(options.canary), "canary", "1 or more"),
        (zero(waves.map(|waves| waves.size)), "waves.size", "1 or more"),
        (
            waves.is_some_and(|waves| waves.pause_seconds > LONGEST_REST),
            "waves.pauseSeconds",
            "0 to 604800, which is a week",
        ),
    ];
    let wrong = checks.into_iter().filter(|(wrong, ..)| *wrong);
    wrong
        .map(|(_, field, allowed)| {
            let mut problem = Problem::new(format!("{field} is out of range")).allowed(allowed);
            problem.field = Some(format!("options.{field}"));
            problem
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::Waves;

    use super::*;

    #[test]
    fn everything_that_is_out_of_range_is_said_at_once() {
        let options = JobOptions {
            concurrency: Some(0),
            rate_per_second: Some(f64::NAN),
            max_failures: Some(0),
            max_error_rate: Some(1.5),
            canary: Some(0),
            waves: Some(Waves {
                size: 0,
                pause_seconds: u32::MAX,
            }),
            ..JobOptions::default()
        };
        let fields: Vec<_> = problems(&options)
            .into_iter()
            .filter_map(|problem| problem.field)
            .collect();
        assert_eq!(
            fields,
            [
                "options.concurrency",
                "options.ratePerSecond",
                "options.maxFailures",
                "options.maxErrorRate",
                "options.canary",
                "options.waves.size",
                "options.waves.pauseSeconds",
            ]
        );
        assert!(problems(&JobOptions::default()).is_empty());
    }
}
