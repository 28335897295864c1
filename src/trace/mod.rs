//! The story of a message: all lines that tell of it, from the connection on which it came to its last delivery, and what
//! became of each recipient.
//!
//! What belongs together is known only when all is read: a filter gives a message back under another queue id, and the line
//! that says so comes last. So a log is read again until nothing new turns up: the first time shows where what is looked for
//! is named, the next ones what belongs to that. Whose lines an attempt has is the correlator's word, not a second opinion.
//!
//! Pure: no clock, no I/O. What is kept is bounded ([`Stories::is_cut`]).

mod fate;
mod gather;
mod search;
mod story;

pub use fate::Fate;
pub use gather::Tracer;
pub use search::Search;
pub use story::{Line, Stories, Story};
