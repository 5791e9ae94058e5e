//! `POST /oauth/token`: codes, refresh tokens and devices become pairs of tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::client::{Claim, text};
use super::device;
use super::refuse::Wrong;
use super::tokens;
use crate::http::{Answer, Call, Refusal};
use crate::state::{Challenge, Pair, Secret};

/// How a client proves that it may have tokens.
pub(super) fn give(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let kind = text(call, "grant_type").ok_or_else(|| Wrong::missing("grant_type"))?;
    let pair = match kind.as_str() {
        "authorization_code" => by_code(call)?,
        "refresh_token" => by_refresh_token(call)?,
        "urn:ietf:params:oauth:grant-type:device_code" => device::redeem(call)?,
        _ => return Err(Wrong::grant_type().into()),
    };
    Ok(tokens::answer(&pair))
}

/// A code is good once, for the client and address it was given for, and with the answer to its challenge.
fn by_code(call: &Call<'_>) -> Result<Pair, Refusal> {
    let mut state = call.change();
    let code = text(call, "code");
    let verifier = text(call, "code_verifier");
    let grant = code
        .as_deref()
        .and_then(|code| state.belongings.oauth.grant(code))
        .cloned();
    let challenged = grant.as_ref().is_some_and(|grant| grant.challenge.is_some());
    if challenged && verifier.is_none() {
        return Err(Wrong::missing("code_verifier").into());
    }
    let address = text(call, "redirect_uri").ok_or_else(|| Wrong::missing("redirect_uri"))?;
    let application = Claim::read(call).check(&state).ok_or_else(Wrong::client)?;
    let (Some(code), Some(grant)) = (code, grant) else {
        return Err(Wrong::grant().into());
    };
    let good = grant.application == application.id
        && grant.until > call.now
        && grant.redirect_uri == address
        && answers(verifier.as_deref(), grant.challenge.as_ref());
    if !good {
        return Err(Wrong::grant().into());
    }
    state.belongings.oauth.use_grant(&code);
    Ok(tokens::make(
        call,
        &mut state,
        &application,
        grant.user,
        grant.scopes,
    ))
}

/// The verifier fits the challenge; without a challenge there is nothing to verify.
fn answers(verifier: Option<&str>, challenge: Option<&Challenge>) -> bool {
    match (verifier, challenge) {
        (None, None) => true,
        (Some(verifier), Some(challenge)) => {
            let value = if challenge.hashed {
                URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
            } else {
                verifier.to_owned()
            };
            Secret(value).is(&challenge.value)
        }
        _ => false,
    }
}

/// A refresh token is good once, even when its access token has expired; both end.
fn by_refresh_token(call: &Call<'_>) -> Result<Pair, Refusal> {
    let refresh = text(call, "refresh_token").ok_or_else(|| Wrong::missing("refresh_token"))?;
    let mut state = call.change();
    let old = state.belongings.oauth.by_refresh(&refresh).cloned();
    let old = old.filter(|pair| !pair.access.revoked).ok_or_else(Wrong::grant)?;
    let claim = Claim::read(call);
    let application = claim.check(&state);
    if application.is_none() && !claim.is_empty() {
        return Err(Wrong::client().into());
    }
    let application = application
        .filter(|application| application.id == old.application)
        .ok_or_else(Wrong::grant)?;
    let scopes = match text(call, "scope") {
        Some(text) => text.split_whitespace().map(str::to_owned).collect(),
        None => old.access.scopes.clone(),
    };
    if scopes.is_empty() || !scopes.iter().all(|scope| old.access.has_scope(scope)) {
        return Err(Wrong::scope().into());
    }
    state.belongings.oauth.revoke(old.access.id);
    Ok(tokens::make(
        call,
        &mut state,
        &application,
        old.access.user,
        scopes,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_pair_of_verifier_and_challenge_fits() {
        let challenge = Challenge {
            value: "2i0WFA-0AerkjQm4X4oDEhqA17QIAKNjXpagHBXmO_U".to_owned(),
            hashed: true,
        };
        let verifier = "ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf";
        assert!(answers(Some(verifier), Some(&challenge)));
        assert!(!answers(Some("something-else"), Some(&challenge)));
        assert!(!answers(None, Some(&challenge)));
        assert!(!answers(Some(verifier), None));
    }
}
