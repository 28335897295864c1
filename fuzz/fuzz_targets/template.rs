#![no_main]

#[path = "../../tests/cases/fuzzed/template.rs"]
mod template;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| template::holds(input));
