//! The example in CONTRIBUTING.md of a line that is not understood, run as it stands there: its commands in a folder
//! with its log and its pattern file, and each must say what the document says that it says.

#![cfg(unix)]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::program::{code, err, out, run};

const SECTION: &str = "## A line that is not understood";

/// The code blocks of the section: their language and content.
fn blocks() -> Vec<(String, String)> {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap();
    let (_, section) = document.split_once(SECTION).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut parts = section.split("\n```");
    let mut blocks = Vec::new();
    parts.next();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (language, content) = block.split_once('\n').unwrap();
        blocks.push((language.to_owned(), format!("{content}\n")));
    }
    blocks
}

/// The only block in a language.
fn only(language: &str) -> String {
    let mut blocks = blocks().into_iter().filter(|block| block.0 == language).map(|block| block.1);
    let block = blocks.next().unwrap();
    assert!(blocks.next().is_none(), "several blocks of {language}");
    block
}

/// A folder as a contributor has it: the log, his pattern file, and a checkout's patterns.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("mail.log"), only("log")).unwrap();
    fs::create_dir(path.join("my-patterns")).unwrap();
    fs::write(path.join("my-patterns/quotad.toml"), only("toml")).unwrap();
    fs::create_dir_all(path.join("patterns/postfix")).unwrap();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/postfix")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), path.join("patterns/postfix").join(file.file_name())).unwrap();
    }
    folder
}

#[test]
fn the_example_of_a_missing_pattern_works_as_it_stands() {
    let folder = folder();
    let program = Path::new(env!("CARGO_BIN_EXE_relaywatch")).parent().unwrap();
    let mut said = String::new();
    let (mut commands, mut promises) = (0, 0);
    for (language, content) in blocks() {
        if language == "text" {
            assert!(said.contains(content.trim_end_matches('\n')), "{content}\nis not in\n{said}");
            promises += 1;
        }
        if language == "sh" {
            // A build within a test would wait for the one that runs it; what it would test is tested below.
            let script: Vec<&str> = content.lines().filter(|line| !line.starts_with("cargo ")).collect();
            commands += script.len();
            let script = script.join("\n");
            let output = Command::new("sh")
                .args(["-e", "-c", &script])
                .current_dir(folder.path())
                .env_clear()
                .env("HOME", "/nonexistent")
                .env("TZ", "UTC")
                .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
                .output()
                .unwrap();
            assert_eq!(code(&output), 0, "{script}{}", err(&output));
            said = out(&output);
        }
    }
    assert_eq!((commands, promises), (5, 4), "the example is not what this test takes it for");
    let patterns = folder.path().join("patterns/postfix");
    let output = run(&["patterns", "test", patterns.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", out(&output));
    assert!(
        out(&run(&["patterns", "list", "--patterns", patterns.to_str().unwrap()]))
            .contains("quotad.over_quota")
    );
}

/// "A shape is a template that captures nothing yet": as a pattern, it reads the lines it was made of.
#[test]
fn a_shape_is_a_template() {
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        "4F2A1B3C5D: over quota: <bob@harbour.example> by 1200 bytes, refused for mx.a.example[198.51.100.9]:4711",
        "NOQUEUE: refused: 0.5s for [2001:db8::9]: said \"go away\" {now}, helo=<a b>, user=bob.",
        "cannot reach 192.0.2.7, 2001:db8::7: /var/spool/x is 0x1f, tell ann@harbour.example, or try mx.b.example: no",
        &format!("{}<{}", "ab1 {".repeat(90), "x".repeat(200)),
        &format!("{}<{}>", "ab1<a@b> ".repeat(44), "x".repeat(200)),
        &format!("{} and {}", "key ".repeat(60), "QUJDREVGR0hJSktMTU5PUFFSU1RV ".repeat(20)),
    ];
    let log: String = texts.map(|text| format!("Mar  2 07:01:00 mx1 postfix/quotad[311]: {text}")).join("\n");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("mail.log"), log).unwrap();
    let report: serde_json::Value =
        serde_json::from_slice(&run(&["analyze", "--output", "json", &path("mail.log")]).stdout).unwrap();
    let shapes = report["input"]["unmatched_shapes"].as_array().unwrap();
    assert_eq!(shapes.len(), texts.len(), "{shapes:#?}");
    let mut file = "mta = \"postfix\"\ndaemons = [\"quotad\"]\n".to_owned();
    for (number, shape) in shapes.iter().enumerate() {
        assert_eq!(shape["program"], "postfix/quotad");
        let line = shape["example"]["text"].as_str().unwrap().split_once("]: ").unwrap().1;
        let (shape, line) = (&shape["shape"], serde_json::Value::from(line));
        // A JSON string of printable characters is a TOML string.
        let _ = write!(
            file,
            "[[pattern]]\nname = \"shape{number}\"\nkind = \"other\"\ntemplate = {shape}\n\
             [[pattern.sample]]\nline = {line}\n"
        );
    }
    fs::create_dir(path("patterns")).unwrap();
    fs::write(path("patterns/quotad.toml"), file).unwrap();
    let output = run(&["patterns", "test", &path("patterns")]);
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    let output = run(&["parse", "--unmatched", "--patterns", &path("patterns"), &path("mail.log")]);
    assert_eq!((code(&output), out(&output)), (0, String::new()));
}
