use super::row::{JobRow, columns};
use crate::database::Database;
use crate::database::pattern::containing;
use crate::database::sql::{Dialect, Sql};
use crate::{JobFilter, JobPage, Result};

const MOST: u32 = 1_000;

pub(super) async fn jobs(database: &Database, filter: &JobFilter) -> Result<JobPage> {
    let limit = filter.limit.clamp(1, MOST);
    let rows: Vec<JobRow> = database
        .pools
        .readers()
        .run(select(database.pools.dialect(), filter, limit + 1))
        .all()
        .await?;
    let more = rows.len() > limit as usize;
    let jobs = rows
        .into_iter()
        .take(limit as usize)
        .map(JobRow::job)
        .collect::<Result<Vec<_>>>()?;
    let next = jobs.last().filter(|_| more).map(|job| job.id);
    Ok(JobPage { jobs, next })
}

/// Newest first: ids are UUIDs of version 7, so that a page goes on after an id and stays where it
/// is while jobs are added.
pub(in crate::database) fn select(dialect: Dialect, filter: &JobFilter, limit: u32) -> Sql {
    let mut query = Sql::new(dialect, concat!("SELECT ", columns!(), " FROM jobs WHERE 1 = 1"));
    if let Some(owner) = &filter.owner {
        query
            .push(" AND user_id = ")
            .push_bind(owner.user_id.cast_signed());
    }
    for instance in [
        filter.instance.as_ref(),
        filter.owner.as_ref().map(|owner| &owner.instance),
    ]
    .into_iter()
    .flatten()
    {
        query.push(" AND instance = ").push_bind(instance.as_str());
    }
    if !filter.status.is_empty() {
        query.push(" AND status IN (");
        let mut list = query.separated();
        for status in &filter.status {
            list.push_bind(status.name());
        }
        query.push(")");
    }
    if let Some(kind) = &filter.kind {
        query.push(" AND kind = ").push_bind(kind);
    }
    if let Some(text) = &filter.text {
        let pattern = containing(text);
        query
            .push(r" AND (LOWER(id) LIKE LOWER(")
            .push_bind(&pattern)
            .push(r") ESCAPE '\' OR LOWER(kind) LIKE LOWER(")
            .push_bind(&pattern)
            .push(r") ESCAPE '\' OR LOWER(username) LIKE LOWER(")
            .push_bind(&pattern)
            .push(r") ESCAPE '\')");
    }
    if let Some(before) = filter.before {
        query.push(" AND id < ").push_bind(before.to_string());
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    query
}
