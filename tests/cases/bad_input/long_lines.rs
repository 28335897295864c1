//! Long lines made up to be expensive: whatever they hold, they cost what as many bytes of shorter lines do.

use std::time::{Duration, Instant};

use relaywatch::model::{Batch, FileId};
use relaywatch::parse::{Parser, PatternSet};

/// As long as a reader hands a line on.
const LONG: usize = 65_535;
/// So many times shorter: what is looked at again for every byte costs so many times less.
const TIMES: usize = 16;

/// A beginning, what is repeated, and an end.
const LINES: &[(&str, &str, &str)] = &[
    // Clients within clients, and what stands behind each of them within that of the one before.
    (
        "Nov  5 22:35:02 mx1 exim[1]: H=(",
        r#" DN=") [192.0.2.1] U=""#,
        ") [192.0.2.1] F=<a@b.example> rejected RCPT <v@c.example>: relay not permitted",
    ),
    (
        "Nov  5 22:35:02 mx1 exim[1]: 1wAbCd-000AbC-1x <= a@b.example H=(",
        r#" DN=") [192.0.2.1] U=""#,
        ") [192.0.2.1] P=esmtp S=3",
    ),
    ("Nov  5 22:35:02 mx1 exim[1]: H=(", ") [192.0.2.1]", ": relay not permitted"),
    ("Nov  5 22:35:02 mx1 exim[1]: no MAIL in SMTP connection from (", ") [192.0.2.1]", ""),
    // Logins, whose end is looked for.
    (
        "Nov  5 22:35:02 mx1 exim[1]: 1wAbCd-000AbC-1x <= a@b.example H=(h) [192.0.2.1] P=esmtpa",
        " A=a:b K",
        " S=3",
    ),
    (
        "Nov  5 22:35:02 mx1 exim[1]: login authenticator failed for (h) [192.0.2.1]: 535 Incorrect authentication data (set_id=",
        ") [192.0.2.1]: 535 (set_id=",
        ")",
    ),
    (
        "Nov  5 22:35:02 mx1 exim[1]: 1wAbCd-000AbC-1x <= a@b.example H=(h) [192.0.2.1] P=esmtp S=3 id=a@b T=\"x\" for",
        " v@c.example",
        "",
    ),
    ("Nov  5 22:35:02 mx1 exim[1]: 1wAbCd-000AbC-1x => |/x", " <\"a", "> R=r T=t"),
    ("Nov  5 22:35:02 mx1 exim[1]: 1wAbCd-000AbC-1x => |/x", " <a@b.example>", ""),
    (
        "Nov  5 22:35:02 mx1 sm-mta[1]: 621C00aa000001: from=<a@b.example",
        ">, size=1, class=0, nrcpts=1, relay=x [192.0.2.1]",
        "",
    ),
    (
        "Nov  5 22:35:02 mx1 sm-mta[1]: 621C00aa000001: to=",
        "<v@c.example>,",
        " delay=00:00:00, mailer=esmtp, stat=Sent",
    ),
    (
        "Nov  5 22:35:02 mx1 sm-mta[1]: 621C00aa000001: to=<v@c.example>",
        ", ctladdr=<a@b.example> (1/1)",
        ", stat=Sent",
    ),
    (
        "Nov  5 22:35:02 mx1 sm-mta[1]: 621C00aa000001: ruleset=check_rcpt, arg1=<v@c.example>",
        ", relay=[192.0.2.1], reject=550 ",
        "x",
    ),
    (
        "Nov  5 22:35:02 mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 5.7.1 <v@c.example>: Relay access denied",
        "; from=<a@b.example> to=<v@c.example> proto=ESMTP helo=<h>",
        "",
    ),
    // Headers within headers, and what looks like one.
    ("", "Nov  5 22:35:02 mx1 ", "postfix/smtpd[1]: x"),
    ("", "2026-11-05T22:35:02Z stdout F ", "postfix/smtpd[1]: x"),
    ("", "2026-11-05T22:35:02Z {a=\"b\"} ", "postfix/smtpd[1]: x"),
    ("1 2026-11-05T22:35:02Z mx1 postfix/smtpd 1 - ", "[a b=\"\"]", " x"),
    ("2026-11-05T22:35:02Z {", "a=\"b\", ", "} x"),
    ("", "mail.log:", "x"),
    // Objects.
    ("", "{\"a\":", "1"),
    ("{\"preview\":1", ",\"result\":{\"log\":{\"syslog\":{\"a\":1}}}", "}"),
    ("{\"log\":\"", "{\\\"log\\\":", "\"}"),
    ("{\"log\":\"", "\\\\\\\"", "\"}"),
    ("2026-11-05T22:35:02Z stdout F {\"log\":\"", "\\n", "postfix/smtpd[1]: x\"}"),
];

/// `line` of so many bytes at most.
fn of_length((begin, unit, end): (&str, &str, &str), length: usize) -> String {
    let times = (length - begin.len() - end.len()) / unit.len();
    format!("{begin}{}{end}\n", unit.repeat(times))
}

#[allow(clippy::disallowed_methods, reason = "what a line costs is time")]
fn cost(parser: &Parser, bytes: &str) -> Duration {
    let batch = Batch::lines(FileId(0), 1, 0, bytes.as_bytes().to_vec());
    let begin = Instant::now();
    let parsed = parser.parse(batch);
    let elapsed = begin.elapsed();
    assert!(!parsed.records.is_empty());
    elapsed
}

#[test]
fn a_long_line_costs_what_its_bytes_cost_in_short_ones() {
    let parser = Parser::new(PatternSet::builtin().unwrap());
    for &line in LINES {
        let long = of_length(line, LONG);
        let short = of_length(line, LONG / TIMES).repeat(TIMES);
        // Others may use the machine: of many tries the least counts.
        let least = |bytes: &str| (0..15).map(|_| cost(&parser, bytes)).min().unwrap();
        let (long, short) = (least(&long), least(&short));
        assert!(long < 5 * short + Duration::from_micros(200), "{line:?}: {long:?}, in short ones {short:?}");
    }
}
