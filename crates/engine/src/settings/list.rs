//! How a list of settings becomes parameters and a table.

/// What may stand where GitLab takes a level of its own.
pub(super) const LEVEL_NAMES: &[&str] = &["no_one", "developer", "maintainer"];

/// A struct of parameters: the fields that are written down, then one for each setting of a list.
macro_rules! params {
    (
        {
            $(#[$meta:meta])*
            pub struct $name:ident described by $describe:path { $($head:tt)* }
        }
        $($(#[doc = $help:literal])+ $field:ident: $type:ty $(as $schema:literal)? = $setting:expr;)+
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(transform = $describe)]
        pub struct $name {
            $($head)*
            $(
                $(#[doc = $help])+
                #[serde(skip_serializing_if = "Option::is_none")]
                $(#[schemars(with = $schema)])?
                pub $field: Option<$type>,
            )+
        }
    };
}

/// The settings of a list, with their texts.
macro_rules! table {
    (
        {}
        $($(#[doc = $help:literal])+ $field:ident: $type:ty $(as $schema:literal)? = $setting:expr;)+
    ) => {
        /// The settings, in the order in which people meet them.
        pub static SETTINGS: &[Setting] = &[$($setting.named(stringify!($field)),)+];

        /// What each of them means, in the same order.
        pub static HELP: &[&str] = &[$(concat!($($help),+),)+];

        /// Adds what the settings say of themselves to the schema of parameters that hold them.
        pub(crate) fn describe(schema: &mut schemars::Schema) {
            super::setting::describe(schema, SETTINGS);
        }
    };
}

pub(crate) use params;
pub(super) use table;
