use super::row::{COLUMNS, Stored};
use crate::database::Database;
use crate::database::sql::{Dialect, Sql};
use crate::{AuditFilter, AuditPage, Result};

pub(super) async fn list(database: &Database, filter: &AuditFilter) -> Result<AuditPage> {
    let limit = filter.limit.max(1);
    let rows: Vec<Stored> = database
        .pools
        .readers()
        .run(page(database.pools.dialect(), filter, i64::from(limit) + 1))
        .all()
        .await?;
    let mut rows = rows.into_iter().map(Stored::read).collect::<Result<Vec<_>>>()?;
    let is_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| is_more).map(|row| row.id.clone());
    Ok(AuditPage { rows, next })
}

pub(in crate::database) fn page(dialect: Dialect, filter: &AuditFilter, limit: i64) -> Sql {
    let mut query = Sql::new(dialect, format!("SELECT {COLUMNS} FROM audit WHERE 1 = 1"));
    if let Some(user) = &filter.user {
        query
            .push(" AND instance = ")
            .push_bind(user.instance.to_string());
        query
            .push(" AND user_id = ")
            .push_bind(user.user_id.cast_signed());
    } else if let Some(instance) = &filter.instance {
        query
            .push(" AND (instance IS NULL OR instance = ")
            .push_bind(instance.to_string());
        query.push(")");
    }
    if let Some(action) = &filter.action {
        query.push(" AND action = ").push_bind(action.clone());
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND outcome = ").push_bind(outcome.name());
    }
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(since.as_millis());
    }
    if let Some(until) = filter.until {
        query.push(" AND at < ").push_bind(until.as_millis());
    }
    if let Some(before) = &filter.before {
        query.push(" AND id < ").push_bind(before.clone());
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    query
}
