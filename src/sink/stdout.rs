//! Standard output: a line of JSON per notice.

use std::io::Write;

use super::{Failure, Receipt, Sink, json};
use crate::model::Notice;

/// Writes to standard output.
#[derive(Debug)]
pub(super) struct Stdout;

impl Sink for Stdout {
    fn deliver(&mut self, notices: &[Notice]) -> Result<Receipt, Failure> {
        let lines: String = notices.iter().map(json::line).collect();
        let mut out = std::io::stdout().lock();
        match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(Receipt { sent: lines, answer: "written to standard output".to_owned() }),
            Err(error) => Err(Failure::later(format!("cannot write to standard output: {error}"))),
        }
    }
}
