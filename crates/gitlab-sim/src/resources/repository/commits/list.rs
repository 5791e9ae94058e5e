use std::sync::Arc;

use super::super::{access, push};
use super::present::CommitBody;
use crate::http::{Answer, Call, Offset};
use crate::resources::holds;
use crate::state::repository::Commit;

/// `GET /projects/:id/repository/commits`: newest first, and never counted.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let reference = ask.filled("ref_name");
    let since = ask.moment("since");
    let until = ask.moment("until");
    let path = ask.filled("path");
    let author = ask.filled("author");
    let all = ask.flag("all").unwrap_or(false);
    let with_stats = ask.flag("with_stats").unwrap_or(false);
    let first_parent = ask.flag("first_parent").unwrap_or(false);
    let trailers = ask.flag("trailers").unwrap_or(false);
    ask.choice("order", &["default", "topo"]);
    let offset = Offset::read(&mut ask);
    call.admit(ask)?;

    let (project, repository, full_path) = {
        let state = call.state();
        let (project, repository) = access::readable(call, &state, call.arg(0))?;
        let full_path = state.project_full_path(&project);
        (project, repository, full_path)
    };
    let history: Vec<Arc<Commit>> = if all {
        let heads = repository.branches().map(|(_, commit)| commit.id);
        let tags = repository.tags().map(|(_, tag)| tag.commit);
        repository.history(heads.chain(tags).collect::<Vec<_>>())
    } else {
        let from = match &reference {
            Some(reference) => {
                access::resolve(&project, &repository, Some(reference)).map(|commit| commit.id)
            }
            None => push::head(&project, &repository),
        };
        match from {
            Some(id) if first_parent => repository.first_parents(id),
            from => repository.history(from),
        }
    };
    let wanted = |commit: &Arc<Commit>| {
        since.is_none_or(|since| commit.committer.at >= since)
            && until.is_none_or(|until| commit.committer.at <= until)
            && author.as_deref().is_none_or(|author| {
                holds(
                    &format!("{} <{}>", commit.author.name, commit.author.email),
                    author,
                )
            })
            && path
                .as_deref()
                .is_none_or(|path| repository.touches(commit, path.trim_end_matches('/')))
    };
    let page = offset
        .cut(history.into_iter().filter(wanted))
        .uncounted()
        .map(|commit| {
            let mut body = CommitBody::of(&call.instance.site, &full_path, &commit);
            if trailers {
                body = body.with_trailers();
            }
            if with_stats {
                body = body.with_stats(&repository, &commit);
            }
            Some(body)
        });
    Ok(page.reply(call))
}
