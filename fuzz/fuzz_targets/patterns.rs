#![no_main]

#[path = "../../tests/cases/fuzzed/patterns.rs"]
mod patterns;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| patterns::holds(input));
