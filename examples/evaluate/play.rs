//! Plays a world, and writes its logs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::clock::{MINUTE, Micros, Stamps};
use crate::generate::{NOISE, Waiting};
use crate::layout::Sheet;
use crate::noise::Noise;
use crate::random::Random;
use crate::server::{QueueIdStyle, ServerName};
use crate::story::{Outage, Story};
use crate::timeline::{Line, Timeline};
use crate::traffic::Traffic;
use crate::visit::{Fate, Route, Visit};
use crate::world::{OUTSIDE, START, World};

/// Complete stamps, so that nobody has to guess a year.
fn stamps(server: ServerName) -> Stamps {
    match server.usual_stamps() {
        Stamps::Bsd => Stamps::Rfc3339,
        usual => usual,
    }
}

/// The open files of a log.
struct Files(Vec<(Sheet, BufWriter<File>)>, Vec<u8>);

impl Files {
    fn write(&mut self, at: Micros, line: &Line) -> io::Result<bool> {
        let Self(files, buffer) = self;
        let is_of = |(sheet, _): &&mut (Sheet, _)| sheet.of.is_none_or(|of| of == line.process.program);
        let Some((sheet, out)) = files.iter_mut().find(is_of) else { return Ok(false) };
        buffer.clear();
        sheet.layout.write(at, line, buffer);
        out.write_all(buffer)?;
        Ok(true)
    }
}

/// Writes the logs of `world` into `folder`, and into its stories when each of their lines was written; the files.
pub(crate) fn play(world: &mut World, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut server = world.server.start(world.seed, QueueIdStyle::Short);
    let mut waiting = Waiting::default();
    let mut outages: Vec<Outage> = Vec::new();
    for (number, story) in (1..).zip(&mut world.stories) {
        story.settle(number, server.as_ref());
        outages.extend(&story.outages);
        for (at, visit) in story.visits.drain(..) {
            waiting.push(at, visit);
        }
    }
    let (mut paths, mut files) = (Vec::new(), Files(Vec::new(), Vec::with_capacity(1024)));
    for (number, sheet) in world.server.sheets(stamps(world.server))?.into_iter().enumerate() {
        let path = folder.join(format!("{number}{}.log", sheet.name));
        files.0.push((sheet, BufWriter::with_capacity(1 << 16, File::create(&path)?)));
        paths.push(path);
    }
    let is_shared = files.0.iter().any(|(sheet, _)| sheet.layout.is_shared());
    let noise_share = if is_shared { NOISE } else { 0 };
    let mut timeline = Timeline::of(files.0.iter().map(|(sheet, _)| sheet.of).collect());
    let (mut traffic, mut noise) = (Traffic::new(world.seed, OUTSIDE), Noise::new(world.seed));
    let mut random = Random::new(world.seed, 0x6E4);
    let (mut now, end) = (START, world.end());
    let (mut next_housekeeping, mut has_started) = (START + 10 * MINUTE, false);
    while now < end {
        let arrival = now + ((world.gap(now) * random.exponential()) as Micros).max(1);
        while let Some((at, mut visit)) = waiting.next(arrival.min(end)) {
            suffer(&outages, at, &mut visit);
            server.visit(&visit, at, &mut timeline);
        }
        while next_housekeeping <= arrival {
            next_housekeeping = if has_started {
                server.housekeeping(next_housekeeping, &mut timeline)
            } else {
                server.started(next_housekeeping, &mut timeline)
            };
            has_started = true;
        }
        while let Some((at, line)) = timeline.next(arrival.min(end)) {
            if files.write(at, line)? {
                note(&mut world.stories, at, line);
            }
        }
        now = arrival;
        if random.permille(noise_share) {
            noise.make(now, &mut timeline);
            continue;
        }
        let (mut visit, later) = traffic.visit(now);
        suffer(&outages, now, &mut visit);
        server.visit(&visit, now, &mut timeline);
        if let Some((at, visit)) = later {
            waiting.push(at, visit);
        }
    }
    files.0.iter_mut().try_for_each(|(_, out)| out.flush())?;
    Ok(paths)
}

/// Notes a line of a story.
fn note(stories: &mut [Story], at: Micros, line: &Line) {
    let story = usize::from(line.episode).checked_sub(1).and_then(|number| stories.get_mut(number));
    if let Some(story) = story {
        story.lines.push(at);
    }
}

/// What of `visit` cannot be delivered at `at` has to wait until it can.
fn suffer(outages: &[Outage], at: Micros, visit: &mut Visit) {
    for outage in outages.iter().filter(|outage| (outage.from..outage.until).contains(&at)) {
        // A server tries again about every half hour.
        let tries = ((outage.until - at) / (30 * MINUTE)).clamp(1, 12) as u32;
        for mail in &mut visit.mails {
            // Vain tries are for messages with one recipient only.
            let [recipient] = &mut mail.recipients[..] else { continue };
            let Route::Remote(domain) = recipient.party.route else { continue };
            if outage.domain.is_none_or(|down| down == domain) && matches!(recipient.fate, Fate::Delivered) {
                recipient.fate = Fate::DeliveredAfter(tries);
            }
        }
    }
}
