//! Any text as a pattern file: it is loaded or refused with a message, and what is loaded reads its own samples without
//! a panic.

use relaywatch::parse::{Parser, PatternSet, check_samples};

pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match PatternSet::from_sources(&[("fuzzed.toml", text)], &[]) {
        Ok(set) => {
            for failure in check_samples(&Parser::new(set)) {
                assert!(!failure.to_string().is_empty());
            }
        }
        Err(error) => assert!(error.to_string().contains("fuzzed.toml"), "{error}"),
    }
}
