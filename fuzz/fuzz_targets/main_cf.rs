//! Any bytes as `main.cf`, `master.cf` and a table, apart at the first two NUL bytes: read without a panic, and in time.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use relaywatch::audit::postfix;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("relaywatch-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
});

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |&byte| byte == 0);
    for name in ["main.cf", "master.cf", "table"] {
        fs::write(FOLDER.join(name), parts.next().unwrap_or_default()).unwrap();
    }
    postfix::read(&FOLDER).unwrap();
});
