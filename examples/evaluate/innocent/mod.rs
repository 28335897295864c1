//! What fools detectors: everybody's weeks have newsletters, travellers, phones with yesterday's password, a server elsewhere
//! that is down, a domain that has moved. None of it is an attack.

mod clients;
mod site;

use crate::evaluate::story::{Story, What};
use crate::simulation::clock::{DAY, HOUR, MINUTE, Micros};
use crate::simulation::random::Random;
use crate::simulation::visit::{Authority, Door, Ending, Visit};
use crate::simulation::{names, visit};

/// A calendar that is being filled.
struct Calendar {
    random: Random,
    /// The midnight it begins with, a Monday's.
    start: Micros,
    weeks: u32,
    stories: Vec<Story>,
}

/// What happens in so many weeks from `start` on.
pub(crate) fn stories(seed: u64, start: Micros, weeks: u32) -> Vec<Story> {
    let mut calendar = Calendar { random: Random::new(seed, 0x1220_CE27), start, weeks, stories: Vec::new() };
    calendar.newsletters();
    calendar.club();
    calendar.outage();
    calendar.moved_domain();
    calendar.new_machine();
    calendar.monitoring();
    calendar.travellers();
    calendar.stale_phone();
    calendar.new_phone();
    calendar.monday();
    calendar.forwarder();
    calendar.stale_list();
    calendar.backscatter();
    for story in &mut calendar.stories {
        story.visits.sort_by_key(|&(at, _)| at);
    }
    calendar.stories
}

impl Calendar {
    /// A moment of a day in the middle of the calendar, by its part of all days (in hundredths) and its hours.
    fn moment(&mut self, hundredth: u32, from_hour: u32, to_hour: u32) -> Micros {
        let day = Micros::from(self.weeks * 7 * hundredth / 100);
        let minute = self.random.between(from_hour * 60, to_hour * 60);
        self.start + day * DAY + Micros::from(minute) * MINUTE
    }

    /// Between so many minutes.
    fn minutes(&mut self, low: u32, high: u32) -> Micros {
        self.random.millis(low * 60_000, high * 60_000)
    }

    fn tell(&mut self, about: &'static str, visits: Vec<(Micros, Visit)>) -> &mut Story {
        let place = self.stories.len();
        let mut story = Story::new(What::Innocent(about));
        story.visits = visits;
        self.stories.push(story);
        &mut self.stories[place]
    }
}

/// Somebody at the submission port, as this user.
fn login(client: names::Client, account: &str, failures: u32, succeeds: bool) -> Visit {
    let mut visit = Visit::stranger(client, "[10.0.0.7]".to_owned());
    visit.door = Door::Submission;
    visit.tls = true;
    account.clone_into(&mut visit.account);
    visit.failed_logins = failures;
    visit.authority = if succeeds { Authority::Authenticated } else { Authority::Stranger };
    visit.ending = if succeeds { Ending::Quit } else { Ending::Lost };
    visit
}

/// A user's address, by number.
fn user(number: u32) -> String {
    format!("{}@{}", names::word(number), names::LOCAL_DOMAINS[0])
}

/// One of ours, as sender or recipient.
fn ours(address: &str) -> visit::Party {
    visit::Party { address: address.to_owned(), route: visit::Route::Local }
}

const WEEK: Micros = 7 * DAY;
/// When people have arrived at work.
const MORNING: Micros = 8 * HOUR;
