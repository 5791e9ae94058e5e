use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::any::Erased;
use super::{AnyOperation, Operation, job_type};
use crate::field::fold;

/// Every operation there is, by name.
#[derive(Clone, Default)]
pub struct Registry {
    operations: BTreeMap<&'static str, Arc<dyn AnyOperation>>,
    /// Made when first asked for.
    field_names: OnceLock<HashSet<String>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.operations.keys()).finish()
    }
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// The registry with one operation more.
    #[must_use]
    pub fn with<O: Operation>(mut self) -> Self {
        self.operations.insert(O::NAME, Arc::new(Erased::<O>::new()));
        self.field_names = OnceLock::new();
        self
    }

    /// All names and aliases that fields of any operation have, folded.
    pub(crate) fn field_names(&self) -> &HashSet<String> {
        self.field_names.get_or_init(|| {
            let fields = self.iter().flat_map(|operation| operation.fields());
            fields
                .flat_map(|field| std::iter::once(&field.name).chain(&field.aliases))
                .map(|name| fold(name))
                .collect()
        })
    }

    /// The operation with this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn AnyOperation>> {
        self.operations.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn AnyOperation>> {
        self.operations.values()
    }

    /// Every type that a job can be asked for by: those of the operations, and `mixed` and `manifest`.
    pub fn job_types(&self) -> Vec<String> {
        let of_operations = self.iter().map(|operation| job_type(operation.name()));
        let of_many = ["mixed", crate::manifest::JOB_TYPE].map(str::to_owned);
        of_operations.chain(of_many).collect()
    }

    /// The operation of a job type: `bulk_create_groups` → `create_group`.
    pub fn of_job_type(&self, kind: &str) -> Option<&Arc<dyn AnyOperation>> {
        self.iter().find(|operation| job_type(operation.name()) == kind)
    }
}
