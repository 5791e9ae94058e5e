use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::failure::Exit;
use crate::output::colour::Colour;

/// What one check came to.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// What was looked at, in one word.
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) message: String,
    /// What mends it.
    pub(super) advice: Option<String>,
}

/// Whether it works.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    Works,
    /// It works, but should not stay so.
    Doubtful,
    /// It does not work; how the program ends because of it.
    Failed(Exit),
}

impl Verdict {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Works => "ok",
            Self::Doubtful => "warning",
            Self::Failed(_) => "failed",
        }
    }

    pub(super) fn colour(self) -> Colour {
        match self {
            Self::Works => Colour::Green,
            Self::Doubtful => Colour::Yellow,
            Self::Failed(_) => Colour::Red,
        }
    }
}

impl Finding {
    pub(super) fn works(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Works, message.into())
    }

    pub(super) fn doubtful(name: &'static str, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Doubtful, message.into())
    }

    pub(super) fn failed(name: &'static str, exit: Exit, message: impl Into<String>) -> Self {
        Self::new(name, Verdict::Failed(exit), message.into())
    }

    fn new(name: &'static str, verdict: Verdict, message: String) -> Self {
        Self {
            name,
            verdict,
            message,
            advice: None,
        }
    }

    /// The same, with what mends it.
    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 4)?;
        fields.serialize_field("name", self.name)?;
        fields.serialize_field("status", self.verdict.word())?;
        fields.serialize_field("message", &self.message)?;
        match &self.advice {
            Some(advice) => fields.serialize_field("advice", advice)?,
            None => fields.skip_field("advice")?,
        }
        fields.end()
    }
}
