use super::blob::Blob;
use super::present::KeyBody;
use crate::hooks::{Event, KeyChange};
use crate::http::refuse::Complaints;
use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Key, KeyOwner, User};

/// `POST /user/keys`
pub(super) fn own(call: &Call<'_>) -> Answer {
    let user = call.user()?;
    add(call, || Ok(std::sync::Arc::clone(user)))
}

/// `POST /users/:id/keys`, by an administrator.
pub(super) fn for_user(call: &Call<'_>) -> Answer {
    call.administrator()?;
    add(call, || find::user(&call.state(), call.arg(0)))
}

fn add(call: &Call<'_>, user: impl FnOnce() -> Result<std::sync::Arc<User>, crate::http::Refusal>) -> Answer {
    let mut ask = call.ask();
    let text = ask.required_text("key").trim().to_owned();
    let title = ask.required_text("title");
    let expires_at = ask.moment("expires_at");
    let usage = ask.choice("usage_type", &["auth", "signing", "auth_and_signing"]);
    call.admit(ask)?;
    let user = user()?;

    let mut complaints = Complaints::default();
    if title.trim().is_empty() {
        complaints.add("title", "can't be blank");
    }
    let blob = Blob::read(&text);
    if blob.is_none() {
        complaints.add(
            "key",
            "type is forbidden. Must be RSA, ECDSA, ED25519, ECDSA_SK, or ED25519_SK",
        );
        complaints.add("fingerprint", "cannot be generated");
    }
    if expires_at.is_some_and(|moment| moment <= call.now) {
        complaints.add("key", "has expired");
    }
    let mut state = call.change();
    if let Some(blob) = &blob
        && state
            .belongings
            .keys
            .iter()
            .any(|(_, key)| key.sha256 == blob.sha256)
    {
        complaints.add("fingerprint_sha256", refuse::TAKEN);
    }
    let Some(blob) = blob.filter(|_| complaints.is_empty()) else {
        return Err(refuse::complaints(&complaints));
    };
    let key = state.belongings.keys.add(KeyOwner::User(user.id), |id| Key {
        id,
        title,
        text,
        md5: blob.md5,
        sha256: blob.sha256,
        usage: usage.unwrap_or("auth_and_signing").to_owned(),
        created_at: call.now,
        expires_at,
        by: user.id,
        public: false,
    });
    state.tell(Event::Key {
        user: &user,
        id: key.id,
        key: &key.text,
        created_at: key.created_at,
        change: KeyChange::Created,
    });
    drop(state);
    Ok(Reply::created(&KeyBody::of(call, &key, &user)).applied())
}
