//! Weeks of a small server's log: denied strangers at every hour, a machine and an account that send each hour.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};

/// The site of these logs.
pub(crate) const SITE: &str = "[site]\nlocal_domains = [\"harbour.example\"]\n\n";
/// The machine that may relay.
pub(crate) const MACHINE: &str = "10.0.0.5";
/// The account, and its network.
pub(crate) const ACCOUNT: &str = "ann@harbour.example";
pub(crate) const NETWORK: &str = "192.0.2.0/24";

const WEEK_HOURS: i64 = 168;

/// A Monday.
pub(crate) fn monday() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_571_200, 0).unwrap()
}

/// A log, hour by hour.
pub(crate) struct Log {
    next: DateTime<Utc>,
    random: fastrand::Rng,
    /// Messages so far: each has a queue id of its own.
    messages: u64,
    pub(crate) text: String,
}

impl Log {
    /// Nothing yet; it will begin then.
    pub(crate) fn new(begin: DateTime<Utc>) -> Self {
        Self { next: begin, random: fastrand::Rng::with_seed(5), messages: 0, text: String::new() }
    }

    /// The same, but what was written so far is somebody else's.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    pub(crate) fn weeks(&mut self, weeks: i64) -> &mut Self {
        self.hours(weeks * WEEK_HOURS, 0)
    }

    /// So many hours, in each of which that many `more` strangers are denied than usual.
    pub(crate) fn hours(&mut self, hours: i64, more: u64) -> &mut Self {
        for _ in 0..hours {
            let count = self.random.u64(3..=9) + more;
            for number in 0..count {
                let at = self.next + TimeDelta::seconds(20 + (3500 * number / count).cast_signed());
                self.denied(at, number);
            }
            self.sent(
                self.next + TimeDelta::seconds(3530),
                &format!("client=app.harbour.example[{MACHINE}]"),
            );
            let login =
                format!("client=home.example[192.0.2.77], sasl_method=PLAIN, sasl_username={ACCOUNT}");
            self.sent(self.next + TimeDelta::seconds(3540), &login);
            self.next += TimeDelta::hours(1);
        }
        self
    }

    /// A message of another client, a minute after the last hour.
    pub(crate) fn from(&mut self, client: &str) -> &mut Self {
        self.sent(self.next + TimeDelta::seconds(60), client);
        self.next += TimeDelta::hours(1);
        self
    }

    /// Mail of a client to some of us, a minute after the last hour.
    pub(crate) fn inbound(&mut self, client: &str, sender: &str, recipients: &[&str]) {
        self.messages += 1;
        let (at, id) =
            (self.next + TimeDelta::seconds(60), format!("{:010X}", 0x3F_2A91_0000_u64 + self.messages));
        self.line(at, &format!("smtpd[101]: {id}: client=out.example[{client}]"));
        self.line(at, &format!("cleanup[102]: {id}: message-id=<{}@out.example>", self.messages));
        let count = recipients.len();
        self.line(at, &format!("qmgr[103]: {id}: from=<{sender}>, size=352, nrcpt={count} (queue active)"));
        for recipient in recipients {
            self.line(at, &format!("local[105]: {id}: to=<{recipient}>, relay=local, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)"));
        }
        self.line(at, &format!("qmgr[103]: {id}: removed"));
    }

    fn line(&mut self, at: DateTime<Utc>, rest: &str) {
        writeln!(self.text, "{} mx1 postfix/{rest}", at.format("%Y-%m-%dT%H:%M:%S+00:00")).unwrap();
    }

    /// Each of the strangers of an hour is in a network of its own.
    fn denied(&mut self, at: DateTime<Utc>, stranger: u64) {
        let client = format!("unknown[2001:db8:{stranger:x}::1]");
        self.line(at, &format!("smtpd[100]: connect from {client}"));
        self.line(at, &format!("smtpd[100]: NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <v@victims.example>: Relay access denied; from=<promo@cheap.example> to=<v@victims.example> proto=ESMTP helo=<vps>"));
        self.line(
            at,
            &format!("smtpd[100]: disconnect from {client} ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"),
        );
    }

    fn sent(&mut self, at: DateTime<Utc>, client: &str) {
        self.messages += 1;
        let id = format!("{:010X}", 0x3F_2A91_0000_u64 + self.messages);
        for rest in [
            format!("smtpd[101]: {id}: {client}"),
            format!("cleanup[102]: {id}: message-id=<{}@harbour.example>", self.messages),
            format!("qmgr[103]: {id}: from=<{ACCOUNT}>, size=352, nrcpt=1 (queue active)"),
            format!(
                "smtp[104]: {id}: to=<friend@partner.example>, relay=mx.partner.example[198.51.100.60]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1A2B49)"
            ),
            format!("qmgr[103]: {id}: removed"),
        ] {
            self.line(at, &rest);
        }
    }
}
