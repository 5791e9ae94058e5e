use std::sync::Arc;

use super::present::AttributeBody;
use super::{Find, holder};
use crate::http::{Answer, Call, Reply};
use crate::state::CustomAttribute;

/// Notes a value under a key, or replaces it: 200 either way.
pub(super) fn set(call: &Call<'_>, find: Find) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let value = ask.required_text("value");
    call.admit(ask)?;
    let (body, changed) = {
        let mut state = call.change();
        let holder = holder(call, &state, find)?;
        let key = call.arg(1).to_owned();
        let attributes = &mut state.belongings.custom_attributes;
        let known = attributes.named(holder, &key);
        if let Some((id, changed)) = known.map(|known| (known.id, known.value != value)) {
            let attribute = Arc::new(CustomAttribute { id, key, value });
            attributes.put(holder, id, Arc::clone(&attribute));
            (AttributeBody::of(&attribute), changed)
        } else {
            let attribute = attributes.add(holder, |id| CustomAttribute { id, key, value });
            (AttributeBody::of(&attribute), true)
        }
    };
    Ok(Reply::ok(&body).applied_if(changed))
}
