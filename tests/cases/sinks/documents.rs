//! The examples for administrators are configurations.

use std::fs;
use std::path::Path;

use relaywatch::sink::Settings;

#[derive(serde::Deserialize)]
struct File {
    sink: Vec<Settings>,
}

#[test]
fn every_example_of_the_page_on_alerts_loads() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/alerts.md")).unwrap();
    let mut described = Vec::new();
    for block in page.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        described.extend(file.sink.iter().map(Settings::describe));
    }
    for kind in ["webhook", "syslog unix", "syslog udp", "syslog tls", "file", "stdout", "command"] {
        assert!(described.iter().any(|sink| sink.starts_with(kind)), "no example of {kind}: {described:?}");
    }
    for body in ["(standard)", "(slack)", "(alertmanager)", "(template)"] {
        assert!(described.iter().any(|sink| sink.ends_with(body)), "no example of {body}: {described:?}");
    }
}
