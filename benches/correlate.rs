//! What the ordered stage costs, apart from parsing: joining, detecting, counting over lines that are parsed already.
//! `cargo bench --bench correlate`.

mod fixture;

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use relaywatch::aggregate::Aggregate;
use relaywatch::correlate::Correlator;
use relaywatch::detect::{Detectors, Setup};
use relaywatch::model::{Batch, Event, EventTime, FileId, Hosts, Kind, Memory, Parsed, Site, Stamp};
use relaywatch::parse::{Parser, PatternSet};

/// Bytes of a batch, about: what the reader hands on for a large file.
const BATCH: usize = 256 << 10;

/// `bytes` parsed, in batches of whole lines.
fn parsed(bytes: &[u8], parser: &Parser) -> Vec<Parsed> {
    let (mut batches, mut offset, mut first_line) = (Vec::new(), 0, 1);
    while offset < bytes.len() {
        let rest = &bytes[offset..];
        let cut = rest.get(BATCH..).and_then(|tail| tail.iter().position(|&byte| byte == b'\n'));
        let block = &rest[..cut.map_or(rest.len(), |end| BATCH + end + 1)];
        let batch = Batch::lines(FileId(0), first_line, offset as u64, block.to_owned());
        let done = parser.parse(batch);
        first_line += u64::from(done.batch.lines);
        offset += block.len();
        batches.push(done);
    }
    batches
}

/// Hands every event to `work`, and every second of event time to `tick`, ten seconds late, as `runtime` does.
fn replay<S>(
    batches: &[Parsed],
    state: &mut S,
    work: impl Fn(&mut S, &Event<'_>),
    tick: impl Fn(&mut S, EventTime),
) {
    let (mut time, mut second) = (EventTime::MIN, i64::MIN);
    let host = Hosts::default().id(b"mx1");
    for parsed in batches {
        for record in &parsed.records {
            if let Stamp::Absolute(stamp) = record.stamp {
                time = stamp;
            }
            work(state, &Event::new(parsed, record, time, host));
            if time.seconds() > second {
                second = time.seconds();
                tick(state, time.plus_seconds(-10));
            }
        }
    }
}

/// Joining alone: the attempts go nowhere.
fn correlate(group: &mut BenchmarkGroup<'_, WallTime>, batches: &[Parsed], site: &Site) {
    group.bench_function("correlate", |bencher| {
        bencher.iter(|| {
            let mut correlator = Correlator::new(site.clone(), Memory::default());
            replay(
                batches,
                &mut correlator,
                |correlator, event| {
                    if event.kind() != Kind::Ignored {
                        correlator.event(event, &mut |attempt| {
                            black_box(attempt);
                        });
                    }
                },
                |correlator, time| {
                    correlator.watermark(time, &mut |attempt| {
                        black_box(attempt);
                    });
                },
            );
            correlator.reinjections()
        });
    });
}

/// Counting lines and traffic alone.
fn count(group: &mut BenchmarkGroup<'_, WallTime>, batches: &[Parsed]) {
    group.bench_function("count", |bencher| {
        bencher.iter(|| {
            let mut aggregate = Aggregate::new(relaywatch::aggregate::Settings::default());
            replay(batches, &mut aggregate, Aggregate::event, |_, _| {});
            aggregate.lines()
        });
    });
}

/// Everything that `analyze` does in its ordered stage.
fn together(group: &mut BenchmarkGroup<'_, WallTime>, batches: &[Parsed], site: &Site) {
    group.bench_function("correlate, detect, count", |bencher| {
        bencher.iter(|| {
            let correlator = Correlator::new(site.clone(), Memory::default());
            let detectors = Detectors::new(
                &relaywatch::detect::Settings::default(),
                &Setup { site, memory: Memory::default(), learn: None },
            );
            let aggregate = Aggregate::new(relaywatch::aggregate::Settings::default());
            let mut stage = (correlator, detectors, aggregate, Vec::new());
            replay(
                batches,
                &mut stage,
                |(correlator, detectors, aggregate, findings), event| {
                    aggregate.event(event);
                    if event.kind() != Kind::Ignored {
                        detectors.event(event, findings);
                        correlator.event(event, &mut |attempt| {
                            aggregate.attempt(attempt);
                            detectors.attempt(attempt, findings);
                        });
                    }
                },
                |(correlator, detectors, aggregate, findings), time| {
                    correlator.watermark(time, &mut |attempt| {
                        aggregate.attempt(attempt);
                        detectors.attempt(attempt, findings);
                    });
                    detectors.watermark(time, findings);
                },
            );
            stage.3.len()
        });
    });
}

fn main() -> anyhow::Result<()> {
    let made = fixture::made()?;
    let bytes = std::fs::read(&made.log)?;
    let batches = parsed(&bytes, &Parser::new(PatternSet::builtin()?));
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("ordered");
    group.sample_size(20).throughput(Throughput::Bytes(bytes.len() as u64));
    correlate(&mut group, &batches, &made.site);
    count(&mut group, &batches);
    together(&mut group, &batches, &made.site);
    group.finish();
    criterion.final_summary();
    made.folder.close()?;
    Ok(())
}
