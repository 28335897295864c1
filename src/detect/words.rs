//! Small phrases that summaries share.

use crate::aggregate::Distinct;
use crate::model::{EventTime, duration_in_words, shown};

/// `1 message`, `2 messages`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    counted_as(count, thing, &format!("{thing}s"))
}

/// The same where the plural is another one.
pub(super) fn counted_as(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many different ones among `all`, as far as that is known: `12 addresses`, `about 1200 addresses`.
pub(super) fn counted_about(different: &Distinct, all: u64, one: &str, many: &str) -> String {
    let about = if different.is_exact() { "" } else { "about " };
    // An estimate may be too high by some percent; more than were counted there are not.
    format!("{about}{}", counted_as(different.count().min(all), one, many))
}

/// ` within 12 min`, or nothing for a single moment.
pub(super) fn within(first: EventTime, last: EventTime) -> String {
    match last.seconds_since(first) {
        ..=0 => String::new(),
        seconds => format!(" within {}", duration_in_words(seconds)),
    }
}

/// The first few of a list of domains that clients wrote, made fit to read.
pub(super) fn listed<'d>(domains: impl Iterator<Item = &'d Box<[u8]>>, total: usize) -> String {
    const SHOWN: usize = 3;
    let first: Vec<String> = domains.take(SHOWN).map(|domain| shown(domain).to_string()).collect();
    match total.saturating_sub(first.len()) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_no_more_than_all() {
        let mut different = Distinct::default();
        (0..3).for_each(|number| different.insert(&number));
        assert_eq!(counted_about(&different, 9, "address", "addresses"), "3 addresses");
        (0..5000).for_each(|number| different.insert(&number));
        assert_eq!(counted_about(&different, 4000, "address", "addresses"), "about 4000 addresses");
    }
}
