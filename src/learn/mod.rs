//! What is usual: counts of each hour, kept for weeks, and whether what is counted now is more than that.
//!
//! Pure, in event time. Two tests stand beside each other: one hour against hours like it, whose counts are taken to be negative
//! binomial around a robust mean (`baseline`), and days in a row against days like them, whose evidence for twice the
//! usual is summed up (`rise`). One number says how strict both are: the false alarms of a month that are accepted.

mod baseline;
mod history;
mod hour;
mod normals;
mod rise;
mod settings;
mod whose;

#[cfg(test)]
mod simulation;

pub use normals::{MEASURES, Normals, State, Unusual, Verdict};
pub use settings::Settings;
pub use whose::Whose;
