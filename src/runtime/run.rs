//! What every run over archives has in common: finding and planning its input, filtering it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ipnet::IpNet;

use super::cursor::Stage;
use super::feed::{Feeder, FileEnd};
use super::merge::{Ended, merge};
use super::order::{Calendar, Look, Series, plan};
use super::watermark::Stray;
use super::{Error, Options, Progress};
use crate::input::{self, MAX_LINE, Problem};
use crate::model::{Attempt, Event, EventTime, Files, Format, HostId, Hosts, Stamp};
use crate::parse::{self, Parser};
use crate::report::Assumption;

/// A run, planned: what is read in which order, and with which patterns.
pub(super) struct Planned {
    pub(super) parser: Arc<Parser>,
    pub(super) problems: Vec<Problem>,
    pub(super) assumptions: Vec<Assumption>,
    series: Vec<Series>,
    calendar: Calendar,
}

impl Planned {
    /// Finds the input that `options` name; numbers it in `files`.
    pub(super) fn new(options: &Options, progress: &Progress, files: &mut Files) -> Result<Self, Error> {
        let parser = super::parser(options.patterns.as_deref())?.only(options.format);
        let (inputs, mut problems) = input::find(&options.inputs);
        let (inputs, mut in_archives) = input::expand(inputs, &progress.stop);
        problems.append(&mut in_archives);
        let (inputs, twins) = input::leave_out_twins(inputs, &progress.stop);
        problems.extend(twins.iter().map(|twin| Problem {
            name: twin.left_out.clone(),
            message: format!("it holds the same lines as {}: read once", twin.read),
            unreadable: false,
        }));
        let total = inputs.iter().filter_map(|input| input.size).sum();
        progress.total.store(total, Ordering::Relaxed);
        let calendar = Calendar { zone: options.timezone, year: options.year, reference: options.reference };
        let look = |input: &input::Input| {
            let head = input::peek(input);
            let format = options.format.or_else(|| (!head.is_empty()).then(|| parse::detect(&head)));
            Look { format, stamp: parse::first_stamp(&head) }
        };
        let series = plan(inputs, look, calendar, files);
        let mut assumptions = assumptions(&series, options);
        assumptions.extend(twins.iter().take(LISTED).map(|twin| Assumption {
            about: "input".to_owned(),
            assumed: format!("{} holds the same lines as {}: read once", twin.left_out, twin.read),
            why: "its content is the other's, or the beginning of it".to_owned(),
        }));
        if twins.len() > LISTED {
            assumptions.push(Assumption {
                about: "input".to_owned(),
                assumed: format!(
                    "{} more files hold the same lines as others: read once",
                    twins.len() - LISTED
                ),
                why: "found in the same way".to_owned(),
            });
        }
        assumptions.extend(unread(options));
        Ok(Self { parser: Arc::new(parser), problems, assumptions, series, calendar })
    }

    /// Runs everything through `stage`.
    pub(super) fn run(
        &mut self,
        options: &Options,
        progress: &Progress,
        stage: &mut impl Stage,
    ) -> Result<Ended, Error> {
        let series = std::mem::take(&mut self.series);
        let feeder = Feeder::new(
            self.parser.clone(),
            options.threads,
            series.len(),
            options.batch_bytes,
            options.format,
            progress,
        )?;
        merge(series, self.calendar, &feeder, progress, stage)
    }
}

/// What is said of the input at its end.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Files of which something was read.
    pub(super) files: u64,
    /// Bytes, decompressed.
    pub(super) bytes: u64,
    pub(super) problems: Vec<Problem>,
    /// Files whose year had to be chosen while they were read, with that year.
    guessed: Vec<(String, i32)>,
}

impl Inputs {
    pub(super) fn end(&mut self, end: FileEnd, files: &Files) {
        self.bytes += end.counters.bytes;
        if let Some(year) = end.year
            && self.guessed.len() < LISTED
        {
            self.guessed.push((files.name(end.file).to_owned(), year));
        }
        if let Some(problem) = end.problem {
            self.files += u64::from(!problem.unreadable || end.counters.bytes > 0);
            self.problems.push(problem);
        } else {
            self.files += 1;
        }
        if end.counters.cut_lines > 0 {
            let name = files.name(end.file).to_owned();
            let message = match end.counters.cut_lines {
                1 => format!("one of its lines is longer than {MAX_LINE} bytes: only its beginning was read"),
                more => format!(
                    "{more} of its lines are longer than {MAX_LINE} bytes: only their beginnings were read"
                ),
            };
            self.problems.push(Problem { name, message, unreadable: false });
        }
    }

    /// Tells the lines whose stamps no other line confirmed.
    pub(super) fn strays(&mut self, strays: &[Stray], files: &Files) {
        for stray in strays {
            let message = match stray.lines {
                1 => format!(
                    "line {} is stamped {}, more than a day away from the lines around it: a wrong clock, it seems; \
                     the line counts, but nothing else goes by its time",
                    stray.line, stray.time
                ),
                more => format!(
                    "{more} lines, first line {} ({}), are stamped more than a day away from the lines around them: \
                     a wrong clock, it seems; they count, but nothing else goes by their time",
                    stray.line, stray.time
                ),
            };
            self.problems.push(Problem {
                name: files.name(stray.file).to_owned(),
                message,
                unreadable: false,
            });
        }
    }

    /// Adds what was taken for granted while reading to what was taken for granted before.
    pub(super) fn assume(&self, options: &Options, assumptions: &mut Vec<Assumption>) {
        for (name, year) in &self.guessed {
            let assumed = format!("{name} begins in {year}, zone {}", options.timezone.name());
            let why = "its stamps state neither; the year is the latest possible".to_owned();
            assumptions.push(Assumption { about: "year".to_owned(), assumed, why });
        }
    }
}

/// Which lines and attempts count: those of a time, and of a source, where one is named. All others only tell what is known
/// of these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope {
    since: EventTime,
    until: EventTime,
    source: Option<IpNet>,
}

impl Scope {
    pub(super) fn new(options: &Options) -> Self {
        let until = options.until.unwrap_or(EventTime::from_micros(i64::MAX));
        Self { since: options.since.unwrap_or(EventTime::MIN), until, source: options.source }
    }

    /// Whether what happened at `time` counts, whoever it was.
    pub(super) fn contains(self, time: EventTime) -> bool {
        time >= self.since && time < self.until
    }

    /// Whether a line of another program counts, which names no client.
    pub(super) fn has_ignored(self, time: EventTime) -> bool {
        self.source.is_none() && self.contains(time)
    }

    /// Whether the line of an event counts.
    #[inline]
    pub(super) fn has_event(self, event: &Event<'_>) -> bool {
        self.contains(event.time()) && self.is_of_source(event.client_ip())
    }

    /// Whether this telling of an attempt counts.
    #[inline]
    pub(super) fn has_attempt(self, attempt: &Attempt<'_>) -> bool {
        self.contains(attempt.told) && self.is_of_source(attempt.client_ip)
    }

    #[inline]
    fn is_of_source(self, client: Option<IpAddr>) -> bool {
        self.source.is_none_or(|source| client.is_some_and(|ip| source.contains(&ip)))
    }
}

/// Which hosts' lines are read; those of others might as well not be there.
#[derive(Debug)]
pub(super) struct Filter {
    host: Option<Vec<u8>>,
    /// Whether a host counts, by its number.
    hosts: Vec<bool>,
}

impl Filter {
    pub(super) fn new(options: &Options) -> Self {
        Self { host: options.host.as_ref().map(|name| name.clone().into_bytes()), hosts: Vec::new() }
    }

    /// Numbers a host in `hosts` and decides whether it counts.
    pub(super) fn host(&mut self, name: &[u8], hosts: &mut Hosts) -> HostId {
        let id = hosts.id(name);
        if let Some(wanted) = &self.host
            && self.hosts.len() <= id.0 as usize
        {
            let label = name.split(|&byte| byte == b'.').next().unwrap_or(name);
            self.hosts.resize(id.0 as usize + 1, false);
            self.hosts[id.0 as usize] =
                name.eq_ignore_ascii_case(wanted) || label.eq_ignore_ascii_case(wanted);
        }
        id
    }

    /// Whether lines of `host` count.
    pub(super) fn lets_through(&self, host: HostId) -> bool {
        self.host.is_none() || self.hosts.get(host.0 as usize).copied().unwrap_or(false)
    }
}

/// More files than this are not listed one by one.
const LISTED: usize = 5;

/// What could not be read of the mail server's configuration: there the report knows less than the server.
fn unread(options: &Options) -> Vec<Assumption> {
    let unread = options.site.servers.iter().flat_map(|server| &server.unread);
    let assumption = |assumed: String| Assumption {
        about: "configuration".to_owned(),
        assumed,
        why: "so a domain or network that is stated there is not known; state it in [site]".to_owned(),
    };
    let more = unread.clone().count().saturating_sub(LISTED);
    let mut list: Vec<_> = unread.take(LISTED).cloned().map(assumption).collect();
    if more > 0 {
        list.push(assumption(format!("{more} more places of the servers' configuration could not be read")));
    }
    list
}

/// What was taken for granted about years and zones.
fn assumptions(series: &[Series], options: &Options) -> Vec<Assumption> {
    let mut assumptions = Vec::new();
    let yearless: Vec<_> = series
        .iter()
        .filter_map(|files| files.iter().find(|file| file.year.is_some() && file.stamp.is_some()))
        .collect();
    for file in yearless.iter().take(LISTED) {
        let why = match (options.year, file.input.modified) {
            (Some(_), _) => "its stamps state no year; --year says so".to_owned(),
            (None, Some(modified)) => {
                let written = EventTime::from_seconds(modified.seconds());
                format!("its stamps state no year, and it was last written {written}")
            }
            (None, None) => "its stamps state no year; it is the latest possible".to_owned(),
        };
        let assumed = format!("{} begins in {}", file.input.name, file.year.unwrap_or_default());
        assumptions.push(Assumption { about: "year".to_owned(), assumed, why });
    }
    if yearless.len() > LISTED {
        let assumed = format!("the years of {} more series of files", yearless.len() - LISTED);
        let why = "their stamps state no year; found in the same way".to_owned();
        assumptions.push(Assumption { about: "year".to_owned(), assumed, why });
    }
    let timeless: Vec<_> = series
        .iter()
        .flatten()
        .filter(|file| file.stamp.is_none() && file.format.is_some_and(|format| format != Format::Unknown))
        .collect();
    if let Some(file) = timeless.first() {
        let more = match timeless.len() {
            1 => String::new(),
            more => format!(" and {} more files", more - 1),
        };
        assumptions.push(Assumption {
            about: "time".to_owned(),
            assumed: format!(
                "the lines of {}{more} happened in their order, at no known time",
                file.input.name
            ),
            why: "they state no calendar time; what goes by time (spikes, --since) cannot be told from them"
                .to_owned(),
        });
    }
    let zoneless =
        |file: &super::order::Planned| matches!(file.stamp, Some(Stamp::Local(_) | Stamp::Yearless(_)));
    if !options.timezone_stated && series.iter().flatten().any(zoneless) {
        assumptions.push(Assumption {
            about: "timezone".to_owned(),
            assumed: options.timezone.name().to_owned(),
            why: "stamps state no zone; if the logs come from elsewhere, set --timezone".to_owned(),
        });
    }
    assumptions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_by_its_name_or_first_label() {
        let options = Options { host: Some("MX1".to_owned()), ..Options::default() };
        let (mut filter, mut hosts) = (Filter::new(&options), Hosts::default());
        let names: [&[u8]; 5] = [b"mx2", b"mx1", b"mx1.example.com", b"mx10.example.com", b""];
        let told = names.map(|name| {
            let id = filter.host(name, &mut hosts);
            filter.lets_through(id)
        });
        assert_eq!(told, [false, true, true, false, false]);
    }
}
