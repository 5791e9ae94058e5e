//! From an event to letters.

use super::letter::{Letter, uuid};
use super::{Event, audience, payload};
use crate::instance::Instance;
use crate::state::{State, Work};
use crate::time_text::Moment;

impl Instance {
    /// Tells every hook that wants to know. The letters leave later, as all background work does.
    ///
    /// Call it when the change is done, or for what goes for good while it is still there.
    pub(crate) fn tell(&self, state: &mut State, event: Event<'_>, now: Moment) {
        if state.belongings.hooks.len() == 0 {
            return;
        }
        let Some(news) = payload::of(state, &self.site, event, now) else {
            return;
        };
        let of_system = audience::of_system(state, event, news.sort);
        let of_groups = audience::of_groups(state, event, news.sort);
        let event_uuid = uuid(state.belongings.due.given(), 1);
        let letters = of_system
            .into_iter()
            .map(|(owner, hook)| (owner, hook.id, "System Hook", &news.for_system))
            .chain(
                of_groups
                    .into_iter()
                    .map(|(owner, hook)| (owner, hook.id, news.kind, &news.for_groups)),
            );
        for (owner, hook, kind, body) in letters {
            if body.is_empty() {
                continue;
            }
            let letter = Letter {
                owner,
                hook,
                event: news.name.to_owned(),
                kind: kind.to_owned(),
                body: body.clone(),
                event_uuid: event_uuid.clone(),
                key: uuid(state.belongings.due.given(), hook.rotate_left(32) ^ 2),
                forced: false,
            };
            self.later(state, now, Work::Deliver(Box::new(letter)));
        }
    }
}
