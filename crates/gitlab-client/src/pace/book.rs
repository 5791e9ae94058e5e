use std::collections::VecDeque;

use super::Lane;
use super::gate::Places;
use super::shared::{Claim, Lanes, Remote, Reserved, Wish};

/// How far ahead turns are reserved for jobs. Less than what people may take in advance, so that jobs of one
/// process never hold up people at another.
pub(super) const AHEAD: u64 = 150 * MILLI;
/// After so long places are claimed anew, and so long after asking the others are told what is in flight.
const CLAIMED_FOR: u64 = 500 * MILLI;
const TOLD_FOR: u64 = 1_000 * MILLI;
/// So soon it is asked again where there are too few places, or where there was no answer.
const ASK_AGAIN: u64 = 50 * MILLI;
/// More turns are not reserved at once.
const MOST_TURNS: u64 = 64;
/// So many places are claimed beyond what is in flight, so that the next few requests need not ask.
const SPARE: u32 = 2;

const MILLI: u64 = 1_000_000;

/// What this process has reserved of a budget that it shares with others. All times are nanoseconds of the
/// monotonic clock.
#[derive(Debug)]
pub(super) struct Book {
    remote: Remote,
    /// When the reserved turns are.
    turns: VecDeque<u64>,
    /// How many were reserved the last time, and whether all of them were used.
    batch: u64,
    used_up: bool,
    /// There is no use in asking for turns before: people, jobs.
    ask_from: [u64; 2],
    /// What may be in flight here, and until when that is known.
    places: Option<(Lanes, u64)>,
    asked_at: u64,
    /// What the others believe to be in flight here.
    told: u32,
    asking: bool,
}

/// What stands in the way of a request, as far as the book knows.
pub(super) enum Entry {
    /// Nothing after this moment.
    At(u64),
    /// It has to be asked, not before this moment.
    Ask(u64),
}

impl Book {
    pub(super) fn new(remote: Remote) -> Self {
        Self {
            remote,
            turns: VecDeque::new(),
            batch: 0,
            used_up: false,
            ask_from: [0; 2],
            places: None,
            asked_at: 0,
            told: 0,
            asking: false,
        }
    }

    pub(super) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Whether the book counts. While nobody can be asked, the process keeps to its part of the budget.
    pub(super) fn is_open(&self) -> bool {
        self.remote.pace.is_reached()
    }

    /// When a request may pass as far as the rate goes. `ahead` is what this lane may take in advance.
    pub(super) fn turn(&self, lane: Lane, ahead: u64) -> Entry {
        match self.turns.front() {
            Some(turn) => Entry::At(turn.saturating_sub(ahead)),
            None => Entry::Ask(self.ask_from[lane as usize]),
        }
    }

    /// When one more of this lane may be in flight, as far as the other processes leave places.
    pub(super) fn place(&self, lane: Lane, in_flight: Lanes, now: u64) -> Entry {
        if !self.remote.with_places {
            return Entry::At(now);
        }
        let Some((places, _)) = self.places.filter(|(_, until)| *until > now) else {
            return Entry::Ask(self.ask_places_from());
        };
        let free = match lane {
            Lane::People => in_flight.people < places.people,
            Lane::Jobs => in_flight.jobs < places.jobs,
        };
        if free {
            Entry::At(now)
        } else {
            Entry::Ask(self.ask_places_from())
        }
    }

    fn ask_places_from(&self) -> u64 {
        self.asked_at.saturating_add(ASK_AGAIN)
    }

    /// Uses the first turn, if there is one.
    pub(super) fn use_turn(&mut self) {
        self.turns.pop_front();
    }

    /// Lets go of turns that were not used in time.
    pub(super) fn forget_before(&mut self, moment: u64) {
        while self.turns.front().is_some_and(|turn| *turn < moment) {
            self.turns.pop_front();
            self.used_up = false;
        }
    }

    /// What to ask for. `waiting` are those who wait at this moment.
    pub(super) fn wish(
        &mut self,
        interval: u64,
        (late, people_ahead): (u64, u64),
        places: Places,
        in_flight: Lanes,
        waiting: Lanes,
        now: u64,
    ) -> Wish {
        // Turns that are reserved and not used are lost for everybody: only who uses them all reserves more.
        let goes_on = self.used_up && now.saturating_sub(self.asked_at) <= 2 * AHEAD;
        self.batch = match interval {
            0 => 0,
            interval if goes_on => (2 * self.batch).min(AHEAD / interval).clamp(1, MOST_TURNS),
            _ => 1,
        };
        let (turns, ahead) = match waiting {
            _ if interval == 0 => (0, 0),
            Lanes { people: 0, jobs: 0 } => (0, AHEAD),
            Lanes { people: 0, jobs } => (u64::from(jobs).max(self.batch), AHEAD),
            Lanes { people, .. } => (u64::from(people), AHEAD + people_ahead),
        };
        let turns = turns.min(MOST_TURNS).saturating_sub(self.turns.len() as u64);
        let spare = |waiting: u32, in_flight: u32| match (waiting, in_flight) {
            (0, 0) => 0,
            (waiting, in_flight) => in_flight + waiting.max(SPARE),
        };
        self.asking = true;
        self.asked_at = now;
        self.told = in_flight.people + in_flight.jobs;
        let claim = Claim {
            all: places.all(),
            for_jobs: places.for_jobs(),
            in_flight,
            wanted: Lanes {
                people: spare(waiting.people, in_flight.people).min(places.all()),
                jobs: spare(waiting.jobs, in_flight.jobs).min(places.for_jobs()),
            },
        };
        Wish {
            budget: self.remote.budget.clone(),
            interval: std::time::Duration::from_nanos(interval),
            turns: u32::try_from(turns).unwrap_or(u32::MAX),
            ahead: std::time::Duration::from_nanos(ahead),
            late: std::time::Duration::from_nanos(late),
            places: self.remote.with_places.then_some(claim),
        }
    }

    /// Takes in the answer to a wish.
    pub(super) fn answered(&mut self, wish: &Wish, answer: Option<Reserved>, now: u64) {
        self.asking = false;
        let Some(answer) = answer else {
            self.ask_from = [now.saturating_add(ASK_AGAIN); 2];
            self.places = None;
            return;
        };
        self.places = Some((answer.places, now.saturating_add(CLAIMED_FOR)));
        if wish.turns == 0 {
            return;
        }
        let first = now.saturating_add_signed(answer.first_in.saturating_mul(1_000));
        let interval = super::nanos(wish.interval);
        let ahead = super::nanos(wish.ahead);
        if answer.turns == 0 {
            // The first free turn comes near enough only then.
            let from = first.saturating_sub(ahead);
            self.ask_from[Lane::Jobs as usize] = from;
            if ahead > AHEAD {
                self.ask_from[Lane::People as usize] = from;
            }
            return;
        }
        self.ask_from = [0; 2];
        self.used_up = true;
        let turns =
            (0..u64::from(answer.turns)).map(|turn| first.saturating_add(turn.saturating_mul(interval)));
        self.turns.extend(turns);
    }

    /// Whether an answer is awaited.
    pub(super) fn is_asking(&self) -> bool {
        self.asking
    }

    /// When the others have to be told again what is in flight here, if they count it.
    pub(super) fn tells_at(&self, in_flight: u32) -> Option<u64> {
        let matters = self.remote.with_places && (in_flight > 0 || self.told > 0);
        (matters && self.is_open() && !self.asking).then(|| self.asked_at.saturating_add(TOLD_FOR))
    }
}
