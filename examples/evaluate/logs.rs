//! Plays a world, and writes its logs.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::evaluate::story::Outage;
use crate::evaluate::world::{OUTSIDE, START, World};
use crate::simulation::clock::{MINUTE, Micros, Stamps};
use crate::simulation::play::{Director, Play};
use crate::simulation::server::{QueueIdStyle, ServerName};
use crate::simulation::timeline::Line;
use crate::simulation::traffic::Traffic;
use crate::simulation::visit::{Fate, Route, Visit};

/// Complete stamps, so that nobody has to guess a year.
fn stamps(server: ServerName) -> Stamps {
    match server.usual_stamps() {
        Stamps::Bsd => Stamps::Rfc3339,
        usual => usual,
    }
}

/// Writes the logs of `world` into `folder`, and into its stories when each of their lines was written; the files.
pub(crate) fn write(world: &mut World, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let server = world.server.start(world.seed, QueueIdStyle::Short);
    let (mut planned, mut outages) = (Vec::new(), Vec::new());
    for (number, story) in (1..).zip(&mut world.stories) {
        story.settle(number, server.as_ref());
        outages.extend(&story.outages);
        planned.append(&mut story.visits);
    }
    let (mut paths, mut files) = (Vec::new(), Vec::new());
    for (number, sheet) in world.server.sheets(stamps(world.server))?.into_iter().enumerate() {
        let path = folder.join(format!("{number}{}.log", sheet.name));
        files.push((sheet, BufWriter::with_capacity(1 << 16, File::create(&path)?)));
        paths.push(path);
    }
    let (seed, traffic) = (world.seed, Traffic::new(world.seed, OUTSIDE));
    let mut life = Life { world, outages };
    Play { seed, start: START, server, traffic, planned }.run(files, &mut life)?;
    Ok(paths)
}

/// How it goes in a world, until its end.
struct Life<'a> {
    world: &'a mut World,
    outages: Vec<Outage>,
}

impl Director for Life<'_> {
    fn gap(&mut self, now: Micros, _waiting: usize) -> f64 {
        self.world.gap(now)
    }

    /// What cannot be delivered at `at` has to wait until it can.
    fn befall(&self, at: Micros, visit: &mut Visit) {
        for outage in self.outages.iter().filter(|outage| (outage.from..outage.until).contains(&at)) {
            // A server tries again about every half hour.
            let tries = ((outage.until - at) / (30 * MINUTE)).clamp(1, 12) as u32;
            for mail in &mut visit.mails {
                // Vain tries are for messages with one recipient only.
                let [recipient] = &mut mail.recipients[..] else { continue };
                let Route::Remote(domain) = recipient.party.route else { continue };
                if outage.domain.is_none_or(|down| down == domain)
                    && matches!(recipient.fate, Fate::Delivered)
                {
                    recipient.fate = Fate::DeliveredAfter(tries);
                }
            }
        }
    }

    /// Until the end of the world; lines of a story are noted.
    fn takes(&mut self, at: Micros, line: &Line, _text: &[u8]) -> bool {
        if at > self.world.end() {
            return false;
        }
        let number = usize::from(line.episode).checked_sub(1);
        if let Some(story) = number.and_then(|number| self.world.stories.get_mut(number)) {
            story.lines.push(at);
        }
        true
    }
}
