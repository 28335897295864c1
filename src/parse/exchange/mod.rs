//! Rows of Exchange's own logs, and of exports made from them.

mod agent;
mod protocol;
mod trace;
mod tracking;
mod when;

pub(super) use agent::read as agent;
pub(super) use protocol::read as protocol;
pub(super) use trace::read as trace;
pub(super) use tracking::read as tracking;
pub(super) use when::{stamp, time};
