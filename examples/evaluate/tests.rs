//! Scoring works: a known attack is recalled, a weak one is not, and in a world where nobody attacks nobody is alarmed. Two
//! servers, two weeks, few enough visits for a debug build.

use crate::evaluate::attacks::{ATTACKS, Attack, Cell, cells};
use crate::evaluate::run::{self, VARIANTS};
use crate::evaluate::score::Score;
use crate::evaluate::world::{SERVERS, World, slots};
use crate::simulation::server::ServerName;

fn attack(name: &str) -> &'static Attack {
    ATTACKS.iter().find(|attack| attack.name == name).unwrap()
}

/// What comes of `attacks` in a small world of this server.
fn score(server: ServerName, attacks: &[Cell]) -> Score {
    let world = World { visits_a_day: 60, ..World::with(server, 1, 0, 2, attacks) };
    let (world, heard) = run::run(world, &VARIANTS[0], None).unwrap();
    assert!(heard.lines > 1000, "{} lines", heard.lines);
    let mut score = Score::new("test");
    score.add(&world, &heard);
    score
}

#[test]
fn known_attacks_are_recalled_and_weak_ones_are_not() {
    let attacks = [
        ("relaying through an open server", 5),
        ("one address asks for relaying", 300),
        ("one address asks for relaying", 3),
        ("one address tries passwords", 300),
    ];
    let attacks = attacks.map(|(name, strength)| (attack(name), strength));
    assert!(attacks.len() <= slots(2));
    for server in [ServerName::Postfix, ServerName::Exim] {
        let score = score(server, &attacks);
        assert_eq!(score.attacks(), 4, "{server:?}");
        let recalled = |(attack, strength): Cell| {
            let kind = ATTACKS.iter().position(|known| known.name == attack.name).unwrap();
            score.cells[&(kind, strength)].alarmed.len()
        };
        // Three denials are too few.
        assert_eq!(attacks.map(recalled), [1, 1, 0, 1], "{server:?}");
        assert_eq!(score.missed.len(), 1, "{server:?}");
        assert!(score.claims["open-relay"].right > 0, "{server:?}");
        let wrong: Vec<_> = score.false_alarms.iter().map(|wrong| wrong.subject.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{server:?}");
    }
}

#[test]
fn nobody_is_alarmed_where_nobody_attacks() {
    for server in [ServerName::Postfix, ServerName::Sendmail] {
        let score = score(server, &[]);
        assert_eq!(score.attacks(), 0);
        let wrong: Vec<_> = score.false_alarms.iter().map(|wrong| &wrong.summary).collect();
        assert_eq!(wrong, Vec::<&String>::new(), "{server:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_world_and_the_halves_differ() {
    let attacks = |seed| -> Vec<String> {
        let world = World::new(ServerName::Exim, seed, 0, 4);
        let stories = world.stories.iter().filter(|story| story.is_attack());
        stories.map(|story| format!("{:?}", story.visits.first())).collect()
    };
    assert_eq!(attacks(1), attacks(1));
    assert_ne!(attacks(0), attacks(1));
    assert_eq!(attacks(1).len(), slots(4));
    assert_eq!(attacks(6), Vec::<String>::new(), "a world in four is quiet");
}

#[test]
fn attacks_are_those_of_every_detector_but_the_live_one() {
    let mut detectors: Vec<&str> = ATTACKS.iter().map(|attack| attack.detector).collect();
    detectors.sort_unstable();
    detectors.dedup();
    let mut known = relaywatch::detect::Settings::default().enabled();
    known.retain(|&detector| detector != "log-silence");
    known.sort_unstable();
    assert_eq!(detectors, known);
    for attack in &ATTACKS {
        assert!(attack.strengths.iter().any(|&strength| strength >= attack.act), "{}", attack.name);
        assert!(SERVERS.iter().any(|server| !attack.untold_by.contains(server)), "{}", attack.name);
    }
    assert!(cells().count() > 80);
}
