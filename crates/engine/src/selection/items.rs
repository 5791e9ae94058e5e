use domain::Source;
use serde_json::{Map, Value};

use super::{acts_on, both};
use crate::expand::{ExpandError, Expansion};
use crate::import::MAX_ROWS;
use crate::operation::ValidItem;
use crate::selector::{Look, SelectError, Selected, Selector};

/// The items of a selection: one for each group or project that is selected now, by path.
///
/// # Errors
/// GitLab could not be asked; nothing is selected, or what the selector names is not there.
pub(crate) async fn items(
    operation: &str,
    selector: &str,
    parameters: &Map<String, Value>,
    context: &Expansion<'_>,
) -> Result<Vec<ValidItem>, ExpandError> {
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
    let selected = read.select(context.gitlab, &look).await.map_err(refused)?;
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
    selected
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
        .collect()
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
