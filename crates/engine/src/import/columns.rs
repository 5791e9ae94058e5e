//! The columns of a table (or keys of a list) and the fields they stand for.

use domain::Problem;

use super::mapping::{Mapped, Mapping};
use crate::field::{Field, fold};
use crate::inputs::InputColumn;
use crate::results::ERROR_COLUMN;
use crate::suggest::suggest;

/// More columns than any operation has fields, many times over. Each is compared with names and aliases of all of
/// them: a header of megabytes would keep us busy for hours.
pub(super) const MOST_COLUMNS: usize = 1_000;

/// The longest name of a column, in bytes. It is repeated with every problem of every row.
const LONGEST_NAME: usize = 255;

/// Refuses what nobody means as the columns of a table.
///
/// # Errors
/// There are too many of them, or one has a name that is too long.
pub(super) fn reasonable(names: &[String]) -> Result<(), Problem> {
    if names.len() > MOST_COLUMNS {
        return Err(Problem::new(format!("there are {} columns", names.len()))
            .allowed(format!("at most {MOST_COLUMNS}")));
    }
    match names.iter().find(|name| name.len() > LONGEST_NAME) {
        Some(name) => Err(
            Problem::new(format!("the name of a column has {} bytes", name.len()))
                .value(name)
                .allowed(format!("at most {LONGEST_NAME}")),
        ),
        None => Ok(()),
    }
}

/// What a column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The field with this number.
    Field(usize),
    /// Nothing we know.
    Unknown,
    /// Left out on purpose, or without a name.
    LeftOut,
}

#[derive(Debug)]
struct Column {
    spelled: String,
    meaning: Meaning,
}

/// The columns of one table, in its order.
#[derive(Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// Per field, the first column that stands for it.
    by_field: Vec<Option<usize>>,
}

impl Columns {
    pub(super) fn read<'n>(
        names: impl IntoIterator<Item = &'n str>,
        fields: &[Field],
        mapping: &Mapping<'_>,
    ) -> Self {
        let mut by_field = vec![None; fields.len()];
        let mut columns = Vec::new();
        for name in names {
            let meaning = match mapping.of(name) {
                Some(Mapped::LeftOut) => Meaning::LeftOut,
                Some(Mapped::To(field)) => meaning_of(field, fields),
                None => meaning_of(name, fields),
            };
            if let Meaning::Field(number) = meaning {
                by_field[number].get_or_insert(columns.len());
            }
            columns.push(Column {
                spelled: name.to_owned(),
                meaning,
            });
        }
        Self { columns, by_field }
    }

    /// The columns of a row of which only some give a field: pairs of column and field, of so many fields.
    pub(super) fn giving(names: &[String], given: &[(usize, usize)], fields: usize) -> Self {
        let mut by_field = vec![None; fields];
        for (column, field) in given {
            by_field[*field] = Some(*column);
        }
        let columns = names.iter().enumerate().map(|(number, name)| Column {
            spelled: name.clone(),
            meaning: match given.iter().find(|(column, _)| *column == number) {
                Some((_, field)) => Meaning::Field(*field),
                None => Meaning::LeftOut,
            },
        });
        Self {
            columns: columns.collect(),
            by_field,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// The column as the file spells it.
    pub(super) fn spelled(&self, column: usize) -> Option<&str> {
        self.columns.get(column).map(|column| column.spelled.as_str())
    }

    pub(super) fn meaning(&self, column: usize) -> Meaning {
        self.columns
            .get(column)
            .map_or(Meaning::Unknown, |column| column.meaning)
    }

    /// The first column that stands for this field.
    pub(super) fn of_field(&self, field: usize) -> Option<usize> {
        self.by_field.get(field).copied().flatten()
    }

    /// The columns as they are kept with a job.
    pub(super) fn keep(&self, fields: &[Field]) -> Vec<InputColumn> {
        let column = |column: &Column| {
            let field = match column.meaning {
                Meaning::Field(number) => fields.get(number),
                Meaning::Unknown | Meaning::LeftOut => None,
            };
            InputColumn::new(&column.spelled, field)
        };
        self.columns.iter().map(column).collect()
    }

    /// A word about each column that nothing is known of, with what was likely meant by it. The column in which
    /// failed rows say why they failed may stay where it is.
    pub(super) fn unknown(&self, fields: &[Field]) -> Vec<(usize, Problem)> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(_, column)| column.meaning == Meaning::Unknown && fold(&column.spelled) != ERROR_COLUMN)
            .map(|(number, column)| {
                let meant = self.meant(number, fields);
                let problem = Problem::new(format!("unknown column `{}`, not read{meant}", column.spelled));
                (number, problem.allowed(names(fields)))
            })
            .collect()
    }

    /// `; did you mean …?` where one of the fields that no column stands for is called alike.
    pub(super) fn meant(&self, column: usize, fields: &[Field]) -> String {
        let spelled = self.spelled(column).unwrap_or_default();
        let missing = fields.iter().zip(&self.by_field);
        let names = missing
            .filter(|(_, column)| column.is_none())
            .flat_map(|(field, _)| std::iter::once(&field.name).chain(&field.aliases))
            .map(String::as_str);
        match suggest(spelled, names) {
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => String::new(),
        }
    }

    /// A problem for each column that stands for the field of an earlier one; such a column is left
    /// out from here on.
    pub(super) fn refuse_repeated(&mut self, fields: &[Field]) -> Vec<(usize, Problem)> {
        let mut problems = Vec::new();
        for number in 0..self.columns.len() {
            let Meaning::Field(field) = self.columns[number].meaning else {
                continue;
            };
            let first = self.by_field[field].unwrap_or(number);
            if first != number {
                problems.push((number, same_field(&self.columns[first].spelled, &fields[field])));
                self.columns[number].meaning = Meaning::LeftOut;
            }
        }
        problems
    }

    /// A problem for each field that every row has to have and no column stands for.
    pub(super) fn missing(&self, fields: &[Field]) -> Vec<Problem> {
        fields
            .iter()
            .zip(&self.by_field)
            .filter(|(field, column)| field.required && column.is_none())
            .map(|(field, _)| {
                Problem::new("this column is missing")
                    .column(&field.name)
                    .allowed(format!("a column {}", names_of(field)))
            })
            .collect()
    }
}

/// The problem of a value for a field that has one already.
pub(super) fn same_field(first: &str, field: &Field) -> Problem {
    Problem::new(format!("`{first}` gives the field `{}` already", field.name))
        .allowed(format!("one column {}", names_of(field)))
}

pub(super) const USERNAME: &str = "username";
pub(super) const USER_ID: &str = "user_id";
pub(super) const EMAIL: &str = "email";

fn meaning_of(name: &str, fields: &[Field]) -> Meaning {
    let folded = fold(name);
    if folded.is_empty() {
        return Meaning::LeftOut;
    }
    match fields.iter().position(|field| field.answers_to(&folded)) {
        Some(field) => Meaning::Field(field),
        None => Meaning::Unknown,
    }
}

/// How many fields a message names.
const NAMED: usize = 10;

/// The names of the fields, for messages: the first ones, and how many more there are.
pub(super) fn names(fields: &[Field]) -> String {
    let names: Vec<&str> = fields
        .iter()
        .take(NAMED)
        .map(|field| field.name.as_str())
        .collect();
    match fields.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more, which the template lists", names.join(", ")),
    }
}

fn names_of(field: &Field) -> String {
    std::iter::once(&field.name)
        .chain(&field.aliases)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}

/// The order of columns in the files without a header that scripts around GitLab have long used, fields
/// separated by `|`.
pub(super) fn without_header(operation: &str) -> Option<&'static [&'static str]> {
    Some(match operation {
        "create_group" => &[
            "name",
            "path",
            "parent",
            "description",
            "visibility",
            "lfs_enabled",
            "request_access_enabled",
        ],
        "create_project" => &[
            "name",
            "group",
            "description",
            "visibility",
            "issues_access_level",
            "wiki_access_level",
            "default_branch",
        ],
        "add_member" => &["username", "group", "access_level", "expires_at"],
        // A list of what is to go, one to a line.
        "delete_project" => &["project"],
        "delete_group" => &["group"],
        _ => return None,
    })
}
