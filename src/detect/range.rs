//! Settings that have a range. A number outside of it is a mistake, and told as one with its place: nobody's threshold is
//! quietly another one.

use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, Error};

use super::spike::MAX_WINDOW;
use super::watched::KEPT_SECONDS;

/// A threshold of what is counted in a window.
pub(super) fn threshold<'de, D: Deserializer<'de>>(number: D) -> Result<usize, D::Error> {
    within(number, 1..=MAX_WINDOW as i64).map(|number| number as usize)
}

/// The seconds of a window: no longer than its subject is kept.
pub(super) fn seconds<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    within(number, 1..=KEPT_SECONDS)
}

/// A number that something is counted up to, however long that takes.
pub(super) fn total<'de, D: Deserializer<'de>>(number: D) -> Result<u64, D::Error> {
    within(number, 1..=i64::MAX).map(|number| number as u64)
}

/// A number in `range`.
pub(super) fn within<'de, D: Deserializer<'de>>(
    number: D,
    range: RangeInclusive<i64>,
) -> Result<i64, D::Error> {
    let number = i64::deserialize(number)?;
    if range.contains(&number) {
        return Ok(number);
    }
    let (least, most) = range.into_inner();
    let wanted = if most == i64::MAX { format!("{least} or more") } else { format!("{least} to {most}") };
    Err(D::Error::custom(format!("expected {wanted}, found {number}")))
}
