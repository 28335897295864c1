#![no_main]

#[path = "../../tests/cases/fuzzed/main_cf.rs"]
mod main_cf;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("relaywatch-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
});

fuzz_target!(|input: &[u8]| main_cf::holds(&FOLDER, input));
