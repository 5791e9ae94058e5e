use std::sync::Arc;

use super::present::LabelBody;
use super::{color, place, validate};
use crate::http::{Answer, Call, Refusal, Reply, refuse};
use crate::params::Ask;
use crate::state::{Label, Source};

#[expect(clippy::option_option, reason = "absent, null or there")]
#[derive(Debug)]
struct Wanted {
    title: Option<String>,
    color: Option<String>,
    description: Option<Option<String>>,
    archived: Option<bool>,
    priority: Option<Option<i64>>,
}

fn read(call: &Call<'_>, ask: &mut Ask<'_>) -> Wanted {
    let wanted = Wanted {
        title: ask.text("new_name").flatten(),
        color: ask.filled("color"),
        description: ask.text("description"),
        // Only a project ranks labels.
        priority: if call.path.starts_with("/api/v4/projects/") {
            ask.maybe_integer("priority")
        } else {
            None
        },
        archived: ask.flag("archived"),
    };
    ask.at_least_one();
    wanted
}

/// `PUT …/labels/:name`, by id or title. Inherited labels are changed where they are.
pub(super) fn by_path(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = read(call, &mut ask);
    call.admit(ask)?;
    update(call, call.arg(1), &wanted)
}

/// `PUT …/labels`, the old form with the label among the parameters.
pub(super) fn by_parameter(call: &Call<'_>) -> Answer {
    call.user()?;
    let mut ask = call.ask();
    let wanted = read(call, &mut ask);
    let reference = reference(&mut ask);
    call.admit(ask)?;
    update(call, &reference, &wanted)
}

/// `label_id` or `name`, and not both.
pub(super) fn reference(ask: &mut Ask<'_>) -> String {
    let id = ask.integer("label_id");
    let name = ask.filled("name");
    match (id, name) {
        (Some(id), None) => id.to_string(),
        (None, Some(name)) => name,
        (Some(_), Some(_)) => {
            ask.complain("label_id, name are mutually exclusive");
            String::new()
        }
        (None, None) => {
            ask.complain("label_id, name are missing, exactly one parameter must be provided");
            String::new()
        }
    }
}

fn update(call: &Call<'_>, reference: &str, wanted: &Wanted) -> Answer {
    let (body, changed) = {
        let mut state = call.change();
        let here = place::to_change(call, &state)?;
        let (_, old) = place::find(&state, here, reference, false)?;
        let new = changed(&old, wanted);
        let mut changed = new != *old;
        let new = Arc::new(new);
        if changed {
            check(&validate::label(&state, here, &new))?;
            state.belongings.labels.put(here, new.id, Arc::clone(&new));
        }
        if let (Source::Project(project), Some(priority)) = (here, wanted.priority) {
            changed |= state.belongings.rank_label(project, new.id, priority);
        }
        (LabelBody::of(call, &state, here, &(here, new), false), changed)
    };
    Ok(Reply::ok(&body).applied_if(changed))
}

fn changed(old: &Label, wanted: &Wanted) -> Label {
    let mut new = old.clone();
    if let Some(title) = &wanted.title {
        title.trim().clone_into(&mut new.title);
    }
    if let Some(color) = &wanted.color {
        new.color = color::normal(color);
    }
    if let Some(description) = &wanted.description {
        new.description.clone_from(description);
    }
    new.archived = wanted.archived.unwrap_or(new.archived);
    new
}

fn check(complaints: &refuse::Complaints) -> Result<(), Refusal> {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(refuse::complaints(complaints))
    }
}
