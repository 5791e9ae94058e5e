//! Secret values of items: sealed before they are stored, opened when a plan or a call needs them.
//!
//! Which values are secret is said by their fields (`x-secret`). A sealed value is a text where the value was, so
//! that whoever reads the parameters without opening them sees parameters like any other, and no secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::JobId;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use storage::{NewItem, StoredItem};

use crate::expand::Request;
use crate::operation::Registry;
use crate::vault::{CannotOpen, Purpose, Vault};

/// What was stored cannot be read any more.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// Sealed with another secret, or changed since.
    #[error("secret values of the job cannot be opened; make the job anew")]
    CannotOpen(#[from] CannotOpen),
    /// Not what was stored.
    #[error("stored parameters cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

/// Seals and opens.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    vault: Vault,
    registry: Registry,
}

/// A request that may hold secrets, as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedRequest {
    sealed: String,
}

impl Secrets {
    pub(crate) fn new(vault: Vault, registry: Registry) -> Self {
        Self { vault, registry }
    }

    /// The names of an operation's secret fields.
    fn fields(&self, operation: &str) -> impl Iterator<Item = &str> {
        let fields = self.registry.get(operation).map(|operation| operation.fields());
        let secret = fields.into_iter().flatten().filter(|field| field.secret);
        secret.map(|field| field.name.as_str())
    }

    /// Seals what is secret of an item.
    pub(crate) fn seal(&self, mut item: NewItem) -> serde_json::Result<NewItem> {
        if self.fields(item.operation).next().is_none() {
            return Ok(item);
        }
        let mut params: Map<String, Value> = serde_json::from_str(item.params.get())?;
        for field in self.fields(item.operation) {
            if let Some(value) = params.get_mut(field).filter(|value| !value.is_null()) {
                let plain = zeroize::Zeroizing::new(serde_json::to_vec(value)?);
                let place = place(item.operation, field, &item.target);
                *value = self.encoded(Purpose::ItemSecret, &place, &plain).into();
            }
        }
        item.params = to_raw_value(&params)?;
        Ok(item)
    }

    /// Opens what is sealed of an item.
    pub(crate) fn open(&self, mut item: StoredItem) -> Result<StoredItem, SealedError> {
        if self.fields(&item.operation).next().is_none() {
            return Ok(item);
        }
        let mut params: Map<String, Value> = serde_json::from_str(item.params.get())?;
        for field in self.fields(&item.operation) {
            if let Some(value) = params.get_mut(field).filter(|value| !value.is_null()) {
                let place = place(&item.operation, field, &item.target);
                let plain = self.decoded(Purpose::ItemSecret, &place, value.as_str().unwrap_or_default())?;
                *value = serde_json::from_slice(&plain)?;
            }
        }
        item.params = to_raw_value(&params)?;
        Ok(item)
    }

    /// What a job is made from, as it is stored: sealed where it may hold a secret.
    pub(crate) fn seal_request(&self, job: JobId, request: &Request) -> serde_json::Result<Box<RawValue>> {
        let may_hold_secrets = match request {
            Request::Selection {
                operation,
                parameters,
                ..
            } => self.fields(operation).any(|field| parameters.contains_key(field)),
            // Variables of groups and projects.
            Request::Manifest { .. } => true,
        };
        if !may_hold_secrets {
            return to_raw_value(request);
        }
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(request)?);
        to_raw_value(&SealedRequest {
            sealed: self.encoded(Purpose::JobRequest, job.0.as_bytes(), &plain),
        })
    }

    /// What a job is made from.
    pub(crate) fn open_request(&self, job: JobId, stored: &RawValue) -> Result<Request, SealedError> {
        match serde_json::from_str::<SealedRequest>(stored.get()) {
            Ok(SealedRequest { sealed }) => {
                let plain = self.decoded(Purpose::JobRequest, job.0.as_bytes(), &sealed)?;
                Ok(serde_json::from_slice(&plain)?)
            }
            Err(_) => Ok(serde_json::from_str(stored.get())?),
        }
    }

    fn encoded(&self, purpose: Purpose, bound_to: &[u8], plain: &[u8]) -> String {
        STANDARD_NO_PAD.encode(self.vault.seal(purpose, bound_to, plain))
    }

    fn decoded(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        sealed: &str,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, CannotOpen> {
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| CannotOpen)?;
        self.vault.open(purpose, bound_to, &sealed)
    }
}

/// A value opens only for the field and target that it was sealed for.
fn place(operation: &str, field: &str, target: &str) -> Vec<u8> {
    [operation, field, target].join("\0").into_bytes()
}
