use engine::vault::CannotOpen;
use engine::{JobError, SealedError};
use storage::StorageError;

use super::ApiError;

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::NotFound(_) | JobError::ItemNotFound(..) => Self::not_found(error.to_string()),
            JobError::Invalid(problems) => Self::invalid(problems),
            JobError::NotPossible(_)
            | JobError::DryRun(_)
            | JobError::NothingToRetry(_)
            | JobError::StillRunning(..)
            | JobError::NothingToUndo(_)
            | JobError::NotUnconfirmed(..)
            | JobError::IdempotencyConflict
            | JobError::Sealed(SealedError::CannotOpen(_)) => Self::conflict(error.to_string()),
            JobError::Unconfirmed { expected } => {
                Self::invalid_field("confirm", format!("type `{expected}` to confirm"))
            }
            JobError::Storage(error) => error.into(),
            JobError::Gitlab(error) => error.into(),
            JobError::Plan(_) | JobError::Expand(_) | JobError::Run(_) | JobError::Sealed(_) => {
                Self::internal(error)
            }
        }
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::JobNotFound(_) => Self::not_found(error.to_string()),
            StorageError::IllegalTransition(_)
            | StorageError::IdempotencyConflict
            | StorageError::LeaseLost(_) => Self::conflict(error.to_string()),
            StorageError::QuotaExceeded {
                what, limit, used, ..
            } => Self::over_quota(
                what,
                limit,
                used,
                format!("{error}; wait until some have ended, or cancel jobs that are not needed"),
            ),
            StorageError::Unavailable(_) => Self::unavailable("the database is not available").because(error),
            StorageError::UnsupportedAddress(_)
            | StorageError::TooOld { .. }
            | StorageError::Inconsistent { .. }
            | StorageError::InUse => Self::internal(error),
        }
    }
}

impl From<CannotOpen> for ApiError {
    fn from(error: CannotOpen) -> Self {
        Self::internal(error)
    }
}
