#![no_main]

#[path = "../../tests/cases/fuzzed/header.rs"]
mod header;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| header::holds(input));
