//! What `/` takes: a part of a text, whatever its case; `!` in front keeps the rows without it.

/// A filter as it was typed. Empty: everything passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    typed: String,
    needle: String,
    inverted: bool,
}

impl Filter {
    pub(super) fn new(typed: &str) -> Self {
        let (inverted, part) = match typed.strip_prefix('!') {
            Some(part) => (true, part),
            None => (false, typed),
        };
        Self { typed: typed.to_owned(), needle: part.to_lowercase(), inverted }
    }

    /// As it was typed.
    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    /// Whether everything passes. A lone `!` is a filter whose text is still to come.
    pub(super) fn is_empty(&self) -> bool {
        self.needle.is_empty()
    }

    /// Whether a row that shows `text` stays.
    pub(super) fn passes(&self, text: &str) -> bool {
        self.is_empty() || text.to_lowercase().contains(&self.needle) != self.inverted
    }

    /// Where in `text` the filter's own words stand, as byte ranges; nowhere if it keeps the rows without them.
    pub(super) fn places(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        if self.is_empty() || self.inverted {
            return Vec::new();
        }
        // Lower case may be longer than the text (Turkish dotted I): then places would lie, and are not shown.
        let lower = text.to_lowercase();
        if lower.len() != text.len() {
            return Vec::new();
        }
        let found = lower.match_indices(&self.needle).map(|(at, part)| at..at + part.len());
        found.filter(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_any_case_passes_and_a_bang_turns_it_round() {
        let filter = Filter::new("ReLaY");
        assert!(filter.passes("Relay access denied") && !filter.passes("Greylisted"));
        assert_eq!(filter.places("a relay, a RELAY"), [2..7, 11..16]);
        let inverted = Filter::new("!relay");
        assert!(!inverted.passes("Relay access denied") && inverted.passes("Greylisted"));
        assert!(inverted.places("relay").is_empty());
        for all in ["", "!"] {
            assert!(Filter::new(all).passes("anything"), "{all:?}");
        }
    }

    #[test]
    fn places_are_never_inside_of_a_character() {
        for text in ["İstanbul relay", "ǅ relay", "日本 relay"] {
            for place in Filter::new("relay").places(text) {
                assert_eq!(text.get(place), Some("relay"));
            }
        }
    }
}
