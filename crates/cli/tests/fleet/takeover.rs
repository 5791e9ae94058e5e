use std::time::Duration;

use crate::fleet::Fleet;
use crate::job::{Import, WRITES};

/// Within what another node goes on with a job whose node has died.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_is_followed_within_fifteen_seconds() {
    let Some(mut fleet) = Fleet::of_three().await else {
        return;
    };
    let root = fleet.root().await;
    let import = Import::begin(&root).await;

    fleet.until_written(WRITES / 3).await;
    let runner = fleet.runner(&import.job);
    fleet.nodes[runner].kill();
    let done = fleet.gitlab.stats().writes.applied;
    assert!(done < WRITES, "it was killed in the middle: {done}");
    // What GitLab still had in hand comes on top.
    let in_hand = 10;
    let followed = fleet.until_written((done + in_hand + 1).min(WRITES));
    tokio::time::timeout(FOLLOWED_WITHIN, followed).await.unwrap();

    import.assert_done_once(&root, &fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_after_the_other_is_killed_and_comes_back() {
    let Some(mut fleet) = Fleet::of_three().await else {
        return;
    };
    let root = fleet.root().await;
    let import = Import::begin(&root).await;

    for share in [5, 3, 2] {
        fleet.until_written(WRITES / share).await;
        let runner = (0..3)
            .rev()
            .find(|node| fleet.nodes[*node].has_run(&import.job))
            .unwrap();
        fleet.nodes[runner].kill();
        fleet.begin_again(runner).await;
    }

    import.assert_done_once(&root, &fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_froze_and_wakes_up_writes_nothing_that_another_has_written() {
    let Some(fleet) = Fleet::of_three().await else {
        return;
    };
    let root = fleet.root().await;
    let import = Import::begin(&root).await;

    fleet.until_written(WRITES / 3).await;
    let frozen = fleet.runner(&import.job);
    fleet.nodes[frozen].freeze();
    let done = fleet.gitlab.stats().writes.applied;
    assert!(done < WRITES, "it froze in the middle: {done}");
    // Another is at work on it when it wakes up.
    fleet.until_written((done + 11).min(WRITES)).await;
    fleet.nodes[frozen].thaw();

    import.assert_done_once(&root, &fleet).await;
    assert!(
        (0..3).any(|node| node != frozen && fleet.nodes[node].has_run(&import.job)),
        "another node went on with it"
    );
}
