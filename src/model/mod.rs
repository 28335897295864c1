//! The words of the program as data: times, events, attempts, alerts.
//!
//! `model` names no other module, does no I/O and reads no clock. Whatever two stages of the pipeline hand to each
//! other is defined here; what only one stage needs lives in that stage.

mod address;
mod alert;
mod attempt;
mod batch;
mod caseless;
mod event;
mod field;
mod format;
mod host;
mod intermediary;
mod learned;
mod memory;
mod notice;
mod period;
mod queue_id;
mod ruling;
mod show;
mod silence;
mod site;
mod snapshot;
pub mod stated;
mod time;
mod vocabulary;
mod words;

pub use address::{Network, domain_of, is_private, is_relay_trick, leading_ipv4, local_part_of, parse_ip};
pub use alert::{Alert, AlertState, Evidence, Finding, Proof, Severity, Subject, SubjectKind};
pub use attempt::{Attempt, Authority, Direction, LineRef, Outcome};
pub use batch::{Batch, FileId, Files, Ident, Origin, Parsed, Record, Span};
pub use caseless::caseless_hash;
pub use event::Event;
pub use field::{Constants, Field, FieldSpan};
pub use format::{Format, Framing};
pub use host::{HostId, Hosts};
pub use intermediary::{Conduct, Few, IntermediaryKind, KnownIntermediary};
pub use learned::{Hourly, KnownAccount, KnownSource, Learned, Measure, Normal, new_level};
pub use memory::Memory;
pub use notice::{Entry, News, Notice};
pub use period::Period;
pub use queue_id::{QueueId, QueueIdText};
pub use ruling::{About, Ruling, Verb};
pub use show::{Shown, is_unfit, shown, shown_text};
pub use silence::Silence;
pub use site::{ClientCertificates, NetworkRule, ServerConfiguration, Site};
pub use snapshot::{SnapshotError, decode, encode};
pub use time::{EventTime, Stamp, duration_in_words, seconds_of};
pub use vocabulary::{Class, Kind, Mta, Stage};
pub use words::{counted, size, spoken, thousands};
