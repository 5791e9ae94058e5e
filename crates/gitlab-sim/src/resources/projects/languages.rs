//! Which programming languages a repository is written in, by the endings of its files.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::http::{Answer, Call, Reply, refuse};
use crate::resources::find;
use crate::state::{Project, State};

/// Endings of files, and the languages they stand for. Texts and data are no languages.
const LANGUAGES: [(&str, &str); 24] = [
    ("c", "C"),
    ("cc", "C++"),
    ("cpp", "C++"),
    ("cs", "C#"),
    ("css", "CSS"),
    ("ex", "Elixir"),
    ("go", "Go"),
    ("h", "C"),
    ("hs", "Haskell"),
    ("html", "HTML"),
    ("java", "Java"),
    ("js", "JavaScript"),
    ("kt", "Kotlin"),
    ("lua", "Lua"),
    ("php", "PHP"),
    ("pl", "Perl"),
    ("py", "Python"),
    ("rb", "Ruby"),
    ("rs", "Rust"),
    ("scala", "Scala"),
    ("sh", "Shell"),
    ("swift", "Swift"),
    ("ts", "TypeScript"),
    ("vue", "Vue"),
];

/// `GET /projects/:id/languages`
pub(super) fn languages(call: &Call<'_>) -> Answer {
    call.admit_any()?;
    let shares = {
        let state = call.state();
        let project = find::project(call, &state, call.arg(0))?;
        let level = call.viewer.level_on_project(&state, &project);
        if !call.viewer.can_read_code(&project, level) {
            return Err(refuse::forbidden());
        }
        shares(&state, &project)
    };
    Ok(Reply::ok(&Shares(shares)))
}

/// Whether a project is written in that language, among others.
pub(super) fn uses(state: &State, project: &Project, language: &str) -> bool {
    sizes(state, project)
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(language))
}

/// Percent of the bytes, the largest share first.
#[expect(clippy::cast_precision_loss, reason = "no repository is that large")]
fn shares(state: &State, project: &Project) -> Vec<(&'static str, f64)> {
    let sizes = sizes(state, project);
    let all: u64 = sizes.iter().map(|(_, size)| size).sum();
    let percent = |size: u64| (size as f64 * 10_000.0 / all.max(1) as f64).round() / 100.0;
    sizes.iter().map(|(name, size)| (*name, percent(*size))).collect()
}

/// Bytes by language, the most first.
fn sizes(state: &State, project: &Project) -> Vec<(&'static str, u64)> {
    let mut sizes: Vec<(&'static str, u64)> = Vec::new();
    let Some(files) = state.files_of(project) else {
        return sizes;
    };
    for (path, entry) in files.walk() {
        let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
        let known = LANGUAGES.iter().find(|(known, _)| *known == ending);
        let (Some((_, language)), Some(file)) = (known, entry.file()) else {
            continue;
        };
        let size = file.blob.content.len() as u64;
        match sizes.iter_mut().find(|(known, _)| known == language) {
            Some((_, sum)) => *sum += size,
            None => sizes.push((language, size)),
        }
    }
    sizes.retain(|(_, size)| *size > 0);
    sizes.sort_by_key(|(name, size)| (std::cmp::Reverse(*size), *name));
    sizes
}

struct Shares(Vec<(&'static str, f64)>);

impl Serialize for Shares {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(Some(self.0.len()))?;
        for (language, share) in &self.0 {
            body.serialize_entry(language, share)?;
        }
        body.end()
    }
}
