use secrecy::SecretString;

use crate::reader::Reader;
use crate::variable::Variable;

const GITLAB_BULK_API_KEY: Variable = Variable::new("GITLAB_BULK_API_KEY", "")
    .allowed("an API key of a server of this program, with the scopes `read` and `jobs`")
    .means(
        "Whom the command line works as on the server that `--server` names. Never shown, logged or stored.",
    )
    .secret();

pub(crate) const VARIABLES: &[Variable] = &[GITLAB_BULK_API_KEY];

/// How another server is talked to.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Whom the command line works as there.
    pub key: Option<SecretString>,
}

impl Remote {
    pub(crate) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            key: read.optional(&GITLAB_BULK_API_KEY, |text| {
                if text.starts_with("gbk_") && text.bytes().all(|byte| byte.is_ascii_graphic()) {
                    Ok(SecretString::from(text.to_owned()))
                } else {
                    Err("is no API key: those begin with gbk_".to_owned())
                }
            }),
        }
    }
}
