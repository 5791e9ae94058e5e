/// One variable of the configuration: what reads it, checks it, and describes it to people.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name in the environment, in `.env`, and (in any case) in the TOML file.
    pub name: &'static str,
    /// The default as a person would write it; empty when there is none.
    pub default: &'static str,
    /// What holds when nothing is given and there is no plain default.
    pub without: &'static str,
    /// What may be written.
    pub allowed: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether its value must not be shown.
    pub secret: bool,
}

impl Variable {
    /// A variable with this default (`""`: none).
    pub(crate) const fn new(name: &'static str, default: &'static str) -> Self {
        Self {
            name,
            default,
            without: "",
            allowed: "",
            meaning: "",
            secret: false,
        }
    }

    /// What may be written.
    pub(crate) const fn allowed(mut self, allowed: &'static str) -> Self {
        self.allowed = allowed;
        self
    }

    /// What it is for.
    pub(crate) const fn means(mut self, meaning: &'static str) -> Self {
        self.meaning = meaning;
        self
    }

    /// What holds when nothing is given.
    pub(crate) const fn without(mut self, without: &'static str) -> Self {
        self.without = without;
        self
    }

    /// Its value is never shown.
    pub(crate) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The default as the documentation shows it.
    pub const fn shown_default(&self) -> &'static str {
        if !self.default.is_empty() {
            self.default
        } else if !self.without.is_empty() {
            self.without
        } else {
            "none"
        }
    }
}
