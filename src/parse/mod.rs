//! From batches of lines to records: what stands around a message, the pattern engine, one module per mail server.
//!
//! Stateless and immutable: the same lines give the same records, whatever the batches and threads. It never fails on a
//! line: what nothing knows is a record of kind `unmatched`.

mod bytes;
mod captures;
mod classes;
mod digits;
mod dispatch;
mod dovecot;
mod echo;
mod envelope;
mod error;
mod exchange;
mod exim;
mod explain;
mod format;
pub mod header;
mod iis;
mod load;
mod names;
mod parser;
mod pattern;
mod patterns;
mod postfix;
mod queue;
mod recipients;
mod reply;
mod samples;
mod scan;
mod sendmail;
mod stamp;
mod suggest;
mod syntax;
mod table;
mod template;
mod trial;
mod types;
mod unwrap;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use explain::{Explanation, HeaderParts, Matched};
pub use format::{detect, first_stamp};
pub use parser::{MAX_LINE, Parser};
pub use pattern::{Pattern, Sample};
pub use patterns::{NO_PATTERN, PatternSet};
pub use samples::{SampleFailure, check_samples};
