//! What people see, to the letter.

use proptest::prelude::*;

use super::{Options, write};
use crate::aggregate::{Aggregate, Coverage, FormatCoverage, Settings, Shape};
use crate::model::{Attempt, Authority, Class, Evidence, Format, Mta, Outcome, Severity, is_unfit};
use crate::report::backtest::{self, Comparison, Side};
use crate::report::fixtures::{alert, at, denied, file, hostile, report};
use crate::report::{Assumption, Report, csv, html, json, ndjson};

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_quiet_log_gives_a_short_report() {
    assert_eq!(
        text(&report()),
        "\
No open relay seen, and no stranger tried to relay.

Read
  12,345 lines in 1 file (1.4 MB), 2026-03-02 07:00:00 to 2026-03-03 06:53:20
  UTC.
  mail.log: syslog, Postfix; 97 % read, 2.5 % of other programs.
"
    );
    let mut empty = report();
    (empty.input.lines, empty.input.events) = (0, 0);
    assert_eq!(text(&empty), "Nothing to judge: the input is empty.\n");
}

#[test]
fn an_open_relay_is_named_in_the_first_line_and_proven_below() {
    let mut report = report();
    denied(&mut report, 1_031);
    report.relay.unauthorised = 19;
    report.traffic.connections = 1_204;
    report.traffic.messages = 310;
    report.traffic.rejected = 1_088;
    report.traffic.rejected_by_class = [(Class::RelayDenied, 1_031), (Class::UnknownRecipient, 57)].into();
    report.alerts =
        vec![alert("open-relay", Severity::Critical), alert("relay-denied-spike", Severity::Info)];
    assert_eq!(
        text(&report),
        "\
This server relays for strangers: 203.0.113.66 got mail to 19 recipients through
without any authority.

Read
  12,345 lines in 1 file (1.4 MB), 2026-03-02 07:00:00 to 2026-03-03 06:53:20
  UTC.
  mail.log: syslog, Postfix; 97 % read, 2.5 % of other programs.

Traffic
  1,204 connections, 310 messages, 1,088 rejected.
  Rejected for other reasons than relaying: unknown recipient 57.

Relay attempts
  denied                         1,031
  let through WITHOUT authority     19

Denied most often
  203.0.113.66  1,031   2026-03-02 07:00:00 to 07:10:00

CRITICAL  Open relay: 203.0.113.66
  203.0.113.66 got mail to 19 recipients in 4 foreign domains accepted without
  any authority. It had been denied 2 times before.
  19 times, 2026-03-02 07:01:00 to 07:31:40, on mx (open-relay)
  Proof:
    mail.log:812: Mar  2 07:01:00 mx postfix/smtpd[412]: 4F1aBC0zKQz9:
      client=unknown[203.0.113.66]
  What to do:
    Let nobody relay but your own networks and those who log in. In main.cf:
        smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination

Alerts not shown here: 1 of severity info; --output json has them.
"
    );
}

#[test]
fn the_verdict_points_to_what_else_is_wrong() {
    let mut report = report();
    denied(&mut report, 31);
    report.alerts = vec![alert("relay-denied-spike", Severity::Warning)];
    let verdict = "No open relay seen: 31 relay attempts by strangers were denied, none was let\nthrough. One \
                   alert below.\n";
    assert!(text(&report).starts_with(verdict), "{}", text(&report));
    report.alerts.push(alert("open-relay", Severity::Critical));
    assert!(text(&report).contains("authority. 1 further alert below.\n"), "{}", text(&report));
}

#[test]
fn the_verdict_says_how_much_it_does_not_know() {
    let mut report = report();
    (report.input.lines, report.input.unmatched) = (1000, 340);
    let verdict =
        "No open relay seen, and no stranger tried to relay. But 34 % of the lines were\nnot understood.\n";
    assert!(text(&report).starts_with(verdict), "{}", text(&report));
}

#[test]
fn a_source_with_several_alerts_is_named_once() {
    let mut report = report();
    report.alerts = vec![alert("open-relay", Severity::Critical); 3];
    let subject = report.alerts[0].subject.to_string();
    let text = text(&report);
    let verdict = text.split("\n\n").next().unwrap();
    assert_eq!(verdict.matches(&subject).count(), 1, "{verdict}");
}

#[test]
fn doubt_says_what_to_set() {
    let mut report = report();
    // What `by_authority` would hold of 7 attempts of strangers, told apart by nobody.
    let mut aggregate = Aggregate::new(Settings::default());
    for _ in 0..7 {
        aggregate.attempt(&stranger());
    }
    report.relay = aggregate.relay().clone();
    report.assumptions = vec![Assumption {
        about: "trusted".into(),
        assumed: "private addresses".into(),
        why: "[site] trusted_networks is not set".into(),
    }];
    assert_eq!(
        text(&report),
        "\
Cannot tell whether this server relays for strangers: clients without any
authority got mail to 7 recipients through, and nobody said which domains are
yours. Say so in the configuration file and run this again:

  [site]
  local_domains = [\"your-domain.example\"]

Read
  12,345 lines in 1 file (1.4 MB), 2026-03-02 07:00:00 to 2026-03-03 06:53:20
  UTC.
  mail.log: syslog, Postfix; 97 % read, 2.5 % of other programs.

Relay attempts
  let through, cannot tell  7

Assumed
  trusted: private addresses ([site] trusted_networks is not set)
"
    );
}

#[test]
fn advice_that_an_alert_gives_is_not_repeated() {
    let mut report = report();
    let mut doubt = alert("open-relay", Severity::Warning);
    doubt.title = "Mail from strangers, perhaps relayed".into();
    doubt.remedy = "Say which domains are yours:\n[site]\nlocal_domains = [\"your-domain.example\"]".into();
    report.alerts = vec![doubt];
    let out = text(&report);
    assert!(
        out.starts_with("Cannot tell whether this server relays for strangers: nobody said which"),
        "{out}"
    );
    assert_eq!(out.matches("local_domains").count(), 1, "{out}");
    let mut shorter = Vec::new();
    write(&report, &Options { min_severity: Severity::Critical, ..Options::default() }, &mut shorter)
        .unwrap();
    assert_eq!(String::from_utf8(shorter).unwrap().matches("local_domains").count(), 1);
}

fn shape(program: &str, shape: &str, count: u64, error: u64, text: &str) -> Shape {
    let example = Evidence { file: "mail.log".into(), line: 7, offset: 600, text: text.into() };
    Shape { program: program.into(), shape: shape.into(), count, error, example }
}

#[test]
fn the_report_ends_with_what_was_not_understood() {
    let mut report = report();
    report.input.unmatched = 1_240;
    report.input.unmatched_shapes = vec![
        shape(
            "postfix/quotad",
            "{:queue_id}: mailbox <{:address}> is over quota by {:decimal} bytes",
            1_200,
            0,
            "Mar  2 07:01:00 mx postfix/quotad[4]: 4F2A1: mailbox <bob@our.example> is over quota by 12 bytes",
        ),
        shape("", "what", 32, 4, "what"),
    ];
    let out = text(&report);
    let (_, end) = out.split_once("\n\nNot understood\n").unwrap();
    assert_eq!(
        end,
        "  1,240 lines (9.1 %), by program and shape: {...} stands for what varies.

  1,200 lines of postfix/quotad
    {:queue_id}: mailbox <{:address}> is over quota by {:decimal} bytes
    mail.log:7: Mar  2 07:01:00 mx postfix/quotad[4]: 4F2A1: mailbox
      <bob@our.example> is over quota by 12 bytes

  at least 32 lines naming no program
    what
    mail.log:7: what

  8 lines of other shapes.
  A pattern file teaches them, without building anything: CONTRIBUTING.md shows
  it from start to finish. relaywatch explain 'LINE' says how near the patterns
  came, relaywatch parse --unmatched FILE lists all such lines.
"
    );
}

#[test]
fn few_files_are_told_one_by_one_and_many_by_format() {
    let mut report = report();
    let both = [(Mta::Postfix, 3), (Mta::Sendmail, 4_990)];
    report.input.by_file = vec![
        file("mail.log", Format::Syslog, &both, [5_000, 4_988, 0, 12]),
        file("main.log", Format::Exim, &[(Mta::Exim, 9)], [9, 9, 0, 0]),
        file("cron.log", Format::Syslog, &[], [4, 0, 4, 0]),
        file("new.log", Format::Syslog, &[(Mta::Sendmail, 3)], [4, 0, 1, 3]),
        file("data.bin", Format::Unknown, &[], [4, 0, 0, 4]),
    ];
    let read = |report: &Report| {
        let out = text(report);
        let (_, lines) = out.split_once("  UTC.\n").unwrap();
        lines.to_owned()
    };
    assert_eq!(
        read(&report),
        "  cron.log: syslog, no mail server; all lines of other programs.
  data.bin: unknown format, no mail server; no line understood.
  mail.log: syslog, Sendmail and Postfix; 99.76 % read, 12 lines not understood.
  main.log: Exim's own log; all lines read.
  new.log: syslog, Sendmail; nothing read, 25 % of other programs, 3 lines not
    understood.
"
    );
    let coverage = Coverage { lines: 5_004, events: 4_988, ignored: 4, unmatched: 12 };
    report.input.formats = vec![FormatCoverage { format: Format::Syslog, files: 98, coverage }];
    report.input.by_file_left_out = 94;
    assert_eq!(
        read(&report),
        "  98 files: syslog, 99.68 % read, 0.08 % of other programs, 12 lines not
    understood.
  new.log: syslog, Sendmail; nothing read, 25 % of other programs, 3 lines not
    understood.
  data.bin: unknown format, no mail server; no line understood.
"
    );
}

#[test]
fn styles_are_used_only_where_asked_for() {
    let mut out = Vec::new();
    write(&report(), &Options { color: true, ..Options::default() }, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().starts_with("\u{1b}["));
    assert!(!text(&report()).contains('\u{1b}'));
}

fn stranger() -> Attempt<'static> {
    Attempt { authority: Some(Authority::None), ..Attempt::bare(at(0), Outcome::Delivered) }
}

#[test]
fn a_record_of_several_lines_is_shown_in_one() {
    let out = text(&hostile("{\r\n        \"EventId\":  \"RECEIVE\",\r\n        \"Sender\": 1\r\n    }"));
    let proof = "{ \"EventId\":  \"RECEIVE\", \"Sender\": 1 }";
    assert!(
        out.split_whitespace().collect::<Vec<_>>().join(" ").contains(&proof.replace("  ", " ")),
        "{out}"
    );
}

#[test]
fn what_an_attacker_wrote_is_shown_not_obeyed() {
    let out = text(&hostile("\u{1b}[2J\u{202e}x\u{9b}m\u{7}"));
    assert!(out.contains("CRITICAL  \\u{1b}[2J\\u{202e}x\\u{9b}m\\u{7}: \\u{1b}[2J"), "{out}");
    assert!(out.lines().all(|line| !line.chars().any(is_unfit)));
}

proptest! {
    #[test]
    fn no_output_carries_control_bytes_or_overrides(
        text in prop_oneof![".{0,60}", "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069} a]{0,60}"]
    ) {
        let report = hostile(&text);
        let mut out = Vec::new();
        write(&report, &Options { min_severity: Severity::Info, ..Options::default() }, &mut out).unwrap();
        json::write(&report, &mut out).unwrap();
        ndjson::write(&report, &mut out).unwrap();
        html::write(&report, Severity::Info, &mut out).unwrap();
        csv::write(&report, &mut out).unwrap();
        let side = |name: &str| Side { name: name.to_owned(), alerts: report.alerts.clone() };
        let (sides, other) = ([side(&text), side("other")], Side { name: text.clone(), alerts: Vec::new() });
        for sides in [&sides[..], &[sides[0].clone(), other][..]] {
            let comparison = Comparison::of(sides);
            backtest::write_text(&comparison, Severity::Info, &mut out).unwrap();
            backtest::write_json(&comparison, &mut out).unwrap();
        }
        let out = String::from_utf8(out).unwrap();
        // A table ends its rows with both.
        let out = out.replace("\r\n", "\n");
        prop_assert!(!out.chars().any(|character| character != '\n' && is_unfit(character)));
    }
}

#[test]
fn programs_get_the_object_with_its_names() {
    let mut report = report();
    report.alerts = vec![alert("open-relay", Severity::Critical)];
    let mut out = Vec::new();
    json::write(&report, &mut out).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let names = |value: &serde_json::Value| {
        value.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&object), "schema input traffic relay top series assumptions alerts");
    assert_eq!(object["schema"], "relaywatch.report/1");
    assert_eq!(
        names(&object["input"]),
        "files bytes lines events ignored unmatched unmatched_shapes unmatched_examples formats by_file \
         by_file_left_out first_time last_time elapsed_seconds"
    );
    assert_eq!(
        names(&object["traffic"]),
        "connections accepted messages delivered deferred bounced expired rejected rejected_by_class"
    );
    assert_eq!(
        names(&object["relay"]),
        "attempts denied rejected authorised unauthorised undetermined by_authority"
    );
    assert_eq!(
        names(&object["top"]),
        "denied_sources denied_networks relay_sources accounts senders recipients destinations helo"
    );
    assert_eq!(
        names(&object["alerts"][0]),
        "id detector subject severity state title summary count first_seen last_seen started_at host mta \
         evidence remedy related"
    );
    assert_eq!(object["alerts"][0]["subject"], serde_json::json!({"kind": "ip", "value": "203.0.113.66"}));

    let mut lines = Vec::new();
    ndjson::write(&report, &mut lines).unwrap();
    let lines: Vec<serde_json::Value> = lines
        .split(|&b| b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert_eq!(lines[0], object["alerts"][0]);
    assert_eq!(names(&lines[1]), "schema input traffic relay top series assumptions");
}
