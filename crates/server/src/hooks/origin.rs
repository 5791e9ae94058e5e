use domain::InstanceUrl;
use http::HeaderMap;

use crate::error::{ApiError, Result};

/// Which instance a message is about: `X-Gitlab-Instance`, else the configured one (GitLab before 15.5 does not say).
///
/// GitLab says scheme, host and port only, also where it lives under a sub-path: what agrees with the configured
/// instance in these is that instance.
///
/// # Errors
/// The header is no address.
pub(crate) fn instance_of(headers: &HeaderMap, configured: &InstanceUrl) -> Result<InstanceUrl> {
    const HEADER: &str = "X-Gitlab-Instance";
    let Some(said) = headers.get(HEADER) else {
        return Ok(configured.clone());
    };
    let said = said
        .to_str()
        .ok()
        .and_then(|text| text.parse::<InstanceUrl>().ok());
    let said =
        said.ok_or_else(|| ApiError::invalid_field(HEADER, "this is not the address of a GitLab server"))?;
    if said.to_url().origin() == configured.to_url().origin() {
        return Ok(configured.clone());
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_instance_is_known_by_its_origin() {
        let configured: InstanceUrl = "https://example.com/gitlab".parse().unwrap();
        let of = |said: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert("x-gitlab-instance", said.parse().unwrap());
            }
            instance_of(&headers, &configured).map(|instance| instance.to_string())
        };
        for said in [None, Some("https://example.com"), Some("https://example.com:443")] {
            assert_eq!(of(said).unwrap(), configured.to_string(), "{said:?}");
        }
        assert_eq!(of(Some("https://gitlab.com")).unwrap(), "https://gitlab.com");
        assert!(of(Some("gitlab")).is_err());
    }
}
