//! What one setting demands of others.

use crate::http::refuse::Complaints;
use crate::params::Ask;
use crate::state::InstanceSettings;

/// Whoever turns the first on sends the others along.
const TOGETHER: &[(&str, &[&str])] = &[
    ("akismet_enabled", &["akismet_api_key"]),
    (
        "eks_integration_enabled",
        &["eks_account_id", "eks_access_key_id", "eks_secret_access_key"],
    ),
    ("gitpod_enabled", &["gitpod_url"]),
    (
        "recaptcha_enabled",
        &["recaptcha_site_key", "recaptcha_private_key"],
    ),
    (
        "login_recaptcha_protection_enabled",
        &["recaptcha_site_key", "recaptcha_private_key"],
    ),
    ("kroki_enabled", &["kroki_url"]),
    ("plantuml_enabled", &["plantuml_url"]),
    ("diagramsnet_enabled", &["diagramsnet_url"]),
    ("require_two_factor_authentication", &["two_factor_grace_period"]),
    ("shared_runners_enabled", &["shared_runners_text"]),
    ("sourcegraph_enabled", &["sourcegraph_url"]),
    ("spam_check_endpoint_enabled", &["spam_check_endpoint_url"]),
    ("mailgun_events_enabled", &["mailgun_signing_key"]),
    ("snowplow_enabled", &["snowplow_collector_hostname"]),
    (
        "slack_app_enabled",
        &[
            "slack_app_id",
            "slack_app_secret",
            "slack_app_signing_secret",
            "slack_app_verification_token",
        ],
    ),
];

/// Complains about what should have been sent along.
pub(super) fn sent_together(ask: &mut Ask<'_>) {
    for (switch, others) in TOGETHER {
        if ask.flag(switch) == Some(true) {
            for other in *others {
                ask.require(other);
            }
        }
    }
}

/// What the model says to the settings as they would be.
pub(super) fn model(settings: &InstanceSettings, complaints: &mut Complaints) {
    for setting in InstanceSettings::table() {
        complaints.add_all(setting.name, setting.complaint(settings.value(setting.name)));
    }
    let is_empty = |name| settings.value(name).as_array().is_none_or(Vec::is_empty);
    if settings.flag("domain_denylist_enabled") && is_empty("domain_denylist") {
        let text = "Domain denylist cannot be empty if denylist is enabled.";
        complaints.add("domain_denylist", text);
    }
    if settings.flag("enforce_terms") && settings.text("terms").is_none() {
        complaints.add("base", "You need to set terms to be enforced");
    }
    if !settings.flag("hashed_storage_enabled") {
        let text = "Hashed storage can't be disabled anymore for new projects";
        complaints.add("hashed_storage_enabled", text);
    }
    if let Some(prefix) = settings.text("personal_access_token_prefix") {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=/@:.-".contains(letter);
        if !prefix.chars().all(fits) {
            complaints.add(
                "personal_access_token_prefix",
                "can contain only letters of the Base64 alphabet (RFC4648) with the addition of '@', ':' and '.'",
            );
        }
        if prefix.chars().count() > 20 {
            let text = "is too long (maximum is 20 characters)";
            complaints.add("personal_access_token_prefix", text);
        }
    }
    let [fast, medium, default] =
        ["fast", "medium", "default"].map(|speed| settings.number(&format!("gitaly_timeout_{speed}")));
    if medium > default || medium < fast {
        let text = if medium > default {
            format!("must be less than or equal to {default}")
        } else {
            format!("must be greater than or equal to {fast}")
        };
        complaints.add("gitaly_timeout_medium", text);
    }
}
