//! Licences, with the names of project and author put in.

use serde::Serialize;

use crate::http::{Answer, Call, Offset, Reply, refuse};

/// Key, name, nickname, and whether it is one of the popular ones.
type Known = (&'static str, &'static str, Option<&'static str>, bool);

const LICENCES: &[Known] = &[
    (
        "agpl-3.0",
        "GNU Affero General Public License v3.0",
        Some("GNU AGPLv3"),
        false,
    ),
    ("apache-2.0", "Apache License 2.0", None, true),
    ("bsd-2-clause", "BSD 2-Clause \"Simplified\" License", None, false),
    (
        "bsd-3-clause",
        "BSD 3-Clause \"New\" or \"Revised\" License",
        None,
        false,
    ),
    ("bsl-1.0", "Boost Software License 1.0", None, false),
    ("cc0-1.0", "Creative Commons Zero v1.0 Universal", None, false),
    ("epl-2.0", "Eclipse Public License 2.0", None, false),
    (
        "gpl-2.0",
        "GNU General Public License v2.0",
        Some("GNU GPLv2"),
        false,
    ),
    (
        "gpl-3.0",
        "GNU General Public License v3.0",
        Some("GNU GPLv3"),
        true,
    ),
    (
        "lgpl-2.1",
        "GNU Lesser General Public License v2.1",
        Some("GNU LGPLv2.1"),
        false,
    ),
    ("mit", "MIT License", None, true),
    ("mpl-2.0", "Mozilla Public License 2.0", None, false),
    ("unlicense", "The Unlicense", None, false),
];

#[derive(Serialize)]
struct LicenceBody {
    key: &'static str,
    name: &'static str,
    nickname: Option<&'static str>,
    html_url: String,
    source_url: Option<&'static str>,
    popular: bool,
    description: Option<&'static str>,
    conditions: &'static [&'static str],
    permissions: &'static [&'static str],
    limitations: &'static [&'static str],
    content: String,
}

impl LicenceBody {
    fn new((key, name, nickname, popular): Known, content: String) -> Self {
        Self {
            key,
            name,
            nickname,
            html_url: format!("http://choosealicense.com/licenses/{key}/"),
            source_url: None,
            popular,
            description: None,
            conditions: &["include-copyright"],
            permissions: &["commercial-use", "modifications", "distribution", "private-use"],
            limitations: &["liability", "warranty"],
            content,
        }
    }
}

fn text(name: &str, year: &str, owner: &str) -> String {
    format!("{name}\n\nCopyright (c) {year} {owner}\n")
}

/// `GET /templates/licenses`, for anyone.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let popular = ask.flag("popular").unwrap_or(false);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;
    let wanted = LICENCES.iter().filter(|licence| licence.3 || !popular);
    let page = offset.cut(wanted).map(|licence| {
        Some(LicenceBody::new(
            *licence,
            text(licence.1, "[year]", "[fullname]"),
        ))
    });
    Ok(page.reply(call))
}

/// `GET /templates/licenses/:key`; whoever signs in and names nobody is named as the author.
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    ask.ignored(&["project"]);
    let author = ask.filled("fullname");
    call.admit(ask)?;
    let named = |licence: &&Known| licence.0.eq_ignore_ascii_case(call.arg(0));
    let licence = LICENCES
        .iter()
        .find(named)
        .ok_or_else(|| refuse::not_found("License"))?;
    let author = author.or_else(|| call.viewer.user().map(|user| user.name.clone()));
    let year = call.now.day().to_string();
    let year = year.split('-').next().unwrap_or_default();
    let content = text(licence.1, year, author.as_deref().unwrap_or("[fullname]"));
    Ok(Reply::ok(&LicenceBody::new(*licence, content)))
}
