use std::sync::Arc;

use super::present::DeployKeyBody;
use super::{let_in, project};
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::params::Ask;
use crate::resources::keys::blob::Blob;
use crate::state::{Key, KeyOwner, State};
use crate::time_text::Moment;

#[derive(Debug)]
struct Wanted {
    title: String,
    text: String,
    expires_at: Option<Moment>,
}

impl Wanted {
    fn read(ask: &mut Ask<'_>) -> Self {
        Self {
            text: ask.required_text("key").trim().to_owned(),
            title: ask.required_text("title"),
            expires_at: ask.moment("expires_at"),
        }
    }
}

/// `POST /deploy_keys`, by an administrator: a key that every project may enable.
pub(super) fn public(call: &Call<'_>) -> Answer {
    call.administrator()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let key = {
        let mut state = call.change();
        let blob = read_blob(&wanted, "key", "fingerprint")?;
        if known(&state, &blob).is_some() {
            return Err(refuse::field("fingerprint_sha256", refuse::TAKEN));
        }
        make(call, &mut state, wanted, blob, true)
    };
    Ok(Reply::created(&DeployKeyBody::of(&key)).applied())
}

/// `POST /projects/:id/deploy_keys`: a key that another project of the viewer's has is enabled as it is there.
pub(super) fn to_project(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    let can_push = ask.flag("can_push").unwrap_or(false);
    call.admit(ask)?;
    let body = {
        let mut state = call.change();
        let project = project(call, &state)?;
        let blob = read_blob(&wanted, "deploy_key.key", "deploy_key.fingerprint")?;
        let key = match known(&state, &blob) {
            Some((_, key)) if is_there(&state, &project, key.id) => {
                return Err(refuse::field("deploy_key.fingerprint_sha256", refuse::TAKEN));
            }
            Some((KeyOwner::Deploy, key)) if is_within_reach(call, &state, &key) => key,
            Some(_) => return Err(refuse::field("deploy_key.fingerprint_sha256", refuse::TAKEN)),
            None => make(call, &mut state, wanted, blob, false),
        };
        let place = let_in(call, &mut state, &project, key.id, can_push);
        DeployKeyBody::at(&key, &place)
    };
    Ok(Reply::created(&body).applied())
}

fn read_blob(wanted: &Wanted, key: &'static str, fingerprint: &'static str) -> Result<Blob, Refusal> {
    Blob::read(&wanted.text).ok_or_else(|| {
        let mut complaints = refuse::Complaints::default();
        complaints.add(
            key,
            "type is forbidden. Must be RSA, ECDSA, ED25519, ECDSA_SK, or ED25519_SK",
        );
        complaints.add(fingerprint, "cannot be generated");
        refuse::complaints(&complaints)
    })
}

/// A key with the same fingerprint, whoever has it.
fn known(state: &State, blob: &Blob) -> Option<(KeyOwner, Arc<Key>)> {
    let mut keys = state.belongings.keys.iter();
    let (owner, key) = keys.find(|(_, key)| key.sha256 == blob.sha256)?;
    Some((owner, Arc::clone(key)))
}

fn is_there(state: &State, project: &crate::state::Project, key: u64) -> bool {
    let mut places = state.belongings.deploy_keys.of(project.id);
    places.any(|place| place.key == key)
}

/// Public, or in a project that the viewer manages.
pub(super) fn is_within_reach(call: &Call<'_>, state: &State, key: &Key) -> bool {
    let mut places = state.belongings.deploy_keys.iter();
    key.public
        || call.viewer.is_admin()
        || places.any(|(id, place)| {
            let project = state.tree.project(id);
            place.key == key.id
                && project.is_some_and(|project| call.viewer.can_admin_project(state, project))
        })
}

fn make(call: &Call<'_>, state: &mut State, wanted: Wanted, blob: Blob, public: bool) -> Arc<Key> {
    let by = call.viewer.id().unwrap_or(crate::ids::UserId(0));
    state.belongings.keys.add(KeyOwner::Deploy, |id| Key {
        id,
        title: wanted.title,
        text: wanted.text,
        md5: blob.md5,
        sha256: blob.sha256,
        usage: "auth_and_signing".to_owned(),
        created_at: call.now,
        expires_at: wanted.expires_at,
        by,
        public,
    })
}
