use crate::http::{Answer, Call};
use crate::resources::find;
use crate::resources::projects::list::{self, Scope, Wanted};
use crate::resources::projects::present::Shape;

/// `GET /groups/:id/projects`. Bodies are without `permissions`.
pub(super) fn projects(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    let include_subgroups = ask.flag("include_subgroups").unwrap_or(false);
    ask.ignored(&["with_shared", "include_ancestor_groups", "with_security_reports"]);
    call.admit(ask)?;
    let group = find::group(call, &call.state(), call.arg(0))?.id;
    let scope = if include_subgroups {
        Scope::Below(group)
    } else {
        Scope::In(group)
    };
    list::by_offset(
        call,
        &wanted,
        &scope,
        if wanted.simple { Shape::Basic } else { Shape::Full },
    )
}
