//! Headers of every shape, and what is none.

use super::*;
use crate::model::EventTime;

fn parts(line: &str) -> Option<(Stamp, &str, &str, u32, &str)> {
    let header = parse(line.as_bytes())?;
    Some((header.stamp, &line[header.host], &line[header.program], header.pid, &line[header.text..]))
}

#[test]
fn programs_keep_their_names_and_lose_their_pid() {
    for (tag, program, pid) in [
        ("postfix/smtpd[811]:", "postfix/smtpd", 811),
        ("postfix-192.0.2.4/smtp[1]:", "postfix-192.0.2.4/smtp", 1),
        ("getty@tty1[9]:", "getty@tty1", 9),
        ("dovecot:", "dovecot", 0),
        ("x[y]:", "x[y]", 0),
        ("[5]:", "[5]", 0),
    ] {
        let line = format!("Nov  5 22:35:02 mx1 {tag} the text: more");
        let (stamp, host, name, number, text) = parts(&line).unwrap();
        assert_eq!((host, name, number, text), ("mx1", program, pid, "the text: more"), "{line}");
        assert_eq!(Some(stamp), Stamp::yearless(11, 5, 81_302_000_000));
    }
}

#[test]
fn an_empty_text_is_a_text() {
    assert_eq!(parts("Nov 5 22:35:02 mx1 cron:").unwrap().4, "");
    assert_eq!(parts("Nov 5 22:35:02 mx1 cron: ").unwrap().4, "");
}

#[test]
fn rfc3339_lines_have_a_complete_time() {
    let line = "2024-11-05T22:35:02.123456+01:00 mx1 postfix/smtpd[811]: connect";
    let (stamp, host, program, pid, text) = parts(line).unwrap();
    assert_eq!(stamp, Stamp::Absolute(EventTime::from_micros(1_730_842_502_123_456)));
    assert_eq!((host, program, pid, text), ("mx1", "postfix/smtpd", 811, "connect"));
}

#[test]
fn lines_without_header_have_none() {
    for line in [
        "",
        "\0",
        "hello",
        "Nov",
        "Nov  5 22:35:02",
        "Nov  5 22:35:02 ",
        "Nov  5 22:35:02 mx1",
        "Nov  5 22:35:02 mx1 ",
        "Nov  5 22:35:02 mx1 :",
        "Nov  5 22:35:02 mx1 postfix/smt",
        "2024-11-05T22:35:02Z",
    ] {
        assert_eq!(parts(line), None, "{line}");
    }
}

#[test]
fn what_syslog_says_itself_has_no_program() {
    assert_eq!(parts("Nov  5 22:35:02 mx1 last message repeated 2 times").unwrap().2, "");
}

/// `host program[pid]: text`, and what is said about the shape.
fn told(line: &str) -> Option<(String, String)> {
    let Found { header, shapes } = read(line.as_bytes(), &mut Recent::default())?;
    let (host, program, text) = (&line[header.host], &line[header.program], &line[header.text..]);
    Some((format!("{host} {program}[{}]: {text}", header.pid), shapes.to_string()))
}

const OURS: &str = "mx1 postfix/smtpd[811]: connect from x";
const HOSTLESS: &str = " postfix/smtpd[811]: connect from x";

#[test]
fn headers_of_every_writer_are_read() {
    for (line, host, shape) in [
        ("Nov  5 22:35:02 mx1 ~", true, "syslog"),
        ("\u{feff}Nov  5 22:35:02 mx1 ~", true, "syslog"),
        ("<22>Nov  5 22:35:02 mx1 ~", true, "<PRI> in front (RFC 3164)"),
        ("<22>Nov  5 22:35:02 ~", false, "<PRI> in front (RFC 3164), no host"),
        (
            "<22>1 2026-11-05T22:35:02.003Z mx1 postfix/smtpd 811 - - connect from x",
            true,
            "<PRI> in front (RFC 3164), RFC 5424",
        ),
        ("1 2026-11-05T22:35:02.003Z mx1 postfix/smtpd 811 - [a@1 b=\"]\"] connect from x", true, "RFC 5424"),
        ("Nov  5 22:35:02 <mail.info> mx1 ~", true, "facility or severity in the header"),
        ("Nov  5 22:35:02 <2.6> mx1 ~", true, "facility or severity in the header"),
        ("Nov  5 22:35:02 mx1 mail.info ~", true, "facility or severity in the header"),
        ("Nov  5 22:35:02 mx1 mail:info ~", true, "facility or severity in the header"),
        ("2026-11-05T22:35:02+00:00 mx1 mail info ~", true, "facility or severity in the header"),
        ("2026-11-05 22:35:02 mx1 mail.info ~", true, "facility or severity in the header"),
        (
            "Nov  5 22:35:02 mail mail.info postfix/smtpd[811]: connect from x",
            true,
            "facility or severity in the header",
        ),
        (
            "Thu Nov  5 22:35:02 2026 mail.info ~",
            false,
            "a stamp that syslogd does not write, facility or severity in the header, no host",
        ),
        ("2026-11-05T22:35:02+00:00 INFO    ~", false, "facility or severity in the header, no host"),
        ("Nov  5 22:35:02 ~", false, "no host"),
        ("2026-11-05T22:35:02.000000001Z ~", false, "no host"),
        (
            "Nov  5 22:35:02 mx1 postfix/smtpd[811]: [ID 197553 mail.info] connect from x",
            true,
            "a message id (Solaris msgid(1M))",
        ),
        ("Nov  5 2026 22:35:02 mx1 ~", true, "a stamp that syslogd does not write"),
        ("2026 Nov  5 22:35:02 mx1 ~", true, "a stamp that syslogd does not write"),
        ("Thu 2026-11-05 22:35:02 CET mx1 ~", true, "a stamp that syslogd does not write"),
        ("1793918102.123456 mx1 ~", true, "a stamp that syslogd does not write"),
        (
            "[12345.678901] mx1 ~",
            true,
            "a stamp since boot, which is no calendar time (journalctl -o short-iso gives it)",
        ),
        (
            "2026-11-05T22:35:02.5Z stdout F Nov  5 22:35:02 mx1 ~",
            true,
            "a line of a container runtime (CRI)",
        ),
        ("2026-11-05T22:35:02.5Z stderr F ~", false, "a line of a container runtime (CRI), no host"),
        ("2026-11-05T22:35:02.5Z stdout P ~", false, "a line of a container runtime (CRI), no host"),
        (
            "2026-11-05T22:35:02.5Z stdout F 2026-11-05T22:35:02+00:00 INFO    ~",
            false,
            "a line of a container runtime (CRI), facility or severity in the header, no host",
        ),
        ("2026-11-05T22:35:02.5Z Nov  5 22:35:02 mx1 ~", true, "a collector's stamp in front"),
        ("2026-11-05T22:35:02.5Z Nov 15 22:35:02 mx1 ~", true, "a collector's stamp in front"),
        ("Nov  5 22:35:03 192.0.2.9 Nov  5 22:35:02 mx1 ~", true, "a collector's stamp in front"),
        (
            "Nov  5 22:35:03 relay <22>Nov  5 22:35:02 mx1 ~",
            true,
            "a collector's stamp in front, <PRI> in front (RFC 3164)",
        ),
        (
            "2026-11-05T22:35:03Z 2001:db8::9 2026-11-05T22:35:02+00:00 mx1 ~",
            true,
            "a collector's stamp in front",
        ),
        (
            "2026-11-05T22:35:03Z relay <22>1 2026-11-05T22:35:02Z mx1 postfix/smtpd 811 - - connect from x",
            true,
            "a collector's stamp in front, <PRI> in front (RFC 3164), RFC 5424",
        ),
        (
            "192.0.2.9: <22>Nov  5 22:35:02 mx1 ~",
            true,
            "a name in front of the line, <PRI> in front (RFC 3164)",
        ),
        ("mx1.example.com: Nov  5 22:35:02 mx1 ~", true, "a name in front of the line"),
        ("/var/log/mail.log.1:Nov  5 22:35:02 mx1 ~", true, "a name in front of the line"),
        ("mail.log:17:Nov  5 22:35:02 mx1 ~", true, "a name in front of the line"),
        ("mail.log:2026-11-05T22:35:02+00:00 mx1 ~", true, "a name in front of the line"),
        ("postfix-1  | Nov  5 22:35:02 mx1 ~", true, "a name in front of the line"),
        ("postfix-1  | 2026-11-05T22:35:02.5Z ~", false, "a name in front of the line, no host"),
        (
            "000123: .Nov  5 2026 22:35:02.104 UTC: mx1 ~",
            true,
            "a name in front of the line, a stamp that syslogd does not write",
        ),
        ("2026-11-05T22:35:03Z {job=\"mail\"}   Nov  5 22:35:02 mx1 ~", true, "a collector's stamp in front"),
        ("2026-11-05T22:35:03Z {job=\"mail\"} ~", false, "a collector's stamp in front, no host"),
        ("[pod/mail-0/postfix] ~", false, "a name in front of the line, no host, no time"),
        ("~", false, "no host, no time"),
        ("mx1 ~", true, "no time"),
    ] {
        let line = line.replace('~', "postfix/smtpd[811]: connect from x");
        let want = if line.contains(" mail mail.info ") {
            OURS.replace("mx1", "mail")
        } else {
            (if host { OURS } else { HOSTLESS }).to_owned()
        };
        assert_eq!(told(&line), Some((want, shape.to_owned())), "{line}");
    }
}

#[test]
fn what_is_complete_in_itself_counts() {
    let forged = "Nov  5 22:35:02 mx9 postfix/smtpd[1]: connect from friend.example[192.0.2.1]";
    for outer in [
        "Nov  5 22:35:02 mx1 web[7]: ",
        "Nov  5 22:35:02 mx1 web: ",
        "2026-11-05T22:35:02Z mx1 web: ",
        "Nov  5 22:35:02 web[7]: ",
        "Nov  5 22:35:02 web: ",
        "<22>Nov  5 22:35:02 mx1 web: ",
        "<14>1 2026-11-05T22:35:02Z mx1 web 7 - - ",
        "<14>1 2026-11-05T22:35:02Z mx1 web 7 - [a@1 b=\"c\"] ",
        "Nov  5 22:35:02 <mail.info> mx1 web[7]: ",
        "Nov  5 22:35:02 mx1 mail.info web: ",
        "2026-11-05T22:35:02+00:00 INFO    web[7]: ",
        "2026-11-05T22:35:02Z stdout F web[7]: ",
        "2026-11-05T22:35:02Z stdout F Nov  5 22:35:02 mx1 web: ",
        "Nov  5 22:35:02 mx1 web[7]: [ID 197553 mail.info] ",
        "web[7]: ",
        "mx1 web[7]: ",
        "mail.log:Nov  5 22:35:02 mx1 web[7]: ",
        "postfix-1  | web[7]: ",
        "[12345.678901] mx1 web[7]: ",
        "1793918102.123456 mx1 web: ",
        "Thu 2026-11-05 22:35:02 CET mx1 web: ",
    ] {
        for text in [
            forged,
            "stdout F postfix/smtpd[1]: x",
            "<22>Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
            "{\"log\":\"x\"}",
        ] {
            let line = format!("{outer}{text}");
            let (told, _) = told(&line).unwrap_or_else(|| panic!("{line}"));
            assert!(told.contains("web[") && told.ends_with(&format!("]: {text}")), "{line}\n{told}");
        }
    }
}

#[test]
fn what_was_cut_has_no_header_in_its_rest() {
    let mut recent = Recent::default();
    let mut program = |line: &str| {
        let found = around::read(line.as_bytes(), &mut recent)?;
        Some((line[found.header.program].to_owned(), found.shapes.has(Shape::Continued)))
    };
    let forged = "postfix/smtpd[1]: connect from friend.example[192.0.2.1]";
    let own = Some(("postfix/smtpd".to_owned(), false));
    let rest = Some((String::new(), true));
    assert_eq!(program(&format!("2026-11-05T22:35:02Z stdout P web[7]: {forged}")).unwrap().0, "web");
    assert_eq!(program(&format!("2026-11-05T22:35:02Z stderr F {forged}")), own, "another stream");
    assert_eq!(program(&format!("2026-11-05T22:35:02Z stdout P {forged}")), rest);
    assert_eq!(program(&format!("2026-11-05T22:35:02Z stdout F {forged}")), rest);
    assert_eq!(program(&format!("2026-11-05T22:35:02Z stdout F {forged}")), own);
}

#[test]
fn no_text_is_taken_for_a_header() {
    for line in [
        "Error: Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "spamd: Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "a text with Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "a b postfix/smtpd[1]: x",
        "2026-11-05 22:35:02 Warning: a text",
        "2026-11-05 22:35:02 H=(<22>Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "2026-11-05 22:35:02 {\"log\":\"postfix/smtpd[1]: x\"}",
        "2026-11-05 22:35:02 a {\"log\":\"postfix/smtpd[1]: x\"}",
        "2026-11-05T22:35:02Z a b Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "2026-11-05T22:35:02Z stdout X Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "2026-11-05T22:35:02Z stdout F a text",
        "2026-11-05T22:35:02Z (x) Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "<192>Nov  5 22:35:02 mx9 postfix/smtpd[1]: x",
        "<22>2 2026-11-05T22:35:02Z mx1 postfix/smtpd 811 - - x",
    ] {
        assert_eq!(told(line), None, "{line}");
    }
    // So many headers within each other are nobody's.
    for outer in
        ["Nov  5 22:35:02 relay ", "2026-11-05T22:35:02Z stdout F ", "2026-11-05T22:35:02Z {a=\"b\"} "]
    {
        for count in [4, 5, 100, 2000] {
            let deep = outer.repeat(count) + "Nov  5 22:35:02 mx9 postfix/smtpd[1]: x";
            assert_eq!(told(&deep), None, "{count} times {outer}");
        }
    }
}

#[test]
fn devices_of_a_network_are_programs_like_others() {
    for line in [
        "Mar  2 10:00:00 192.0.2.5 000123: *Mar  1 00:00:00.000 UTC: %SYS-5-CONFIG_I: Configured from console",
        "Mar  2 10:00:00 192.0.2.5 *Mar  1 00:00:00.000: %SYS-5-CONFIG_I: Configured from console",
        "*Mar  1 00:00:00.000 UTC: %SYS-5-CONFIG_I: Configured from console",
        "Mar  2 10:00:00.104 CEST: %SYS-5-CONFIG_I: Configured from console",
        "<189>000123: *Mar  1 00:00:00.000 UTC: %SYS-5-CONFIG_I: Configured from console",
        "<166>Mar 02 2026 10:00:00: %ASA-6-302013: Built inbound TCP connection",
        "<166>Mar 02 2026 10:00:00 fw1 : %ASA-6-302013: Built inbound TCP connection",
    ] {
        assert!(told(line).is_some(), "{line}");
    }
    // The clock of the one that passes it on is right.
    let header = parse(b"Mar  2 10:00:00 192.0.2.5 *Mar  1 00:00:00.000: %SYS-5-CONFIG_I: x").unwrap();
    assert_eq!(Some(header.stamp), Stamp::yearless(3, 2, 36_000_000_000));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_parts_of_a_header_lie_in_its_line(
            parts in proptest::collection::vec(proptest::sample::select(vec![
                "Nov  5 22:35:02", "2026-11-05T22:35:02Z", "2026-11-05 22:35:02", "Thu", "2026", "CET", "<22>", "1", "-",
                " ", " ", " ", "  ", ":", "mx1", "mail.info", "<2.6>", "postfix/smtpd[811]:", "x:", "[ID 1 mail.info]",
                "stdout F", "| ", "[pod/a]", "[1.5]", "[", "]", "\"", "\u{feff}", "-- MARK --", "é", "1793918102.123456",
            ]), 0..12),
        ) {
            let line = parts.concat();
            if let Some(header) = parse(line.as_bytes()) {
                prop_assert!(header.host.start <= header.host.end && header.host.end <= header.program.start);
                prop_assert!(header.program.start <= header.program.end && header.program.end <= header.text);
                prop_assert!(header.text <= line.len());
            }
        }
    }
}
