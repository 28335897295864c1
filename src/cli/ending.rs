//! What a run over files says on standard error, and the exit code it ends with.

use super::{Exit, warn};
use crate::model::shown_text;
use crate::runtime::Problem;

/// What matters about a run that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending<'a> {
    /// What was to be read, as typed.
    pub(super) inputs: &'a [String],
    /// What went wrong with single inputs.
    pub(super) problems: &'a [Problem],
    /// It was ended early.
    pub(super) interrupted: bool,
    /// Lines read.
    pub(super) lines: u64,
    /// Whether any of them was a mail server's.
    pub(super) mail_lines: bool,
    /// Whether there are findings at or above `--fail-on`.
    pub(super) failed: bool,
}

/// More inputs than this are not named one by one.
const NAMED: usize = 3;

impl Ending<'_> {
    fn named(self) -> String {
        let shown: Vec<String> =
            self.inputs.iter().take(NAMED).map(|name| shown_text(name).to_string()).collect();
        let more = self.inputs.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        shown.join(", ") + &more
    }

    /// Tells the problems. A finding outweighs a file that could not be read: it is what the run was for.
    pub(super) fn tell(self) -> Exit {
        for problem in self.problems {
            warn(format_args!("{}: {}", shown_text(&problem.name), problem.message));
        }
        let no_mail = self.lines > 0 && !self.mail_lines && !self.interrupted;
        if no_mail {
            let lines = if self.lines == 1 { "its only line is not" } else { "none of its lines is" };
            warn(format_args!(
                "{}: {lines} a mail server's, so this is no mail log that is known here; \
                 `relaywatch explain LINE` says how a line is read",
                self.named()
            ));
        }
        if self.interrupted {
            warn(format_args!("interrupted: the result covers only what was read until then"));
            return Exit::Interrupted;
        }
        if self.failed {
            return Exit::Findings;
        }
        if no_mail || self.problems.iter().any(|problem| problem.unreadable) {
            return Exit::Unreadable;
        }
        Exit::Clean
    }
}
