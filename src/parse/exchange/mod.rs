//! Rows of Exchange's own logs.

mod protocol;
mod tracking;

pub(super) use protocol::read as protocol;
pub(super) use tracking::read as tracking;
