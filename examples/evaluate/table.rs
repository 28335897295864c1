//! A score as tables, which are Markdown and can be read as they are; and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::evaluate::attacks::{ATTACKS, Attack};
use crate::evaluate::rules::RULES;
use crate::evaluate::score::{Claims, Delay, Score, Tally};

/// Rows with columns of equal width, numbers to the right.
struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|&head| head.to_owned()).collect()] }
    }

    fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0).max(3)).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                // Writing to a String cannot fail.
                let _ = if column == 0 {
                    write!(text, "| {cell:<width$} ")
                } else {
                    write!(text, "| {cell:>width$} ")
                };
            }
            text += "|\n";
            if number == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    let _ = if column == 0 {
                        write!(text, "|{}", "-".repeat(width + 2))
                    } else {
                        write!(text, "|{}:", "-".repeat(width + 1))
                    };
                }
                text += "|\n";
            }
        }
        text
    }
}

/// A part of one, cut rather than rounded, so that 1.00 is all.
fn share(value: f64) -> String {
    if value.is_nan() { "-".to_owned() } else { format!("{:.2}", (value * 100.0).floor() / 100.0) }
}

fn per_month(count: u64, score: &Score) -> String {
    format!("{:.2}", count as f64 / score.months())
}

/// The middle one.
fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// Lines and minutes until something was heard, in the middle.
fn delays(delays: &[Delay]) -> [String; 2] {
    let middle = |of: fn(&Delay) -> i64| median(delays.iter().map(of).collect());
    let lines = middle(|delay| delay.lines as i64);
    let seconds = middle(|delay| delay.seconds);
    [
        lines.map_or("-".to_owned(), |lines| lines.to_string()),
        seconds.map_or("-".to_owned(), |seconds| format!("{:.1}", seconds as f64 / 60.0)),
    ]
}

/// What was run, in a sentence.
fn about(score: &Score) -> String {
    format!(
        "{} worlds, {:.1} server-months, {} attacks, {} million lines ({}).\n",
        score.worlds,
        score.months(),
        score.attacks(),
        score.lines / 1_000_000,
        score.variant
    )
}

/// A row for each kind of attack: what is heard of those that an administrator would act on.
fn summary(score: &Score) -> String {
    let mut table = Table::new(&[
        "attack", "detector", "act from", "attacks", "recall", "fast", "steady", "slow", "told", "lines",
        "minutes", "fail2ban", "CrowdSec", "Wazuh",
    ]);
    for attack in &ATTACKS {
        let tally = score.acted_on(|other| other.name == attack.name);
        let [lines, minutes] = delays(&tally.alarmed);
        let mut row = vec![
            attack.name.to_owned(),
            attack.detector.to_owned(),
            format!("{} {}", attack.act, attack.measure),
            tally.attacks.to_string(),
            share(tally.recall(&tally.alarmed)),
        ];
        row.extend(tally.by_pace.map(|(all, found)| share(found as f64 / all as f64)));
        row.extend([share(tally.recall(&tally.told)), lines, minutes]);
        row.extend(of_rules(attack, &tally));
        table.row(row);
    }
    table.text()
}

/// The recall of each rule.
fn of_rules(attack: &Attack, tally: &Tally) -> impl Iterator<Item = String> {
    let recall = |caught: &Vec<Delay>| {
        if attack.is_seen_by_rules { share(tally.recall(caught)) } else { "-".to_owned() }
    };
    tally.by_rule.iter().map(recall).collect::<Vec<_>>().into_iter()
}

/// A row for each detector: what it claims.
fn claims(score: &Score) -> String {
    let mut table = Table::new(&[
        "detector",
        "alarms",
        "of attacks",
        "of what is so",
        "false",
        "precision",
        "false a month",
        "notes (`info`) a month",
    ]);
    let mut wrong = 0;
    for (detector, claims) in &score.claims {
        wrong += claims.wrong;
        table.row(vec![
            detector.clone(),
            (claims.right + claims.so + claims.wrong).to_string(),
            claims.right.to_string(),
            claims.so.to_string(),
            claims.wrong.to_string(),
            share(claims.precision()),
            per_month(claims.wrong, score),
            per_month(claims.noted, score),
        ]);
    }
    let mut text = table.text();
    let _ = writeln!(
        text,
        "\nAll detectors together: {} false alarms per server-month.",
        per_month(wrong, score)
    );
    text
}

/// relaywatch and the rules, where both count the same: denials and failed logins.
fn comparison(score: &Score) -> String {
    const SAME: [&str; 2] = ["relay-denied-spike", "auth-brute-force"];
    let tally = score.acted_on(|attack| SAME.contains(&attack.detector));
    let claims = SAME.iter().filter_map(|detector| score.claims.get(*detector));
    let (right, wrong, noted) = claims
        .fold((0, 0, 0), |sum, claims| (sum.0 + claims.right, sum.1 + claims.wrong, sum.2 + claims.noted));
    let mut table = Table::new(&["", "recall", "lines", "minutes", "precision", "false a month"]);
    let mut row = |name: &str, heard: &[Delay], precision: f64, wrong: u64| {
        let [lines, minutes] = delays(heard);
        table.row(vec![
            name.to_owned(),
            share(tally.recall(heard)),
            lines,
            minutes,
            share(precision),
            per_month(wrong, score),
        ]);
    };
    let alarms = Claims { right, wrong, ..Claims::default() };
    row("relaywatch", &tally.alarmed, alarms.precision(), wrong);
    row("relaywatch, `info` too", &tally.told, f64::NAN, wrong + noted);
    for ((rule, caught), claims) in RULES.iter().zip(&tally.by_rule).zip(&score.rule_claims) {
        row(rule.name, caught, claims.precision(), claims.wrong);
    }
    table.text()
}

/// A row for each kind and strength.
fn strengths(score: &Score) -> String {
    let mut table = Table::new(&[
        "attack",
        "strength",
        "attacks",
        "recall",
        "told",
        "lines",
        "minutes",
        "precision",
        "fail2ban",
        "CrowdSec",
        "Wazuh",
    ]);
    for (&(kind, strength), tally) in &score.cells {
        let attack = &ATTACKS[kind];
        let [lines, minutes] = delays(&tally.alarmed);
        let mut row = vec![
            attack.name.to_owned(),
            format!("{strength} {}", attack.measure),
            tally.attacks.to_string(),
            share(tally.recall(&tally.alarmed)),
            share(tally.recall(&tally.told)),
            lines,
            minutes,
            share(precision(score, attack, tally)),
        ];
        row.extend(of_rules(attack, tally));
        table.row(row);
    }
    table.text()
}

/// How likely an alarm is right, if all attacks were of this strength and as many as here.
fn precision(score: &Score, attack: &Attack, tally: &Tally) -> f64 {
    let wrong = score.claims.get(attack.detector).map_or(0, |claims| claims.wrong);
    let right = tally.alarmed.len() as u64;
    if right + wrong == 0 { f64::NAN } else { right as f64 / (right + wrong) as f64 }
}

/// All tables.
pub(crate) fn text(score: &Score) -> String {
    format!(
        "{}\nWhat an administrator would act on:\n\n{}\nBeside the rules, over denials and failed logins:\n\n{}\n\
         What the alarms were about:\n\n{}\nEvery strength:\n\n{}\n",
        about(score),
        summary(score),
        comparison(score),
        claims(score),
        strengths(score)
    )
}

/// Every attack that was missed though somebody should have acted on it, and every false alarm.
pub(crate) fn errors(score: &Score) -> String {
    let mut text = "Missed, of what an administrator would act on:\n".to_owned();
    for missed in score.missed.iter().filter(|missed| missed.strength >= missed.attack.act) {
        let _ = writeln!(
            text,
            "  {:?} seed {}: {} ({}), {} {}, {}, {}, {} lines in {} minutes{}",
            missed.server,
            missed.seed,
            missed.attack.name,
            missed.way,
            missed.strength,
            missed.attack.measure,
            missed.pace,
            missed.due,
            missed.lines,
            missed.minutes,
            if missed.was_told { ", told as less grave" } else { "" }
        );
    }
    text += "False alarms:\n";
    for wrong in &score.false_alarms {
        let _ = writeln!(
            text,
            "  {:?} seed {}: {} {}: {}: {} (beside: {})",
            wrong.server,
            wrong.seed,
            wrong.detector,
            wrong.subject,
            wrong.title,
            wrong.summary,
            wrong.beside.join(", ")
        );
    }
    text += "What false alarms of the rules are about:\n";
    for (rule, wrong) in RULES.iter().zip(&score.rule_wrong) {
        let _ = writeln!(text, "  {}: {wrong:?}", rule.name);
    }
    text += "Attacks that left no line:\n";
    for ((kind, server), count) in &score.unlogged {
        let _ = writeln!(text, "  {server}: {} ({count})", ATTACKS[*kind].name);
    }
    text
}

/// Every figure.
pub(crate) fn json(score: &Score) -> Value {
    let delay = |heard: &[Delay]| {
        json!({
            "lines": median(heard.iter().map(|delay| delay.lines as i64).collect()),
            "seconds": median(heard.iter().map(|delay| delay.seconds).collect()),
        })
    };
    let number = |value: f64| if value.is_nan() { Value::Null } else { json!(value) };
    let cells: Vec<Value> = score
        .cells
        .iter()
        .map(|(&(kind, strength), tally)| {
            let attack = &ATTACKS[kind];
            let rules = RULES.iter().zip(&tally.by_rule).filter(|_| attack.is_seen_by_rules);
            json!({
                "attack": attack.name,
                "detector": attack.detector,
                "measure": attack.measure,
                "strength": strength,
                "act_from": attack.act,
                "act_why": attack.why,
                "attacks": tally.attacks,
                "recall": number(tally.recall(&tally.alarmed)),
                "told": number(tally.recall(&tally.told)),
                "precision": number(precision(score, attack, tally)),
                "delay": delay(&tally.alarmed),
                "rules": rules.map(|(rule, caught)| {
                    let of_rule = json!({"recall": number(tally.recall(caught)), "delay": delay(caught)});
                    (rule.name.to_owned(), of_rule)
                }).collect::<serde_json::Map<_, _>>(),
            })
        })
        .collect();
    let claims = |claims: &Claims| {
        json!({
            "of_attacks": claims.right,
            "of_what_is_so": claims.so,
            "false": claims.wrong,
            "false_per_month": claims.wrong as f64 / score.months(),
            "precision": number(claims.precision()),
            "info_per_month": claims.noted as f64 / score.months(),
        })
    };
    json!({
        "schema": "relaywatch.evaluation/1",
        "variant": score.variant,
        "worlds": score.worlds,
        "server_months": score.months(),
        "lines": score.lines,
        "bytes": score.bytes,
        "strengths": cells,
        "detectors": score.claims.iter()
            .map(|(detector, of)| (detector.clone(), claims(of)))
            .collect::<serde_json::Map<_, _>>(),
        "rules": RULES.iter().zip(&score.rule_claims)
            .map(|(rule, of)| (rule.name.to_owned(), claims(of)))
            .collect::<serde_json::Map<_, _>>(),
    })
}

/// The tables of `docs/detection.md`: all but every strength, which the curves show.
pub(crate) fn markdown(score: &Score) -> String {
    format!(
        "{}\n{}\nOver denials and failed logins, which the rules of others count, too:\n\n{}\nWhat the alarms were about:\n\n{}",
        about(score),
        summary(score),
        comparison(score),
        claims(score)
    )
}
