//! Stamps that jump, do not exist, or happen twice.

use serde_json::Value;

use super::{Folder, expected, line, lines};
use crate::cases::program::code;

/// A denied attempt at a time, of each server.
const DENIED: &[fn(&str) -> String] = &[
    |stamp| {
        format!(
            "{stamp} mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 \
             <v@victim.example>: Relay access denied; from=<a@spam.example> to=<v@victim.example> proto=ESMTP helo=<h>\n"
        )
    },
    |stamp| {
        format!(
            "{stamp} mx1 sm-mta[1]: 621C00aa000001: ruleset=check_rcpt, arg1=<v@victim.example>, relay=[203.0.113.5], \
             reject=550 5.7.1 <v@victim.example>... Relaying denied\n"
        )
    },
    |stamp| {
        // Two lines of one text within a second may be one that Exim wrote twice.
        let second = &stamp[17..19];
        format!(
            "{stamp} mx1 exim[1]: H=(h) [203.0.113.5] F=<a@spam.example> rejected RCPT <v{second}@victim.example>: \
             relay not permitted\n"
        )
    },
];

/// A line at a time, of each server.
const AT: &[fn(&str) -> String] = &[
    |stamp| format!("{stamp} mx1 postfix/smtpd[1]: connect from a.example[198.51.100.9]\n"),
    |stamp| {
        format!(
            "{stamp} mx1 sm-mta[1]: 621C00aa000001: a.example [198.51.100.9] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA\n"
        )
    },
    |stamp| {
        format!("{stamp} mx1 exim[1]: no MAIL in SMTP connection from a.example [198.51.100.9] D=1s C=QUIT\n")
    },
];

/// The same in Exim's own log, which states date and time apart, and no zone.
fn of_exim(stamp: &str) -> String {
    let stamp = stamp.replace('T', " ").replace('Z', "");
    format!("{stamp} no MAIL in SMTP connection from a.example [198.51.100.9] D=1s C=QUIT\n")
}

/// What an alert is about, without what tells where its lines stand.
fn alerts(report: &Value) -> Vec<Value> {
    let alerts = report["alerts"].as_array().unwrap().iter();
    alerts
        .map(|alert| {
            let mut alert = alert.clone();
            alert["evidence"] = Value::Null;
            alert
        })
        .collect()
}

fn times(folder: &Folder, flags: &[&str]) -> Vec<String> {
    let output = folder.run(&[&["parse", "--all"], flags].concat(), &["mail.log"]);
    assert_eq!(code(&output), 0);
    let text = String::from_utf8(output.stdout).unwrap();
    let time = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["time"].as_str().unwrap_or("none").to_owned()
    };
    text.lines().map(time).collect()
}

#[test]
fn a_stray_stamp_stops_no_detector_and_is_told() {
    let quiet = || (12..20).map(|hour| line(hour).replace("T12:", &format!("T{hour}:"))).collect::<String>();
    for denied in DENIED {
        // Two spikes of one source with hours between them, a quiet end.
        let spike = |hour: usize| {
            (0..6).map(|n| denied(&format!("2026-03-01T{hour:02}:00:{n:02}Z"))).collect::<String>()
        };
        let clean = spike(1) + &spike(9) + &quiet();
        let whole = Folder::new(&[("mail.log", clean.as_bytes())]);
        let want = whole.analyze(&["mail.log"]);
        assert!(alerts(&want.0).len() == 2 && want.2.is_empty(), "{clean}{:#}", want.0["alerts"]);
        for stray in
            ["2099-01-01T00:00:00Z", "1970-01-01T00:00:09Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
        {
            let stray = format!("{stray} mx1 postfix/smtpd[9]: connect from late.example[198.51.100.77]\n");
            let folder = Folder::new(&[("mail.log", (spike(1) + &stray + &spike(9) + &quiet()).as_bytes())]);
            let (report, exit, said) = folder.analyze(&["mail.log"]);
            assert_eq!((exit, alerts(&report)), (0, alerts(&want.0)), "{stray}");
            assert_eq!(report["input"]["events"].as_u64(), want.0["input"]["events"].as_u64().map(|n| n + 1));
            let told = format!("mail.log: line 7 is stamped {}", stray.split_once('Z').unwrap().0);
            assert!(said.contains(&told) && said.lines().count() == 1, "{said}");
        }
    }
}

#[test]
fn a_stray_date_raises_no_year() {
    let log = "\
Mar 14 23:59:00 mx1 postfix/smtpd[1]: connect from a.example[198.51.100.9]
Dec 31 00:00:00 mx1 postfix/smtpd[1]: connect from b.example[198.51.100.9]
Mar 15 00:00:00 mx1 postfix/smtpd[1]: connect from c.example[198.51.100.9]
Mar 16 00:00:00 mx1 postfix/smtpd[1]: connect from d.example[198.51.100.9]
";
    let folder = Folder::new(&[("mail.log", log.as_bytes())]);
    let want =
        ["2026-03-14T23:59:00Z", "2026-12-31T00:00:00Z", "2026-03-15T00:00:00Z", "2026-03-16T00:00:00Z"];
    assert_eq!(times(&folder, &["--year", "2026"]), want);
}

#[test]
fn two_logs_in_one_file_are_both_read() {
    let old = lines(200).replace("2026-03-01", "2024-07-09");
    let folder = Folder::new(&[("mail.log", (lines(200) + &old).as_bytes())]);
    assert_eq!(folder.clients(&["mail.log"]), [expected(200), expected(200)].concat());
    let (report, exit, said) = folder.analyze(&["mail.log"]);
    assert_eq!((exit, said.as_str()), (0, ""));
    assert_eq!(report["input"]["first_time"], "2024-07-09T12:00:00Z");
}

#[test]
fn leap_days_are_where_they_exist() {
    let stamps = ["2024-02-28T23:59:59Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"];
    let yearless = ["Feb 28 23:59:59", "Feb 29 00:00:00", "Mar  1 00:00:00"];
    let wrong =
        ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T25:00:00Z", "2026-03-01T00:00:60Z"];
    for at in AT.iter().chain([&(of_exim as fn(&str) -> String)]) {
        let folder = Folder::new(&[("mail.log", stamps.map(at).concat().as_bytes())]);
        assert_eq!(times(&folder, &["--timezone", "UTC"]), stamps);
        // A day and an hour that never are: no stamp, so the line is not understood, but counted.
        let content = at("2026-03-01T00:00:00Z") + &wrong.map(at).concat();
        let folder = Folder::new(&[("mail.log", content.as_bytes())]);
        let input = &folder.analyze(&["mail.log"]).0["input"];
        assert_eq!(
            (&input["lines"], &input["events"], &input["unmatched"]),
            (&5.into(), &2.into(), &3.into()),
            "{content}"
        );
    }
    for at in AT {
        let folder = Folder::new(&[("mail.log", yearless.map(at).concat().as_bytes())]);
        assert_eq!(times(&folder, &["--year", "2024"]), stamps);
        // A year without that day: the nearest thing, and no line lost.
        let other = ["2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"];
        assert_eq!(times(&folder, &["--year", "2026"]), other);
    }
}

#[test]
fn an_hour_that_happens_twice_is_read_as_two() {
    let times_of_day = ["01:59:59", "02:10:00", "02:50:00", "02:10:00", "02:50:00", "03:00:00"];
    let want = ["24T23:59:59", "25T00:10:00", "25T00:50:00", "25T01:10:00", "25T01:50:00", "25T02:00:00"];
    let yearless = AT.iter().map(|at| times_of_day.map(|time| at(&format!("Oct 25 {time}"))).concat());
    let exims = times_of_day.map(|time| of_exim(&format!("2026-10-25 {time}"))).concat();
    for log in yearless.chain([exims]) {
        let folder = Folder::new(&[("mail.log", log.as_bytes())]);
        let told = times(&folder, &["--year", "2026", "--timezone", "Europe/Vienna"]);
        assert_eq!(told, want.map(|time| format!("2026-10-{time}Z")), "{log}");
    }
}

#[test]
fn a_stray_stamp_does_not_hold_up_its_file_among_others() {
    let (even, odd): (Vec<_>, Vec<_>) = (0..40).partition(|n| n % 2 == 0);
    let mut even: Vec<String> = even.into_iter().map(line).collect();
    even.insert(5, line(900).replace("2026-", "2099-"));
    let odd: String = odd.into_iter().map(line).collect();
    let folder = Folder::new(&[("a.log", even.concat().as_bytes()), ("b.log", odd.as_bytes())]);
    let mut found = folder.clients(&["a.log", "b.log"]);
    found.retain(|name| !name.starts_with("client900."));
    assert_eq!(found, expected(40));
    let (_, exit, said) = folder.analyze(&["a.log", "b.log"]);
    assert!(exit == 0 && said.contains("a.log: line 6 is stamped 2099-"), "{said}");
}
