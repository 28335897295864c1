//! The same log gives the same alerts: read as it grows, line by line, or as a whole archive by several threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use relaywatch::config;
use relaywatch::model::Alert;
use relaywatch::runtime::{Options, Progress, analyze};

/// Every sample, and the log of every scenario, which lie in a folder of their own.
static LOGS: LazyLock<(tempfile::TempDir, Vec<(PathBuf, config::Settings)>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let logs = logs(folder.path());
    (folder, logs)
});

fn logs(folder: &Path) -> Vec<(PathBuf, config::Settings)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stated =
        config::Settings::load(Some(&root.join("samples/config.toml")), &config::Environment::default());
    let stated = stated.unwrap();
    let mut logs = Vec::new();
    for server in fs::read_dir(root.join("samples")).unwrap().map(|entry| entry.unwrap().path()) {
        if server.is_dir() {
            logs.extend(fs::read_dir(server).unwrap().map(|entry| (entry.unwrap().path(), stated.clone())));
        }
    }
    for scenario in fs::read_dir(root.join("tests/scenarios")).unwrap().map(|entry| entry.unwrap().path()) {
        let text: toml::Table = toml::from_str(&fs::read_to_string(&scenario).unwrap()).unwrap();
        let log = folder.join(scenario.file_stem().unwrap());
        fs::write(&log, text["log"].as_str().unwrap()).unwrap();
        let stated = text.get("config").and_then(|config| config.as_str()).unwrap_or_default();
        logs.push((log, config::Settings::parse(stated, &scenario).unwrap()));
    }
    assert!(logs.len() > 150, "the samples are gone");
    logs.sort_by(|a, b| a.0.cmp(&b.0));
    logs
}

fn alerts(log: &Path, settings: &config::Settings, threads: usize, batch_bytes: Option<usize>) -> Vec<Alert> {
    let options = Options {
        inputs: vec![log.to_string_lossy().into_owned()],
        site: settings.site.clone(),
        detect: settings.detect.clone(),
        year: Some(2026),
        threads: Some(threads),
        batch_bytes,
        ..Options::default()
    };
    analyze(&options, &Progress::default()).unwrap().report.alerts
}

#[test]
fn a_growing_log_and_an_archive_give_the_same_alerts() {
    let mut told = 0;
    for (log, settings) in &LOGS.1 {
        let whole = alerts(log, settings, 2, None);
        // A batch of one byte holds one line: what has come so far is all there is.
        assert_eq!(alerts(log, settings, 1, Some(1)), whole, "{}", log.display());
        told += whole.len();
    }
    assert!(told > 80, "{told} alerts are too few to compare anything");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("RELAYWATCH_FULL").is_some() { 2000 } else { 50 }))]

    #[test]
    fn neither_threads_nor_batches_show_in_alerts(pick in any::<prop::sample::Index>(), threads in 1_usize..4, bytes in 1_usize..20_000) {
        let (log, settings) = pick.get(&LOGS.1);
        prop_assert_eq!(alerts(log, settings, threads, Some(bytes)), alerts(log, settings, 2, None), "{}", log.display());
    }
}
