//! How well relaywatch detects, measured: worlds of innocent traffic with attacks of known kind, strength and time in
//! them, run through the library as `analyze` runs logs, and scored against what is true. The rules that people use
//! today are scored on the same events.
//!
//! The logs are written by simulated servers, as those of the example `maillog` are: what happens in them is this
//! example's own. The same arguments give the same figures on every machine.

mod simulation;

/// What is this example's own.
mod evaluate {
    pub(crate) mod attacks;
    pub(crate) mod curve;
    pub(crate) mod docs;
    pub(crate) mod innocent;
    pub(crate) mod logs;
    pub(crate) mod rules;
    pub(crate) mod run;
    pub(crate) mod score;
    pub(crate) mod story;
    pub(crate) mod table;
    #[cfg(test)]
    mod tests;
    pub(crate) mod world;
}

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, anyhow};
use clap::{Parser, ValueEnum};

use evaluate::run::{self, Heard, VARIANTS, Variant};
use evaluate::score::Score;
use evaluate::world::{SERVERS, World};
use evaluate::{docs, table};
use simulation::server::ServerName;

/// Scores detection on generated logs, and prints a table.
#[derive(Parser)]
#[command(name = "evaluate")]
struct Arguments {
    /// Which half of the seeds: thresholds may be looked at with one, and are reported with the other.
    #[arg(long, value_enum, default_value = "report")]
    seeds: Seeds,
    /// Worlds for each of the servers.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1000))]
    worlds: u32,
    /// Weeks that each of them lasts.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(2..=20))]
    weeks: u32,
    /// Worlds at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    threads: u32,
    /// Writes curves into `detection/` of this folder, and the table into its `detection.md`.
    #[arg(long)]
    docs: Option<PathBuf>,
    /// Writes every figure into this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Only worlds of this server.
    #[arg(long, value_enum)]
    server: Option<ServerName>,
    /// Keeps the logs, each world's in a folder of its own in this one.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Names the attacks that were missed and the false alarms, too.
    #[arg(long)]
    verbose: bool,
}

/// A half of the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Seeds {
    /// Even ones.
    Tune,
    /// Odd ones.
    Report,
}

impl Seeds {
    fn seed(self, number: u32) -> u64 {
        2 * u64::from(number) + u64::from(self == Self::Report)
    }
}

/// What one run is about.
fn worlds(arguments: &Arguments) -> Vec<World> {
    let is_meant = |server: &ServerName| arguments.server.is_none_or(|only| only == *server);
    let servers: Vec<ServerName> = SERVERS.into_iter().filter(is_meant).collect();
    let each = (0..arguments.worlds).flat_map(|number| servers.iter().map(move |&server| (number, server)));
    let worlds = each.zip(0..);
    worlds
        .map(|((number, server), place)| {
            World::new(server, arguments.seeds.seed(number), place, arguments.weeks)
        })
        .collect()
}

/// What came of one world.
type Result = anyhow::Result<(World, Heard)>;

/// Runs the worlds, several at once, and scores them in their own order.
fn score(worlds: Vec<World>, variant: &'static Variant, arguments: &Arguments) -> anyhow::Result<Score> {
    let (next, count) = (AtomicUsize::new(0), worlds.len());
    let worlds: Vec<Mutex<Option<World>>> = worlds.into_iter().map(|world| Mutex::new(Some(world))).collect();
    let results: Mutex<Vec<(usize, Result)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads {
            scope.spawn(|| {
                while let Some(world) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(world) = world.lock().ok().and_then(|mut world| world.take()) else { return };
                    let place = world.place;
                    let result = run::run(world, variant, arguments.keep.as_deref());
                    if let Ok(mut results) = results.lock() {
                        results.push((place, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().map_err(|_| anyhow!("a world could not be run"))?;
    results.sort_unstable_by_key(|&(place, _)| place);
    if results.len() < count {
        return Err(anyhow!("{} of {count} worlds could not be run", count - results.len()));
    }
    let mut score = Score::new(variant.name);
    for (_, result) in results {
        let (world, heard) = result?;
        score.add(&world, &heard);
    }
    Ok(score)
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let scores = VARIANTS
        .iter()
        .map(|variant| score(worlds(&arguments), variant, &arguments))
        .collect::<anyhow::Result<Vec<Score>>>()?;
    let mut text = String::new();
    for score in &scores {
        text += &table::text(score);
        if arguments.verbose {
            text += &table::errors(score);
        }
    }
    std::io::stdout().lock().write_all(text.as_bytes()).context("writing to standard output")?;
    if let Some(path) = &arguments.json {
        let all: Vec<_> = scores.iter().map(table::json).collect();
        let json = serde_json::to_string_pretty(&all)?;
        fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(folder) = &arguments.docs {
        docs::write(folder, &scores)?;
    }
    Ok(())
}
