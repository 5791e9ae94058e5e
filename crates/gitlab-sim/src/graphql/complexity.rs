//! What a query costs. Every field costs one; a list costs more the more rows it may have.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{ServerError, ValidationResult};

use super::asker::Asker;
use super::page::MOST;

/// The cost of a list: itself and what is asked of its rows, and a hundredth of that for every row.
pub(super) fn of_list(child_complexity: usize, rows: Option<i32>) -> usize {
    let rows = rows.map_or(MOST, |rows| usize::try_from(rows).unwrap_or(0).min(MOST));
    let own = child_complexity + 1;
    own + own * rows / 100
}

/// Refuses queries that cost more than GitLab allows.
pub(super) struct Limit;

impl ExtensionFactory for Limit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Limit {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let asker = ctx.data_unchecked::<Asker>();
        let (cost, limit) = (asker.spend(result.complexity), asker.limit());
        if cost > limit {
            let text = format!("Query has complexity of {cost}, which exceeds max complexity of {limit}");
            return Err(vec![ServerError::new(text, None)]);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_hundred_costs_twice_what_one_row_does() {
        assert_eq!(of_list(8, Some(100)), 18);
        assert_eq!(of_list(8, None), 18);
        assert_eq!(of_list(8, Some(1_000)), 18);
        assert_eq!(of_list(9, Some(10)), 11);
        assert_eq!(of_list(0, Some(-1)), 1);
    }
}
