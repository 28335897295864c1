//! Writes a mail log of any size, with everything that is true of it in a second file.
//!
//! Innocent traffic with the rhythm of day and week, lines of other programs, and attacks at known times. The same
//! arguments give the same bytes on every machine. It names nothing of the library: what measures relaywatch must not
//! share its mistakes.

mod simulation;

/// What is this example's own.
mod maillog {
    pub(crate) mod cost;
    pub(crate) mod episodes;
    pub(crate) mod folder;
    pub(crate) mod generate;
    pub(crate) mod rhythm;
    #[cfg(test)]
    mod tests;
    pub(crate) mod truth;
}

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Parser, ValueEnum as _};

use maillog::folder::{CHUNK, Daily};
use maillog::generate::{self, Plan};
use simulation::clock::{self, DAY, Micros, SECOND, Stamps};
use simulation::layout::Sheet;
use simulation::server::{QueueIdStyle, ServerName};
use simulation::traffic::World;

const EXAMPLES: &str = "\
Examples:
  cargo run --release --example maillog -- --size 10MB --out mail.log --truth mail.json
  cargo run --release --example maillog -- --server postfix --size 1GB --seed 1 --stamps bsd --out mail.log --truth mail.json
  cargo run --release --example maillog -- --server sendmail --size 200MB --stamps rfc3339 --out mail.log
  cargo run --release --example maillog -- --server exim --size 200MB --out mainlog --truth mainlog.json
  cargo run --release --example maillog -- --server exchange --size 200MB --out logs --truth logs.json
  cargo run --release --example maillog -- --server exchange-tracking --size 200MB --out MSGTRK.LOG
  cargo run --release --example maillog -- --server exchange-protocol --size 200MB --out RECV.LOG
  cargo run --release --example maillog -- --server exchange-send --size 200MB --out SEND.LOG
  cargo run --release --example maillog -- --server exchange-agent --size 200MB --out AGENTLOG.LOG
  cargo run --release --example maillog -- --server exchange-trace --size 200MB --out trace.csv
  cargo run --release --example maillog -- --server exchange-2003 --size 200MB --out 20260302.log
  cargo run --release --example maillog -- --server iis --size 200MB --out ex.log
  cargo run --release --example maillog -- --server iis-ncsa --size 200MB --out nc.log
  cargo run --release --example maillog -- --size 1GB --sources 10000000 --out many-sources.log
  cargo run --release --example maillog -- --size 1GB --in-flight 100000 --out long-queue.log
  cargo run --release --example maillog -- --size 20MB --stamps rfc3339 --queue-ids long --out - | head";

/// Writes a mail log with known contents, and the truth about it.
#[derive(Parser)]
#[command(name = "maillog", after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The mail server that logs.
    #[arg(long, value_enum, default_value = "postfix")]
    server: ServerName,
    /// Size of the log: a number with kB, MB or GB (powers of 1000), of all its files together. It ends with the last line that fits.
    #[arg(long, value_parser = parse_size)]
    size: u64,
    /// Same seed, same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How lines are stamped: `bsd` unless given; Exim, Exchange and IIS write files of their own and stamp as these do.
    #[arg(long, value_enum)]
    stamps: Option<Stamps>,
    /// Kind of queue ids.
    #[arg(long, value_enum, default_value = "short")]
    queue_ids: QueueIdStyle,
    /// Time of the first line, in UTC.
    #[arg(long, value_parser = parse_time, default_value = "2026-03-02T00:00:00Z")]
    start: Micros,
    /// Days from the first line to about the last.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=300))]
    days: u32,
    /// Client addresses in the world. The busiest few do most of the talking (Zipf).
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=67_000_000))]
    sources: u32,
    /// Foreign domains in the world (Zipf).
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=16_000_000))]
    domains: u32,
    /// Messages in the queue at any time, on average: they wait for their delivery. 0: no longer than they must.
    #[arg(long, default_value_t = 0)]
    in_flight: u32,
    /// Leave the attacks out.
    #[arg(long)]
    innocent: bool,
    /// The log, a folder where it has several files; `-` is standard output.
    #[arg(long)]
    out: PathBuf,
    /// The truth about the log, as JSON.
    #[arg(long)]
    truth: Option<PathBuf>,
}

/// `10MB` as bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        other => return Err(format!("unknown unit {other:?}: use kB, MB or GB")),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a whole number, then kB, MB or GB".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

/// An RFC 3339 time as microseconds since 1970.
fn parse_time(text: &str) -> Result<Micros, String> {
    let time = chrono::DateTime::parse_from_rfc3339(text)
        .map_err(|error| format!("expected a time like 2026-03-02T00:00:00Z: {error}"))?;
    Ok(time.timestamp() * SECOND)
}

/// Opens a log: the file `out`, or several logs in a folder of this name.
fn create(sheets: Vec<Sheet>, out: &Path) -> anyhow::Result<Vec<(Sheet, Box<dyn Write>)>> {
    if let [_] = sheets[..] {
        let file = File::create(out).with_context(|| format!("creating the log {}", out.display()))?;
        let file = BufWriter::with_capacity(CHUNK, file);
        return Ok(sheets.into_iter().zip([Box::new(file) as Box<dyn Write>]).collect());
    }
    fs::create_dir_all(out).with_context(|| format!("creating the folder {}", out.display()))?;
    let open = |sheet: Sheet| {
        let log: Box<dyn Write> = Box::new(Daily::new(out.to_owned(), sheet.name));
        (sheet, log)
    };
    Ok(sheets.into_iter().map(open).collect())
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let stamps = arguments.stamps.unwrap_or_else(|| arguments.server.usual_stamps());
    let made = serde_json::json!({
        "server": arguments.server.to_possible_value().map(|value| value.get_name().to_owned()),
        "size": arguments.size,
        "seed": arguments.seed,
        "stamps": stamps.to_possible_value().map(|value| value.get_name().to_owned()),
        "queue_ids": arguments.queue_ids.to_possible_value().map(|value| value.get_name().to_owned()),
        "start": format!("{}Z", clock::iso(arguments.start)),
        "days": arguments.days,
        "sources": arguments.sources,
        "domains": arguments.domains,
        "in_flight": arguments.in_flight,
        "innocent": arguments.innocent,
    });
    let plan = Plan {
        server: arguments.server,
        queue_ids: arguments.queue_ids,
        size: arguments.size,
        seed: arguments.seed,
        start: arguments.start,
        span: i64::from(arguments.days) * DAY,
        world: World { sources: arguments.sources, domains: arguments.domains },
        in_flight: arguments.in_flight,
        attacks: !arguments.innocent,
    };
    let sheets = arguments.server.sheets(stamps)?;
    let (truth, episodes) = if arguments.out.as_os_str() == "-" {
        let [sheet] = <[Sheet; 1]>::try_from(sheets).map_err(|_| {
            anyhow!("--server {} writes several files: name a folder with --out", made["server"])
        })?;
        let out = BufWriter::with_capacity(CHUNK, std::io::stdout().lock());
        match generate::run(&plan, vec![(sheet, out)]) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            other => other.context("writing the log to standard output")?,
        }
    } else {
        let files = create(sheets, &arguments.out)?;
        generate::run(&plan, files).with_context(|| format!("writing the log {}", arguments.out.display()))?
    };
    if truth.lines() == 0 {
        bail!("--size {} has no room for a line", arguments.size);
    }
    if let Some(path) = &arguments.truth {
        let text = serde_json::to_string_pretty(&truth.to_json(&made, &episodes))?;
        let shown = path.display();
        let mut file = File::create(path).with_context(|| format!("creating the truth file {shown}"))?;
        writeln!(file, "{text}").with_context(|| format!("writing the truth file {shown}"))?;
    }
    Ok(())
}
