//! A flood of new sources, recipients and names stays within the memory budget, and does not hide who really attacks.

use std::io::{BufWriter, Write};
use std::process::Stdio;

use serde_json::Value;

use super::program::relaywatch;

/// One in so many visits is the attacker's.
const ATTACKER_EVERY: u32 = 1000;

/// Writes the flood: each visit from an address that was never seen before.
fn flood(visits: u32, out: impl Write) {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    for visit in 0..visits {
        // A hundred visits a second: a day has nearly nine million.
        let second = visit / 100;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let at = format!(
            "2026-03-02T{hour:02}:{minute:02}:{second:02}+00:00 mx1 postfix/smtpd[{}]:",
            visit % 500 + 1
        );
        let [a, b, c] = [visit >> 16 & 255, visit >> 8 & 255, visit & 255];
        let client = format!("unknown[250.{a}.{b}.{c}]");
        let attacker = "vps.rented.example[203.0.113.66]";
        match visit % 4 {
            _ if visit % ATTACKER_EVERY == 0 => {
                for number in 0..6 {
                    writeln!(out, "{at} NOQUEUE: reject: RCPT from {attacker}: 554 5.7.1 <v{number}@far.example>: Relay access denied; from=<a@b.example> to=<v{number}@far.example> proto=ESMTP helo=<x>").unwrap();
                }
            }
            0 => writeln!(out, "{at} NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <u{visit}@far.example>: Relay access denied; from=<a{visit}@d{visit}.example> to=<u{visit}@far.example> proto=ESMTP helo=<h{visit}.example>").unwrap(),
            1 => writeln!(out, "{at} warning: {client}: SASL LOGIN authentication failed: authentication failure, sasl_username=user{visit}").unwrap(),
            2 => writeln!(out, "{at} NOQUEUE: reject: RCPT from {client}: 550 5.1.1 <n{visit}@harbour.example>: Recipient address rejected: User unknown in local recipient table; from=<a{visit}@d{visit}.example> to=<n{visit}@harbour.example> proto=ESMTP helo=<h{visit}.example>").unwrap(),
            _ => {
                // Forty recipients: mail that comes in, and stays in the queue for ever.
                let queue_id = format!("{:X}", 0x4F_0000_0000_u64 + u64::from(visit));
                writeln!(out, "{at} {queue_id}: client={client}").unwrap();
                for number in 0..40 {
                    writeln!(out, "{} {queue_id}: to=<r{visit}x{number}@e{visit}.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to mx.e{visit}.example[192.0.2.9]:25: Connection timed out)", at.replace("smtpd", "smtp")).unwrap();
                }
            }
        }
    }
    out.flush().unwrap();
}

/// Writes a flood of lines that are as long as a client can make them, twenty of each kind from every source.
fn long_lines(sources: u32, out: impl Write) {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    for source in 0..sources {
        let at =
            format!("2026-03-02T00:{:02}:{:02}+00:00 mx1 postfix/smtpd[1]:", source / 60 % 60, source % 60);
        let client = format!("unknown[2001:db8:{:x}:{:x}::1]", source >> 16, source & 0xffff);
        for number in 0..20 {
            let long = format!("{}{source}x{number}", "x".repeat(100));
            writeln!(out, "{at} NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{long}@far.example>: Relay access denied; from=<{long}@d.example> to=<{long}@far.example> proto=ESMTP helo=<{long}>").unwrap();
            writeln!(out, "{at} NOQUEUE: reject: RCPT from {client}: 550 5.1.1 <{long}@harbour.example>: Recipient address rejected: User unknown in local recipient table; from=<{long}@d.example> to=<{long}@harbour.example> proto=ESMTP helo=<{long}>").unwrap();
            writeln!(
                out,
                "{at} warning: {client}: SASL LOGIN authentication failed: {long}, sasl_username={long}"
            )
            .unwrap();
        }
    }
    out.flush().unwrap();
}

/// The report about what is written, and the most memory that the program had, in bytes.
fn analyze(write: impl FnOnce(&mut dyn Write) + Send + 'static, megabytes: u64) -> (Value, u64) {
    let mut program = relaywatch()
        .args(["analyze", "--output", "json", "--memory", &format!("{megabytes}MB"), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    let status = format!("/proc/{}/status", program.id());
    let writer = std::thread::spawn(move || {
        write(&mut input);
        // All is read by now but for what is in the pipe, and the high-water mark does not fall.
        std::thread::sleep(std::time::Duration::from_millis(500));
        let status = std::fs::read_to_string(status).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    });
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success());
    (serde_json::from_slice(&output.stdout).unwrap(), writer.join().unwrap())
}

#[test]
#[cfg(target_os = "linux")] // where the kernel tells how much memory a process had
fn a_flood_of_new_sources_stays_within_the_budget_and_hides_nobody() {
    // A million sources, ten million recipients in the usual memory; a part of it in as little as is allowed.
    let is_full = std::env::var_os("RELAYWATCH_FULL").is_some();
    let (visits, megabytes) = if is_full { (1_000_000, 256) } else { (20_000, 64) };
    let (report, peak) = analyze(move |out| flood(visits, out), megabytes);
    assert!(report["input"]["lines"].as_u64().unwrap() > u64::from(visits));
    assert!(peak <= megabytes * 1_000_000, "{peak} bytes, {megabytes} MB allowed");
    let top = &report["top"]["denied_sources"][0];
    assert_eq!(top["value"], "203.0.113.66", "{top}");
    let alerts = report["alerts"].as_array().unwrap();
    let attacker = alerts.iter().find(|alert| {
        alert["detector"] == "relay-denied-spike" && alert["subject"]["value"] == "203.0.113.66"
    });
    let attacker = attacker.expect("nobody names the attacker");
    // All but what the window had passed when it was forgotten between two visits.
    let denied = u64::from(visits / ATTACKER_EVERY) * 6;
    assert!(attacker["count"].as_u64().unwrap() * 10 >= denied * 9, "{} of {denied}", attacker["count"]);
}

#[test]
#[cfg(target_os = "linux")] // where the kernel tells how much memory a process had
fn long_lines_are_no_way_around_the_budget() {
    let (report, peak) = analyze(|out| long_lines(3000, out), 64);
    assert_eq!(report["input"]["lines"], 3000 * 60);
    assert!(peak <= 64_000_000, "{peak} bytes");
}

/// Writes what a botnet does in ten minutes: of each of its networks 128 addresses, each of which asks once.
fn botnet(networks: u32, out: impl Write) {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let all = networks * 128;
    for visit in 0..all {
        let second = u64::from(visit) * 600 / u64::from(all);
        let (network, address) = (visit % networks, visit / networks);
        writeln!(
            out,
            "2026-03-02T00:{:02}:{:02}+00:00 mx1 postfix/smtpd[{}]: NOQUEUE: reject: RCPT from unknown[250.{}.{}.{address}]: 554 \
             5.7.1 <v{visit}@far.example>: Relay access denied; from=<a@b.example> to=<v{visit}@far.example> proto=ESMTP helo=<x>",
            second / 60,
            second % 60,
            visit % 500 + 1,
            network >> 8,
            network & 255,
        )
        .unwrap();
    }
    out.flush().unwrap();
}

#[test]
#[cfg(target_os = "linux")] // where the kernel tells how much memory a process had
fn a_botnet_stays_within_the_budget_and_its_networks_are_named() {
    let is_full = std::env::var_os("RELAYWATCH_FULL").is_some();
    let (networks, megabytes) = if is_full { (10_000, 256) } else { (200, 64) };
    let (report, peak) = analyze(move |out| botnet(networks, out), megabytes);
    assert!(peak <= megabytes * 1_000_000, "{peak} bytes, {megabytes} MB allowed");
    let alerts = report["alerts"].as_array().unwrap();
    let about = |kind: &str| alerts.iter().filter(|alert| alert["subject"]["kind"] == kind).count();
    // A run of the usual memory keeps ten thousand alerts; that some had to give way is said.
    let kept = (networks as usize).min(9_999);
    assert_eq!((about("network"), about("site")), (kept, 1));
    let is_told = report["assumptions"].as_array().unwrap().iter().any(|told| told["about"] == "alerts");
    assert_eq!(is_told, kept < networks as usize);
}
