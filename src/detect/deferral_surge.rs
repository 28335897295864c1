//! `deferral-surge`: mail waits that should have gone out.
//!
//! Counts recipients when they are first tried, and those of them that were put off, per destination and over the site: a
//! surge is many, and a large share of all. Each recipient counts once, however often he is tried again. A destination
//! that is down is its own trouble, for some hours; several at once are ours: network, name server, or what the world
//! thinks of us. What a destination that surges itself puts off is not counted again for the site.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::{Deserialize, Serialize};

use super::domain::{DomainId, is_ours_to_send};
use super::recent::Recent;
use super::settings::{Tuned, settings};
use super::share::Share;
use super::spell::{Hit, News, Spell, Words};
use super::usual::Usual;
use super::watched::{self, Watchable, Watched};
use super::words::{counted, within};
use super::{Detector, Seen, Setup, remedy};
use crate::aggregate::Reuse;
use crate::learn::{self, Whose};
use crate::model::{Attempt, EventTime, Finding, Measure, Outcome, Proof, Severity, SnapshotError, Subject, SubjectKind, decode, encode};

const ID: &str = "deferral-surge";

settings! {
    /// Seconds in which recipients are counted together.
    window_seconds: Seconds = 3600,
    /// Recipients put off at one destination that make a surge if they are also `share_percent` of all.
    deferrals: Total = 20,
    /// The same over the whole site, at `site_destinations` or more.
    site_deferrals: Total = 30,
    /// See `site_deferrals`.
    site_destinations: Different = 5,
    /// Hundredths of all recipients that were tried.
    share_percent: Percent = 50,
    /// Seconds after which it is worth a look that one destination is still so (`warning` instead of `info`). After four
    /// hours, Sendmail (`confTO_QUEUEWARN`) and Exchange (`DelayNotificationTimeout`) tell their users that mail waits.
    warning_seconds: Seconds = 14_400,
}

/// What servers write of themselves where a remote one could not be reached at all. They are only looked for to find the
/// right words: a remote server that says the same has other words put to its trouble, no more.
const UNREACHABLE: [&str; 12] = [
    "connection timed out",
    "operation timed out",
    "connection refused",
    "no route to host",
    "network is unreachable",
    "lost connection",
    "name service error",
    "host name lookup failure",
    "lookup did not complete",
    "unable to connect",
    "socketerror",
    "dns query failed",
];

/// What one destination, or all of them, put off.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Deferrals {
    name: Box<[u8]>,
    share: Share,
    /// How many of them could not be reached at all, and how many were told to come later.
    unreachable: u64,
    answered: u64,
}

impl Reuse for Deferrals {
    fn reuse(&mut self) {
        *self = Self::default();
    }
}

impl Watchable for Deferrals {
    fn spell(&mut self) -> &mut Spell {
        &mut self.share.spell
    }
}

#[derive(Debug)]
pub(super) struct DeferralSurge {
    settings: Tuned<Settings>,
    unreachable: Option<AhoCorasick>,
    destinations: Watched<DomainId, Deferrals>,
    site: Deferrals,
    /// Destinations that put something off.
    different: Recent,
    usual: Usual,
}

impl DeferralSurge {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        let phrases = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            // Seldom asked: sooner made is better than faster.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(UNREACHABLE);
        Self {
            settings,
            // A dozen short words: this cannot fail.
            unreachable: phrases.ok(),
            destinations: Watched::new(setup.memory),
            site: Deferrals::default(),
            different: Recent::default(),
            usual: Usual::new(Measure::Deferrals, &[SubjectKind::Destination, SubjectKind::Site], setup),
        }
    }

    fn tried(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        let Some((name, key)) = attempt.destination() else { return };
        let hit = Hit { time: attempt.told, mta: attempt.mta, proof: &|| Proof::of(attempt) };
        let put_off = (attempt.outcome == Outcome::Deferred).then(|| self.is_unreachable(attempt));
        let settings = self.settings.domain(name);
        if let Some(known) = self.destinations.subject_if(put_off.is_some(), key, hit.time) {
            known.count(name, put_off, &hit, settings.deferrals, settings);
            let held = known.share.held();
            let whose = key.whose(SubjectKind::Destination);
            let mut verdict =
                || self.usual.count(whose, || Subject::destination(name), hit.time, settings.deferrals);
            if put_off.is_some()
                && known.share.is_too_much(verdict(), settings.deferrals, settings.share_percent)
            {
                let news = known.share.go_on(&hit, settings.window_seconds);
                if self.destinations.is_urgent(key, news) {
                    find.extend(self.destination_finding(key));
                }
            }
            if held.wrong >= settings.deferrals {
                return;
            }
        }
        let settings = &self.settings.usual;
        self.site.count(b"", put_off, &hit, settings.site_deferrals, settings);
        if put_off.is_some() {
            let begin = hit.time.plus_seconds(-settings.window_seconds);
            self.different.see(&key, hit.time, begin);
            let verdict = self.usual.count(Whose::Site, Subject::site, hit.time, settings.site_deferrals);
            if self.site.share.is_too_much(verdict, settings.site_deferrals, settings.share_percent)
                && self.different.at_least(settings.site_destinations, begin).is_some()
            {
                self.usual.exclude(Whose::Site);
                if self.site.share.go_on(&hit, settings.window_seconds) == News::Begun {
                    find.extend(self.site_finding());
                }
            }
        }
    }

    /// Whether the line says that the remote server could not be reached.
    fn is_unreachable(&self, attempt: &Attempt<'_>) -> bool {
        let line = attempt.evidence.last().map_or(&[][..], |line| line.text);
        self.unreachable.as_ref().is_some_and(|phrases| phrases.is_match(line))
    }

    fn destination_finding(&self, key: DomainId) -> Option<Finding> {
        let known = self.destinations.get(&key)?;
        let (subject, spell) = (Subject::destination(&known.name), &known.share.spell);
        let lasts = spell.last.seconds_since(spell.first);
        let (title, advice) = if known.is_unreachable() {
            (
                "A destination cannot be reached",
                "The server tries again by itself; nothing has to be changed on it. If it goes on, look whether the host in the \
                 evidence answers from elsewhere, and whether a route of your own (transport map, mailertable, send connector) \
                 names it.",
            )
        } else {
            (
                "A destination puts your mail off",
                "Read its answers in the evidence. Greylisting ends by itself; a limit of rate or connections asks you to send \
                 more slowly; what they say of your reputation, reputation-loss explains.",
            )
        };
        let severity = if lasts >= self.settings.domain(&known.name).warning_seconds {
            Severity::Warning
        } else {
            Severity::Info
        };
        let words = Words {
            title: title.to_owned(),
            summary: format!("Mail to {} {}", subject.value, known.figures()),
            remedy: format!("{advice} {}", remedy::waiting(spell.mta())),
        };
        spell.finding(ID, subject, severity, words)
    }

    fn site_finding(&self) -> Option<Finding> {
        let spell = &self.site.share.spell;
        let (title, advice) = if self.site.is_unreachable() {
            (
                "Your server cannot reach the others",
                "Many destinations at once are never all down: look at this server's own network, its firewall (port 25 going \
                 out, which some providers close), and its name servers.",
            )
        } else {
            (
                "Many destinations put your mail off",
                "Read the answers in the evidence. The same one everywhere is about you: your address is on a list (see \
                 reputation-loss), has no name (PTR), or sends more than they take.",
            )
        };
        let words = Words {
            title: title.to_owned(),
            summary: format!(
                "Mail to {} or more destinations {}",
                self.settings.usual.site_destinations,
                self.site.figures()
            ),
            remedy: format!("{advice} {}", remedy::waiting(spell.mta())),
        };
        spell.finding(ID, Subject::site(), Severity::Warning, words)
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for key in self.destinations.take_unsaid() {
            find.extend(self.destination_finding(key));
        }
        if std::mem::take(&mut self.site.share.spell.unsaid) {
            find.extend(self.site_finding());
        }
    }
}

impl Deferrals {
    /// Counts a recipient who was tried and, perhaps, put off (reached or not), of whom there must be `least` before that
    /// is a surge.
    fn count(&mut self, name: &[u8], put_off: Option<bool>, hit: &Hit<'_>, least: u64, settings: &Settings) {
        let window = settings.window_seconds;
        let Some(unreachable) = put_off else {
            self.share.count_well(hit.time, window);
            return;
        };
        if self.name.is_empty() {
            self.name = name.to_ascii_lowercase().into_boxed_slice();
        }
        self.share.count_wrong(hit, window, least);
        if self.share.held().wrong == 1 {
            (self.unreachable, self.answered) = (0, 0);
        }
        self.unreachable += u64::from(unreachable);
        self.answered += u64::from(!unreachable);
    }

    fn is_unreachable(&self) -> bool {
        self.unreachable > self.answered
    }

    /// `was put off for 30 recipients within 5 min, lately 90 % of all.`
    fn figures(&self) -> String {
        let spell = &self.share.spell;
        let why = if self.is_unreachable() { "the servers cannot be reached" } else { "the servers answer \"later\"" };
        format!(
            "was put off for {}{}, lately {} % of all. Mostly, {why}.{}",
            counted(spell.count, "recipient"),
            within(spell.first, spell.last),
            self.share.held().percent(),
            self.share.usual(),
        )
    }
}

impl Detector for DeferralSurge {
    fn attempt(&mut self, attempt: &Seen<'_, '_>, find: &mut Vec<Finding>) {
        // Who gives up at once has not been put off, nor been well.
        if attempt.tried && attempt.outcome != Outcome::Expired && is_ours_to_send(attempt) {
            self.tried(attempt, find);
            if self.destinations.is_crowded() {
                self.say_unsaid(find);
            }
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.destinations.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn usual(&mut self) -> Vec<&mut Usual> {
        vec![&mut self.usual]
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        encode(ID, VERSION, &(self.destinations.state(), &self.site, &self.different, self.usual.state()))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (destinations, site, different, usual): State = decode(ID, VERSION, snapshot)?;
        self.destinations.restore(destinations);
        (self.site, self.different) = (site, different);
        self.usual.restore(usual);
        Ok(())
    }
}

const VERSION: u32 = 2;

type State =
    (watched::State<DomainId, Deferrals>, Deferrals, Recent, Option<learn::State>);
