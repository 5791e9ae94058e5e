//! Kill the process at any moment: after `jobs resume` every item is done exactly once.
//!
//! Each test kills `gitlab-bulk apply` at ten moments of the same import, always with SIGKILL or by an
//! abort, which leaves a process no more time than a power failure does. Twenty moments on a GitLab that
//! always answers, the same twenty on one that does some of the work and then cuts the connection.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod sample;
mod victim;

use gitlab_sim::{Fault, Options, Simulator};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use self::victim::Victim;

/// When the process dies.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// As soon as GitLab has applied so many writes: anywhere in the program.
    Writes(u64),
    /// When it passes a named place for the nth time.
    Failpoint(&'static str, u32),
}

/// Everywhere between looking, intending, sending, hearing and recording; early, late, and in between.
const FAILPOINTS: [Moment; 10] = [
    Moment::Failpoint("before_planned", 1),
    Moment::Failpoint("before_intent", 1),
    Moment::Failpoint("before_intent", 40),
    Moment::Failpoint("after_intent", 1),
    Moment::Failpoint("after_intent", 37),
    Moment::Failpoint("after_intent", 500),
    Moment::Failpoint("after_answer", 1),
    Moment::Failpoint("after_answer", 300),
    Moment::Failpoint("after_evidence", 2),
    Moment::Failpoint("after_evidence", 60),
];

/// Ten moments, always the same.
fn random_moments() -> Vec<Moment> {
    let rows = sample::rows();
    let mut random = StdRng::seed_from_u64(2);
    (0..10)
        .map(|_| Moment::Writes(random.random_range(1..rows)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_ten_random_moments() {
    let unsettled = kill_at_each(&random_moments(), GitLab::Answers).await;
    assert!(
        unsettled.iter().filter(|count| **count > 0).count() >= 5,
        "killing in the middle leaves intents without evidence: {unsettled:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_ten_random_moments_while_answers_get_lost() {
    let unsettled = kill_at_each(&random_moments(), GitLab::LosesAnswers).await;
    assert!(unsettled.iter().any(|count| *count > 0), "{unsettled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_ten_named_places() {
    let unsettled = kill_at_each(&FAILPOINTS, GitLab::Answers).await;
    assert_unsettled_where_they_must_be(&unsettled);
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_ten_named_places_while_answers_get_lost() {
    let unsettled = kill_at_each(&FAILPOINTS, GitLab::LosesAnswers).await;
    assert_unsettled_where_they_must_be(&unsettled);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_sent_that_is_not_on_it() {
    let gitlab = start(GitLab::Answers).await;
    let victim = Victim::new(&gitlab);

    let said = victim.apply_on_a_full_disk(2_600).await;

    let applied = gitlab.stats().writes.applied;
    assert!(said.contains("database"), "{said}");
    assert!(
        applied > 0 && applied < sample::rows(),
        "the disk was full in the middle: {applied}"
    );
    assert!(victim.intents().await >= applied, "each request is on disk");

    victim.resume_on_a_disk_with_room().await;
    assert_eq!(gitlab.estate(), sample::estate());
    gitlab.assert_nothing_created_twice();
}

/// Between the commit of an intent and that of its evidence there is one that nobody knows the end of.
fn assert_unsettled_where_they_must_be(unsettled: &[usize]) {
    for (moment, count) in FAILPOINTS.iter().zip(unsettled) {
        match moment {
            Moment::Failpoint("before_planned", _) => assert_eq!(*count, 0, "{moment:?}"),
            Moment::Failpoint("after_intent" | "after_answer", _) => assert!(*count > 0, "{moment:?}"),
            _ => {}
        }
    }
}

/// How the GitLab behaves.
#[derive(Clone, Copy, Debug)]
enum GitLab {
    Answers,
    /// Does 2 % of what is asked of it and cuts the connection.
    LosesAnswers,
}

/// Kills one import at each moment, resumes it, and compares what there is with what was asked for.
/// Returns how many intents without evidence each killed process left.
async fn kill_at_each(moments: &[Moment], manners: GitLab) -> Vec<usize> {
    let mut unsettled = Vec::new();
    for &moment in moments {
        let gitlab = start(manners).await;
        let victim = Victim::new(&gitlab);

        victim.apply_and_die(&gitlab, moment).await;
        unsettled.push(victim.unsettled_intents().await);
        victim.resume(moment).await;

        let stats = gitlab.stats();
        assert_eq!(gitlab.estate(), sample::estate(), "{moment:?}, {manners:?}");
        assert_eq!(stats.writes.rejected_as_duplicate, 0, "{moment:?}, {manners:?}");
        assert_eq!(stats.writes.applied, sample::rows(), "{moment:?}, {manners:?}");
        victim.assert_all_succeeded(moment).await;
        gitlab.stop().await;
    }
    unsettled
}

/// An empty GitLab with a few milliseconds of latency, so that a killed process leaves requests under way.
async fn start(manners: GitLab) -> Simulator {
    let options = Options::empty()
        .users(200)
        .latency(std::time::Duration::from_millis(4));
    let gitlab = Simulator::start_with(options).await.unwrap();
    if matches!(manners, GitLab::LosesAnswers) {
        gitlab.fault(Fault::post("/api/v4/**").probability(0.02).accept_then_drop());
    }
    gitlab
}
