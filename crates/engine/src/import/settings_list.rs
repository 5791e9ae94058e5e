//! Lists of settings: each row names a group or project, one of its settings, and the value it is to have.
//!
//! ```text
//! target_type|target_path|setting_type|setting_value
//! group|acme/platform|visibility|internal
//! project|acme/web|merge_method|ff
//! ```

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ::csv::StringRecord;
use domain::Problem;

use super::columns::{Columns, names};
use super::convert::Cell;
use super::csv::Sheet;
use super::formula::unescape;
use super::intake::Intake;
use super::place::Place;
use super::{each_record, unknown_kind};
use crate::field::fold;
use crate::operation::{AnyOperation, ObjectKind, Registry};
use crate::suggest::suggest;

/// The columns, in the order of lists without a header.
const COLUMNS: [&str; 4] = ["target_type", "target_path", "setting_type", "setting_value"];

/// Where the columns of a list stand.
pub(super) struct SettingsList {
    names: Vec<String>,
    kind: usize,
    path: usize,
    setting: usize,
    value: usize,
}

/// What a row gives: the columns as its operation reads them.
type Meanings = HashMap<(ObjectKind, String), Result<Columns, Problem>>;

impl SettingsList {
    /// The list that a table is: one with these columns, or without a header one of pipes whose rows begin with `group`
    /// or `project`.
    pub(super) fn of(sheet: &mut Sheet<'_>) -> Option<Self> {
        let header = sheet.header();
        let at = |name: &str| header.iter().position(|column| fold(column) == fold(name));
        if let [Some(kind), Some(path), Some(setting), Some(value)] = COLUMNS.map(at) {
            return Some(Self {
                names: header.to_vec(),
                kind,
                path,
                setting,
                value,
            });
        }
        let is_one = sheet.is_piped() && header.len() == COLUMNS.len() && kind_of(&header[0]).is_some();
        is_one.then(|| {
            sheet.has_no_header();
            Self {
                names: COLUMNS.map(str::to_owned).to_vec(),
                kind: 0,
                path: 1,
                setting: 2,
                value: 3,
            }
        })
    }

    /// Reads the rows.
    ///
    /// # Errors
    /// Settings cannot be changed here.
    pub(super) fn read<'r>(
        &self,
        registry: &'r Registry,
        place: &Place,
        mut sheet: Sheet<'_>,
        intake: &mut Intake<'r>,
    ) -> Result<(), Problem> {
        let changing = |kind: ObjectKind| {
            let name = format!("update_{}", kind.name());
            let operation = registry.get(&name).ok_or_else(|| unknown_kind(registry, &name))?;
            Ok::<_, Problem>((kind, operation.as_ref()))
        };
        let operations = [changing(ObjectKind::Group)?, changing(ObjectKind::Project)?];
        intake.begin_mixed(place.clone(), Columns::giving(&self.names, &[], 0));
        let mut meanings = Meanings::new();
        each_record(&mut sheet, self.names.len(), intake, |record, intake| {
            self.take(record, &operations, &mut meanings, intake);
        });
        Ok(())
    }

    fn take<'r>(
        &self,
        record: &StringRecord,
        operations: &[(ObjectKind, &'r dyn AnyOperation); 2],
        meanings: &mut Meanings,
        intake: &mut Intake<'r>,
    ) {
        let cell = |column: usize| unescape(record.get(column).unwrap_or_default().trim());
        let named = kind_of(cell(self.kind));
        let Some((kind, operation)) = operations.iter().find(|(kind, _)| Some(*kind) == named) else {
            let problem = Problem::new("neither a group nor a project")
                .value(cell(self.kind))
                .allowed("group, project");
            return intake.refuse_cell(self.kind, problem);
        };
        let columns = match meanings.entry((*kind, fold(cell(self.setting)))) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.columns(*kind, *operation, cell(self.setting))),
        };
        let columns = match columns {
            Ok(columns) => columns,
            Err(problem) => return intake.refuse_cell(self.setting, problem.clone()),
        };
        if cell(self.value).is_empty() {
            let problem = Problem::new("there is no value").allowed("what the setting is to be");
            return intake.refuse_cell(self.value, problem);
        }
        let cells = record.iter().map(|cell| unescape(cell.trim())).enumerate();
        let cells = cells.map(|(column, text)| (column, Cell::Text(text)));
        intake.take_as(*operation, columns, cells);
    }

    /// What the columns of a row stand for that gives this setting a value.
    fn columns(
        &self,
        kind: ObjectKind,
        operation: &dyn AnyOperation,
        setting: &str,
    ) -> Result<Columns, Problem> {
        let fields = operation.fields();
        let target = fields.iter().position(|field| field.name == kind.name());
        let folded = fold(setting);
        let setting_field = fields.iter().position(|field| field.answers_to(&folded));
        match (target, setting_field) {
            (Some(target), Some(field)) if field != target => {
                let given = [(self.path, target), (self.value, field)];
                Ok(Columns::giving(&self.names, &given, fields.len()))
            }
            _ => {
                // What is changed stands before its settings.
                let settings = &fields[target.map_or(0, |target| target + 1)..];
                let meant = suggest(setting, settings.iter().map(|field| field.name.as_str()));
                let meant = meant.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
                Err(Problem::new(format!("no setting of a {}{meant}", kind.name()))
                    .value(setting)
                    .allowed(names(settings)))
            }
        }
    }
}

fn kind_of(cell: &str) -> Option<ObjectKind> {
    match fold(cell).as_str() {
        "group" | "subgroup" => Some(ObjectKind::Group),
        "project" => Some(ObjectKind::Project),
        _ => None,
    }
}
