//! Lines of a Postfix server's log, and what makes alerts of them.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};

/// The site that these lines are about, and alerts that are told at once.
pub(super) const SITE: &str = "[site]\nlocal_domains = [\"harbour.example\"]\n\n";
pub(super) const AT_ONCE: &str = "[notify]\ngroup_wait = \"0s\"\ngroup_interval = \"0s\"\n\n";

/// `seconds` from now, whole.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(Utc::now().timestamp() + seconds, 0).unwrap()
}

fn stamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// A stranger gets a message out: an open relay, critical where [`SITE`] holds. `number`: one for each message.
pub(super) fn relay(time: DateTime<Utc>, client: &str, number: u32) -> String {
    let (at, id) = (stamp(time), format!("{:010X}", 0x3F_2A91_0000_u64 + u64::from(number)));
    format!(
        "{at} mx1 postfix/smtpd[100]: connect from unknown[{client}]\n\
         {at} mx1 postfix/smtpd[100]: {id}: client=unknown[{client}]\n\
         {at} mx1 postfix/cleanup[101]: {id}: message-id=<{number}@cheap.example>\n\
         {at} mx1 postfix/qmgr[102]: {id}: from=<promo@cheap.example>, size=352, nrcpt=1 (queue active)\n\
         {at} mx1 postfix/smtpd[100]: disconnect from unknown[{client}] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n\
         {at} mx1 postfix/smtp[103]: {id}: to=<v@victims.example>, relay=mx.victims.example[198.51.100.60]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1A2B49)\n\
         {at} mx1 postfix/qmgr[102]: {id}: removed\n"
    )
}

/// A stranger is denied `count` times within a second: from a hundred on that is a warning.
pub(super) fn denials(time: DateTime<Utc>, client: &str, count: u32) -> String {
    (0..count).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{} mx1 postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[{client}]: 554 5.7.1 <v{number}@victims.example>: Relay access denied; from=<promo@cheap.example> to=<v{number}@victims.example> proto=ESMTP helo=<vps>", stamp(time)).unwrap();
        lines
    })
}

/// Nothing happens, one line every minute from `from` to `to`: time goes on.
pub(super) fn calm(from: DateTime<Utc>, to: DateTime<Utc>, step_seconds: i64) -> String {
    let mut lines = String::new();
    let mut time = from;
    while time <= to {
        writeln!(lines, "{} mx1 postfix/smtpd[100]: connect from friend.example[192.0.2.25]", stamp(time))
            .unwrap();
        time += TimeDelta::seconds(step_seconds);
    }
    lines
}
