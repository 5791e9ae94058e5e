//! Keeping an installation well: `doctor`, `backup`, `restore`.

pub(crate) mod backup;
pub(crate) mod doctor;
pub(crate) mod restore;
