//! A made log, of which everything is known, against the report about it, for every mail server; and Postfix's against
//! pflogsumm too, where that is installed. `RELAYWATCH_FULL=1` makes the logs large (200 MB each: some minutes).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipnet::IpNet;
use serde_json::Value;

use super::program::{code, err, relaywatch};

/// A log to be made.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    server: &'static str,
    seed: usize,
    stamps: &'static str,
    queue_ids: &'static str,
    /// Nobody attacks.
    innocent: bool,
}

/// Every server, with every stamp style and both kinds of queue ids that its logs may have.
const SERVERS: &[(&str, &[(&str, &str)])] = &[
    ("postfix", &[("bsd", "short"), ("rfc3339", "short"), ("bsd", "long"), ("rfc3339", "long")]),
    ("sendmail", &[("bsd", "short"), ("rfc3339", "short"), ("bsd", "long"), ("rfc3339", "long")]),
    ("exim", &[("exim", "short"), ("exim-full", "long"), ("bsd", "short"), ("rfc3339", "long")]),
    ("exchange", &[("exchange", "short")]),
    ("exchange-tracking", &[("exchange", "short")]),
    ("exchange-protocol", &[("exchange", "short")]),
    ("exchange-send", &[("exchange", "short")]),
    ("exchange-agent", &[("exchange", "short")]),
    ("exchange-trace", &[("within", "short")]),
    ("exchange-2003", &[("exchange-2003", "short")]),
    ("iis", &[("iis", "short")]),
    ("iis-ncsa", &[("within", "short")]),
];

/// Logs of every server in every style, a seed each.
fn all() -> impl Iterator<Item = Wanted> {
    SERVERS.iter().flat_map(|&(server, styles)| {
        let seeded = (1..).zip(styles);
        seeded.map(move |(seed, &(stamps, queue_ids))| Wanted {
            server,
            seed,
            stamps,
            queue_ids,
            innocent: false,
        })
    })
}

/// Logs of every server, in the first and the last of its styles, with seeds of their own.
fn some() -> impl Iterator<Item = Wanted> {
    SERVERS.iter().flat_map(|&(server, styles)| {
        let ends = (5..).zip(styles.first().into_iter().chain(styles.last()));
        ends.map(move |(seed, &(stamps, queue_ids))| Wanted {
            server,
            seed,
            stamps,
            queue_ids,
            innocent: false,
        })
    })
}

/// Logs of every server without an attack.
fn quiet() -> impl Iterator<Item = Wanted> {
    SERVERS.iter().map(|&(server, styles)| {
        let (stamps, queue_ids) = styles[0];
        Wanted { server, seed: 9, stamps, queue_ids, innocent: true }
    })
}

/// A log, the truth about it, and a configuration that states its site.
struct Made {
    server: &'static str,
    stamps: &'static str,
    folder: tempfile::TempDir,
    truth: Value,
}

impl Made {
    fn new(wanted: Wanted) -> Self {
        let Wanted { server, seed, stamps, queue_ids, innocent } = wanted;
        // So much for every file.
        let files = if server == "exchange" { 4 } else { 1 };
        let megabytes = files * if std::env::var_os("RELAYWATCH_FULL").is_some() { 200 } else { 5 };
        let size = format!("{megabytes}MB");
        let folder = tempfile::tempdir().unwrap();
        let (log, truth) = (folder.path().join("mail.log"), folder.path().join("truth.json"));
        let made = Command::new(generator())
            .args(["--server", server, "--size", &size, "--seed", &seed.to_string()])
            .args(["--stamps", stamps, "--queue-ids", queue_ids])
            .args(innocent.then_some("--innocent"))
            .arg("--out")
            .arg(log)
            .arg("--truth")
            .arg(&truth)
            .status()
            .unwrap();
        assert!(made.success());
        let truth: Value = serde_json::from_slice(&fs::read(truth).unwrap()).unwrap();
        let mut config = "[site]\n".to_owned();
        for (key, list) in truth["site"].as_object().unwrap() {
            writeln!(config, "{key} = {list}").unwrap(); // a list of strings is the same in JSON and TOML
        }
        fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { server, stamps, folder, truth }
    }

    /// Exim says failed logins twice through syslog, within a second. What a client tries a second time within one looks
    /// the same: as often as that, and no more, a failure may be missed.
    fn may_take_for_copies(&self, detector: &str) -> bool {
        self.server == "exim" && !self.stamps.starts_with("exim") && detector == "auth-brute-force"
    }

    /// The file, or the folder of several.
    fn log(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    fn report(&self, with_site: bool) -> Value {
        let mut command = relaywatch();
        command.args(["analyze", "--output", "json"]);
        if with_site {
            command.arg("--config").arg(self.folder.path().join("config.toml"));
        }
        // Stamps without a year: the generator begins in 2026, whatever year it is.
        let output = command.args(["--timezone", "UTC", "--year", "2026"]).arg(self.log()).output().unwrap();
        assert_eq!((code(&output), err(&output)), (0, String::new()));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn episodes(&self) -> &[Value] {
        self.truth["episodes"].as_array().unwrap()
    }
}

/// The example `maillog` of the build that this test belongs to.
pub(crate) fn generator() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_relaywatch")).parent().unwrap();
    let path = folder.join(format!("examples/maillog{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is missing: cargo build --example maillog", path.display());
    path
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn the_report_is_the_truth() {
    let mut wrong = Vec::new();
    for wanted in all() {
        let made = Made::new(wanted);
        let report = made.report(true);
        let mut here = figures(&made.truth, &report);
        here.extend(alerts(&made, &report));
        if made.server == "postfix" {
            here.extend(pflogsumm(&made));
        }
        wrong.extend(here.into_iter().map(|what| format!("{wanted:?}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn quiet_traffic_alarms_nobody() {
    for wanted in quiet() {
        let made = Made::new(wanted);
        let report = made.report(true);
        assert_eq!(figures(&made.truth, &report), [""; 0], "{wanted:?}");
        let alarms: Vec<&Value> =
            report["alerts"].as_array().unwrap().iter().filter(|alert| !is_news(alert)).collect();
        assert_eq!(alarms, [&Value::Null; 0], "{wanted:?}");
    }
}

/// Every figure that both know.
fn figures(truth: &Value, report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut same = |what: &str, told: &Value, is: &Value| {
        if told != is {
            wrong.push(format!("{what}: the report says {told}, the truth is {is}"));
        }
    };
    for figure in ["bytes", "lines"] {
        same(figure, &report["input"][figure], &truth["input"][figure]);
    }
    same("unmatched", &report["input"]["unmatched"], &Value::from(0));
    for figure in ["first_time", "last_time"] {
        let seconds = |input: &Value| Value::from(&input[figure].as_str().unwrap()[..19]);
        same(figure, &seconds(&report["input"]), &seconds(&truth["input"]));
    }
    // Connections that postscreen took to itself are no sessions in either: `screened_connections` are apart.
    // Sendmail logs no connection. Acceptances need a client or a user of this host: notifications and forwarded copies,
    // which the server makes itself, are none.
    for figure in ["connections", "accepted", "delivered", "deferred", "bounced", "expired", "rejected"] {
        same(figure, &report["traffic"][figure], &truth["traffic"][figure]);
    }
    let classes = |of: &Value| -> BTreeMap<String, Value> {
        let map = of["traffic"]["rejected_by_class"].as_object().unwrap();
        map.iter().map(|(class, count)| (class.clone(), count.clone())).collect()
    };
    let told = serde_json::to_value(classes(report)).unwrap();
    same("rejected_by_class", &told, &serde_json::to_value(classes(truth)).unwrap());
    for figure in ["denied", "unauthorised"] {
        same(figure, &report["relay"][figure], &truth["relay"][figure]);
    }

    // Where the file ends, messages are in the queue of which it does not say for whom they are: the report has one
    // attempt for each, the truth none. And a filter's copy whose original has not yet said `queued as` counts as
    // a message of its own. So up to so many more, never fewer:
    let open = number(&truth["traffic"]["left_in_queue"]);
    let mut about = |what: &str, told: u64, is: u64| {
        if told < is || told > is + open {
            wrong.push(format!("{what}: the report says {told}, the truth is {is}, {open} are in the queue"));
        }
    };
    about("messages", number(&report["traffic"]["messages"]), number(&truth["traffic"]["messages"]));
    let authorities = |of: &Value, name: &str| of["relay"]["by_authority"][name].as_u64().unwrap_or(0);
    // The host's own notifications to foreign senders are relayed on its own authority. The truth has them apart.
    let own = number(&truth["relay"]["outbound_notifications"]);
    for name in ["trusted_network", "authenticated", "local_submission"] {
        let is = authorities(truth, name) + if name == "local_submission" { own } else { 0 };
        about(name, authorities(report, name), is);
    }
    about("authorised", number(&report["relay"]["authorised"]), number(&truth["relay"]["authorised"]) + own);
    about("undetermined", number(&report["relay"]["undetermined"]), number(&truth["relay"]["undetermined"]));
    wrong.extend(denied_sources(truth, report));
    wrong
}

/// The sources that were denied most. The report's counts are never too low, and too high at most by the share of one
/// of the 2000 values that a top list tells apart (Metwally, Agrawal, El Abbadi 2005: Space-Saving).
fn denied_sources(truth: &Value, report: &Value) -> Vec<String> {
    let slack = number(&truth["relay"]["denied"]) / 2000;
    let list = |of: &Value| of["top"]["denied_sources"].as_array().unwrap().clone();
    let (told, is) = (list(report), list(truth));
    // Where the report's list ends, others may have had as many.
    let end = told.last().map_or(0, |entry| number(&entry["count"]));
    let mut wrong = Vec::new();
    for source in is.iter().filter(|source| number(&source["count"]) > end) {
        let count = number(&source["count"]);
        let found = told.iter().find(|entry| entry["value"] == source["value"]);
        let found = found.map(|entry| number(&entry["count"]));
        if !found.is_some_and(|told| (count..=count + slack).contains(&told)) {
            wrong.push(format!("{} was denied {count} times, the report says {found:?}", source["value"]));
        }
    }
    wrong
}

/// Detectors that are there; the truth names alerts of others, too.
const DETECTORS: [&str; 5] =
    ["open-relay", "relay-denied-spike", "auth-brute-force", "compromised-account", "recipient-harvest"];
/// What says only that something is new, or much, accuses nobody.
const NEWS: [&str; 1] = ["new-relay-source"];

/// Every alert that is due is there, with the right count, and every alert that is there is about an attack.
fn alerts(made: &Made, report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let alerts = report["alerts"].as_array().unwrap();
    for episode in made.episodes() {
        for due in episode["due"].as_array().unwrap() {
            let Some(detector) = DETECTORS.iter().find(|detector| due["detector"] == **detector) else {
                continue;
            };
            let subject = &due["subject"];
            let is_it = |alert: &&Value| {
                alert["detector"] == due["detector"] && alert["subject"] == *subject && fires(alert, episode)
            };
            let Some(alert) = alerts.iter().find(is_it) else {
                wrong.push(format!("no alert {due} for {} at {}", episode["kind"], episode["begin"]));
                continue;
            };
            if *detector == "compromised-account" {
                continue; // it weighs signs, of which no one is counted alone
            }
            let (told, is) = (number(&alert["count"]), acts(episode, detector));
            // Of the site, what others do at that time counts as well.
            let exact = told == is;
            let about = made.may_take_for_copies(detector) && (is / 2..=is).contains(&told)
                // One name may be made up twice.
                || *detector == "recipient-harvest" && (is - is / 20..is).contains(&told);
            if subject["kind"] != "site" && !exact && !about {
                wrong.push(format!("{due}: the alert says {told}, the truth is {is}"));
            }
        }
    }
    for alert in alerts {
        if !is_news(alert) && !made.episodes().iter().any(|episode| concerns(alert, episode)) {
            let (severity, detector, subject) = (&alert["severity"], &alert["detector"], &alert["subject"]);
            wrong.push(format!("{severity} {detector} about an innocent {subject}"));
        }
    }
    for detector in DETECTORS {
        let any = alerts.iter().any(|alert| alert["detector"] == detector);
        assert_eq!(any, can_show(made.server, detector), "{detector}: the test would show nothing");
    }
    wrong
}

/// Whether a server's log has words for what a detector looks for.
fn can_show(server: &str, detector: &str) -> bool {
    match server {
        // Messages alone: neither refusals nor logins.
        "exchange-tracking" | "exchange-trace" | "exchange-2003" => detector == "open-relay",
        // What other servers refuse is no business of ours.
        "exchange-send" => false,
        // Agents decide neither who may relay nor who may log in.
        "exchange-agent" => detector == "recipient-harvest",
        // Who logged in stands nowhere.
        "iis" | "iis-ncsa" => detector != "compromised-account",
        _ => true,
    }
}

/// How much of what a detector counts `episode` has.
fn acts(episode: &Value, detector: &str) -> u64 {
    let counts: &[&str] = match detector {
        "open-relay" | "bounce-surge" | "deferral-surge" | "outbound-surge" => &["relayed"],
        "auth-brute-force" => &["failed_logins"],
        "recipient-harvest" => &["unknown_recipients", "probes"],
        _ => &["denied"],
    };
    counts.iter().map(|name| number(&episode["attempts"][name])).sum()
}

fn is_news(alert: &Value) -> bool {
    alert["severity"] == "info" && NEWS.iter().any(|news| alert["detector"] == *news)
}

/// Whether `alert` is about the attackers of `episode`: one of them, a network of theirs, the domain of the account that
/// they use, or the whole site while they attack. (A crowd of one network alarms the site as well, which is not due but true.)
fn concerns(alert: &Value, episode: &Value) -> bool {
    let (kind, value) = (&alert["subject"]["kind"], alert["subject"]["value"].as_str().unwrap());
    let mut sources = episode["sources"].as_array().unwrap().iter().map(|source| source.as_str().unwrap());
    let about = match kind.as_str().unwrap() {
        "ip" => sources.any(|source| source == value),
        "network" => {
            let network: IpNet = value.parse().unwrap();
            sources.any(|source| network.contains(&source.parse::<IpAddr>().unwrap()))
        }
        // Exchange has a name of its own for an account.
        "account" => {
            let mut due = episode["due"].as_array().unwrap().iter();
            episode["account"] == value || due.any(|due| due["subject"] == alert["subject"])
        }
        "domain" => {
            let domain = episode["account"].as_str().and_then(|account| Some(account.rsplit_once('@')?.1));
            domain == Some(value)
        }
        "site" => acts(episode, alert["detector"].as_str().unwrap()) > 0,
        _ => false,
    };
    about && fires(alert, episode)
}

/// Whether `alert` fires at some time of `episode`. It need not begin there: a spike that comes within an hour of the
/// last one of the same subject is the same spike. RFC 3339 in UTC sorts as text, as far as the second.
fn fires(alert: &Value, episode: &Value) -> bool {
    let second = |text: &Value| text.as_str().unwrap()[..19].to_owned();
    second(&alert["started_at"]) <= second(&episode["end"])
        && second(&episode["begin"]) <= second(&alert["last_seen"])
}

/// Nobody states anything about the site: the open relays are found all the same, and nobody else is called one.
#[test]
fn without_configuration_the_open_relay_is_found_and_no_innocent_is_accused() {
    for wanted in some() {
        let made = Made::new(wanted);
        let report = made.report(false);
        let alerts = report["alerts"].as_array().unwrap();
        for episode in made.episodes().iter().filter(|episode| episode["kind"] == "open_relay") {
            if !can_show(made.server, "open-relay") {
                continue;
            }
            let found = alerts.iter().any(|alert| {
                alert["detector"] == "open-relay" && alert["severity"] != "info" && concerns(alert, episode)
            });
            assert!(found, "{wanted:?}: the open relay of {} at {}", episode["sources"], episode["begin"]);
        }
        // Exchange 2003 does not tell who logged in: as long as nothing was delivered to their domain, its users are
        // strangers, whom only the configuration can clear.
        if made.server == "exchange-2003" {
            continue;
        }
        // The site's own machines have public addresses and do not log in. Nothing in a log tells them from strangers
        // who found an open door, and five foreign domains make that `critical`: only the
        // configuration can clear them.
        let networks = made.truth["site"]["trusted_networks"].as_array().unwrap().iter();
        let trusted: Vec<IpNet> =
            networks.map(|network| network.as_str().unwrap().parse().unwrap()).collect();
        let is_own = |alert: &Value| {
            let address: Option<IpAddr> = alert["subject"]["value"].as_str().unwrap().parse().ok();
            address.is_some_and(|address| trusted.iter().any(|network| network.contains(&address)))
        };
        for alert in alerts.iter().filter(|alert| alert["severity"] == "critical" && !is_own(alert)) {
            let attack = made.episodes().iter().any(|episode| concerns(alert, episode));
            assert!(attack, "{wanted:?}: {}: {}", alert["subject"], alert["summary"]);
        }
    }
}

/// pflogsumm's figures against the truth, and so against the report, which has the same.
fn pflogsumm(made: &Made) -> Vec<String> {
    let Ok(output) = Command::new("pflogsumm").arg(made.log()).stdin(Stdio::null()).output() else {
        say("pflogsumm is not installed: not compared with it");
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let totals = text.split("Per-").next().unwrap_or_default();
    // `   2671   received`, and `     18   deferred  (65  deferrals)`.
    let figure = |name: &str| -> u64 {
        let words: Vec<&str> = totals.split_whitespace().map(|word| word.trim_matches(['(', ')'])).collect();
        let pair = words.windows(2).find(|pair| pair[1] == name);
        pair.and_then(|pair| pair[0].parse().ok())
            .unwrap_or_else(|| panic!("pflogsumm says nothing of {name:?}:\n{totals}"))
    };
    let traffic = &made.truth["traffic"];
    let mut wrong = Vec::new();
    let mut same = |what: &str, told: u64, is: u64| {
        if told != is {
            wrong.push(format!("{what}: pflogsumm says {told}, the truth is {is}"));
        }
    };
    same("received", figure("received"), number(&traffic["accepted"]));
    // It counts what a `.forward` passed on apart; relaywatch counts the delivery line, which says `sent`.
    same("forwarded", figure("forwarded"), number(&traffic["forwarded_copies"]));
    same("delivered", figure("delivered") + figure("forwarded"), number(&traffic["delivered"]));
    same("deferrals", figure("deferrals"), number(&traffic["deferred"]));
    same("bounced", figure("bounced"), number(&traffic["bounced"]));
    same("rejected", figure("rejected"), number(&traffic["rejected"]));
    wrong
}

#[allow(clippy::print_stderr, reason = "a test that leaves something out must say so")]
fn say(note: &str) {
    eprintln!("note: {note}");
}
