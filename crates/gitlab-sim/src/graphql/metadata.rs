use async_graphql::{Object, SimpleObject};

use crate::instance::VERSION;

/// What the instance says about itself.
#[derive(Debug)]
pub(super) struct Metadata;

#[derive(Debug, SimpleObject)]
struct Kas {
    enabled: bool,
    version: &'static str,
}

#[Object]
impl Metadata {
    async fn version(&self) -> String {
        format!("{VERSION}-ee")
    }

    async fn revision(&self) -> &str {
        "0a1b2c3d4e5"
    }

    async fn enterprise(&self) -> bool {
        true
    }

    async fn kas(&self) -> Kas {
        Kas {
            enabled: true,
            version: VERSION,
        }
    }
}

/// What the query cost.
#[derive(Debug, SimpleObject)]
pub(super) struct QueryComplexity {
    pub(super) score: usize,
    pub(super) limit: usize,
}
