//! What files may hold that is no log, or a damaged one.

use relaywatch::model::{Batch, Event, EventTime, Field, FileId, HostId};
use relaywatch::parse::{Parser, PatternSet};

use super::super::program::{code, err, run_with};
use super::{Folder, SERVERS, expected, line, lines};

#[test]
fn an_empty_file_is_clean_and_hides_no_other() {
    let folder =
        Folder::new(&[("empty.log", b""), ("blank.log", b"\n\r\n  \n"), ("mail.log", line(0).as_bytes())]);
    let (report, exit, said) = folder.analyze(&["empty.log"]);
    assert_eq!((exit, said.as_str(), &report["input"]["lines"]), (0, "", &0.into()));
    let (report, exit, said) = folder.analyze(&["empty.log", "blank.log", "mail.log"]);
    assert_eq!((exit, said.as_str(), &report["input"]["events"]), (0, "", &1.into()));
    assert_eq!(report["input"]["files"], 3);
}

#[test]
fn the_last_line_needs_no_newline() {
    let folder = Folder::new(&[("mail.log", lines(3).trim_end().as_bytes())]);
    assert_eq!(folder.clients(&["mail.log"]), expected(3));
    assert_eq!(folder.analyze(&["mail.log"]).2, "");
    assert_eq!(code(&run_with(&["parse", "-"], lines(3).trim_end().as_bytes())), 0);
}

#[test]
fn endless_lines_cost_themselves_only() {
    let long = |byte: u8| [vec![byte; 1 << 20], b"\n".to_vec()].concat();
    for line in SERVERS {
        let content = [
            line(0).into_bytes(),
            long(b'x'),
            line(1).into_bytes(),
            // It begins like a good one.
            [line(2).trim_end().as_bytes(), b" ", &long(b'y')].concat(),
            long(b' '),
            line(3).into_bytes(),
        ]
        .concat();
        let folder = Folder::new(&[("mail.log", &content)]);
        let found = folder.clients(&["mail.log"]);
        for n in [0, 1, 3] {
            assert!(found.contains(&expected(4)[n]), "{found:?}");
        }
        let (report, exit, said) = folder.analyze(&["mail.log"]);
        assert_eq!((exit, &report["input"]["lines"]), (0, &6.into()));
        assert!(said.contains("mail.log: 3 of its lines are longer than 65535 bytes"), "{said}");
        assert_eq!(report["input"]["bytes"], content.len());
    }
}

#[test]
fn a_line_that_was_cut_says_nothing_else() {
    let parser = Parser::new(PatternSet::builtin().unwrap());
    for line in SERVERS {
        let (whole, cut) = (line(0), line(1));
        for len in 1..cut.len() {
            let bytes = [whole.as_bytes(), &cut.as_bytes()[..len]].concat();
            let parsed = parser.parse(Batch::lines(FileId(0), 1, 0, bytes));
            assert_eq!(parsed.records.len(), 2);
            let event = |index: usize| Event::new(&parsed, &parsed.records[index], EventTime::MIN, HostId(0));
            assert_eq!(event(0).get(Field::ClientName), Some(expected(1)[0].as_bytes()));
            // Of a client that is cut off nothing is known.
            let is = |field: Field, truth: &str| {
                event(1).get(field).is_none_or(|found| found == truth.as_bytes() || found == b"unknown")
            };
            assert!(is(Field::ClientName, &expected(2)[1]), "{}", &cut[..len]);
            assert!(is(Field::ClientIp, "198.51.100.9"), "{}", &cut[..len]);
        }
    }
}

#[test]
fn nul_bytes_hide_no_line() {
    // What a crash leaves of blocks that were never written: a run of them, and then the log goes on in that line.
    for (line, run) in
        SERVERS.iter().flat_map(|line| [1, 4096, 65_535, 65_536, 300_000].map(|run| (line, run)))
    {
        let nul = vec![0; run];
        let content =
            [line(0).as_bytes(), &nul, line(1).as_bytes(), &nul, b"\n", line(2).as_bytes(), &nul].concat();
        let folder = Folder::new(&[("mail.log", &content)]);
        assert_eq!(folder.clients(&["mail.log"]), expected(3), "{run} zeros");
        let (report, exit, _) = folder.analyze(&["mail.log"]);
        assert_eq!((exit, &report["input"]["bytes"]), (0, &content.len().into()));
    }
    // Within a line they are bytes like others.
    for line in SERVERS {
        let content = line(0).replace("client0", "cli\0ent0") + &line(1);
        let folder = Folder::new(&[("mail.log", content.as_bytes())]);
        assert_eq!(folder.clients(&["mail.log"])[1], expected(2)[1]);
    }
    let folder = Folder::new(&[("mail.log", &[0; 5000])]);
    let (_, exit, said) = folder.analyze(&["mail.log"]);
    assert!(exit == 3 && said.contains("mail.log"), "{said}");
}

#[test]
fn invalid_utf8_is_read_and_written_as_text() {
    let refused: [&[u8]; 3] = [
        b"2026-03-01T12:00:00Z mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 \
        <b\xff\xfe@victim.example>: Relay access denied; from=<\xc3@spam.example> to=<b\xff\xfe@victim.example> \
        proto=ESMTP helo=<\xf0\x9f>\n",
        b"2026-03-01T12:00:00Z mx1 sm-mta[101]: 621C00aa000009: ruleset=check_rcpt, arg1=<b\xff\xfe@victim.example>, \
        relay=[203.0.113.5], reject=550 5.7.1 <b\xff\xfe@victim.example>... Relaying denied\n",
        b"2026-03-01 12:00:00 H=(\xf0\x9f) [203.0.113.5] F=<\xc3@spam.example> rejected RCPT \
        <b\xff\xfe@victim.example>: relay not permitted\n",
    ];
    for (line, refused) in SERVERS.iter().zip(refused) {
        let content = [refused, line(1).as_bytes(), b"\xff\xfe\x00\n"].concat();
        let folder = Folder::new(&[("mail.log", &content)]);
        let (report, exit, said) = folder.analyze(&["mail.log"]);
        assert_eq!((exit, said.as_str()), (0, ""));
        assert_eq!((&report["relay"]["denied"], &report["input"]["events"]), (&1.into(), &2.into()));
        assert_eq!(folder.clients(&["mail.log"])[1], expected(2)[1]);
    }
}

#[test]
fn a_binary_file_is_no_mail_log_and_spoils_no_good_one() {
    // Deterministic noise, with newlines and escape sequences in it.
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..300_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect();
    let program = std::fs::read("/bin/sh").unwrap_or_default();
    for bytes in [noise, program, b"\x1b]0;title\x07\n\x1b[2J\n".to_vec()] {
        let mixed: String = (0..4).map(|n| SERVERS[n % SERVERS.len()](n)).collect();
        let folder = Folder::new(&[("a.bin", &bytes), ("mail.log", mixed.as_bytes())]);
        for command in [&["analyze"][..], &["parse", "--all"]] {
            let output = folder.run(command, &["a.bin"]);
            if !bytes.is_empty() {
                assert_eq!(code(&output), 3);
                assert!(err(&output).contains("a.bin"), "{}", err(&output));
            }
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!text.contains('\u{1b}'));
        }
        assert_eq!(folder.clients(&["a.bin", "mail.log"]), expected(4));
        assert_eq!(folder.analyze(&["a.bin", "mail.log"]).1, 0);
    }
}

#[test]
fn line_ends_of_windows_change_nothing() {
    for line in SERVERS {
        let unix: Vec<String> = (0..5).map(line).collect();
        let windows: Vec<String> = unix.iter().map(|line| line.replace('\n', "\r\n")).collect();
        let folder = Folder::new(&[
            ("unix.log", unix.concat().as_bytes()),
            ("windows.log", windows.concat().as_bytes()),
            ("mixed.log", [&unix[..2], &windows[2..]].concat().concat().as_bytes()),
        ]);
        let told = |name: &str| {
            let mut report = folder.analyze(&[name]).0;
            report["input"]["elapsed_seconds"] = 0.into();
            report["input"]["bytes"] = 0.into();
            report["input"]["by_file"][0]["file"] = "the log".into();
            (report, folder.clients(&[name]))
        };
        assert_eq!(told("unix.log").1, expected(5));
        assert_eq!(told("unix.log"), told("windows.log"));
        assert_eq!(told("unix.log"), told("mixed.log"));
    }
}

#[test]
fn a_file_without_a_mail_line_is_named() {
    let folder = Folder::new(&[
        ("notes.txt", b"just\nsome\ntext\n"),
        ("cron.log", b"Mar  1 12:00:00 mx1 CRON[7]: x\n"),
    ]);
    for name in ["notes.txt", "cron.log"] {
        let (_, exit, said) = folder.analyze(&[name]);
        assert_eq!(exit, 3);
        assert!(said.contains(name) && said.contains("no mail log"), "{said}");
    }
    let (_, exit, said) = folder.analyze(&["notes.txt", "cron.log"]);
    assert_eq!((exit, said.lines().count()), (3, 1), "{said}");
    assert!(said.contains("notes.txt") && said.contains("cron.log"), "{said}");
}
