use domain::{Action, Item, ItemStatus, JobId};
use serde::Deserialize;
use storage::{ItemFilter, ItemPage};

use super::Remote;
use crate::failure::Failure;
use crate::output::source::Source;
use crate::program::Program;

/// Most items that a server gives at once.
const MOST: u32 = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    items: Vec<Item>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    counts: Vec<Count>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
struct Count {
    action: Option<Action>,
    status: ItemStatus,
    count: u32,
}

impl Source for Remote {
    async fn page(&self, job: JobId, filter: &ItemFilter) -> Result<ItemPage, Failure> {
        let words = |words: Vec<&str>| words.join(",");
        let mut query = vec![("limit", filter.limit.clamp(1, MOST).to_string())];
        let statuses = words(filter.status.iter().map(|status| status.name()).collect());
        let actions = words(filter.action.iter().map(|action| action.name()).collect());
        query.extend([("status", statuses), ("action", actions)]);
        query.extend(filter.code.clone().map(|code| ("code", code)));
        query.extend(filter.text.clone().map(|text| ("q", text)));
        query.extend(filter.after.map(|after| ("cursor", after.to_string())));
        query.retain(|(_, value)| !value.is_empty());
        let page: Page = self.get(&format!("api/jobs/{job}/items"), &query).await?;
        Ok(ItemPage {
            items: page.items,
            next: page.next_cursor.and_then(|cursor| cursor.parse().ok()),
        })
    }

    async fn counts(&self, job: JobId) -> Result<Vec<(Option<Action>, ItemStatus, u32)>, Failure> {
        let counts: Counts = self.get(&format!("api/jobs/{job}/counts"), &[]).await?;
        let each = counts.counts.into_iter();
        Ok(each.map(|each| (each.action, each.status, each.count)).collect())
    }

    fn program(&self) -> &Program {
        &self.program
    }
}
