//! Mail servers that exist only here: what happens at them, and the lines that each of them would log. Shared by the
//! examples `maillog` and `evaluate`, which say what happens, and when.
//!
//! The same seed gives the same bytes on every machine. It names nothing of the library: what measures relaywatch must
//! not share its mistakes.
//!
//! A [`visit`] is what happens, whatever server it is; [`traffic`] makes those of every day, [`attack`] those of
//! attackers. A [`server`] says the lines of a visit, each with its time, and the [`timeline`] brings them into order.
//! [`play`] drives all this, and writes lines in the [`layout`] of their files. A line carries the [`fact`] that it
//! tells, so that whoever wants to can count what is true of a log.

pub(crate) mod attack;
pub(crate) mod clock;
pub(crate) mod due;
pub(crate) mod exchange;
mod exim;
pub(crate) mod fact;
mod iis;
pub(crate) mod layout;
pub(crate) mod names;
mod noise;
pub(crate) mod play;
mod postfix;
mod processes;
mod queued;
pub(crate) mod random;
mod sendmail;
pub(crate) mod server;
pub(crate) mod timeline;
pub(crate) mod traffic;
pub(crate) mod visit;
