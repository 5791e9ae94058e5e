mod claim;
mod count;
pub(in crate::database) mod create;
mod find;
mod lease;
mod list;
mod planned;
mod purge;
mod row;
mod transition;

use async_trait::async_trait;
use domain::{ItemError, Job, JobEvent, JobId, JobStatus, Origin, Timestamp};

use super::Database;
use crate::{Claimant, Created, JobFilter, JobPage, JobRecord, Jobs, Lease, Need, NewItem, NewJob, Result};

#[async_trait]
impl Jobs for Database {
    async fn create_job(&self, job: NewJob, items: Vec<NewItem>) -> Result<Created> {
        create::create_job(self, &job, &items).await
    }

    async fn job(&self, id: JobId) -> Result<Option<JobRecord>> {
        find::job(self.pools.readers(), id).await
    }

    async fn jobs(&self, filter: &JobFilter) -> Result<JobPage> {
        list::jobs(self, filter).await
    }

    async fn jobs_by_status(&self) -> Result<Vec<(JobStatus, u64)>> {
        count::jobs_by_status(self).await
    }

    async fn move_job(&self, id: JobId, event: JobEvent, reason: Option<&str>) -> Result<Job> {
        transition::move_job(self, id, event, reason).await
    }

    async fn move_leased(&self, lease: &Lease, event: JobEvent, detail: Option<ItemError>) -> Result<Job> {
        transition::move_leased(self, lease, event, detail.as_ref()).await
    }

    async fn claim_any(
        &self,
        claimant: &Claimant,
        origin: Origin,
        need: Need,
    ) -> Result<Option<(Lease, Job)>> {
        claim::claim_any(self, claimant, origin, need).await
    }

    async fn claim_job(&self, claimant: &Claimant, id: JobId) -> Result<(Lease, Job)> {
        claim::claim_job(self, claimant, id).await
    }

    async fn renew(&self, lease: &Lease) -> Result<JobStatus> {
        lease::renew(self, lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        lease::release(self, lease).await
    }

    async fn set_waiting(&self, lease: &Lease, waiting: Option<(Timestamp, &str)>) -> Result<Job> {
        lease::set_waiting(self, lease, waiting).await
    }

    async fn record_planned(&self, lease: &Lease, confirmation: Option<&str>) -> Result<()> {
        planned::record_planned(self, lease, confirmation).await
    }

    async fn purge_jobs(&self, ended_before: Timestamp) -> Result<u64> {
        purge::purge_jobs(self, ended_before).await
    }
}

pub(super) use transition::reopen;

#[cfg(test)]
pub(super) const STATEMENTS: &[&[&str]] = &[
    planned::STATEMENTS,
    count::STATEMENTS,
    create::STATEMENTS,
    find::STATEMENTS,
    lease::STATEMENTS,
    purge::STATEMENTS,
    transition::STATEMENTS,
];

#[cfg(test)]
pub(super) const TWINS: &[&[super::sql::Twins]] = &[claim::TWINS, lease::TWINS];

#[cfg(test)]
pub(super) use {claim::CLAIM_ANY, list::select as page};
