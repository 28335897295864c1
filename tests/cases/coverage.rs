//! How much of each file was understood, as a report says it.

use std::fs;

use serde_json::{Value, json};

use super::program::{code, err, out, run};

const POSTFIX: &str = "\
Mar  2 07:01:00 mx1 postfix/smtpd[101]: connect from mail.partner.example[198.51.100.9]
Mar  2 07:01:01 mx1 postfix/brand-new[7]: 4F2A1B3C5D: 12 what
Mar  2 07:01:02 mx1 postfix/brand-new[7]: 4F2A1B3C61: 13 what

Mar  2 07:01:03 mx1 CRON[7]: (root) CMD (true)
";

const NO_LOG: &str = "what\nis\nthis\n";

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new(files: &[(String, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder }
    }

    fn text(&self) -> String {
        let folder = self.folder.path().to_str().unwrap();
        out(&run(&["analyze", "--year", "2026", folder])).replace(&format!("{folder}/"), "")
    }

    fn input(&self, flags: &[&str]) -> Value {
        let folder = self.folder.path().to_str().unwrap();
        let output = run(&[&["analyze", "--year", "2026", "--output", "json", folder], flags].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        let text = out(&output).replace(&format!("{folder}/"), "");
        serde_json::from_str::<Value>(&text).unwrap()["input"].take()
    }
}

#[test]
fn each_file_and_format_says_how_much_was_understood() {
    let case = Case::new(&[("mail.log".into(), POSTFIX), ("notes".into(), NO_LOG)]);
    let input = case.input(&[]);
    assert_eq!(
        input["by_file"],
        json!([
            {"file": "notes", "format": "unknown", "servers": {}, "lines": 3, "events": 0, "ignored": 0, "unmatched": 3},
            {"file": "mail.log", "format": "syslog", "servers": {"postfix": 3}, "lines": 4, "events": 1, "ignored": 1,
             "unmatched": 2},
        ])
    );
    assert_eq!(input["by_file_left_out"], 0);
    assert_eq!(
        input["formats"],
        json!([
            {"format": "unknown", "files": 1, "lines": 3, "events": 0, "ignored": 0, "unmatched": 3},
            {"format": "syslog", "files": 1, "lines": 4, "events": 1, "ignored": 1, "unmatched": 2},
        ])
    );
    assert_eq!(input["unmatched_shapes"][0]["shape"], "{:queue_id}: {:decimal} what");
    assert_eq!(
        input["unmatched_shapes"][0]["example"],
        json!({"file": "mail.log", "line": 2, "offset": 88, "text": POSTFIX.lines().nth(1).unwrap()})
    );
    assert_eq!(input["unmatched_examples"][0], input["unmatched_shapes"][0]["example"]);
    let text = case.text().replace("\n    ", " ");
    assert!(
        text.contains(
            "mail.log: syslog, Postfix; 25 % read, 25 % of other programs, 2 lines not understood."
        ),
        "{text}"
    );
    assert!(text.contains("notes: unknown format, no mail server; no line understood."), "{text}");
}

#[test]
fn of_many_files_only_those_hardly_understood_are_named() {
    let good = POSTFIX.lines().next().unwrap().to_owned() + "\n";
    let mut files: Vec<(String, &str)> = (0..120).map(|n| (format!("host{n}.log"), &*good)).collect();
    files.push(("notes".into(), NO_LOG));
    // No two files are the same, or one of them is left out.
    let texts: Vec<String> = files
        .iter()
        .enumerate()
        .map(|(n, (_, text))| text.replace("198.51.100.9", &format!("198.51.100.{n}")))
        .collect();
    let files: Vec<(String, &str)> =
        files.into_iter().zip(&texts).map(|((name, _), text)| (name, &**text)).collect();
    let case = Case::new(&files);
    let input = case.input(&[]);
    assert_eq!(input["by_file"].as_array().unwrap().len(), 100);
    assert_eq!((&input["by_file"][0]["file"], &input["by_file_left_out"]), (&"notes".into(), &21.into()));
    let text = case.text();
    assert!(text.contains("120 files: syslog, all lines read."), "{text}");
    assert!(text.contains("notes: unknown format, no mail server; no line understood.\n"), "{text}");
    assert!(!text.contains("host7.log:"), "{text}");
}

#[test]
fn only_what_counts_is_counted_by_file() {
    let case = Case::new(&[("mail.log".into(), POSTFIX)]);
    let input = case.input(&["--since", "2026-03-02T07:01:02Z"]);
    assert_eq!(
        input["by_file"],
        json!([{"file": "mail.log", "format": "syslog", "servers": {"postfix": 1}, "lines": 2, "events": 0,
                "ignored": 1, "unmatched": 1}])
    );
    let none = case.input(&["--since", "2026-03-03T00:00:00Z"]);
    assert_eq!((&none["by_file"], &none["formats"]), (&json!([]), &json!([])));
}
