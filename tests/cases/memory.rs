//! What is done with leaves memory, also where no line says so.

use relaywatch::correlate::Correlator;
use relaywatch::model::{Batch, Event, EventTime, FileId, HostId, Memory, Site};
use relaywatch::parse::{Parser, PatternSet};

/// A message that a milter refuses when it has been read; one of which nobody knows the recipient, which comes back; one of
/// whose recipients is a list, with a message of its own.
const STORIES: [&str; 3] = [
    "\
sm-mta[7]: 62800{n}a000007: from=<ann@far.example>, size=4000, class=0, nrcpts=2, msgid=<{n}@far.example>, proto=ESMTP, daemon=MTA, relay=mx.far.example [192.0.2.7]
sm-mta[7]: 62800{n}a000007: Milter: data, reject=554 5.7.1 Spam message rejected
sm-mta[7]: 62800{n}a000007: to=<bob@harbour.example>, delay=00:00:01, pri=64000, stat=Spam message rejected
sm-mta[7]: 62800{n}a000007: to=<eve@harbour.example>, delay=00:00:01, pri=64000, stat=Spam message rejected",
    "\
sm-mta[8]: 62801{n}a000008: from=<ann@far.example>, size=4000, class=0, nrcpts=1, msgid=<b{n}@far.example>, proto=ESMTP, daemon=MTA, relay=mx.far.example [192.0.2.7]
sm-mta[8]: 62801{n}a000008: to=<bob@quay.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=64000, relay=mx.quay.example. [192.0.2.9], dsn=5.1.1, stat=User unknown
sm-mta[8]: 62801{n}a000008: 62802{n}a000008: DSN: User unknown
sm-mta[8]: 62802{n}a000008: to=<ann@far.example>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=64000, relay=mx.far.example. [192.0.2.7], dsn=2.0.0, stat=Sent (Ok)",
    "\
sm-mta[9]: 62803{n}a000009: from=<ann@far.example>, size=4000, class=0, nrcpts=2, msgid=<c{n}@far.example>, proto=ESMTP, daemon=MTA, relay=mx.far.example [192.0.2.7]
sm-mta[9]: 62803{n}a000009: 62804{n}a000009: clone: owner=owner-crew@harbour.example
sm-mta[9]: 62803{n}a000009: to=<bob@harbour.example>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=64000, dsn=2.0.0, stat=Sent
sm-mta[9]: 62804{n}a000009: to=<eve@harbour.example>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=64000, dsn=2.0.0, stat=Sent",
];

/// Bytes of the correlator's state five minutes after `story` was told so many `times`, and how many attempts that were.
fn bytes_after(parser: &Parser, story: &str, times: usize) -> (usize, usize) {
    let told = (0..times).map(|n| story.replace("{n}", &format!("{n:03}")));
    let lines: String = told
        .flat_map(|lines| {
            lines.lines().map(|line| format!("2026-02-08T00:00:00Z mx1 {line}\n")).collect::<Vec<_>>()
        })
        .collect();
    let parsed = parser.parse(Batch::lines(FileId(0), 1, 0, lines.into_bytes()));
    let mut correlator = Correlator::new(Site::default(), Memory::default());
    let time = EventTime::from_seconds(1_770_508_800);
    let mut attempts = 0;
    for record in &parsed.records {
        let event = Event::new(&parsed, record, time, HostId(0));
        correlator.event(&event, &mut |attempt| attempts += usize::from(attempt.last));
    }
    correlator.watermark(time.plus_seconds(300), &mut |attempt| attempts += usize::from(attempt.last));
    (correlator.snapshot().unwrap().len(), attempts)
}

#[test]
fn messages_of_sendmail_are_forgotten_once_they_are_done() {
    let parser = Parser::new(PatternSet::builtin().unwrap());
    for story in STORIES {
        let (one, few) = bytes_after(&parser, story, 1);
        let (many, all) = bytes_after(&parser, story, 500);
        assert!(few > 0 && all == 500 * few, "{few} and {all} attempts: {story}");
        assert!(many < one + 1000, "{many} bytes after 500, {one} after one: {story}");
    }
}
