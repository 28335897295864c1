//! Lines by which somebody tries to pass for somebody else: `tests/hostile/<place>.toml` holds what was written, the
//! line that a server logs then, and what must come out. A field that decides and is not listed must not come out.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use relaywatch::model::is_unfit;

use super::program::{code, err, out, run, run_with};

/// What a client must not be able to write. Of these a line gives exactly those that its entry lists.
const DECIDE: &[&str] = &[
    "kind",
    "class",
    "client_ip",
    "client_port",
    "queue_id",
    "reply_code",
    "reply_status",
    "status",
    "action",
    "auth_user",
    "uid",
    "local_user",
    "sender",
    "recipient",
    "original_recipient",
    "relay_name",
    "relay_ip",
    "relay_port",
    "next_queue_id",
    "orig_queue_id",
    "orig_client_ip",
    "message_id",
    "size",
    "recipients",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    line: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// What the client, or a remote server, wrote.
    wrote: String,
    /// Who logged it: a daemon of Postfix, or another server's program.
    #[serde(default)]
    daemon: String,
    #[serde(default)]
    program: String,
    /// The text behind the header.
    line: String,
    /// What must come out.
    fields: toml::Table,
    /// What the server wrote but nobody can tell any more, and what must not be made up for it.
    #[serde(default)]
    absent: Vec<String>,
}

/// Every entry, with the name of its file.
fn lines() -> Vec<(String, Entry)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file: File = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.extend(file.line.into_iter().map(|line| (name.clone(), line)));
    }
    assert!(all.len() >= 200, "the hostile lines are gone");
    all
}

impl Entry {
    /// The program in the header of its line.
    fn program(&self) -> String {
        match self.daemon.as_str() {
            _ if !self.program.is_empty() => self.program.clone(),
            "exim" => "exim".to_owned(),
            daemon => format!("postfix/{daemon}"),
        }
    }
}

fn log(lines: &[(String, Entry)]) -> String {
    let mut log = String::new();
    for (_, line) in lines {
        let program = line.program();
        writeln!(log, "2026-03-02T10:00:00Z mx1 {program}[100]: {}", line.line).unwrap();
    }
    log
}

/// The log in a file, and its path.
fn stored(log: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn no_client_decides_what_the_server_says() {
    let lines = lines();
    let (_folder, path) = stored(&log(&lines));
    let output = run(&["parse", "--all", "--output", "ndjson", &path]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let found: Vec<Value> =
        out(&output).lines().map(|object| serde_json::from_str(object).unwrap()).collect();
    assert_eq!(found.len(), lines.len());
    let mut wrong = String::new();
    for ((file, line), found) in lines.iter().zip(&found) {
        for name in line.fields.keys().map(String::as_str).chain(DECIDE.iter().copied()) {
            let want = line.fields.get(name).map(|value| value.as_str().unwrap().to_owned());
            let have = match found.get(name) {
                Some(Value::String(text)) => Some(text.clone()),
                other => other.map(ToString::to_string),
            };
            if want != have {
                let _ = writeln!(
                    wrong,
                    "{file}: {}\n  {}\n  {name}: expected {want:?}, found {have:?}",
                    line.wrote, line.line
                );
            }
        }
        for name in &line.absent {
            assert!(found.get(name).is_none() && !line.fields.contains_key(name), "{file}: {name}: {found}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// No control character but the newline, nothing that reorders or hides text.
fn assert_fit(text: &str, what: &str) {
    for line in text.split('\n') {
        assert!(!line.chars().any(is_unfit), "{what}: {line:?}");
    }
}

/// The text without the escape sequences that set colours and weights (ECMA-48, "select graphic rendition").
fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split("\u{1b}[");
    plain.push_str(parts.next().unwrap());
    for part in parts {
        let end = part.find('m').unwrap_or_else(|| panic!("no style: {part:?}"));
        assert!(part[..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "no style: {part:?}");
        plain.push_str(&part[end + 1..]);
    }
    plain
}

#[test]
fn no_line_drives_a_terminal() {
    let lines = lines();
    let log = log(&lines);
    assert!(log.contains('\u{1b}') && log.contains('\u{202e}'), "nothing to be afraid of");
    let (_folder, path) = stored(&log);
    for arguments in [
        &["parse", "--all", "--output", "text"][..],
        &["parse", "--all", "--output", "ndjson"],
        &["parse", "--unmatched"],
        &["parse", "--attempts"],
        &["analyze"],
        &["analyze", "--output", "json"],
        &["analyze", "--output", "ndjson"],
    ] {
        let output = run(&[arguments, &["--color", "never", &path]].concat());
        assert!(output.status.success(), "{}", err(&output));
        assert!(!output.stdout.is_empty(), "{arguments:?}");
        assert_fit(&out(&output), &arguments.join(" "));
        assert_fit(&err(&output), &arguments.join(" "));
    }
    let explained = run_with(&["explain", "-", "--color", "never"], log.as_bytes());
    assert_eq!(out(&explained).matches("\nline      ").count() + 1, lines.len());
    assert_fit(&out(&explained), "explain");

    for arguments in [&["analyze"][..], &["parse", "--all", "--output", "text"]] {
        let output = run(&[arguments, &["--color", "always", &path]].concat());
        assert_fit(&without_styles(&out(&output)), "coloured");
    }
    assert!(out(&run(&["analyze", "--color", "always", &path])).contains("\u{1b}["), "nothing is coloured");
}

#[test]
fn an_alert_made_of_hostile_lines_is_shown_not_obeyed() {
    // An open relay, with something in every place that drives terminals.
    let driver = "\u{1b}[2J\u{202e}";
    let log = [
        "smtpd[1]: 3F2A91C0D4: client=unknown[203.0.113.66], sasl_sender=DRIVER",
        "cleanup[2]: 3F2A91C0D4: message-id=<DRIVER>",
        "qmgr[3]: 3F2A91C0D4: from=<\"DRIVER\"@bulk.example>, size=1, nrcpt=1 (queue active)",
        "smtp[4]: 3F2A91C0D4: to=<\"DRIVER\"@far.example>, relay=mx.far.example[198.51.100.25]:25, delay=1, \
         delays=1/0/0/0, dsn=2.0.0, status=sent (250 DRIVER)",
    ]
    .iter()
    .map(|text| format!("2026-03-02T10:00:00Z mx1 postfix/{}", text.replace("DRIVER", driver)))
    .collect::<Vec<_>>()
    .join("\n");
    let (_folder, path) = stored(&log);
    let plain = run(&["analyze", "--color", "never", &path]);
    let coloured = run(&["analyze", "--color", "always", &path]);
    assert!(out(&plain).contains("203.0.113.66") && out(&plain).contains("\\u{1b}[2J"), "{}", out(&plain));
    assert_fit(&out(&plain), "plain");
    assert_fit(&without_styles(&out(&coloured)), "coloured");
}

/// A way to wrap the text of a program.
type Wrapping = fn(&str, &str) -> String;

/// Every way to wrap that could be broken out of.
const WRAPPINGS: &[(&str, Wrapping)] = &[
    ("RFC 5424", |program, text| {
        format!("<22>1 2026-03-02T10:00:00Z mx1 {program} 100 - [a@1 b=\"\\\"]\"] {text}\n")
    }),
    ("<PRI>", |program, text| format!("<22>Mar  2 10:00:00 mx1 {program}[100]: {text}\n")),
    ("FreeBSD", |program, text| format!("Mar  2 10:00:00 <mail.info> mx1 {program}[100]: {text}\n")),
    ("Solaris", |program, text| format!("Mar  2 10:00:00 mx1 {program}[100]: [ID 1 mail.info] {text}\n")),
    ("a level", |program, text| format!("2026-03-02T10:00:00Z INFO    {program}[100]: {text}\n")),
    ("no host", |program, text| format!("Mar  2 10:00:00 {program}[100]: {text}\n")),
    ("CRI", |program, text| format!("2026-03-02T10:00:00Z stdout F {program}[100]: {text}\n")),
    ("a collector", |program, text| {
        format!("2026-03-02T10:00:00Z 192.0.2.9 Mar  2 10:00:00 mx1 {program}[100]: {text}\n")
    }),
    ("docker compose", |program, text| format!("mail-1  | {program}[100]: {text}\n")),
    ("grep", |program, text| format!("mail.log:Mar  2 10:00:00 mx1 {program}[100]: {text}\n")),
    ("rsyslog's end", |program, text| format!("Mar  2 10:00:00 mx1 {program}[100]: {text}#012\n")),
    ("docker json-file", |program, text| {
        let log = format!("Mar  2 10:00:00 mx1 {program}[100]: {text}\n");
        serde_json::json!({ "log": log, "stream": "stdout", "time": "2026-03-02T10:00:00Z" }).to_string()
            + "\n"
    }),
    ("docker json-file, no header", |program, text| {
        let log = format!("{program}[100]: {text}\n");
        serde_json::json!({ "log": log, "stream": "stdout", "time": "2026-03-02T10:00:00Z" }).to_string()
            + "\n"
    }),
    ("journalctl -o json", |program, text| {
        serde_json::json!({
            "__REALTIME_TIMESTAMP": "1772445600000000", "SYSLOG_IDENTIFIER": program, "_PID": "100", "MESSAGE": text,
        })
        .to_string()
            + "\n"
    }),
    ("journalctl -o json, bytes", |program, text| {
        serde_json::json!({ "SYSLOG_IDENTIFIER": program, "MESSAGE": text.as_bytes(), "_PID": "100" })
            .to_string()
            + "\n"
    }),
    ("rsyslog's JSON", |program, text| {
        let tag = format!("{program}[100]:");
        serde_json::json!({ "msg": format!(" {text}"), "syslogtag": tag, "hostname": "mx1" }).to_string()
            + "\n"
    }),
    ("docker json-file, of a program that writes JSON", |program, text| {
        let log = serde_json::json!({ "program": program, "pid": 100, "message": text }).to_string() + "\n";
        serde_json::json!({ "log": log, "stream": "stdout" }).to_string() + "\n"
    }),
    ("CRI, of a program that writes JSON", |program, text| {
        let object = serde_json::json!({ "program": program, "pid": 100, "message": text });
        format!("2026-03-02T10:00:00Z stdout F {object}\n")
    }),
    ("CEE", |program, text| {
        format!("Mar  2 10:00:00 mx1 {program}[100]: @cee: {}\n", serde_json::json!({ "msg": text }))
    }),
    ("a collector's tag", |program, text| {
        let object = serde_json::json!({ "ident": program, "pid": "100", "message": text });
        format!("2026-03-02T10:00:00+00:00\tmail.postfix\t{object}\n")
    }),
    ("Loki's labels", |program, text| {
        format!("2026-03-02T10:00:00Z {{a=\"\\\"}} \"}} Mar  2 10:00:00 mx1 {program}[100]: {text}\n")
    }),
    ("Cisco's stamp", |program, text| format!(".Mar  2 2026 10:00:00.104 UTC: mx1 {program}[100]: {text}\n")),
    ("journalctl -o export", |program, text| {
        format!(
            "__REALTIME_TIMESTAMP=1772445600000000\nSYSLOG_IDENTIFIER={program}\nMESSAGE={text}\n_PID=100\n\n"
        )
    }),
];

#[test]
fn no_wrapping_changes_what_a_hostile_line_says() {
    let lines = lines();
    let told = |log: &str| -> Vec<Value> {
        let (_folder, path) = stored(log);
        let output = run(&["parse", "--all", "--year", "2026", &path]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        let event = |line: &str| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            let map = event.as_object_mut().unwrap();
            for name in ["time", "host", "file", "line", "offset"] {
                map.remove(name);
            }
            // Of what nothing knows, the line is shown, and that is another one.
            if map["kind"] == "unmatched" {
                map.remove("text");
            }
            event
        };
        out(&output).lines().map(event).collect()
    };
    let want = told(&log(&lines));
    assert_eq!(want.len(), lines.len());
    for (name, wrap) in WRAPPINGS {
        let log: String = lines.iter().map(|(_, line)| wrap(&line.program(), &line.line)).collect();
        let have = told(&log);
        assert_eq!(have.len(), want.len(), "{name}");
        for ((have, want), (_, line)) in have.iter().zip(&want).zip(&lines) {
            assert_eq!(have, want, "{name}: {}", line.line);
        }
    }
}
