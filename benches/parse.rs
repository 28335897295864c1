//! What parsing costs, per line: the header, templates, classes, whole batches. `cargo bench --bench parse`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use relaywatch::model::{Batch, FileId};
use relaywatch::parse::{Parser, PatternSet, header};

const CONNECT: &str = "postfix/smtpd[811]: connect from mx{n}.partner.example[192.0.2.{n}]";
const REJECT: &str = "postfix/smtpd[811]: NOQUEUE: reject: RCPT from unknown[203.0.113.{n}]: 554 5.7.1 \
    <victim{n}@victims.example>: Relay access denied; from=<promo{n}@pills.example> to=<victim{n}@victims.example> \
    proto=ESMTP helo=<WIN-3LZ8TC>";
const DELIVERY: &str = "postfix/smtp[814]: 1A89D{n}: to=<client{n}@partner.example>, \
    relay=mx.partner.example[198.51.100.25]:25, delay=0.11, delays=0/0.01/0.05/0.04, dsn=2.0.0, status=sent \
    (250 2.0.0 Ok: queued as 7B2A3C{n})";

/// One message and its noise.
const MIX: &[&str] = &[
    CONNECT,
    REJECT,
    "postfix/smtpd[811]: disconnect from unknown[203.0.113.{n}] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4",
    "postfix/smtpd[812]: 1A89D{n}: client=mx.partner.example[198.51.100.{n}]",
    "postfix/cleanup[813]: 1A89D{n}: message-id=<17953869{n}.1@partner.example>",
    "postfix/qmgr[800]: 1A89D{n}: from=<anna{n}@partner.example>, size=3270, nrcpt=1 (queue active)",
    DELIVERY,
    "postfix/qmgr[800]: 1A89D{n}: removed",
    "dovecot: imap-login: Login: user=<bob{n}>, method=PLAIN, rip=192.0.2.{n}, lip=192.0.2.1, TLS",
];

const TRADITIONAL: &str = "Nov 22 22:35:43 mx1 ";
const RFC3339: &str = "2024-11-22T22:35:43.123456+01:00 mx1 ";

fn lines(stamp: &str, shapes: &[&str], count: usize) -> Vec<u8> {
    let line = |n: usize| {
        format!("{stamp}{}\n", shapes[n % shapes.len()].replace("{n}", &(10 + n % 90).to_string()))
    };
    (0..count).map(line).collect::<String>().into_bytes()
}

fn headers(criterion: &mut Criterion) {
    for (name, stamp) in [("traditional", TRADITIONAL), ("rfc3339", RFC3339)] {
        let line = lines(stamp, &[CONNECT], 1);
        criterion.bench_function(&format!("header/{name}"), |bencher| {
            bencher.iter(|| header::parse(black_box(&line)));
        });
    }
}

fn batches(criterion: &mut Criterion) {
    let Ok(set) = PatternSet::builtin() else { return };
    let parser = Parser::new(set);
    let mut group = criterion.benchmark_group("batch");
    for (name, stamp, shapes) in [
        ("template: connect", TRADITIONAL, &[CONNECT][..]),
        ("template: delivery", TRADITIONAL, &[DELIVERY]),
        ("class: reject", TRADITIONAL, &[REJECT]),
        ("whole: traditional", TRADITIONAL, MIX),
        ("whole: rfc3339", RFC3339, MIX),
    ] {
        let bytes = lines(stamp, shapes, 9_000);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let batch = Batch::lines(FileId(0), 1, 0, bytes);
        let mut parsed = Some(parser.parse(batch));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let Some(mut done) = parsed.take() else { return };
                let bytes = std::mem::take(&mut done.batch.bytes);
                let batch = Batch::lines(FileId(0), 1, 0, bytes);
                parsed = Some(parser.parse_into(batch, done));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, headers, batches);
criterion_main!(benches);
