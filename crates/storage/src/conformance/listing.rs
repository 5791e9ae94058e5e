//! Pages and filters.

use domain::{Action, ItemStatus, JobEvent, JobId, JobStatus};
use futures::future::join_all;

use super::World;
use super::actors::{change, new_items, problem, to_create, user};
use crate::{ItemFilter, JobFilter, LedgerBatch, PlannedItem, StorageError};

async fn listed(world: &World, filter: JobFilter) -> Vec<JobId> {
    let filter = JobFilter { limit: 100, ..filter };
    world
        .storage
        .jobs(&filter)
        .await
        .unwrap()
        .jobs
        .iter()
        .map(|job| job.id)
        .collect()
}

pub async fn jobs_come_newest_first_and_pages_stay_while_jobs_are_added(world: World) {
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(world.job(1).await);
    }
    let first = world
        .storage
        .jobs(&JobFilter {
            limit: 2,
            ..JobFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(
        first.jobs.iter().map(|job| job.id).collect::<Vec<_>>(),
        [jobs[4], jobs[3]]
    );

    world.job(1).await;
    let next = JobFilter {
        limit: 2,
        before: first.next,
        ..JobFilter::default()
    };
    let second = world.storage.jobs(&next).await.unwrap();
    assert_eq!(
        second.jobs.iter().map(|job| job.id).collect::<Vec<_>>(),
        [jobs[2], jobs[1]]
    );
    let next = JobFilter {
        limit: 2,
        before: second.next,
        ..JobFilter::default()
    };
    let third = world.storage.jobs(&next).await.unwrap();
    assert_eq!(third.jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[0]]);
    assert_eq!(third.next, None);

    let all = world
        .storage
        .jobs(&JobFilter {
            limit: 6,
            ..JobFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(
        (all.jobs.len(), all.next),
        (6, None),
        "a full last page is the last"
    );
}

pub async fn nobody_sees_the_jobs_of_another(world: World) {
    let mine = world.job(1).await;
    let mut theirs = world.new_job();
    theirs.owner = user("https://gitlab.example.com", 2);
    world.create(theirs, 1).await;
    let mut elsewhere = world.new_job();
    elsewhere.owner = user("https://other.example.com", 1);
    world.create(elsewhere, 1).await;

    let owner = Some(user("https://gitlab.example.com", 1));
    assert_eq!(
        listed(
            &world,
            JobFilter {
                owner,
                ..JobFilter::default()
            }
        )
        .await,
        [mine]
    );
    let nobody = Some(user("https://gitlab.example.com", 3));
    assert_eq!(
        listed(
            &world,
            JobFilter {
                owner: nobody,
                ..JobFilter::default()
            }
        )
        .await,
        []
    );
}

pub async fn an_administrator_sees_the_jobs_of_one_instance(world: World) {
    let first = world.job(1).await;
    let mut theirs = world.new_job();
    theirs.owner = user("https://gitlab.example.com", 2);
    let second = world.create(theirs, 1).await.id;
    let mut elsewhere = world.new_job();
    elsewhere.owner = user("https://other.example.com", 1);
    world.create(elsewhere, 1).await;

    let instance = Some("https://gitlab.example.com".parse().unwrap());
    assert_eq!(
        listed(
            &world,
            JobFilter {
                instance,
                ..JobFilter::default()
            }
        )
        .await,
        [second, first]
    );
}

pub async fn jobs_are_filtered_by_status_kind_and_text(world: World) {
    let planning = world.job(1).await;
    let planned = world.planned_job(1).await;
    let mut manifest = world.new_job();
    manifest.kind = "manifest".into();
    let manifest = world.create(manifest, 1).await.id;

    let filter = |status: &[JobStatus], kind: Option<&str>, text: Option<&str>| JobFilter {
        status: status.to_vec(),
        kind: kind.map(str::to_owned),
        text: text.map(str::to_owned),
        ..JobFilter::default()
    };
    for (found, filter) in [
        (vec![planned], filter(&[JobStatus::Planned], None, None)),
        (
            vec![manifest, planning],
            filter(&[JobStatus::Planning, JobStatus::Running], None, None),
        ),
        (
            vec![planned],
            filter(
                &[JobStatus::Planned, JobStatus::Planning],
                None,
                Some(&planned.to_string()),
            ),
        ),
        (vec![manifest], filter(&[], Some("manifest"), None)),
        (vec![], filter(&[], Some("mani"), None)),
        (vec![planned, planning], filter(&[], None, Some("BULK_create"))),
        (
            vec![manifest, planned, planning],
            filter(&[], None, Some("Dev-0001")),
        ),
        (vec![], filter(&[], None, Some("bulk%groups"))),
        (vec![], filter(&[], None, Some("bulk-create"))),
        (vec![], filter(&[], None, Some("mani_est"))),
    ] {
        assert_eq!(listed(&world, filter.clone()).await, found, "{filter:?}");
    }
}

async fn indexes(world: &World, job: JobId, filter: ItemFilter) -> Vec<u32> {
    let filter = ItemFilter { limit: 100, ..filter };
    world
        .storage
        .items(job, &filter)
        .await
        .unwrap()
        .items
        .iter()
        .map(|item| item.index)
        .collect()
}

pub async fn items_come_in_order_page_by_page(world: World) {
    world.job(5).await;
    let job = world.job(5).await;
    let mut seen = Vec::new();
    let mut after = None;
    let mut pages = 0;
    loop {
        let page = world
            .storage
            .items(
                job,
                &ItemFilter {
                    after,
                    limit: 2,
                    ..ItemFilter::default()
                },
            )
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|item| item.index));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (vec![0, 1, 2, 3, 4], 3));
    let whole = world
        .storage
        .items(
            job,
            &ItemFilter {
                limit: 5,
                ..ItemFilter::default()
            },
        )
        .await
        .unwrap();
    assert_eq!((whole.items.len(), whole.next), (5, None));
}

pub async fn items_are_filtered_by_status_action_code_and_text(world: World) {
    let mut items = new_items(6);
    items[4].target = "acme/50%_off".into();
    items[5].target = "Äcme/Web".into();
    let new = world.new_job();
    let job = new.id;
    world.storage.create_job(new, items).await.unwrap();
    let planner = world.runner("anna").claims(job).await;
    let mut plan: Vec<PlannedItem> = (0..6).map(to_create).collect();
    plan[0].action = Action::Skip;
    plan[0].status = ItemStatus::Skipped;
    plan[0].error = Some(Box::new(problem("EXISTS")));
    planner.plans(plan).await.unwrap();
    planner.moves(JobEvent::Planned).await.unwrap();
    world.person_moves(job, JobEvent::Start).await.unwrap();
    let run = world.runner("anna").claims(job).await;
    let mut failed = change(1, ItemStatus::Failed, world.now());
    failed.error = Some(problem("GITLAB_FORBIDDEN"));
    let other = change(2, ItemStatus::Succeeded, world.now());
    run.commits(&LedgerBatch {
        items: vec![failed, other],
        ..LedgerBatch::default()
    })
    .await
    .unwrap();

    let text = |text: &str| ItemFilter {
        text: Some(text.to_owned()),
        ..ItemFilter::default()
    };
    let status = |status: &[ItemStatus]| ItemFilter {
        status: status.to_vec(),
        ..ItemFilter::default()
    };
    let action = |action: &[Action]| ItemFilter {
        action: action.to_vec(),
        ..ItemFilter::default()
    };
    let code = |code: &str| ItemFilter {
        code: Some(code.to_owned()),
        ..ItemFilter::default()
    };
    for (found, filter) in [
        (vec![0, 1, 2, 3, 4, 5], ItemFilter::default()),
        (vec![1], status(&[ItemStatus::Failed])),
        (vec![0, 1], status(&[ItemStatus::Failed, ItemStatus::Skipped])),
        (vec![3, 4, 5], status(&[ItemStatus::Pending])),
        (
            vec![4, 5],
            ItemFilter {
                after: Some(3),
                ..status(&[ItemStatus::Pending])
            },
        ),
        (vec![], status(&[ItemStatus::Unconfirmed])),
        (vec![0], action(&[Action::Skip])),
        (vec![], action(&[Action::Conflict, Action::Delete])),
        (vec![0, 1, 2, 3, 4, 5], action(&[Action::Skip, Action::Create])),
        (vec![1], code("GITLAB_FORBIDDEN")),
        (vec![0], code("EXISTS")),
        (vec![], code("GITLAB")),
        (vec![3], text("GROUP-3")),
        (vec![4], text("50%_OFF")),
        (vec![4], text("%")),
        (vec![4], text("_")),
        (vec![5], text("Äcme/w")),
        (vec![], text(r"\")),
        (
            vec![1],
            ItemFilter {
                action: vec![Action::Create],
                code: Some("GITLAB_FORBIDDEN".to_owned()),
                ..text("group")
            },
        ),
    ] {
        assert_eq!(indexes(&world, job, filter.clone()).await, found, "{filter:?}");
    }
}

pub async fn items_are_counted_by_action_and_status(world: World) {
    let unplanned = world.job(2).await;
    assert_eq!(
        world.storage.count_items(unplanned).await.unwrap(),
        [(None, ItemStatus::Pending, 2)]
    );
    let job = world.started_job(5).await;
    let run = world.runner("anna").claims(job).await;
    run.begins([0, 1, 2]).await.unwrap();
    run.succeeds([0, 1]).await.unwrap();
    let mut counted = world.storage.count_items(job).await.unwrap();
    counted.sort_by_key(|(_, _, items)| *items);
    assert_eq!(counted[0], (Some(Action::Create), ItemStatus::Running, 1));
    assert_eq!(counted.len(), 3);
    assert!(counted.contains(&(Some(Action::Create), ItemStatus::Succeeded, 2)));
    assert!(counted.contains(&(Some(Action::Create), ItemStatus::Pending, 2)));
}

pub async fn what_is_put_back_opens_a_completed_job_in_the_same_step(world: World) {
    let job = world.started_job(3).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    for item in 0..3 {
        run.marks(item, ItemStatus::Unconfirmed).await.unwrap();
    }
    let put_back = |item| {
        world
            .storage
            .settle_item(job, item, ItemStatus::Pending, Some("item to be tried again"))
    };
    let refused = put_back(0).await;
    assert!(
        matches!(&refused, Err(StorageError::IllegalTransition(illegal)) if illegal.from == JobStatus::Running),
        "{refused:?}"
    );
    assert_eq!(world.standing(job).await, "unconfirmed unconfirmed unconfirmed");
    run.moves(JobEvent::Finished).await.unwrap();

    // Somebody else was faster: there is nothing to do, and the job stays as it is.
    world
        .storage
        .settle_item(job, 0, ItemStatus::Succeeded, None)
        .await
        .unwrap();
    let before = world.look(job).await;
    assert!(!put_back(0).await.unwrap());
    assert_eq!(world.look(job).await, before);
    assert_eq!(before.status, JobStatus::Completed);

    assert!(put_back(1).await.unwrap());
    let opened = world.look(job).await;
    assert_eq!(
        (opened.status, opened.waiting_reason.as_deref(), opened.progress),
        (JobStatus::Paused, Some("item to be tried again"), 2)
    );
    assert!(put_back(2).await.unwrap(), "it is at rest already");
    assert_eq!(world.look(job).await.status, JobStatus::Paused);
    assert_eq!(world.standing(job).await, "succeeded pending pending");
}

pub async fn an_item_that_many_settle_at_once_is_settled_by_one(world: World) {
    let job = world.started_job(2).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    run.marks(0, ItemStatus::Unconfirmed).await.unwrap();
    run.marks(1, ItemStatus::Unconfirmed).await.unwrap();
    run.moves(JobEvent::Finished).await.unwrap();
    let many = |status, reopen| {
        let settle = || world.storage.settle_item(job, 0, status, reopen);
        join_all(std::iter::repeat_with(settle).take(8).collect::<Vec<_>>())
    };
    let settled = many(ItemStatus::Succeeded, None);
    let put_back = many(ItemStatus::Pending, Some("item to be tried again"));

    let (settled, put_back) = futures::join!(settled, put_back);

    let by_one =
        |results: Vec<crate::Result<bool>>| results.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    let (settled, put_back) = (by_one(settled), by_one(put_back));
    assert_eq!(settled + put_back, 1);
    let after = world.look(job).await;
    let expected = match put_back {
        0 => (JobStatus::Completed, 1, "succeeded unconfirmed"),
        _ => (JobStatus::Paused, 0, "pending unconfirmed"),
    };
    assert_eq!(
        (after.status, after.success_count, &*world.standing(job).await),
        expected
    );
    assert_eq!(after.unconfirmed_count, 1);
}

pub async fn an_unconfirmed_item_is_settled_once(world: World) {
    let job = world.started_job(4).await;
    let run = world.runner("anna").claims_any().await.unwrap();
    for item in 0..3 {
        let mut lost = change(item, ItemStatus::Unconfirmed, world.now());
        lost.error = Some(problem("ANSWER_LOST"));
        run.commits(&LedgerBatch {
            items: vec![lost],
            ..LedgerBatch::default()
        })
        .await
        .unwrap();
    }
    let before = world.look(job).await;
    let now = world.a_second_passes();
    let settle = |item, status| world.storage.settle_item(job, item, status, None);
    assert!(!settle(3, ItemStatus::Succeeded).await.unwrap(), "it is pending");
    assert!(
        !settle(9, ItemStatus::Succeeded).await.unwrap(),
        "there is no such item"
    );
    assert!(
        !settle(0, ItemStatus::Running).await.unwrap(),
        "nobody can say that it runs"
    );
    assert!(
        !world
            .storage
            .settle_item(world.new_job().id, 0, ItemStatus::Failed, None)
            .await
            .unwrap()
    );
    assert_eq!(world.look(job).await, before);

    assert!(settle(0, ItemStatus::Succeeded).await.unwrap());
    assert!(!settle(0, ItemStatus::Failed).await.unwrap(), "it is settled");
    assert!(settle(1, ItemStatus::Failed).await.unwrap());
    assert!(settle(2, ItemStatus::Pending).await.unwrap());
    assert_eq!(world.standing(job).await, "succeeded failed pending pending");
    let after = world.look(job).await;
    assert_eq!(
        (
            after.progress,
            after.success_count,
            after.failure_count,
            after.unconfirmed_count
        ),
        (2, 1, 1, 0)
    );
    assert_eq!(after.version, before.version + 3);
    let items = world.shown(job).await;
    assert_eq!(items[0].error, None);
    assert_eq!(
        items[1].error,
        Some(problem("ANSWER_LOST")),
        "why it counts as failed"
    );
    assert_eq!((items[0].finished_at, items[2].finished_at), (Some(now), None));
}

pub async fn an_unknown_job_has_no_items(world: World) {
    let unknown = world.new_job().id;
    assert!(world.storage.job(unknown).await.unwrap().is_none());
    assert!(world.shown(unknown).await.is_empty());
    assert!(
        world
            .storage
            .load_items(unknown, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(world.storage.count_items(unknown).await.unwrap().is_empty());
}
