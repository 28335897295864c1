//! Bounded-memory summaries: counters, top lists, time series. Pure: no clock, no I/O.

/// Version of the report object's shape.
pub const SCHEMA: &str = "relaywatch.report/1";
