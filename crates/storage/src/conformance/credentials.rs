//! Sealed credentials of jobs.

use domain::JobEvent;

use super::World;
use crate::StorageError;

pub async fn a_credential_is_replaced_and_erased(world: World) {
    let job = world.job(1).await;
    let other = world.job(1).await;
    assert_eq!(world.storage.credential(job).await.unwrap(), None);
    world.storage.put_credential(job, b"first").await.unwrap();
    world.storage.put_credential(other, b"another").await.unwrap();
    world.storage.put_credential(job, b"\0second").await.unwrap();
    assert_eq!(
        world.storage.credential(job).await.unwrap().as_deref(),
        Some(b"\0second".as_slice())
    );

    world.storage.erase_credential(job).await.unwrap();
    world.storage.erase_credential(job).await.unwrap();
    assert_eq!(world.storage.credential(job).await.unwrap(), None);
    assert!(world.storage.credential(other).await.unwrap().is_some());
}

pub async fn a_credential_needs_its_job(world: World) {
    let unknown = world.new_job().id;
    let refused = world.storage.put_credential(unknown, b"sealed").await;
    assert!(
        matches!(refused, Err(StorageError::JobNotFound(id)) if id == unknown),
        "{refused:?}"
    );
    assert_eq!(world.storage.credential(unknown).await.unwrap(), None);
}

pub async fn those_of_ended_jobs_are_told(world: World) {
    let runs = world.started_job(1).await;
    let cancelled = world.started_job(1).await;
    for job in [runs, cancelled] {
        world.storage.put_credential(job, b"sealed").await.unwrap();
    }
    let told = async |most| world.storage.ended_with_credentials(most).await.unwrap();
    assert_eq!(told(10).await, []);
    world.person_moves(cancelled, JobEvent::Cancel).await.unwrap();
    let instance = world
        .storage
        .job(cancelled)
        .await
        .unwrap()
        .unwrap()
        .job
        .gitlab_url;
    assert_eq!(told(10).await, [(cancelled, instance)]);
    assert_eq!(told(0).await, []);
    world.storage.erase_credential(cancelled).await.unwrap();
    assert_eq!(told(10).await, []);
    assert!(world.storage.credential(runs).await.unwrap().is_some());
}
