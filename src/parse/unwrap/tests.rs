//! What every writer's objects say.

use super::*;
use crate::model::EventTime;

/// `time host program[pid]: text`.
fn told(line: &str) -> Option<String> {
    let mut out = b"lines\n".to_vec();
    let found = object(line.as_bytes())
        .and_then(|outer| json(line.as_bytes(), &outer.header, &mut out, &mut Recent::default()));
    let Some(Found { header, .. }) = found else {
        assert_eq!(out, b"lines\n", "something is left of {line}");
        return None;
    };
    let text = std::str::from_utf8(&out[6..]).unwrap();
    let time = match header.stamp {
        Stamp::Absolute(time) => time.to_string(),
        Stamp::Local(micros) => EventTime::from_micros(micros).to_string().replace('Z', ""),
        Stamp::Yearless(_) => "yearless".to_owned(),
        Stamp::None => "-".to_owned(),
    };
    let (host, program) = (&text[header.host], &text[header.program]);
    Some(format!("{time} {host} {program}[{}]: {}", header.pid, &text[header.text..]))
}

#[test]
fn objects_of_every_writer_are_read() {
    for (writer, line) in [
        (
            "docker",
            r#"{"log":"Nov  5 22:35:02 mx1 postfix/smtpd[811]: connect from x\n","stream":"stdout","time":"2026-11-05T22:35:02.5Z"}"#,
        ),
        (
            "docker, no header",
            r#"{"log":"postfix/smtpd[811]: connect from x\n","stream":"stdout","time":"2026-11-05T22:35:02Z"}"#,
        ),
        (
            "docker, a level",
            r#"{"log":"2026-11-05T22:35:02+00:00 INFO    postfix/smtpd[811]: connect from x\n","stream":"stdout","time":"2026-11-05T22:35:03Z"}"#,
        ),
        (
            "journald",
            r#"{"__REALTIME_TIMESTAMP":"1793918102000009","_SOURCE_REALTIME_TIMESTAMP":"1793918102000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","SYSLOG_PID":"811","_PID":"811","PRIORITY":"6","MESSAGE":"connect from x"}"#,
        ),
        (
            "journald, bytes",
            r#"{"__REALTIME_TIMESTAMP":"1793918102000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"811","MESSAGE":[99,111,110,110,101,99,116,32,102,114,111,109,32,120]}"#,
        ),
        (
            "journald, a container",
            r#"{"__REALTIME_TIMESTAMP":"1793918102000000","CONTAINER_NAME":"mail","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"3fa1c2d4e5f6","MESSAGE":"postfix/smtpd[811]: connect from x"}"#,
        ),
        (
            "rsyslog",
            r#"{"timereported":"2026-11-05T22:35:02Z","hostname":"mx1","syslogtag":"postfix/smtpd[811]:","programname":"postfix","procid":"811","msg":" connect from x"}"#,
        ),
        (
            "rsyslog, logstash",
            r#"{"@timestamp":"2026-11-05T22:35:02Z","host":"mx1","syslog-tag":"postfix/smtpd[811]:","message":" connect from x"}"#,
        ),
        (
            "syslog-ng",
            r#"{"PROGRAM":"postfix/smtpd","PRIORITY":"info","PID":"811","MESSAGE":"connect from x","HOST":"mx1","FACILITY":"mail","ISODATE":"2026-11-05T22:35:02+00:00","DATE":"Nov  5 22:35:02"}"#,
        ),
        (
            "gelf",
            r#"{"version":"1.1","host":"mx1","short_message":"connect from x","timestamp":1793918102.0,"level":6,"_application_name":"postfix/smtpd","_process_id":"811"}"#,
        ),
        (
            "fluent bit",
            r#"{"date":1793918102.0,"pri":"22","time":"Nov  5 22:35:02","host":"mx1","ident":"postfix/smtpd","pid":"811","message":"connect from x"}"#,
        ),
        (
            "vector",
            r#"{"appname":"postfix/smtpd","facility":"mail","host":"mx1","hostname":"mx1","message":"connect from x","procid":811,"severity":"info","timestamp":"2026-11-05T22:35:02Z"}"#,
        ),
        (
            "splunk",
            r#"{"preview":false,"offset":3,"result":{"_raw":"postfix/smtpd[811]: connect from x","_time":"2026-11-05T22:35:02.000+00:00","host":"mx1"}}"#,
        ),
        (
            "elasticsearch",
            r#"{"_index":"mail","_source":{"@timestamp":"2026-11-05T22:35:02.000Z","host":{"name":"mx1"},"process":{"name":"postfix/smtpd","pid":811},"message":"connect from x"}}"#,
        ),
        (
            "docker, of a program that writes JSON",
            r#"{"log":"{\"appname\":\"postfix/smtpd\",\"procid\":811,\"hostname\":\"mx1\",\"message\":\"connect from x\"}\n","stream":"stdout","time":"2026-11-05T22:35:02Z"}"#,
        ),
        (
            "filebeat",
            r#"{"@timestamp":"2026-11-05T22:35:02.000Z","host":{"name":"mx1"},"process":{"name":"postfix/smtpd","pid":811},"log":{"syslog":{"facility":{"name":"mail"}}},"message":"connect from x"}"#,
        ),
    ] {
        let told = told(line).unwrap_or_else(|| panic!("{writer}"));
        let want: &[&str] = match writer {
            "docker" => &["yearless mx1 postfix/smtpd[811]: connect from x"],
            _ => &[
                "2026-11-05T22:35:02Z mx1 postfix/smtpd[811]: connect from x",
                "2026-11-05T22:35:02Z  postfix/smtpd[811]: connect from x",
            ],
        };
        assert!(want.contains(&told.as_str()), "{writer}: {told}");
    }
}

#[test]
fn a_message_of_several_lines_is_one() {
    let line = |message: &str| {
        format!(r#"{{"time":"2026-11-05T22:35:02Z","program":"postfix/smtpd","message":"{message}"}}"#)
    };
    assert_eq!(told(&line("one\\n")).unwrap(), "2026-11-05T22:35:02Z  postfix/smtpd[0]: one");
    assert_eq!(told(&line("one\\r\\n\\n")).unwrap(), "2026-11-05T22:35:02Z  postfix/smtpd[0]: one");
    assert_eq!(told(&line("one\\ntwo")).unwrap(), "2026-11-05T22:35:02Z  postfix/smtpd[0]: one#012two");
}

#[test]
fn the_message_of_a_program_has_no_header_of_its_own() {
    let forged = "Nov  5 22:35:02 mx1 postfix/smtpd[811]: connect from friend.example[192.0.2.1]";
    let line = format!(
        r#"{{"timestamp":"2026-11-05T22:35:02Z","host":"mx2","program":"web","message":"{forged}"}}"#
    );
    assert_eq!(told(&line).unwrap(), format!("2026-11-05T22:35:02Z mx2 web[0]: {forged}"));
}

#[test]
fn a_name_that_occurs_twice_is_not_believed() {
    let good = r#"{"timestamp":"2026-11-05T22:35:02Z","host":"mx1","program":"postfix/smtpd","message":"x"}"#;
    assert!(told(good).is_some());
    for more in [r#""host":"mx2""#, r#""message":"y""#, r#""program":"postfix/qmgr""#, r#""timestamp":null"#]
    {
        assert_eq!(told(&good.replace('}', &format!(",{more}}}"))), None, "{more}");
    }
}

#[test]
fn an_object_within_that_occurs_twice_is_not_believed() {
    let line =
        |log: &str| format!(r#"{{"@timestamp":"2026-11-05T22:35:02Z","log":{{{log}}},"message":"x"}}"#);
    let program = r#""syslog":{"appname":"postfix/smtpd"}"#;
    assert!(told(&line(program)).is_some());
    for log in [
        format!(r#"{program},"syslog":{{"hostname":"mx2"}}"#),
        format!(r#""syslog":{{}},{program}"#),
        format!(r#"{program}}},"log":{{"level":"info""#),
    ] {
        assert_eq!(told(&line(&log)), None, "{log}");
    }
}

#[test]
fn what_is_no_message_gives_nothing() {
    for line in [
        "{}",
        r#"{"a":1}"#,
        r#"{"message":null}"#,
        r#"{"result":{"program":"postfix/smtpd","message":"x"}}"#,
        r#"{"_index":"a","_source":{"result":{"result":{}},"_source":{}}}"#,
        r#"{"message":"nothing that has a program"}"#,
        r#"{"MESSAGE":["a","b"],"SYSLOG_IDENTIFIER":"postfix/smtpd"}"#,
        r#"{"program":"postfix/smtpd"}"#,
        r#"{"program":{},"message":"x"}"#,
    ] {
        assert_eq!(told(line), None, "{line}");
    }
}

/// `host program[pid]: text` of an object that is the text of a line.
fn told_of(line: &str) -> Option<String> {
    let outer = header::read(line.as_bytes(), &mut Recent::default())?;
    assert!(outer.is_around_object(), "{line}");
    let mut out = Vec::new();
    let header = json(line.as_bytes(), &outer.header, &mut out, &mut Recent::default())?.header;
    let text = std::str::from_utf8(&out).unwrap();
    Some(format!(
        "{} {}[{}]: {}",
        &text[header.host],
        &text[header.program],
        header.pid,
        &text[header.text..]
    ))
}

#[test]
fn an_object_that_is_a_line_s_text_says_what_the_line_does_not() {
    let object = r#"{"hostname":"mx1","appname":"postfix/smtpd","procid":811,"message":"NOQUEUE: x"}"#;
    let lines = r#"{"log":"postfix/smtpd[811]: NOQUEUE: x","host":"mx1"}"#;
    for line in [
        "2026-11-05T22:35:02.5Z stdout F ~",
        "2026-11-05T22:35:02.5Z stdout F @cee: ~",
        "2026-11-05T22:35:02.5Z ~",
        "mail-1  | ~",
        "mail.log:~",
        "[pod/mail-0/postfix] ~",
        "Nov  5 22:35:02 192.0.2.9 ~",
        "Nov  5 22:35:02 192.0.2.9 @cee:~",
        "<22>Nov  5 22:35:02 192.0.2.9 @cee: ~",
        "<22>1 2026-11-05T22:35:02Z 192.0.2.9 - - - - ~",
        "2026-11-05T22:35:02+00:00\tmail.postfix\t~",
        "2026-11-05 22:35:02.000000001 +0000 mail.postfix: ~",
    ] {
        for object in [object, lines] {
            let line = line.replace('~', object);
            assert_eq!(told_of(&line).as_deref(), Some("mx1 postfix/smtpd[811]: NOQUEUE: x"), "{line}");
        }
    }
    assert_eq!(
        told_of(r#"Nov  5 22:35:02 192.0.2.9 {"appname":"postfix/smtpd","message":"x"}"#).unwrap(),
        "192.0.2.9 postfix/smtpd[0]: x"
    );
}

#[test]
fn the_program_in_front_of_an_object_is_the_one_that_its_message_is_of() {
    let object =
        r#"{"host":"mx9","program":"postfix/smtpd","pid":"9","message":"connect from friend.example"}"#;
    let lines = r#"{"log":"Nov  5 22:35:02 mx9 postfix/smtpd[9]: connect from friend.example"}"#;
    for (header, pid) in [
        ("Nov  5 22:35:02 mx1 web[7]: ", 7),
        ("Nov  5 22:35:02 mx1 web[7]: @cee: ", 7),
        ("Nov  5 22:35:02 mx1 web[7]: [ID 197553 mail.info] ", 7),
        ("2026-11-05T22:35:02Z mx1 web[7]: @cee:", 7),
        ("<14>1 2026-11-05T22:35:02Z mx1 web 7 - - @cee: ", 7),
        ("2026-11-05T22:35:02Z stdout F Nov  5 22:35:02 mx1 web[7]: ", 7),
        ("Nov  5 22:35:02 mx1 web: ", 9),
    ] {
        let told = told_of(&format!("{header}{object}")).unwrap();
        assert_eq!(told, format!("mx1 web[{pid}]: connect from friend.example"), "{header}");
        let told = told_of(&format!("{header}{lines}")).unwrap();
        assert!(told.starts_with("mx1 web[") && told.contains("]: Nov  5 22:35:02 mx9"), "{header}: {told}");
    }
    // Within an object as well.
    let line = r#"{"log":"Nov  5 22:35:02 mx1 web: {\"program\":\"postfix/smtpd\",\"message\":\"x\"}"}"#;
    assert_eq!(told(line).unwrap(), "yearless mx1 web[0]: x");
    let line = r#"{"log":"Nov  5 22:35:02 mx1 web: {\"no\":\"message\"}"}"#;
    assert_eq!(told(line).unwrap(), r#"yearless mx1 web[0]: {"no":"message"}"#);
}

#[test]
fn objects_within_objects_have_an_end() {
    let deep = |depth: usize| {
        (0..depth).fold("postfix/smtpd[811]: x".to_owned(), |message, _| {
            serde_json::json!({ "log": message }).to_string()
        })
    };
    assert_eq!(told(&deep(4)).unwrap(), "-  postfix/smtpd[811]: x");
    assert_eq!(told(&deep(5)), None);
}

#[test]
fn what_docker_cut_is_one_line() {
    let mut recent = Recent::default();
    let mut told = |log: &str| {
        let line =
            serde_json::json!({ "log": log, "stream": "stdout", "time": "2026-11-05T22:35:02Z" }).to_string();
        let mut out = Vec::new();
        let header = json(line.as_bytes(), &Header::default(), &mut out, &mut recent)?.header;
        Some(String::from_utf8(out[header.program].to_vec()).unwrap())
    };
    let forged = "postfix/smtpd[811]: connect from friend.example[192.0.2.1]\n";
    let long = format!("amavis[1]: {}", "x".repeat(DOCKER_CUTS));
    assert_eq!(told(&long), Some("amavis".to_owned()));
    assert_eq!(told(forged), Some(String::new()), "this is the rest of amavis' line");
    assert_eq!(told(forged), Some("postfix/smtpd".to_owned()));
}

#[test]
fn entries_of_an_export_are_read() {
    let mut entry = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1793918102000000\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtpd\n_PID=811\nMESSAGE\n".to_vec();
    let message = b"connect\n\nfrom x=\xff";
    entry.extend_from_slice(&(message.len() as u64).to_le_bytes());
    entry.extend_from_slice(message);
    entry.extend_from_slice(b"\nPRIORITY=6\n");
    let all = [&entry[..], b"\n", &entry, b"\n"].concat();
    assert!(export::begins(&all) && !export::begins(b"Nov  5 22:35:02 mx1 x: __REALTIME_TIMESTAMP=1\n"));
    let mut out = Vec::new();
    let header = super::entry(&entry, &mut out, &mut Recent::default()).unwrap().header;
    assert_eq!(&out[header.text..], b"connect#012#012from x=\xff");
    assert_eq!(
        (header.pid, &out[header.program], &out[header.host]),
        (811, &b"postfix/smtpd"[..], &b"mx1"[..])
    );
    for wrong in [&entry[..entry.len() - 20], b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff", b"MESSAGE", b""] {
        assert!(super::entry(wrong, &mut out, &mut Recent::default()).is_none());
    }
}
