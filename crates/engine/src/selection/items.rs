use domain::Source;
use serde_json::{Map, Value};

use super::{STAND_IN, acts_on, both, of};
use crate::estate::Estate;
use crate::estate::look_up::Wants;
use crate::expand::{ExpandError, Expanded, Expansion};
use crate::import::MAX_ROWS;
use crate::operation::{AnyOperation, Read, ValidItem};
use crate::selector::{Kinds, Look, SelectError, Selected, Selector};

/// The items of a selection: one for each group or project that is selected now, by path; with what was read of them, as
/// far as their plan will ask for it.
///
/// # Errors
/// GitLab could not be asked; nothing is selected, or what the selector names is not there.
pub(crate) async fn items(
    operation: &str,
    selector: &str,
    parameters: &Map<String, Value>,
    context: &Expansion<'_>,
) -> Result<Expanded, ExpandError> {
    let read = Selector::parse(selector)
        .map_err(|mistakes| ExpandError::refused("VALIDATION_ERROR", format!("the selector: {mistakes}")))?;
    let operation = context
        .registry
        .get(operation)
        .ok_or_else(|| unknown(operation))?
        .as_ref();
    let kinds = acts_on(operation)
        .and_then(|kinds| both(kinds, read.kinds()))
        .ok_or_else(|| unknown(operation.name()))?;
    let look = Look {
        kinds,
        now: context.today,
        administrator: context.me.administrator,
    };
    let wants = wants(operation, kinds, parameters, context);
    let (selected, known) = read
        .select_for(context.gitlab, &look, &wants)
        .await
        .map_err(refused)?;
    if selected.is_empty() {
        let message = format!(
            "nothing is selected: `{selector}` fits none of the {} that you can see there",
            kinds.name().replace(", ", " and ")
        );
        return Err(ExpandError::refused("NOTHING_SELECTED", message));
    }
    if selected.len() > MAX_ROWS as usize {
        let message = format!(
            "{} objects are selected; a job has at most {MAX_ROWS} items",
            selected.len()
        );
        return Err(ExpandError::refused("TOO_MANY_SELECTED", message));
    }
    tracing::info!(
        selector,
        operation = operation.name(),
        count = selected.len(),
        "Selected"
    );
    let items: Result<Vec<ValidItem>, ExpandError> = selected
        .into_iter()
        .map(|object| {
            let mut params = parameters.clone();
            params.insert(object.kind.name().to_owned(), target(&object));
            let source = Source {
                path: Some(object.full_path),
                ..Source::default()
            };
            operation
                .validate(params, source, context.today)
                .map_err(|problems| not_possible(operation.name(), &problems))
        })
        .collect();
    let mut estate = Estate::default();
    estate.extend(known);
    Ok(Expanded {
        items: items?,
        estate,
        ..Expanded::default()
    })
}

/// What the plan of any of the items will want to know of its object.
fn wants(
    operation: &dyn AnyOperation,
    kinds: Kinds,
    parameters: &Map<String, Value>,
    context: &Expansion<'_>,
) -> Wants {
    let mut wants = Wants::default();
    for kind in of(kinds) {
        let mut params = parameters.clone();
        params.insert(kind.name().to_owned(), STAND_IN.into());
        // Whatever is wrong with it is said of the items themselves.
        let Ok(item) = operation.validate(params, Source::default(), context.today) else {
            continue;
        };
        let Ok(outline) = operation.outline(&item.params) else {
            continue;
        };
        wants.compared(&outline.target, &item.params);
        for read in outline.reads {
            if matches!(read, Read::Fields(..)) {
                wants.read(read);
            }
        }
    }
    wants
}

/// A path reads better and is found in lists; GitLab reads one of digits only as a number.
fn target(object: &Selected) -> Value {
    if object.full_path.bytes().all(|byte| byte.is_ascii_digit()) {
        object.id.into()
    } else {
        object.full_path.as_str().into()
    }
}

fn refused(error: SelectError) -> ExpandError {
    let code = match error {
        SelectError::Gitlab(error) => return error.into(),
        SelectError::NoGroup(_) | SelectError::NoObject { .. } => "NOT_FOUND",
        SelectError::TooMuch(_) => "VALIDATION_ERROR",
    };
    ExpandError::refused(code, error.to_string())
}

/// The rules of an operation do not know what will be selected; what they say now is about that object.
fn not_possible(operation: &str, problems: &[domain::Problem]) -> ExpandError {
    let first = problems.first().map(ToString::to_string).unwrap_or_default();
    ExpandError::refused(
        "VALIDATION_ERROR",
        format!("{operation} is not possible: {first}"),
    )
}

fn unknown(operation: &str) -> ExpandError {
    ExpandError::refused(
        "VALIDATION_ERROR",
        format!("this version cannot do `{operation}` to what is selected"),
    )
}
