#![no_main]

#[path = "../../tests/cases/fuzzed/unwrap.rs"]
mod unwrap;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| unwrap::holds(input));
