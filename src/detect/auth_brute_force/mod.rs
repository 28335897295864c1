//! `auth-brute-force`: somebody tries passwords.
//!
//! Counts failed logins per source, per network (/24, /64), per account and over the whole site, each in a sliding window
//! of event time. For all but the source itself a source counts only up to what it may do unnoticed: they fire on many
//! sources with few failures each. An account is a subject only if a successful login showed that it is one: the name of
//! a failed login may be a password. Failures as anything else, or as nobody (many logs do not say), count for the site.
//!
//! Who gets in after a few failures mistyped: these are forgotten. An account that fails where it otherwise logs in has
//! a password of yesterday in some phone: that is `info`, however often it tries.

mod findings;

use std::collections::VecDeque;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::account::{self, AccountId, Accounts, LoginName};
use super::day::Day;
use super::logins::Login;
use super::settings::{Tuned, settings};
use super::spell::{Hit, News, Spell};
use super::spike::Spike;
use super::spread::Spread;
use super::usual::Usual;
use super::watched::{self, Watchable, Watched};
use super::{Detector, Setup};
use crate::aggregate::{Logins, Reuse, without_claimed_name};
use crate::learn::{self, Verdict, Whose};
use crate::model::{Event, EventTime, Finding, Learned, Measure, Mta, Network, Proof, Ruling, SnapshotError, Subject, SubjectKind, decode, encode};

const ID: &str = "auth-brute-force";

settings! {
    /// Seconds in which failures of one source are counted together.
    window_seconds: Seconds = 600,
    /// Failed logins of one source that are more than mistyping. Five in ten minutes is what fail2ban bans for by default.
    source_failures: Threshold = 5,
    /// The same within a day: who tries one every half hour.
    day_failures: Total = 50,
    /// Seconds in which failures of many sources are counted together: they take their time.
    spread_seconds: Seconds = 3600,
    /// Failed logins from one network, from at least `network_sources` of its addresses.
    network_failures: Threshold = 10,
    /// See `network_failures`.
    network_sources: Threshold = 5,
    /// Addresses of one network that failed within a day, few times each.
    network_day_sources: Different = 20,
    /// Failed logins to one account, from at least `account_networks` networks (/24, /64).
    account_failures: Threshold = 10,
    /// See `account_failures`.
    account_networks: Threshold = 5,
    /// Networks (/24, /64) that failed to log in to one account within a day, few times each.
    account_day_networks: Different = 16,
    /// Failed logins over the whole site, from at least `site_sources` addresses.
    site_failures: Threshold = 20,
    /// See `site_failures`.
    site_sources: Threshold = 15,
    /// Failed logins from which on it is more than background noise (`warning` instead of `info`).
    warning_failures: Total = 100,
}

/// Accounts named per source.
const MAX_ACCOUNTS: usize = 8;

/// The failed logins of one source.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Source {
    spike: Spike,
    /// Those of a day.
    day: Day,
    /// How many of them are not explained by a stored password: no such account logs in from there.
    strange: u64,
    /// Known accounts that were tried, newest last.
    accounts: VecDeque<AccountId>,
}

impl Reuse for Source {
    fn reuse(&mut self) {
        self.spike.reuse();
        self.day.reuse();
        self.strange = 0;
        self.accounts.clear();
    }
}

impl Watchable for Source {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

/// The failed logins of many sources.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Tried {
    spike: Spike,
    /// Those of a day.
    spread: Spread,
}

impl Reuse for Tried {
    fn reuse(&mut self) {
        self.spike.reuse();
        self.spread.reuse();
    }
}

impl Watchable for Tried {
    fn spell(&mut self) -> &mut Spell {
        &mut self.spike.spell
    }
}

impl Tried {
    /// There are enough of them, in a short time or, `slowly`, within a day.
    fn go_on(&mut self, is_wide: bool, slowly: bool, hit: &Hit<'_>) -> Option<News> {
        if is_wide {
            self.spread.forget();
            return Some(self.spike.go_on(hit));
        }
        slowly.then(|| self.spread.go_on(&mut self.spike.spell, hit))
    }
}

/// A failed login.
struct Failure<'f> {
    hit: Hit<'f>,
    source: IpAddr,
    /// The account, if it is known.
    account: Option<AccountId>,
    /// It is expected from there.
    at_home: bool,
}

#[derive(Debug)]
pub(super) struct AuthBruteForce {
    settings: Tuned<Settings>,
    known: Accounts,
    sources: Watched<IpAddr, Source>,
    networks: Watched<Network, Tried>,
    accounts: Watched<AccountId, Tried>,
    site: Spike,
    usual: Usual,
    /// Why the site's failures were too many, the last time that they were.
    verdict: Verdict,
}

impl AuthBruteForce {
    pub(super) fn new(settings: Tuned<Settings>, setup: &Setup<'_>) -> Self {
        let memory = setup.memory;
        Self {
            settings,
            known: Accounts::new(memory),
            sources: Watched::new(memory),
            networks: Watched::new(memory),
            accounts: Watched::new(memory),
            site: Spike::default(),
            usual: Usual::new(Measure::FailedLogins, &[SubjectKind::Site], setup),
            verdict: Verdict::default(),
        }
    }

    /// A login from `source` succeeded, as `named` if the line says so.
    fn succeeded(&mut self, named: Option<LoginName<'_>>, source: IpAddr, now: EventTime) {
        let account = named.map(|(_, id)| id);
        if let Some(failed) = self.sources.get_mut(&source) {
            if failed.spike.spell.is_on(now) {
                // Guessed, perhaps: that makes no home.
                return;
            }
            if failed.spike.recent() > 0 || failed.day.held() > 0 {
                failed.reuse();
                self.site.forgive(source);
                if let Some(network) = self.networks.get_mut(&Network::of(source)) {
                    network.spike.forgive(source);
                }
                if let Some(tried) = account.and_then(|account| self.accounts.get_mut(&account)) {
                    tried.spike.forgive(source);
                }
            }
        }
        let under_attack = account
            .filter(|_| !self.known.at_home(account, source))
            .and_then(|account| self.accounts.get(&account))
            .is_some_and(|tried| tried.spike.spell.is_on(now));
        if !under_attack {
            self.known.logged_in(named, source, now);
        }
    }

    /// A line tells of `times` failures.
    fn failed(&mut self, failure: &Failure<'_>, times: u64, find: &mut Vec<Finding>) {
        for _ in 0..times {
            self.count_source(failure, find);
        }
        if !failure.at_home {
            // What one source adds to its network, the account and the site at most: one that fires itself is not
            // counted again.
            let share = self.settings.ip(failure.source).source_failures.saturating_sub(1).max(1);
            for _ in 0..times.min(share as u64) {
                self.count_shares(failure, share, find);
            }
        }
    }

    fn count_shares(&mut self, failure: &Failure<'_>, share: usize, find: &mut Vec<Finding>) {
        let &Failure { ref hit, source, account, .. } = failure;
        let network = Network::of(source);
        let settings = self.settings.network(network);
        let tried = self.networks.subject(network, hit.time);
        if tried.spike.count_share(hit, source, settings.spread_seconds, share) {
            tried.spread.count(&source, hit.time);
            let is_wide = tried.spike.is_wide(settings.network_failures, settings.network_sources);
            let slowly = tried.spread.is_wide(settings.network_day_sources, hit.time);
            if tried.go_on(is_wide, slowly, hit).is_some_and(|news| self.networks.is_urgent(network, news)) {
                find.extend(self.network_finding(network));
            }
        }
        if let Some(account) = account {
            let settings = self.settings.account(self.known.name(account).unwrap_or_default());
            let tried = self.accounts.subject(account, hit.time);
            if tried.spike.count_share(hit, source, settings.spread_seconds, share) {
                tried.spread.count(&network, hit.time);
                let is_wide = tried.spike.recent() >= settings.account_failures
                    && tried.spike.has_different(settings.account_networks, Network::of);
                let slowly = tried.spread.is_wide(settings.account_day_networks, hit.time);
                if tried.go_on(is_wide, slowly, hit).is_some_and(|news| self.accounts.is_urgent(account, news)) {
                    find.extend(self.account_finding(account));
                }
            }
            return;
        }
        let settings = &self.settings.usual;
        if !self.site.count_share(hit, source, settings.spread_seconds, share) {
            return;
        }
        let verdict = self.usual.count(Whose::Site, Subject::site, hit.time, settings.site_failures as u64);
        if verdict.is_too_much(|| self.site.is_wide(settings.site_failures, settings.site_sources)) {
            self.verdict = verdict;
            self.site.spell.patience = verdict.patience();
            self.usual.exclude(Whose::Site);
            if self.site.go_on(hit) == News::Begun {
                find.extend(self.site_finding());
            }
        }
    }

    fn count_source(&mut self, failure: &Failure<'_>, find: &mut Vec<Finding>) {
        let (settings, hit) = (self.settings.ip(failure.source), &failure.hit);
        let enough = settings.source_failures;
        let source = self.sources.subject(failure.source, hit.time);
        let of_day = source.day.count(hit.time, !failure.at_home);
        if !source.spike.count(hit, None, settings.window_seconds, enough) {
            return;
        }
        if of_day == 1 && source.spike.spell.trigger.is_none() {
            source.strange = 0;
            source.accounts.clear();
        }
        source.strange += u64::from(!failure.at_home);
        if let Some(account) = failure.account
            && !source.accounts.contains(&account)
        {
            if source.accounts.len() >= MAX_ACCOUNTS {
                source.accounts.pop_front();
            }
            source.accounts.push_back(account);
        }
        let news = if source.spike.recent() >= enough {
            source.day.forget();
            source.spike.go_on(hit)
        } else if source.day.is_enough(settings.day_failures, settings.warning_failures) {
            source.day.go_on(&mut source.spike.spell, hit)
        } else {
            return;
        };
        if self.sources.is_urgent(failure.source, news) {
            find.extend(self.source_finding(failure.source));
        }
    }

    fn say_unsaid(&mut self, find: &mut Vec<Finding>) {
        for source in self.sources.take_unsaid() {
            find.extend(self.source_finding(source));
        }
        for network in self.networks.take_unsaid() {
            find.extend(self.network_finding(network));
        }
        for account in self.accounts.take_unsaid() {
            find.extend(self.account_finding(account));
        }
        if std::mem::take(&mut self.site.spell.unsaid) {
            find.extend(self.site_finding());
        }
    }
}

impl Detector for AuthBruteForce {
    fn takes_logins(&self) -> bool {
        true
    }

    fn login(&mut self, login: &Login<'_, '_>, find: &mut Vec<Finding>) {
        let &Login { event, source, said, account } = login;
        match said {
            Logins::Succeeded(_) => self.succeeded(account, source, event.time()),
            Logins::Failed(times, _) => {
                let claimed = account.map(|(_, id)| id);
                let account = claimed.filter(|&claimed| self.known.name(claimed).is_some());
                let failure = Failure {
                    hit: Hit {
                        time: event.time(),
                        mta: event.mta().unwrap_or(Mta::Postfix),
                        proof: &|| Some(proof(event, account.is_some())),
                    },
                    source,
                    account,
                    at_home: self.known.at_home(claimed, source),
                };
                self.failed(&failure, times, find);
            }
        }
        if self.sources.is_crowded() || self.networks.is_crowded() || self.accounts.is_crowded() {
            self.say_unsaid(find);
        }
    }

    fn flush(&mut self, now: EventTime, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
        self.known.expire(now);
        self.sources.expire(now);
        self.networks.expire(now);
        self.accounts.expire(now);
    }

    fn finish(&mut self, find: &mut Vec<Finding>) {
        self.say_unsaid(find);
    }

    fn usual(&mut self) -> Vec<&mut Usual> {
        vec![&mut self.usual]
    }

    fn teach(&mut self, learned: &Learned) {
        self.known.teach(learned);
    }

    fn rule(&mut self, ruling: &Ruling, _now: EventTime) {
        self.known.rule(ruling);
    }

    fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let state = (
            self.known.state(),
            self.sources.state(),
            self.networks.state(),
            self.accounts.state(),
            &self.site,
            self.usual.state(),
            self.verdict,
        );
        encode(ID, VERSION, &state)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let (known, sources, networks, accounts, site, usual, verdict): State = decode(ID, VERSION, snapshot)?;
        self.known.restore(known);
        self.sources.restore(sources);
        self.networks.restore(networks);
        self.accounts.restore(accounts);
        (self.site, self.verdict) = (site, verdict);
        self.usual.restore(usual);
        Ok(())
    }
}

const VERSION: u32 = 4;

type State = (
    account::Restored,
    watched::State<IpAddr, Source>,
    watched::State<Network, Tried>,
    watched::State<AccountId, Tried>,
    Spike,
    Option<learn::State>,
    Verdict,
);

/// The line, to be shown: without the name that was tried, which may be a password, unless it is a known account's.
fn proof(event: &Event<'_>, is_known: bool) -> Proof {
    let text = if is_known { event.line().into() } else { without_claimed_name(event) };
    Proof::new(event.origin(), event.time(), event.host(), &text)
}
