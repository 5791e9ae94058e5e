//! Things going wrong on request.

mod action;
mod fault;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use hyper::Method;

pub use action::{Action, InvalidFault};
pub use fault::{Fault, FaultMatch};

use crate::random::Dice;

/// The faults in force, in the order they were given.
#[derive(Debug)]
pub(crate) struct Faults {
    any: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    faults: Vec<Fault>,
    dice: Dice,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        let inner = Inner {
            faults: Vec::new(),
            dice: Dice::new(seed),
        };
        Self {
            any: AtomicBool::new(false),
            inner: Mutex::new(inner),
        }
    }

    pub(crate) fn add(&self, faults: Vec<Fault>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.faults.extend(faults);
        self.any.store(!inner.faults.is_empty(), Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .faults
            .clear();
        self.any.store(false, Ordering::Release);
    }

    /// Forgets all faults and throws the dice anew.
    pub(crate) fn reset(&self, seed: u64) {
        self.clear();
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).dice = Dice::new(seed);
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .faults
            .clone()
    }

    /// What goes wrong with this request. Every matching fault counts it; the first that is due acts.
    pub(crate) fn strike(&self, method: &Method, path: &str) -> Option<Action> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { faults, dice } = &mut *inner;
        let mut struck = None;
        for fault in faults
            .iter_mut()
            .filter(|fault| fault.about.matches(method, path))
        {
            if fault.is_due(dice) && struck.is_none() {
                fault.fired += 1;
                struck = Some(fault.action);
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(faults: &Faults, count: usize) -> Vec<bool> {
        (0..count)
            .map(|_| faults.strike(&Method::POST, "/api/v4/projects").is_some())
            .collect()
    }

    fn with(fault: Fault) -> Faults {
        let faults = Faults::new(1);
        faults.add(vec![fault]);
        faults
    }

    #[test]
    fn nth_every_and_times_count_matching_requests() {
        let post = || Fault::post("/api/v4/projects");
        assert_eq!(
            struck(&with(post().nth(2).drop_connection()), 4),
            [false, true, false, false]
        );
        assert_eq!(
            struck(&with(post().every(2).drop_connection()), 4),
            [false, true, false, true]
        );
        assert_eq!(
            struck(&with(post().times(1).drop_connection()), 3),
            [true, false, false]
        );
        let other = with(Fault::get("/api/v4/projects").drop_connection());
        assert_eq!(struck(&other, 2), [false, false]);
    }

    #[test]
    fn one_seed_always_throws_the_same_dice() {
        let throws = |seed| {
            let faults = Faults::new(seed);
            faults.add(vec![Fault::any().probability(0.3).drop_connection()]);
            struck(&faults, 200)
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        let hits = throws(7).into_iter().filter(|hit| *hit).count();
        assert!((30..90).contains(&hits), "{hits}");
    }

    #[test]
    fn a_wrong_fault_is_told_what_is_allowed() {
        let wrong = |json: &str| serde_json::from_str::<Fault>(json).unwrap_err().to_string();
        assert!(wrong(r#"{"action":"explode"}"#).contains("accept_then_drop"));
        assert!(wrong(r#"{"action":"status:200"}"#).contains("400 to 599"));
        assert!(wrong(r#"{"action":"delay"}"#).contains("delay:MS"));
        assert!(wrong(r#"{"action":"drop","nth":1,"every":2}"#).contains("at most one"));
        assert!(wrong(r#"{"action":"drop","nth":0}"#).contains("from 1"));
        assert!(wrong(r#"{"action":"drop","probability":2}"#).contains("from 0 to 1"));
        assert!(wrong(r#"{"action":"drop","match":{"method":"FETCH"}}"#).contains("PATCH"));
        assert!(wrong(r#"{"action":"drop","match":{"path":"projects"}}"#).contains("whole path"));
        assert!(wrong(r#"{"action":"drop","when":1}"#).contains("unknown field"));
    }

    #[test]
    fn a_fault_is_shown_as_it_was_given() {
        let json = r#"{"match":{"method":"POST","path":"/api/v4/groups/**"},"every":5,"times":2,"action":"delay:250","seen":0,"fired":0}"#;
        let given = r#"{"match":{"method":"post","path":"/api/v4/groups/**"},"every":5,"times":2,"action":"delay:250"}"#;
        let fault: Fault = serde_json::from_str(given).unwrap();
        assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    }
}
