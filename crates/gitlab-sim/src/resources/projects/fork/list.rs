use crate::http::{Answer, Call};
use crate::resources::find;
use crate::resources::projects::list::{self, Scope, Wanted};

/// `GET /projects/:id/forks`: those the viewer may see.
pub(in crate::resources::projects) fn list(call: &Call<'_>) -> Answer {
    let mut ask = call.ask();
    let wanted = Wanted::read(&mut ask);
    call.admit(ask)?;
    let forks = {
        let state = call.state();
        let origin = find::project(call, &state, call.arg(0))?;
        state.tree.forks_of(origin.id).map(|fork| fork.id).collect()
    };
    list::answer(call, &wanted, &Scope::Among(forks))
}
