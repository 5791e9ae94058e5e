//! A job and all its items are remembered at once, and once.

use std::time::Duration;

use domain::{ItemStatus, JobOptions, JobStatus, Source, Waves};

use super::World;
use super::actors::{new_item, new_items, raw, user};
use crate::{Created, Idempotency, ItemFilter, NewJob, Quota, StorageError};

pub async fn items_come_back_as_they_were_given(world: World) {
    let mut items = new_items(1_000);
    items[1].source = Source {
        file: None,
        row: None,
        path: Some("items[1]".to_owned()),
    };
    items[2].source = Source::default();
    items[3].input = Some(raw(r#"[1,{"2":"Developer"}]"#));
    items[2].params = raw("{ \"name\" : \"Ünïcode 🦀 \\u0041\", \"big\": 1e400 }");
    let given = items.clone();
    let job = world.new_job();
    let id = job.id;
    world.storage.create_job(job, items).await.unwrap();

    let mut loaded = world.storage.load_items(id, None, 600).await.unwrap();
    assert_eq!(loaded.len(), 600);
    loaded.extend(world.storage.load_items(id, Some(599), 600).await.unwrap());
    assert_eq!(loaded.len(), 1_000);
    for (given, loaded) in given.iter().zip(&loaded) {
        assert_eq!(loaded.index, given.index);
        assert_eq!(loaded.operation, given.operation);
        assert_eq!(loaded.target, given.target);
        assert_eq!(loaded.source, given.source);
        assert_eq!(loaded.params.get(), given.params.get(), "byte for byte");
        assert_eq!((loaded.action, loaded.attempts), (None, 0));
    }
    let third = ItemFilter {
        after: Some(1),
        limit: 2,
        ..ItemFilter::default()
    };
    let rows = world.storage.item_rows(id, &third).await.unwrap();
    let inputs: Vec<_> = rows
        .iter()
        .map(|row| (row.index, row.input.as_ref().map(|input| input.get())))
        .collect();
    assert_eq!(inputs, [(2, None), (3, Some(r#"[1,{"2":"Developer"}]"#))]);
    assert_eq!(rows[0].params.get(), given[2].params.get());
    assert_eq!((rows[1].status, &rows[1].error), (ItemStatus::Pending, &None));
    assert_eq!(world.look(id).await.total, 1_000);
}

pub async fn a_job_comes_back_as_it_was_given(world: World) {
    let earlier = world.new_job();
    let mut new = world.new_job();
    new.owner.user_id = u64::MAX;
    new.retry_of = Some(earlier.id);
    new.undo_of = Some(new.id);
    new.autostart = true;
    new.inputs = Some(raw(r#"[{"columns":[]}]"#));
    new.options = JobOptions {
        concurrency: Some(3),
        rate_per_second: Some(0.5),
        not_before: Some(world.in_a_while(Duration::from_hours(1))),
        waves: Some(Waves {
            size: 10,
            pause_seconds: 60,
        }),
        ..JobOptions::default()
    };
    let given = new.clone();
    let made = world.create(new, 3).await;

    let record = world.storage.job(given.id).await.unwrap().unwrap();
    assert_eq!(
        record.inputs.as_ref().map(|inputs| inputs.get()),
        Some(r#"[{"columns":[]}]"#)
    );
    assert_eq!((record.job, record.autostart), (made.clone(), true));
    assert_eq!(made.status, JobStatus::Planning);
    assert_eq!((made.kind, made.options), (given.kind, given.options));
    assert_eq!((made.retry_of, made.undo_of), (given.retry_of, given.undo_of));
    assert_eq!(
        (made.user_id, made.user.id, made.user.username.as_str()),
        (u64::MAX, u64::MAX, "dev-0001")
    );
    assert_eq!(made.gitlab_url, given.owner.instance);
    assert_eq!((made.version, made.total, made.progress), (1, 3, 0));
    assert_eq!((made.created_at, made.updated_at), (world.now(), made.created_at));
    assert_eq!((made.started_at, made.finished_at), (None, None));
}

fn keyed(world: &World, key: &str, body: u8) -> NewJob {
    NewJob {
        idempotency: Some(Idempotency {
            key: key.to_owned(),
            body: [body; 32],
        }),
        ..world.new_job()
    }
}

pub async fn the_same_key_and_body_is_the_same_job(world: World) {
    let first = world.create(keyed(&world, "import-1", 1), 2).await;
    let again = world
        .storage
        .create_job(keyed(&world, "import-1", 1), new_items(2))
        .await
        .unwrap();
    let Created::Existing(job) = again else {
        panic!("{again:?}")
    };
    assert_eq!(job, first);
    assert!(
        world
            .storage
            .jobs(&crate::JobFilter {
                limit: 10,
                ..Default::default()
            })
            .await
            .unwrap()
            .jobs
            .len()
            == 1
    );

    world.create(keyed(&world, "import-2", 1), 2).await;
    world.create(world.new_job(), 1).await;
    world.create(world.new_job(), 1).await;
}

pub async fn the_same_key_with_another_body_is_refused(world: World) {
    world.create(keyed(&world, "import-1", 1), 2).await;
    let other = keyed(&world, "import-1", 2);
    let id = other.id;
    let refused = world.storage.create_job(other, new_items(2)).await;
    assert!(
        matches!(refused, Err(StorageError::IdempotencyConflict)),
        "{refused:?}"
    );
    assert!(world.storage.job(id).await.unwrap().is_none());
}

pub async fn another_user_may_use_the_same_key(world: World) {
    world.create(keyed(&world, "import-1", 1), 1).await;
    for owner in [
        user("https://gitlab.example.com", 2),
        user("https://other.example.com", 1),
    ] {
        let mut job = keyed(&world, "import-1", 2);
        job.owner = owner;
        world.create(job, 1).await;
    }
}

pub async fn an_item_named_twice_makes_no_job_at_all(world: World) {
    let job = world.new_job();
    let id = job.id;
    let refused = world
        .storage
        .create_job(job, vec![new_item(0), new_item(0)])
        .await;
    assert!(
        matches!(refused, Err(StorageError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(world.storage.job(id).await.unwrap().is_none(), "all or nothing");
}

pub async fn nobody_has_more_that_has_not_ended_than_their_quota(world: World) {
    let limited = |jobs, items| NewJob {
        quota: Some(Quota { jobs, items }),
        ..world.new_job()
    };
    let first = world.create(limited(2, 10), 4).await;
    let refused = async |job: NewJob, items| {
        let made = world.storage.create_job(job, new_items(items)).await;
        made.unwrap_err().to_string()
    };
    assert_eq!(
        refused(limited(2, 10), 7).await,
        "you have 4 items that have not ended and want 7 more, and nobody may have more than 10"
    );
    world.create(limited(2, 10), 6).await;
    assert_eq!(
        refused(limited(2, 100), 1).await,
        "you have 2 jobs that have not ended, and nobody may have more than 2"
    );
    // What is refused is not there, also not in part; what has ended does not count, nor does what others have.
    let someone = NewJob {
        owner: domain::UserKey {
            user_id: 2,
            ..world.new_job().owner
        },
        ..limited(1, 1)
    };
    world.create(someone, 1).await;
    world
        .storage
        .move_job(first.id, domain::JobEvent::Cancel, None)
        .await
        .unwrap();
    world.create(limited(2, 10), 4).await;
}

pub async fn of_many_jobs_made_at_once_no_more_are_made_than_the_quota_allows(world: World) {
    for (quota, made) in [
        (Quota { jobs: 3, items: 100 }, 3),
        (Quota { jobs: 100, items: 9 }, 4),
    ] {
        let of_one = world.new_job().owner.user_id + quota.jobs;
        let making = (0..10).map(|_| {
            let mut job = world.new_job();
            job.owner.user_id = of_one;
            job.quota = Some(quota);
            world.storage.create_job(job, new_items(2))
        });
        let outcomes = futures::future::join_all(making).await;
        let refused = |outcome: &Result<_, _>| matches!(outcome, Err(StorageError::QuotaExceeded { .. }));
        let counts = (
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            outcomes.iter().filter(|outcome| refused(outcome)).count(),
        );
        assert_eq!(counts, (made, 10 - made), "{quota:?}: {outcomes:?}");
    }
}

pub async fn a_job_that_is_asked_for_again_is_no_job_more(world: World) {
    let asked = || NewJob {
        quota: Some(Quota { jobs: 1, items: 2 }),
        ..keyed(&world, "import-1", 1)
    };
    let first = world.create(asked(), 2).await;
    let again = world.storage.create_job(asked(), new_items(2)).await.unwrap();
    let Created::Existing(job) = again else {
        panic!("{again:?}")
    };
    assert_eq!(job, first);
}
