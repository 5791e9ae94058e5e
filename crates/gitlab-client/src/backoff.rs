use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Where the random part of a pause comes from. Handed in, so that a test knows it.
pub trait Jitter: Send + Sync + Debug + 'static {
    /// A number from 0 up to, not including, 1.
    fn fraction(&self) -> f64;
}

/// A seeded generator.
#[derive(Debug)]
pub struct SeededJitter(Mutex<StdRng>);

impl SeededJitter {
    /// The same seed gives the same pauses.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Jitter for SeededJitter {
    fn fraction(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random()
    }
}

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(15);

/// How long to pause before repeating a read; `repeats` is how often it has been repeated already.
///
/// | `repeats` | pause |
/// |---|---|
/// | 0 | 125–250 ms |
/// | 1 | 250–500 ms |
/// | 2 | 0.5–1 s |
/// | n | half to whole of 250 ms · 2ⁿ, at most 15 s |
///
/// What GitLab asks for (`Retry-After`) is kept, up to a minute.
pub(crate) fn pause(repeats: u32, asked: Option<Duration>, jitter: &dyn Jitter) -> Duration {
    let whole = FIRST.saturating_mul(2_u32.saturating_pow(repeats)).min(LONGEST);
    let own = whole.mul_f64(0.5 + jitter.fraction().clamp(0.0, 1.0) / 2.0);
    own.max(asked.unwrap_or_default().min(Duration::from_mins(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Always(f64);
    impl Jitter for Always {
        fn fraction(&self) -> f64 {
            self.0
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_scatter() {
        let millis = |repeats, jitter| pause(repeats, None, &Always(jitter)).as_millis();
        assert_eq!([millis(0, 0.0), millis(1, 0.0), millis(2, 0.0)], [125, 250, 500]);
        assert_eq!([millis(0, 1.0), millis(1, 1.0), millis(2, 1.0)], [250, 500, 1000]);
        assert_eq!(millis(60, 1.0), 15_000);
    }

    #[test]
    fn what_gitlab_asks_for_is_kept() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(pause(0, asked(7), &Always(0.0)), Duration::from_secs(7));
        assert_eq!(pause(0, asked(86_400), &Always(0.0)), Duration::from_mins(1));
    }

    #[test]
    fn a_seed_decides_the_pauses() {
        let (one, other) = (SeededJitter::new(7), SeededJitter::new(7));
        assert_eq!(one.fraction().to_bits(), other.fraction().to_bits());
        assert!((0.0..1.0).contains(&one.fraction()));
    }
}
