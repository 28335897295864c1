//! Bounded-memory summaries: counters, top lists, time series. Pure: no clock, no I/O.

mod table;

pub use table::{Reuse, Table};
