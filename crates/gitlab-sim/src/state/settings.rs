//! What can be set on a group or project and has no rule of its own: declared once each, with the default, the
//! kind of parameter it is read from, and the key it is shown under, which are all of one name.

#![expect(
    clippy::option_option,
    reason = "a parameter is absent, null or there, and a setting may be null itself"
)]

use std::borrow::Cow;

use crate::params::Ask;
use serde::ser::SerializeMap;

/// A word out of a fixed set, or free text that has a default.
pub(crate) type Word = Cow<'static, str>;

/// Settings that a body can show as they stand, under their own names.
pub(crate) trait Shown {
    /// Writes every setting as a key of a body.
    fn write<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error>;
}

macro_rules! settings {
    ($(#[$doc:meta])* $name:ident, $(#[$patch_doc:meta])* $patch:ident {
        $($field:ident: $type:ty = $default:expr, $read:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name { $(pub(crate) $field: $type,)+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Shown for $name {
            fn write<M: SerializeMap>(&self, body: &mut M) -> Result<(), M::Error> {
                $(body.serialize_entry(stringify!($field), &self.$field)?;)+
                Ok(())
            }
        }

        $(#[$patch_doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct $patch { $(pub(crate) $field: Option<$type>,)+ }

        impl $patch {
            /// Reads every setting that the request names.
            pub(crate) fn read(ask: &mut Ask<'_>) -> Self {
                Self { $($field: $read(ask, stringify!($field)),)+ }
            }

            /// Whether it says anything at all.
            pub(crate) fn is_empty(&self) -> bool {
                *self == Self::default()
            }

            /// Puts what was named in place.
            pub(crate) fn apply(self, settings: &mut $name) {
                $(if let Some(value) = self.$field { settings.$field = value; })+
            }
        }
    };
}

pub(super) use settings;

pub(super) const fn word(text: &'static str) -> Word {
    Cow::Borrowed(text)
}

pub(super) fn flag(ask: &mut Ask<'_>, name: &'static str) -> Option<bool> {
    ask.flag(name)
}

pub(super) fn maybe_flag(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<bool>> {
    ask.flag(name).map(Some)
}

pub(super) fn number(ask: &mut Ask<'_>, name: &'static str) -> Option<i64> {
    ask.integer(name)
}

pub(super) fn maybe_number(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<i64>> {
    ask.integer(name).map(Some)
}

pub(super) fn text(ask: &mut Ask<'_>, name: &'static str) -> Option<Option<String>> {
    ask.text(name)
}

macro_rules! words {
    ($($name:ident = [$($word:literal),+];)+) => {$(
        pub(super) fn $name(ask: &mut Ask<'_>, name: &'static str) -> Option<Word> {
            ask.choice(name, &[$($word),+]).map(Cow::Borrowed)
        }
    )+};
}

pub(super) use words;
