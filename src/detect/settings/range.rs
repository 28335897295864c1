//! Numbers that have a range. One outside of it is a mistake, and told as one with its place: nobody's threshold is
//! quietly another one.

use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, Error};

use crate::detect::recent::MOST;
use crate::detect::spike::MAX_WINDOW;
use crate::detect::watched::KEPT_SECONDS;

/// A kind of number in the configuration file.
pub(in crate::detect) trait Setting {
    /// What it is in the program.
    type Value;
}

/// A number that the file may state within a range, and what the program makes of it.
macro_rules! ranges {
    ($($(#[doc = $about:literal])+ $name:ident($value:ty) in 1 to $most:expr;)+) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug)]
        pub(in crate::detect) struct $name(pub(in crate::detect) $value);

        impl $name {
            /// The highest that may be stated; the least is 1.
            pub(in crate::detect) const MOST: i64 = $most;
        }

        impl Setting for $name {
            type Value = $value;
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(number: D) -> Result<Self, D::Error> {
                within(number, 1..=Self::MOST).map(|number| Self(number as $value))
            }
        }
    )+};
}

ranges! {
    /// A threshold of what is counted one by one in a window.
    Threshold(usize) in 1 to MAX_WINDOW as i64;
    /// The seconds of a window: no longer than its subject is kept.
    Seconds(i64) in 1 to KEPT_SECONDS;
    /// Days of event time.
    Days(i64) in 1 to 365;
    /// A number that something is counted up to, however long that takes.
    Total(u64) in 1 to i64::MAX;
    /// How many different ones, of which each is remembered.
    Different(usize) in 1 to MOST as i64;
    /// How many different names, of which each is kept as it stands.
    Few(usize) in 1 to 16;
    /// Hundredths of a whole.
    Percent(u64) in 1 to 100;
}

/// A number in `range`.
fn within<'de, D: Deserializer<'de>>(number: D, range: RangeInclusive<i64>) -> Result<i64, D::Error> {
    let number = i64::deserialize(number)?;
    if range.contains(&number) {
        return Ok(number);
    }
    let (least, most) = range.into_inner();
    let wanted = if most == i64::MAX { format!("{least} or more") } else { format!("{least} to {most}") };
    Err(D::Error::custom(format!("expected {wanted}, found {number}")))
}
