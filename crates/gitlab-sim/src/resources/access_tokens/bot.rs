use crate::access::AccessLevel;
use crate::http::Call;
use crate::ids::UserId;
use crate::secret::{self, Kind};
use crate::state::{NewUser, Source, State, UserKind};

/// A new bot, which is a member on that level.
pub(super) fn make(
    call: &Call<'_>,
    state: &mut State,
    source: Source,
    name: &str,
    level: AccessLevel,
) -> UserId {
    /// Hexadecimal digits in a bot's name.
    const DIGITS: usize = 32;
    let (kind, id) = match source {
        Source::Group(id) => ("group", id.0),
        Source::Project(id) => ("project", id.0),
    };
    let number = state.tokens.next_id().0;
    let mut digits = secret::make(call.instance, Kind::Hex("bot"), number).0;
    digits.truncate(DIGITS);
    let username = format!("{kind}_{id}_bot_{digits}");
    let host = call.instance.site.host.split(':').next().unwrap_or_default();
    let email = format!("{username}@noreply.{host}");
    let bot = state.add_user(
        NewUser {
            kind: UserKind::TokenBot(source),
            external: call.viewer.user().is_some_and(|user| user.external),
            can_create_group: false,
            projects_limit: 0,
            created_by: call.viewer.id(),
            ..NewUser::plain(username, name.to_owned(), email)
        },
        call.now,
    );
    state.set_member(source, bot.id, level, None, call.viewer.id(), call.now);
    bot.id
}
