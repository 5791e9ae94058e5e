use std::io::{BufRead, IsTerminal};

use domain::Job;

use crate::failure::{Exit, Failure};
use crate::interrupts::Interrupts;
use crate::output::plan::Counts;
use crate::output::source::Source;
use crate::output::talk;

/// Whether a person agrees to a plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Consent {
    /// `--yes`.
    pub(crate) yes: bool,
    /// `--confirm TEXT`.
    pub(crate) confirm: Option<String>,
}

impl Consent {
    /// Returns when the plan is agreed to.
    ///
    /// A destructive plan wants its own text, typed or given with `--confirm`; any other a plain yes.
    ///
    /// # Errors
    /// Nobody agrees, or there is nobody to ask.
    pub(crate) async fn ask(
        &self,
        job: &Job,
        counts: Counts,
        source: &impl Source,
        interrupts: &Interrupts,
    ) -> Result<(), Failure> {
        let wanted = job.confirmation.as_deref();
        match (wanted, self.confirm.as_deref()) {
            (Some(wanted), Some(given)) if wanted == given => return Ok(()),
            (Some(wanted), Some(_)) => {
                return Err(Failure::usage(format!("--confirm has to be exactly: {wanted}")));
            }
            (None, _) if self.yes => return Ok(()),
            _ => {}
        }
        if !somebody_is_there() {
            let how = match wanted {
                Some(wanted) => format!("give --confirm '{wanted}'"),
                None => "give --yes to run it without asking".to_owned(),
            };
            return Err(
                Failure::usage("nobody is there to agree to this plan, so nothing was sent")
                    .advise(format!("{how}, or go on later: {}", later(job, source))),
            );
        }
        let question = match wanted {
            Some(wanted) => format!("This cannot be taken back. Type `{wanted}` to go on: "),
            None => format!(
                "Make these {} changes on {}? [y/N] ",
                counts.changes(),
                job.gitlab_url
            ),
        };
        talk::raw(question.as_bytes());
        let answer = tokio::select! {
            answer = tokio::task::spawn_blocking(read_line) => answer.unwrap_or_default(),
            () = interrupts.first() => String::new(),
        };
        let agreed = match wanted {
            Some(wanted) => answer == wanted,
            None => matches!(answer.to_lowercase().as_str(), "y" | "yes"),
        };
        if agreed {
            return Ok(());
        }
        Err(Failure::Other {
            exit: Exit::Interrupted,
            code: "INTERRUPTED",
            message: "not started; nothing was sent".to_owned(),
            advice: Some(format!("the plan is kept: {}", later(job, source))),
        })
    }
}

/// Whether somebody can be asked.
pub(crate) fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal() && talk::is_terminal()
}

/// What takes the plan up again.
fn later(job: &Job, source: &impl Source) -> String {
    format!("{} jobs start {}", source.program(), job.id)
}

fn read_line() -> String {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) => line.trim().to_owned(),
        Err(_) => String::new(),
    }
}
