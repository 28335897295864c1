//! Whole logs of every server, in every layout: the same for the same seed, well-formed, and as the truth says. What
//! relaywatch makes of them is compared in `tests/cases/generator.rs`.

use std::collections::HashSet;

use serde_json::Value;

use crate::maillog::episodes;
use crate::maillog::generate::{Plan, run};
use crate::simulation::clock::{DAY, SECOND, Stamps};
use crate::simulation::names::LOCAL_DOMAINS;
use crate::simulation::server::{QueueIdStyle, ServerName};
use crate::simulation::traffic::World;
use crate::{parse_size, parse_time};

/// A server, its queue ids and its stamps.
type Case = (ServerName, QueueIdStyle, Stamps);

const CASES: [Case; 17] = [
    (ServerName::Postfix, QueueIdStyle::Short, Stamps::Bsd),
    (ServerName::Postfix, QueueIdStyle::Long, Stamps::Rfc3339),
    (ServerName::Sendmail, QueueIdStyle::Short, Stamps::Bsd),
    (ServerName::Sendmail, QueueIdStyle::Long, Stamps::Rfc3339),
    (ServerName::Exim, QueueIdStyle::Short, Stamps::Exim),
    (ServerName::Exim, QueueIdStyle::Long, Stamps::EximFull),
    (ServerName::Exim, QueueIdStyle::Short, Stamps::Bsd),
    (ServerName::Exim, QueueIdStyle::Long, Stamps::Rfc3339),
    (ServerName::ExchangeTracking, QueueIdStyle::Short, Stamps::Exchange),
    (ServerName::ExchangeProtocol, QueueIdStyle::Short, Stamps::Exchange),
    (ServerName::ExchangeSend, QueueIdStyle::Short, Stamps::Exchange),
    (ServerName::ExchangeAgent, QueueIdStyle::Short, Stamps::Exchange),
    (ServerName::Exchange, QueueIdStyle::Short, Stamps::Exchange),
    (ServerName::ExchangeTrace, QueueIdStyle::Short, Stamps::Within),
    (ServerName::Exchange2003, QueueIdStyle::Short, Stamps::Exchange2003),
    (ServerName::Iis, QueueIdStyle::Short, Stamps::Iis),
    (ServerName::IisNcsa, QueueIdStyle::Short, Stamps::Within),
];

/// The files of a log, and the truth about them.
fn files((server, style, stamps): Case, seed: u64) -> (Vec<String>, Value) {
    let sheets = server.sheets(stamps).unwrap();
    let plan = Plan {
        server,
        queue_ids: style,
        size: 3_000_000 * sheets.len() as u64,
        seed,
        start: 1_772_409_600 * SECOND,
        span: 14 * DAY,
        world: World { sources: 400_000, domains: 50_000 },
        in_flight: 0,
        attacks: true,
    };
    let mut texts = vec![Vec::new(); sheets.len()];
    let files = sheets.into_iter().zip(&mut texts).collect();
    let (truth, episodes) = run(&plan, files).unwrap();
    let texts = texts.into_iter().map(|text| String::from_utf8(text).unwrap());
    (texts.collect(), truth.to_json(&Value::Null, &episodes))
}

/// All its files, one behind the other.
fn log(case: Case, seed: u64) -> (String, Value) {
    let (texts, truth) = files(case, seed);
    (texts.concat(), truth)
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for case in CASES {
        let (first, truth) = log(case, 1);
        assert_eq!(log(case, 1), (first.clone(), truth), "{case:?}");
        assert_ne!(log(case, 2).0, first, "{case:?}");
    }
}

/// The figures of `traffic` and `relay` that lines tell by themselves, counted in the text: connections, acceptances,
/// deliveries, deferrals, bounces, messages given up, refusals, denials, failed logins.
fn told(server: ServerName, text: &str) -> [usize; 9] {
    let count = |needle: &str| text.lines().filter(|line| line.contains(needle)).count();
    let both = |one: &str, other: &str| {
        text.lines().filter(|line| line.contains(one) && line.contains(other)).count()
    };
    match server {
        ServerName::Postfix => [
            count(": connect from "),
            count(": client=") + count(": uid="),
            count("status=sent ("),
            count("status=deferred ("),
            count("status=bounced ("),
            count("status=expired,"),
            count("reject: "),
            count("Relay access denied; "),
            count("authentication failed: "),
        ],
        ServerName::Sendmail => [
            0,
            both(": from=", ", nrcpts=") - count(", nrcpts=0,"),
            // One line may name several recipients.
            count(", stat=Sent") + text.lines().map(|line| line.matches(">,<").count()).sum::<usize>(),
            count(", stat=Deferred: "),
            count(", stat=User unknown") + count(", stat=Service unavailable"),
            count(": DSN: Cannot send message for "),
            count(", reject=") + count("... User unknown"),
            count("... Relaying denied"),
            count(": AUTH failure ("),
        ],
        ServerName::Exim => [
            count("(TCP/IP connection count = "),
            count(" <= ") - count(" <= <> R="),
            count(" => ") + count(" -> "),
            count(" == "),
            count(" ** ") - count(": retry timeout exceeded"),
            count(": retry timeout exceeded"),
            count("rejected ") - count("rejected VRFY ") - count("without waiting for greeting"),
            both(" rejected RCPT ", ": relay not permitted"),
            count(" authenticator failed for "),
        ],
        ServerName::ExchangeTracking => tracked(text),
        ServerName::ExchangeProtocol => received(text),
        ServerName::ExchangeSend => [0; 9],
        ServerName::ExchangeAgent => [0, 0, 0, 0, 0, 0, count(",Reject"), 0, 0],
        ServerName::Exchange2003 => numbered(text),
        ServerName::ExchangeTrace => traced(text),
        ServerName::Exchange => {
            let (received, mut tracked) = (received(text), tracked(text));
            // Of what came in by SMTP both logs tell.
            tracked[1] = text.lines().filter(|line| line.contains(",STOREDRIVER,RECEIVE,")).count();
            std::array::from_fn(|figure| received[figure] + tracked[figure])
        }
        ServerName::Iis => commanded(&text.lines().filter_map(w3c).collect::<Vec<_>>()),
        ServerName::IisNcsa => commanded(&text.lines().filter_map(ncsa).collect::<Vec<_>>()),
    }
}

/// A client's command at the IIS SMTP service: verb, argument and the code of its reply.
type Command<'a> = (&'a str, &'a str, &'a str);

fn w3c(line: &str) -> Option<Command<'_>> {
    let cells: Vec<&str> = line.split(' ').collect();
    let ours = !line.starts_with('#') && !line.contains(" OutboundConnection");
    ours.then(|| (cells[8], cells[10], cells[11]))
}

fn ncsa(line: &str) -> Option<Command<'_>> {
    let (_, said) = line.split_once("] \"").filter(|(head, _)| !head.contains(" OutboundConnection"))?;
    let (verb, rest) = said.split_once(" -?")?;
    let (argument, rest) = rest.split_once(" SMTP\" ")?;
    Some((verb, argument, rest.split(' ').next()?))
}

/// What a log of the IIS SMTP service tells.
fn commanded(commands: &[Command<'_>]) -> [usize; 9] {
    let count = |is_it: &dyn Fn(&Command<'_>) -> bool| commands.iter().filter(|it| is_it(it)).count();
    let failed_logins = count(&|&(verb, _, code)| verb == "AUTH" && code == "535");
    let rejected = count(&|(_, _, code)| code.starts_with(['4', '5'])) - failed_logins;
    // Whose domain a refused recipient has: nothing else tells a denial.
    let denied = count(&|&(verb, argument, code)| {
        let (_, domain) = argument.trim_end_matches('>').split_once('@').unwrap_or_default();
        verb == "RCPT" && code == "550" && !LOCAL_DOMAINS.contains(&domain)
    });
    let accepted = count(&|&(verb, _, code)| verb == "DATA" && code == "250");
    [0, accepted, 0, 0, 0, 0, rejected, denied, failed_logins]
}

/// What a message tracking log tells.
fn tracked(text: &str) -> [usize; 9] {
    // One row may name several recipients; nothing in front of that column holds a comma.
    let recipients = |event: &str| -> usize {
        let rows = text.lines().filter(|line| line.split(',').nth(8) == Some(event));
        rows.map(|row| 1 + row.split(',').nth(12).unwrap().matches(';').count()).sum()
    };
    let accepted = text.lines().filter(|line| line.contains(",RECEIVE,")).count();
    let delivered = recipients("SENDEXTERNAL") + recipients("DELIVER");
    [0, accepted, delivered, recipients("DEFER"), recipients("FAIL"), 0, 0, 0, 0]
}

/// What a message tracking log of Exchange 2003 tells.
fn numbered(text: &str) -> [usize; 9] {
    let rows = || text.lines().filter_map(|line| line.split_once("@").map(|_| line.split('\t').skip(8)));
    let events: Vec<(&str, &str)> = rows().filter_map(|mut row| Some((row.next()?, row.next()?))).collect();
    let count = |number: &str| events.iter().filter(|event| event.0 == number).count();
    let taken = events.iter().filter(|event| ["1019", "1027"].contains(&event.0));
    let messages: HashSet<&str> = taken.map(|event| event.1).collect();
    [0, messages.len(), count("1028") + count("1031"), 0, count("1030"), 0, 0, 0, 0]
}

/// What a message trace tells.
fn traced(text: &str) -> [usize; 9] {
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split("\",\"").collect()).collect();
    let messages: HashSet<&str> = rows.iter().map(|row| row[4]).collect();
    let count = |status: &str| rows.iter().filter(|row| row[9] == status).count();
    let delivered = count("Delivered") + count("FilteredAsSpam");
    [0, messages.len(), delivered, count("Pending"), count("Failed"), 0, 0, 0, 0]
}

/// What an SMTP receive log tells.
fn received(text: &str) -> [usize; 9] {
    let ours = || text.lines().filter(|line| line.contains(",EX1\\"));
    let count = |needle: &str| ours().filter(|line| line.contains(needle)).count();
    let answers = |code: &str| count(&format!(",>,{code}")) + count(&format!(",>,\"{code}"));
    let failed_logins = answers("535 ");
    [
        count(",+,,"),
        count(" Queued mail for delivery"),
        0,
        0,
        0,
        0,
        // Whom it waited for in vain it refuses nothing.
        answers("4") + answers("5") - failed_logins - answers("421 4.4.1 "),
        answers("550 5.7.54 "),
        failed_logins,
    ]
}

/// Whether a log tells who may not relay.
fn tells_denials(server: ServerName) -> bool {
    use ServerName::{Exchange2003, ExchangeAgent, ExchangeSend, ExchangeTrace, ExchangeTracking};
    !matches!(server, ExchangeTracking | ExchangeSend | ExchangeAgent | ExchangeTrace | Exchange2003)
}

/// Whether it tells what became of messages.
fn tells_deliveries(server: ServerName) -> bool {
    use ServerName::{ExchangeAgent, ExchangeProtocol, ExchangeSend, Iis, IisNcsa};
    !matches!(server, ExchangeProtocol | ExchangeSend | ExchangeAgent | Iis | IisNcsa)
}

/// The attacks that can be seen in a log: one without denials shows the two that bring messages; agents look at those of
/// strangers, and at who asks for users that do not exist.
fn attacks_to_see(server: ServerName) -> usize {
    if tells_denials(server) { episodes::KINDS.len() } else { 2 }
}

#[test]
fn the_truth_is_what_the_lines_say() {
    for case in CASES {
        let (text, truth) = log(case, 3);
        assert_eq!(truth["input"]["bytes"], text.len());
        assert_eq!(truth["input"]["lines"], text.lines().count());
        let [connections, accepted, delivered, deferred, bounced, expired, rejected, denied, failed_logins] =
            told(case.0, &text);
        let figures = [
            ("connections", connections),
            ("accepted", accepted),
            ("delivered", delivered),
            ("deferred", deferred),
            ("bounced", bounced),
            ("expired", expired),
            ("rejected", rejected),
            ("failed_logins", failed_logins),
        ];
        for (name, told) in figures {
            assert_eq!(truth["traffic"][name], told, "{case:?}: {name}");
        }
        assert_eq!(truth["relay"]["denied"], denied, "{case:?}");
        // Exchange 2003 says nothing of vain tries.
        let defers = deferred > 10 || case.0 == ServerName::Exchange2003;
        let delivers = delivered > 500 && defers && bounced > 10;
        // A send log tells neither who sent a message nor that it came in, an agent only what it thinks of it.
        let accepts = !matches!(case.0, ServerName::ExchangeSend | ServerName::ExchangeAgent);
        assert_eq!(accepted > 150, accepts, "{case:?}: {figures:?}");
        assert_eq!(delivers, tells_deliveries(case.0), "{case:?}: {figures:?}");
        assert_eq!(denied > 100, tells_denials(case.0), "{case:?}: {figures:?}");
    }
}

#[test]
fn the_figures_of_the_truth_agree_with_each_other() {
    for case in CASES {
        let (_, truth) = log(case, 5);
        let number = |value: &Value| value.as_u64().unwrap();
        let (traffic, relay) = (&truth["traffic"], &truth["relay"]);
        let entries = ["accepted_from_clients", "accepted_from_command", "accepted_again"];
        let [clients, command, again] = entries.map(|name| number(&traffic[name]));
        assert_eq!(number(&traffic["accepted"]), clients + command + again, "{case:?}");
        assert_eq!(number(&traffic["messages"]), clients + command, "{case:?}");
        // Who relays, by the episodes: nobody else does so without authority.
        let episodes = truth["episodes"].as_array().unwrap();
        assert_eq!(episodes.len(), attacks_to_see(case.0), "{case:?}");
        let relayed: u64 = episodes
            .iter()
            .filter(|episode| episode["kind"] == "open_relay")
            .map(|episode| number(&episode["attempts"]["relayed"]))
            .sum();
        assert_eq!(number(&relay["unauthorised"]), relayed, "{case:?}");
        let denied: u64 = episodes.iter().map(|episode| number(&episode["attempts"]["denied"])).sum();
        assert!(denied <= number(&relay["denied"]), "{case:?}");
        assert_eq!(denied > 0, tells_denials(case.0), "{case:?}");
        let programs = truth["input"]["lines_by_program"].as_object().unwrap();
        assert_eq!(programs.values().map(number).sum::<u64>(), number(&truth["input"]["lines"]), "{case:?}");
    }
}

/// The stamp of a line, so that it rises as text.
fn stamp(line: &str, stamps: Stamps) -> String {
    let example = match stamps {
        Stamps::Bsd => "Mar  2 00:00:01",
        Stamps::Rfc3339 => "2026-03-02T00:00:01.123456",
        Stamps::Exim | Stamps::Iis => "2026-03-02 00:00:01",
        Stamps::EximFull => "2026-03-02 00:00:01.123",
        Stamps::Exchange => "2026-03-02T00:00:01.123",
        Stamps::Exchange2003 => {
            let numbers = line.split(|it: char| !it.is_ascii_digit()).take(6);
            return numbers.map(|number| format!("{number:0>4}")).collect();
        }
        Stamps::Within if line.starts_with('"') => {
            let received = line.split("\",\"").nth(5).unwrap();
            let numbers: Vec<usize> =
                received.split(|it: char| !it.is_ascii_digit()).flat_map(str::parse).collect();
            let [month, day, year, hour, minute, second] = numbers[..] else { panic!("{received}") };
            let hour = hour % 12 + if received.ends_with("PM") { 12 } else { 0 };
            return format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        }
        // A client may be named in brackets, too. So does it rise within a month.
        Stamps::Within => {
            let (head, _) = line.split_once(" -0600] \"").unwrap();
            return head.rsplit('[').next().unwrap().to_owned();
        }
    };
    line[..example.len()].to_owned()
}

/// What separates cells, and how often it stands in a row with a cell for each column that the heading names.
fn separated(text: &str) -> Option<(char, usize)> {
    let is_naming = |line: &&str| {
        ["#Fields: ", "# Date\t", "\"PSComputerName\""].iter().any(|naming| line.starts_with(naming))
    };
    let names = text.lines().find(is_naming)?;
    let names = names.strip_prefix("#Fields: ").unwrap_or(names);
    let separator = names.chars().find(|it| matches!(it, ',' | '\t')).unwrap_or(' ');
    Some((separator, names.matches(separator).count()))
}

#[test]
fn lines_are_in_order_and_well_formed() {
    for case in CASES {
        for text in files(case, 4).0 {
            let rows =
                || text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("\"PSComputer"));
            assert!(rows().count() > 100 && rows().map(|line| stamp(line, case.2)).is_sorted(), "{case:?}");
            if let Some((separator, count)) = separated(&text) {
                let is_whole = |row: &str| {
                    let mut quoted = false;
                    let cells = row.chars().filter(|&it| {
                        quoted ^= it == '"' && separator == ',';
                        it == separator && !quoted
                    });
                    cells.count() == count
                };
                assert!(rows().all(is_whole), "{case:?}");
            }
            let is_shown = |byte: u8| matches!(byte, b'\t' | b' '..=b'~');
            for line in text.lines() {
                assert!(line.len() < 2000 && line.bytes().all(is_shown), "{line}");
            }
        }
    }
}

/// What a session took, tracking has under the same ids, and what tracking says was sent, a session of the send log sent.
#[test]
fn the_logs_of_an_exchange_server_tell_of_the_same_messages() {
    let (files, _) = files((ServerName::Exchange, QueueIdStyle::Short, Stamps::Exchange), 8);
    let [receive, _, send, tracking] = &files[..] else { panic!("{} files", files.len()) };
    let ids = |text: &str, from: &str, to: &str| -> Vec<(String, String)> {
        let found = text.lines().filter_map(|line| {
            let (head, rest) = line.split_once(from)?;
            let (id, rest) = rest.split_once(to)?;
            let about = if head.ends_with('>') { head.rsplit('<').next() } else { rest.split('<').nth(1) };
            Some((id.to_owned(), about?.split('>').next()?.to_owned()))
        });
        found.collect()
    };
    let taken = ids(receive, " [InternalId=", ", ");
    let tracked: HashSet<_> = ids(tracking, ",EX1\\Default EX1,SMTP,RECEIVE,", ",").into_iter().collect();
    // Where the files end, the one log may be a row ahead.
    assert!(taken.len() > 150 && taken.iter().rev().skip(1).all(|id| tracked.contains(id)));
    let sent: HashSet<_> = ids(send, "RecordId ", " and ").into_iter().collect();
    let gone = ids(tracking, ",SMTP,SENDEXTERNAL,", ",");
    assert!(gone.len() > 150 && gone.iter().all(|id| sent.contains(id)));
}

/// An id means one message: of no two that were accepted is it the same.
#[test]
fn sendmail_and_exim_give_no_id_twice() {
    for case in CASES.into_iter().filter(|case| matches!(case.0, ServerName::Sendmail | ServerName::Exim)) {
        let (text, truth) = log(case, 6);
        let accepted = |line: &&str| match case.0 {
            ServerName::Exim => line.contains(" <= "),
            _ => line.contains(": from=") && line.contains(", nrcpts=") && !line.contains(", nrcpts=0,"),
        };
        let id = |line: &str| {
            let end = line.find(" <= ").or_else(|| line.find(": from=")).unwrap();
            line[..end].rsplit(' ').next().unwrap().to_owned()
        };
        let ids: Vec<String> = text.lines().filter(accepted).map(id).collect();
        assert!(ids.len() as u64 >= truth["traffic"]["accepted"].as_u64().unwrap(), "{case:?}");
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{case:?}");
        let expected = match case {
            (ServerName::Exim, QueueIdStyle::Short, _) => 16,
            (ServerName::Exim, QueueIdStyle::Long, _) => 23,
            (_, QueueIdStyle::Short, _) => 14,
            (_, QueueIdStyle::Long, _) => 15,
        };
        assert!(ids.iter().all(|id| id.len() == expected), "{case:?}: {:?}", ids.first());
    }
}

#[test]
fn files_of_their_own_are_their_own() {
    assert!(ServerName::Sendmail.sheets(Stamps::Exim).is_err());
    assert!(ServerName::Exim.sheets(Stamps::Exchange).is_err());
    assert!(ServerName::Iis.sheets(Stamps::Bsd).is_err());
    let (text, truth) = log(CASES[4], 7);
    assert!(text.starts_with("2026-03-02 00:"), "{}", &text[..40]);
    let programs = truth["input"]["lines_by_program"].as_object().unwrap();
    assert_eq!(programs.keys().collect::<Vec<_>>(), ["exim"]);
    // Through syslog Exim stamps its lines a second time, unless it was told not to.
    assert!(log(CASES[6], 7).0.lines().any(|line| line.contains("exim[") && line.contains("]: 2026-03-")));
    assert!(!log(CASES[7], 7).0.lines().any(|line| line.contains("]: 2026-03-")));
}

#[test]
fn sizes_and_times_are_read() {
    assert_eq!(parse_size("10MB"), Ok(10_000_000));
    assert_eq!(parse_size("1 GB"), Ok(1_000_000_000));
    assert!(parse_size("MB").is_err() && parse_size("1TB").is_err());
    assert_eq!(parse_time("2026-03-02T00:00:00Z"), Ok(1_772_409_600 * SECOND));
}
