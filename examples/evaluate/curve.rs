//! Recall against strength, a picture for each detector: a panel for each kind of attack that it must tell of.

use std::fmt::Write as _;

use crate::evaluate::attacks::{ATTACKS, Attack};
use crate::evaluate::rules::RULES;
use crate::evaluate::score::{Delay, Score, Tally};

/// A panel and the room around it, in pixels.
const PANEL: (f64, f64) = (260.0, 150.0);
const LEFT: f64 = 46.0;
const TOP: f64 = 46.0;
const BELOW: f64 = 44.0;
const LEGEND: f64 = 30.0;

/// Colours that are told apart on white and on black, by those who see few of them too (Okabe and Ito, "Color Universal
/// Design").
const STYLE: &str = "\
text{font:12px sans-serif;fill:#333}.small{font-size:11px}.frame{fill:none;stroke:#999}.grid{stroke:#ddd}\
.act{fill:#00000010}polyline{fill:none;stroke-width:2}\
.l0{stroke:#0072b2}.l1{stroke:#0072b2;stroke-dasharray:2 4}.l2{stroke:#d55e00}.l3{stroke:#009e73}.l4{stroke:#cc79a7}\
@media(prefers-color-scheme:dark){text{fill:#ccc}.grid{stroke:#444}.frame{stroke:#777}.act{fill:#ffffff14}\
.l0,.l1{stroke:#56b4e9}}";

/// A line of a panel: its name, and what was heard.
type Line = (&'static str, fn(&Tally) -> &[Delay]);

/// The lines, in the order of their styles; the last three are those of the rules.
const LINES: [Line; 5] = [
    ("alarm", |tally| &tally.alarmed),
    ("told, in any severity", |tally| &tally.told),
    (RULES[0].name, |tally| &tally.by_rule[0]),
    (RULES[1].name, |tally| &tally.by_rule[1]),
    (RULES[2].name, |tally| &tally.by_rule[2]),
];
/// So many of them are relaywatch's own.
const OWN: usize = 2;

/// The detectors that have a picture, in the order of the catalogue.
pub(crate) fn detectors() -> Vec<&'static str> {
    let mut detectors: Vec<&str> = ATTACKS.iter().map(|attack| attack.detector).collect();
    detectors.dedup();
    detectors
}

/// The picture of `detector`.
pub(crate) fn svg(score: &Score, detector: &str) -> String {
    let kinds: Vec<(usize, &Attack)> =
        ATTACKS.iter().enumerate().filter(|(_, attack)| attack.detector == detector).collect();
    let width = (LEFT + PANEL.0) * kinds.len() as f64 + 20.0;
    let height = TOP + PANEL.1 + BELOW + LEGEND;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\"><title>{detector}: recall against strength</title>\n<style>{STYLE}</style>\n"
    );
    for (place, &(kind, attack)) in kinds.iter().enumerate() {
        panel(score, kind, attack, LEFT + place as f64 * (LEFT + PANEL.0), &mut text);
    }
    let shown = if kinds.iter().any(|(_, attack)| attack.is_seen_by_rules) { LINES.len() } else { OWN };
    let mut x = LEFT;
    for (number, (name, _)) in LINES.iter().enumerate().take(shown) {
        let y = height - 14.0;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "<polyline class=\"l{number}\" points=\"{x:.0},{:.0} {:.0},{:.0}\"/><text class=\"small\" x=\"{:.0}\" y=\"{y:.0}\">{name}</text>",
            y - 4.0,
            x + 22.0,
            y - 4.0,
            x + 27.0
        );
        x += 40.0 + 6.3 * name.len() as f64;
    }
    text + "</svg>\n"
}

fn panel(score: &Score, kind: usize, attack: &Attack, left: f64, text: &mut String) {
    let (width, height) = PANEL;
    let step = width / attack.strengths.len() as f64;
    let place = |number: usize| left + step * (number as f64 + 0.5);
    let level = |recall: f64| TOP + height * (1.0 - recall);
    let bottom = TOP + height;
    let acted = attack.strengths.iter().position(|&strength| strength >= attack.act).unwrap_or_default();
    let from = left + step * acted as f64;
    let (title, more) = title(attack.name);
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "<text x=\"{left:.0}\" y=\"17\">{title}</text><text x=\"{left:.0}\" y=\"33\">{more}</text>\n\
         <rect class=\"act\" x=\"{from:.0}\" y=\"{TOP:.0}\" width=\"{:.0}\" height=\"{height:.0}\"/>\
         <rect class=\"frame\" x=\"{left:.0}\" y=\"{TOP:.0}\" width=\"{width:.0}\" height=\"{height:.0}\"/>",
        left + width - from
    );
    for tick in [0.0, 0.5, 1.0] {
        let y = level(tick);
        let _ = writeln!(
            text,
            "<line class=\"grid\" x1=\"{left:.0}\" x2=\"{:.0}\" y1=\"{y:.0}\" y2=\"{y:.0}\"/>\
             <text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{tick:.1}</text>",
            left + width,
            left - 5.0,
            y + 4.0
        );
    }
    for (number, strength) in attack.strengths.iter().enumerate() {
        let _ = writeln!(
            text,
            "<text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{strength}</text>",
            place(number),
            bottom + 16.0
        );
    }
    let _ = writeln!(
        text,
        "<text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
        left + width / 2.0,
        bottom + 32.0,
        attack.measure
    );
    let shown = if attack.is_seen_by_rules { LINES.len() } else { OWN };
    // The most important one is drawn last, above the others.
    for (number, (_, heard)) in LINES.iter().enumerate().take(shown).rev() {
        let point = |(place_of, strength): (usize, &u32)| {
            let tally = score.cells.get(&(kind, *strength))?;
            let recall = tally.recall(heard(tally));
            (!recall.is_nan()).then(|| format!("{:.0},{:.1}", place(place_of), level(recall)))
        };
        let points: Vec<String> = attack.strengths.iter().enumerate().filter_map(point).collect();
        let _ = writeln!(text, "<polyline class=\"l{number}\" points=\"{}\"/>", points.join(" "));
    }
}

/// A name on two lines.
fn title(name: &str) -> (&str, &str) {
    const WIDEST: usize = 40;
    if name.len() <= WIDEST {
        return (name, "");
    }
    let cut = name[..WIDEST].rfind(' ').unwrap_or(WIDEST);
    (&name[..cut], name[cut..].trim_start())
}
