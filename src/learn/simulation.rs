//! Whether the one number means what it says: traffic by chance, with a rhythm, for months, and what is said of it.

use statrs::distribution::{DiscreteCDF, NegativeBinomial};

use super::*;
use crate::model::{About, EventTime, Measure, Memory, Ruling, Subject, SubjectKind, Verb};

/// Monday, 5 January 2026, 0:00.
const MONDAY: i64 = 490_992;
const WEEK: i64 = 168;

/// Traffic by chance: busy by day, quiet at night and on weekends, in groups.
struct Traffic {
    random: fastrand::Rng,
    dispersion: f64,
}

impl Traffic {
    fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), dispersion: 2.0 }
    }

    fn mean(hour: i64) -> f64 {
        let day = if (hour - MONDAY).div_euclid(24).rem_euclid(7) < 5 { 1.0 } else { 0.3 };
        let of_day = (hour.rem_euclid(24) - 13) as f64;
        day * (1.0 + 19.0 * (-of_day * of_day / 20.0).exp())
    }

    fn count(&mut self, hour: i64, times: f64) -> u64 {
        let mean = Self::mean(hour) * times;
        let counts = NegativeBinomial::new(mean / (self.dispersion - 1.0), 1.0 / self.dispersion).unwrap();
        counts.inverse_cdf(self.random.f64())
    }
}

fn site(settings: Settings) -> Normals {
    Normals::new(Measure::Denials, &[SubjectKind::Site], settings, Memory::default())
}

/// An hour with so many; the first thing that is unusual, and after how many it was said.
fn pass(normals: &mut Normals, whose: Whose, hour: i64, count: u64, least: u64) -> Option<(Unusual, u64)> {
    let begin = EventTime::from_seconds(hour * 3600);
    normals.watched(begin);
    let mut said = None;
    for number in 0..count {
        let now = begin.plus_seconds((number * 3600 / count) as i64);
        normals.count(1, whose, Subject::site, now);
        if let Verdict::Unusual(unusual) = normals.verdict(whose, least)
            && said.is_none()
        {
            said = Some((unusual, number + 1));
        }
    }
    said
}

/// Alarms by chance about hours and about days, as parts of what is accepted, in worlds of ten weeks.
fn alarms(accepted: f64, worlds: u64) -> (f64, f64) {
    let (mut hours, mut days) = (0_u32, 0_u32);
    for seed in 0..worlds {
        let mut traffic = Traffic::new(seed);
        let mut normals = site(Settings { false_alarms_per_month: accepted, ..Settings::default() });
        let mut since: Option<i64> = None;
        for hour in MONDAY..MONDAY + 10 * WEEK {
            let count = traffic.count(hour, 1.0);
            let Some((unusual, _)) = pass(&mut normals, Whose::Site, hour, count, 1) else { continue };
            if unusual.is_about_days() {
                // What is said on several days in a row is one alarm.
                days += u32::from(since.is_none_or(|last| hour - last > 24));
                since = Some(hour);
            } else {
                hours += 1;
            }
        }
    }
    // Eight weeks of each world are judged, by one of the measures; half of what is accepted is for hours, half for days.
    let months = worlds as f64 * 8.0 * 7.0 / 30.4;
    let share = accepted / MEASURES / 2.0 * months;
    (f64::from(hours) / share, f64::from(days) / share)
}

#[test]
fn chance_makes_as_many_alarms_as_are_accepted_or_fewer() {
    for (accepted, worlds) in [(60.0, 8), (6.0, 16)] {
        let (hours, days) = alarms(accepted, worlds);
        assert!((0.05..1.2).contains(&hours), "{hours} of the {accepted} accepted alarms, about hours");
        assert!(days < 1.2, "{days} of the {accepted} accepted alarms, about days");
    }
}

#[test]
fn a_burst_is_seen_before_its_hour_is_over_and_a_usual_one_is_not() {
    let mut traffic = Traffic::new(1);
    let mut normals = site(Settings::default());
    for hour in MONDAY..MONDAY + 4 * WEEK {
        assert_eq!(pass(&mut normals, Whose::Site, hour, traffic.count(hour, 1.0), 5), None, "{hour}");
    }
    // Three at night, and a hundred: what is usual at noon is not usual at night.
    let night = MONDAY + 4 * WEEK + 3;
    assert_eq!(pass(&mut normals, Whose::Site, night, 3, 5), None);
    let (unusual, after) = pass(&mut normals, Whose::Site, night + 24, 100, 5).unwrap();
    assert!(after <= 20, "{after}");
    assert_eq!(unusual.to_string(), format!("{after} in this hour; usual for it: 0 to 3"));
    assert_eq!(pass(&mut normals, Whose::Site, night + 24 + 10, 25, 5), None);
}

#[test]
fn twice_the_usual_is_seen_within_days_though_no_hour_shows_it() {
    let mut traffic = Traffic::new(2);
    let mut normals = site(Settings::default());
    let rise = MONDAY + 5 * WEEK;
    let mut said = None;
    for hour in MONDAY..rise + WEEK {
        let count = traffic.count(hour, if hour >= rise { 2.0 } else { 1.0 });
        said = said.or(pass(&mut normals, Whose::Site, hour, count, 5).map(|(unusual, _)| (hour, unusual)));
    }
    let (hour, unusual) = said.unwrap();
    assert!((rise..rise + 4 * 24).contains(&hour), "{} hours behind the rise", hour - rise);
    assert!(unusual.is_about_days(), "{unusual}");
}

#[test]
fn an_attacked_week_is_not_the_normal_of_the_next() {
    let mut traffic = Traffic::new(3);
    let mut normals = site(Settings::default());
    let attack = MONDAY + 4 * WEEK;
    let (mut during, mut behind) = (0, 0);
    for hour in MONDAY..attack + 2 * WEEK {
        let extra = if hour >= attack { 80 } else { 0 };
        let said = pass(&mut normals, Whose::Site, hour, traffic.count(hour, 1.0) + extra, 5).is_some();
        if said {
            normals.exclude(Whose::Site);
        }
        *if hour < attack + WEEK { &mut during } else { &mut behind } += i64::from(said);
    }
    assert_eq!((during, behind), (WEEK, WEEK), "each hour of both weeks is unusual");
}

#[test]
fn a_week_that_nobody_noticed_weighs_little() {
    // Where alarms were off, the attack is in the history as any other week.
    let mut traffic = Traffic::new(4);
    let mut normals = site(Settings::default());
    let attack = MONDAY + 4 * WEEK;
    for hour in MONDAY..attack + WEEK {
        let extra = if hour >= attack { 80 } else { 0 };
        let begin = EventTime::from_seconds(hour * 3600);
        normals.watched(begin);
        for _ in 0..traffic.count(hour, 1.0) + extra {
            normals.count(1, Whose::Site, Subject::site, begin);
        }
    }
    let next = attack + WEEK + 3;
    let (unusual, after) = pass(&mut normals, Whose::Site, next, 81, 5).unwrap();
    assert!(after < 60, "{unusual}");
}

#[test]
fn a_newsletter_of_each_tuesday_is_usual_on_tuesdays() {
    let mut traffic = Traffic::new(5);
    let mut normals = site(Settings::default());
    let tuesday = |hour: i64| (hour - MONDAY) % WEEK == 24 + 10;
    let mut said = std::collections::BTreeSet::new();
    for hour in MONDAY..MONDAY + 6 * WEEK {
        let extra = if tuesday(hour) { 500 } else { 0 };
        if pass(&mut normals, Whose::Site, hour, traffic.count(hour, 1.0) + extra, 5).is_some() {
            said.insert((hour - MONDAY) / WEEK);
        }
    }
    assert_eq!(said, [2].into(), "told in the third week, and known from the fourth on");
    let wednesday = MONDAY + 6 * WEEK + 2 * 24 + 10;
    assert!(pass(&mut normals, Whose::Site, wednesday, 500, 5).is_some());
}

#[test]
fn nothing_is_known_before_two_weeks_nor_of_what_is_new() {
    let mut traffic = Traffic::new(6);
    let mut normals = site(Settings::default());
    for hour in MONDAY..MONDAY + 2 * WEEK - 1 {
        pass(&mut normals, Whose::Site, hour, traffic.count(hour, 1.0), 5);
    }
    assert_eq!(normals.verdict(Whose::Site, 5), Verdict::Unknown);
    let next = MONDAY + 2 * WEEK;
    pass(&mut normals, Whose::Site, next, 1, 5);
    assert_eq!(normals.verdict(Whose::Site, 5), Verdict::Usual);
    let new = Whose::Ip("192.0.2.1".parse().unwrap());
    pass(&mut normals, new, next, 1000, 5);
    assert_eq!(normals.verdict(new, 5), Verdict::Unknown);
}

#[test]
fn what_is_learned_is_kept_and_an_hour_goes_on_behind_a_restart() {
    let mut traffic = Traffic::new(7);
    let mut normals = site(Settings::default());
    let end = MONDAY + 3 * WEEK;
    for hour in MONDAY..=end {
        pass(&mut normals, Whose::Site, hour, traffic.count(hour, 1.0), 5);
    }
    pass(&mut normals, Whose::Site, end + 3, 2, 5);
    let mut learned = normals.learned(EventTime::from_seconds((end + 3) * 3600));
    learned.push(normals.watched_hours());
    let mut again = site(Settings::default());
    again.teach(&learned);
    again.restore(normals.state());
    let goes_on = |normals: &mut Normals| pass(normals, Whose::Site, end + 3, 30, 5);
    let (one, other) = (goes_on(&mut normals), goes_on(&mut again));
    assert_eq!(one, other);
    assert!(one.is_some());
}

#[test]
fn a_level_that_was_approved_becomes_the_usual_one() {
    for hours in [0, 5, WEEK, 3 * WEEK] {
        let mut traffic = Traffic::new(8);
        let mut normals = site(Settings::default());
        let rise = MONDAY + 4 * WEEK;
        let mut run = |normals: &mut Normals, from: i64, to: i64| {
            let unusual = |hour: &i64| {
                let extra = if *hour >= rise { 80 } else { 0 };
                let is_so = pass(normals, Whose::Site, *hour, traffic.count(*hour, 1.0) + extra, 5).is_some();
                if is_so {
                    normals.exclude(Whose::Site);
                }
                is_so
            };
            (from..to).filter(unusual).count() as i64
        };
        // In the hour under way, too, somebody may say that it is right.
        let end = rise + hours + 1;
        assert_eq!(run(&mut normals, MONDAY, end), hours + 1);
        normals.rule(&Ruling { verb: Verb::Approve, about: About::Site });
        assert_eq!(run(&mut normals, end, end + 6 * WEEK), 0, "approved after {hours} hours");
        let night = end + 6 * WEEK + 24 - (end - MONDAY) % 24;
        let (unusual, _) = pass(&mut normals, Whose::Site, night, 400, 5).unwrap();
        assert!(!unusual.is_about_days(), "more than the new level is still too much: {unusual}");
    }
}

#[test]
fn what_is_forgotten_is_learned_anew() {
    let mut traffic = Traffic::new(9);
    let mut normals = site(Settings::default());
    for hour in MONDAY..MONDAY + 3 * WEEK {
        pass(&mut normals, Whose::Site, hour, traffic.count(hour, 1.0), 5);
    }
    assert_eq!(normals.verdict(Whose::Site, 5), Verdict::Usual);
    normals.rule(&Ruling { verb: Verb::Forget, about: About::Site });
    assert_eq!(pass(&mut normals, Whose::Site, MONDAY + 3 * WEEK, 500, 5), None);
    assert_eq!(normals.verdict(Whose::Site, 5), Verdict::Unknown);
}
