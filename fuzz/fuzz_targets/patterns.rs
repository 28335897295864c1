//! Any text as a pattern file: it is loaded or refused with a message, and what is loaded reads its own samples without
//! a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use relaywatch::parse::{Parser, PatternSet, check_samples};

fuzz_target!(|text: &str| {
    match PatternSet::from_sources(&[("fuzzed.toml", text)], &[]) {
        Ok(set) => {
            for failure in check_samples(&Parser::new(set)) {
                assert!(!format!("{failure}").is_empty());
            }
        }
        Err(error) => assert!(error.to_string().contains("fuzzed.toml")),
    }
});
