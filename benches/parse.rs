//! What parsing costs, per line: the header, templates, classes, whole batches. `cargo bench --bench parse`.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
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

/// The same lines, one JSON object each, or with RFC 5424's header.
fn wrapped(how: impl Fn(&str, &str, &str) -> String) -> Vec<u8> {
    let plain = lines("", MIX, 9_000);
    let text = String::from_utf8_lossy(&plain);
    let wrap = |line: &str| {
        let (tag, text) = line.split_once(": ").unwrap_or((line, ""));
        let (program, pid) = tag.trim_end_matches(']').split_once('[').unwrap_or((tag, "0"));
        how(program, pid, text) + "\n"
    };
    text.lines().map(wrap).collect::<String>().into_bytes()
}

fn rfc5424(program: &str, pid: &str, text: &str) -> String {
    format!("<22>1 2024-11-22T22:35:43.123456+01:00 mx1 {program} {pid} - - {text}")
}

fn docker(program: &str, pid: &str, text: &str) -> String {
    let line = format!("{TRADITIONAL}{program}[{pid}]: {text}\n");
    serde_json::json!({ "log": line, "stream": "stdout", "time": "2024-11-22T21:35:43.123456789Z" })
        .to_string()
}

fn journal(program: &str, pid: &str, text: &str) -> String {
    serde_json::json!({
        "__CURSOR": "s=0a1b2c3d4e5f60718293a4b5c6d7e8f9;i=1f2e3d;b=0a1b2c3d4e5f60718293a4b5c6d7e8f9;m=1a2b3c4d;t=5e6f7a8b",
        "__REALTIME_TIMESTAMP": "1732311343123456", "__MONOTONIC_TIMESTAMP": "439041101",
        "_BOOT_ID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "_MACHINE_ID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "_HOSTNAME": "mx1", "_TRANSPORT": "syslog", "PRIORITY": "6", "SYSLOG_FACILITY": "2",
        "SYSLOG_IDENTIFIER": program, "SYSLOG_PID": pid, "_PID": pid, "_UID": "89", "_GID": "89", "_COMM": "smtpd",
        "_EXE": "/usr/lib/postfix/sbin/smtpd", "_SYSTEMD_UNIT": "postfix@-.service",
        "_SYSTEMD_CGROUP": "/system.slice/postfix@-.service", "MESSAGE": text,
    })
    .to_string()
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
        measure(&mut group, &parser, name, lines(stamp, shapes, 9_000));
    }
    measure(&mut group, &parser, "whole: rfc5424", wrapped(rfc5424));
    measure(&mut group, &parser, "whole: docker json-file", wrapped(docker));
    measure(&mut group, &parser, "whole: journalctl -o json", wrapped(journal));
    group.finish();
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, parser: &Parser, name: &str, bytes: Vec<u8>) {
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let batch = Batch::lines(FileId(0), 1, 0, bytes);
    let mut parsed = Some(parser.parse(batch));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let Some(mut done) = parsed.take() else { return };
            let mut bytes = std::mem::take(&mut done.batch.bytes);
            bytes.truncate(done.lines_end as usize);
            let batch = Batch::lines(FileId(0), 1, 0, bytes);
            parsed = Some(parser.parse_into(batch, done));
        });
    });
}

criterion_group!(benches, headers, batches);
criterion_main!(benches);
