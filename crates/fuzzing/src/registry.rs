use std::sync::LazyLock;

use domain::Timestamp;
use engine::operation::Registry;

static REGISTRY: LazyLock<Registry> = LazyLock::new(engine::operations::registry);

/// Every operation of the product.
pub(crate) fn registry() -> &'static Registry {
    &REGISTRY
}

/// A day like any other.
pub(crate) const TODAY: Timestamp = Timestamp::from_millis(1_780_000_000_000);
