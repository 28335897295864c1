//! What is true of a written file: counted line by line while the lines are written, so it holds for the file as it
//! is, wherever it ends.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use serde_json::{Value, json};

use crate::maillog::episodes::Episode;
use crate::simulation::clock::{Micros, iso};
use crate::simulation::fact::{Attempt, Entry, Fact, Status};
use crate::simulation::names;
use crate::simulation::timeline::Line;
use crate::simulation::visit::{Authority, Class};

/// Every class with its name, in the order of declaration.
pub(crate) const CLASSES: [(Class, &str); 13] = [
    (Class::RelayDenied, "relay_denied"),
    (Class::UnknownRecipient, "unknown_recipient"),
    (Class::UnknownSender, "unknown_sender"),
    (Class::SenderPolicy, "sender_policy"),
    (Class::Blocklisted, "blocklisted"),
    (Class::Greylisted, "greylisted"),
    (Class::RateLimited, "rate_limited"),
    (Class::HeloInvalid, "helo_invalid"),
    (Class::ClientUnresolved, "client_unresolved"),
    (Class::Content, "content"),
    (Class::Size, "size"),
    (Class::Protocol, "protocol"),
    (Class::System, "system"),
];

/// What the lines of one episode say.
#[derive(Clone, Default)]
struct EpisodeCounts {
    lines: u64,
    span: Option<(Micros, Micros)>,
    denied: u64,
    relayed: u64,
    logins_failed: u64,
    probes: u64,
    unknown_recipients: u64,
    accepted: u64,
}

impl EpisodeCounts {
    /// Whether these lines show what `detector` looks for: a log without refusals owes no alert about them.
    fn show(&self, detector: &str) -> bool {
        match detector {
            "open-relay" => self.relayed > 0,
            "relay-denied-spike" => self.denied > 0,
            // An account is stolen by guessing.
            "auth-brute-force" | "compromised-account" => self.logins_failed > 0,
            "recipient-harvest" => self.unknown_recipients + self.probes > 0,
            _ => self.lines > 0,
        }
    }
}

/// The counts.
#[derive(Default)]
pub(crate) struct Truth {
    bytes: u64,
    lines: u64,
    span: Option<(Micros, Micros)>,
    programs: Vec<(&'static str, u64)>,
    connections: u64,
    screened: u64,
    accepted: [u64; 3],
    notifications: u64,
    copies: u64,
    deliveries: [u64; 4],
    rejected: [u64; CLASSES.len()],
    rejected_wordless: u64,
    logins_failed: u64,
    probes: u64,
    outbound: [u64; 5],
    inward: [u64; 5],
    outbound_notifications: u64,
    denied_sources: HashMap<IpAddr, u64>,
    in_queue: u64,
    most_in_queue: u64,
    episodes: Vec<EpisodeCounts>,
}

impl Truth {
    /// Counts what was `written` at `at`: the line, and a heading of the file in front of it where there is one.
    pub(crate) fn count(&mut self, at: Micros, line: &Line, written: &[u8]) {
        let lines = memchr::memchr_iter(b'\n', written).count() as u64;
        self.bytes += written.len() as u64;
        self.lines += lines;
        self.span = Some((self.span.map_or(at, |(first, _)| first), at));
        match self.programs.iter_mut().find(|(name, _)| *name == line.process.program) {
            Some((_, count)) => *count += lines,
            None => self.programs.push((line.process.program, lines)),
        }
        match line.fact {
            Fact::None => {}
            Fact::Connected => self.connections += 1,
            Fact::Screened => self.screened += 1,
            Fact::Accepted(entry) => {
                self.accepted[entry as usize] += 1;
                self.entered();
            }
            Fact::AcceptedFor { entry, authority, outward, inward, tells_end } => {
                self.accepted[entry as usize] += 1;
                self.outbound[authority as usize] += u64::from(outward);
                self.inward[authority as usize] += u64::from(inward);
                if tells_end {
                    self.entered();
                }
            }
            Fact::AlsoFor { authority, outward } => self.named(authority, outward),
            Fact::Traced { entry, authority, outward, status } => {
                if let Some(entry) = entry {
                    self.accepted[entry as usize] += 1;
                }
                if let Some(status) = status {
                    self.deliveries[status as usize] += 1;
                }
                self.named(authority, outward);
            }
            Fact::Notified => {
                self.notifications += 1;
                self.entered();
            }
            Fact::Copied => {
                self.copies += 1;
                self.entered();
            }
            Fact::Delivery { status, attempt, recipients, last } => {
                let recipients = u64::from(recipients);
                self.deliveries[status as usize] += recipients;
                match attempt {
                    Attempt::NotCounted => {}
                    Attempt::Notification => self.outbound_notifications += recipients,
                    Attempt::Outbound(authority) => self.outbound[authority as usize] += recipients,
                    Attempt::Inward(authority) => self.inward[authority as usize] += recipients,
                }
                self.in_queue -= u64::from(last);
            }
            Fact::Returned => {
                self.deliveries[Status::Expired as usize] += 1;
                self.notifications += 1;
            }
            Fact::Refused(class, denied) => {
                self.rejected[class as usize] += 1;
                self.denied(denied);
            }
            Fact::RefusedWordless(_, denied) => {
                self.rejected_wordless += 1;
                self.denied(denied);
            }
            Fact::RefusedContent => {
                self.rejected[Class::Content as usize] += 1;
                self.in_queue -= 1;
            }
            Fact::LoginFailed => self.logins_failed += 1,
            Fact::Probed => self.probes += 1,
            Fact::Removed => self.in_queue -= 1,
        }
        if line.episode > 0 {
            self.count_episode(at, line);
        }
    }

    /// Somebody asked for a recipient.
    fn named(&mut self, authority: Authority, outward: bool) {
        let of = if outward { &mut self.outbound } else { &mut self.inward };
        of[authority as usize] += 1;
    }

    fn denied(&mut self, denied: Option<IpAddr>) {
        if let Some(source) = denied {
            *self.denied_sources.entry(source).or_default() += 1;
        }
    }

    fn entered(&mut self) {
        self.in_queue += 1;
        self.most_in_queue = self.most_in_queue.max(self.in_queue);
    }

    fn count_episode(&mut self, at: Micros, line: &Line) {
        let number = usize::from(line.episode);
        if self.episodes.len() <= number {
            self.episodes.resize_with(number + 1, EpisodeCounts::default);
        }
        let counts = &mut self.episodes[number];
        counts.lines += 1;
        counts.span = Some((counts.span.map_or(at, |(first, _)| first), at));
        match line.fact {
            Fact::Refused(_, Some(_)) | Fact::RefusedWordless(_, Some(_)) => counts.denied += 1,
            Fact::Refused(Class::UnknownRecipient, _) | Fact::RefusedWordless(Class::UnknownRecipient, _) => {
                counts.unknown_recipients += 1;
            }
            Fact::Delivery { attempt: Attempt::Outbound(_), recipients, .. } => {
                counts.relayed += u64::from(recipients);
            }
            Fact::AlsoFor { outward, .. } => counts.relayed += u64::from(outward),
            Fact::Traced { authority: Authority::Stranger, entry, outward, .. } => {
                counts.accepted += u64::from(entry.is_some());
                counts.relayed += u64::from(outward);
            }
            Fact::LoginFailed => counts.logins_failed += 1,
            Fact::Probed => counts.probes += 1,
            Fact::Accepted(Entry::Client) => counts.accepted += 1,
            Fact::AcceptedFor { entry: Entry::Client, outward, .. } => {
                counts.accepted += 1;
                counts.relayed += u64::from(outward);
            }
            _ => {}
        }
    }

    /// The truth file. `made` says how the log was made.
    pub(crate) fn to_json(&self, made: &Value, episodes: &[Episode]) -> Value {
        let by_class: BTreeMap<&str, u64> = CLASSES
            .iter()
            .map(|&(class, name)| (name, self.rejected[class as usize]))
            .chain([("other", self.rejected_wordless)])
            .filter(|&(_, count)| count > 0)
            .collect();
        let mut sources: Vec<(IpAddr, u64)> =
            self.denied_sources.iter().map(|(&source, &count)| (source, count)).collect();
        sources.sort_unstable_by_key(|&(source, count)| (std::cmp::Reverse(count), source));
        let top: Vec<Value> =
            sources.iter().take(20).map(|(source, count)| json!({"value": source, "count": count})).collect();
        let mut programs = self.programs.clone();
        programs.sort_unstable_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
        let programs: serde_json::Map<String, Value> =
            programs.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
        let [by_client, by_command, again] = self.accepted;
        let [sent, deferred, bounced, expired] = self.deliveries;
        let time = |at: Option<Micros>| at.map(|at| format!("{}Z", iso(at)));
        let authorities = |of: &[u64; 5]| {
            json!({
                "trusted_network": of[Authority::TrustedNetwork as usize],
                "authenticated": of[Authority::Authenticated as usize],
                "local_submission": of[Authority::LocalSubmission as usize],
            })
        };
        json!({
            "schema": "relaywatch.maillog-truth/1",
            "made": made,
            "site": {
                "local_domains": names::LOCAL_DOMAINS,
                "relay_domains": names::RELAY_DOMAINS,
                "trusted_networks": names::TRUSTED_NETWORKS,
            },
            "input": {
                "bytes": self.bytes,
                "lines": self.lines,
                "first_time": time(self.span.map(|(first, _)| first)),
                "last_time": time(self.span.map(|(_, last)| last)),
                "lines_by_program": programs,
            },
            "traffic": {
                "connections": self.connections,
                "screened_connections": self.screened,
                "accepted": by_client + by_command + again,
                "accepted_from_clients": by_client,
                "accepted_from_command": by_command,
                "accepted_again": again,
                "messages": by_client + by_command,
                "notifications": self.notifications,
                "forwarded_copies": self.copies,
                "delivered": sent,
                "deferred": deferred,
                "bounced": bounced,
                "expired": expired,
                "rejected": by_class.values().sum::<u64>(),
                "rejected_by_class": by_class,
                "failed_logins": self.logins_failed,
                "probes": self.probes,
                "most_in_queue": self.most_in_queue,
                "left_in_queue": self.in_queue,
            },
            "relay": {
                "denied": self.denied_sources.values().sum::<u64>(),
                "unauthorised": self.outbound[Authority::Stranger as usize],
                "authorised": self.outbound[..3].iter().sum::<u64>(),
                "undetermined": self.outbound[Authority::Untold as usize],
                "by_authority": authorities(&self.outbound),
                "outbound_notifications": self.outbound_notifications,
                "inbound": self.inward[Authority::Stranger as usize],
                "internal_by_authority": authorities(&self.inward),
            },
            "top": { "denied_sources": top },
            "episodes": episodes.iter().filter_map(|episode| self.episode_json(episode)).collect::<Vec<_>>(),
        })
    }

    /// An episode as it stands in the file; none of its lines there, none told.
    fn episode_json(&self, episode: &Episode) -> Option<Value> {
        let counts = self.episodes.get(usize::from(episode.number))?;
        let (begin, end) = counts.span?;
        Some(json!({
            "kind": episode.kind.name(),
            "begin": format!("{}Z", iso(begin)),
            "end": format!("{}Z", iso(end)),
            "sources": episode.sources,
            "account": episode.account,
            "lines": counts.lines,
            "accepted": counts.accepted,
            "attempts": {
                "denied": counts.denied,
                "relayed": counts.relayed,
                "failed_logins": counts.logins_failed,
                "probes": counts.probes,
                "unknown_recipients": counts.unknown_recipients,
            },
            "due": episode.due.iter().filter(|due| counts.show(due.detector)).map(|due| json!({
                "detector": due.detector,
                "subject": {"kind": due.kind, "value": due.value},
            })).collect::<Vec<_>>(),
        }))
    }

    /// Bytes written so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lines written so far.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }
}
