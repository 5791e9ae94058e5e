use std::fmt;

/// A number that has to be held.
#[derive(Clone, Copy)]
pub(crate) enum Floor {
    /// This or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
    /// This or less.
    AtMost(f64),
    /// Exactly this.
    Exactly(f64),
}

impl Floor {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(floor) => value >= floor,
            Self::Below(ceiling) => value < ceiling,
            Self::AtMost(ceiling) => value <= ceiling,
            Self::Exactly(wanted) => (value - wanted).abs() < f64::EPSILON,
        }
    }
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(floor) => write!(f, "≥ {}", number(*floor)),
            Self::Below(ceiling) => write!(f, "< {}", number(*ceiling)),
            Self::AtMost(ceiling) => write!(f, "≤ {}", number(*ceiling)),
            Self::Exactly(wanted) => f.write_str(&number(*wanted)),
        }
    }
}

/// One line: what was measured, how much, of what, and what it has to be.
pub(crate) struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    floor: Option<Floor>,
}

/// Figures that belong together, under the settings they were measured with.
pub(crate) struct Table {
    title: &'static str,
    settings: String,
    figures: Vec<Figure>,
}

impl Table {
    pub(crate) fn new(title: &'static str, settings: impl Into<String>) -> Self {
        Self {
            title,
            settings: settings.into(),
            figures: Vec::new(),
        }
    }

    /// A figure to be read.
    pub(crate) fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.push(what.into(), value, unit, None);
    }

    /// A figure that has to hold.
    pub(crate) fn hold(&mut self, what: impl Into<String>, value: f64, unit: &'static str, floor: Floor) {
        self.push(what.into(), value, unit, Some(floor));
    }

    fn push(&mut self, what: String, value: f64, unit: &'static str, floor: Option<Floor>) {
        self.figures.push(Figure {
            what,
            value,
            unit,
            floor,
        });
    }

    /// The figures that do not hold.
    pub(crate) fn broken(&self) -> impl Iterator<Item = String> {
        self.figures.iter().filter_map(|figure| {
            let floor = figure.floor?;
            (!floor.holds(figure.value)).then(|| {
                format!(
                    "{}: {} is {} {}, not {floor}",
                    self.title,
                    figure.what,
                    number(figure.value),
                    figure.unit
                )
            })
        })
    }
}

/// As Markdown, which a terminal shows as well.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.title, self.settings)?;
        writeln!(f, "| what | figure | has to be |\n|---|---:|---|")?;
        for figure in &self.figures {
            let floor = figure.floor.map(|floor| floor.to_string()).unwrap_or_default();
            let (value, unit) = (number(figure.value), figure.unit);
            writeln!(
                f,
                "| {} | {} | {floor} |",
                figure.what,
                format!("{value} {unit}").trim()
            )?;
        }
        Ok(())
    }
}

/// Three digits that mean something, thousands apart.
fn number(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_below_its_floor_is_named() {
        let mut table = Table::new("Import", "no latency");
        table.hold("rate", 1_999.4, "items/s", Floor::AtLeast(2_000.0));
        table.hold("validation", 2.99, "s", Floor::Below(3.0));
        table.hold("429 answers", 1.0, "", Floor::Exactly(0.0));
        let broken: Vec<String> = table.broken().collect();
        assert_eq!(
            broken,
            [
                "Import: rate is 1,999 items/s, not ≥ 2,000",
                "Import: 429 answers is 1 , not 0"
            ]
        );
    }
}
