use crate::state::{Invitation, Source, State, User};
use crate::time_text::Moment;

/// Makes a new user a member of everything that invited the user's address.
pub(in crate::resources) fn accept(now: Moment, state: &mut State, user: &User) {
    let invited: Vec<(Source, std::sync::Arc<Invitation>)> = state
        .belongings
        .invitations
        .iter()
        .filter(|(_, row)| row.email.eq_ignore_ascii_case(&user.email))
        .map(|(source, row)| (source, std::sync::Arc::clone(row)))
        .collect();
    for (source, row) in invited {
        state.belongings.invitations.remove(source, row.id);
        state.set_member(source, user.id, row.level, row.expires_on, row.by, now);
    }
}
