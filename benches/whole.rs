//! `analyze` from end to end over a generated file, plain and compressed, beside reading and decompressing alone.
//! `cargo bench --bench whole`. How it grows to gigabytes, and what it needs of memory: `benches/compare.sh`.

mod fixture;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use criterion::{Criterion, Throughput};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use relaywatch::model::Site;
use relaywatch::runtime::{Options, Progress, analyze};

fn options(log: &Path, site: &Site, threads: Option<usize>) -> Options {
    Options {
        inputs: vec![log.to_string_lossy().into_owned()],
        site: site.clone(),
        threads,
        ..Options::default()
    }
}

/// Reads to the end into one buffer; says how many bytes came.
fn drain(mut from: impl std::io::Read) -> std::io::Result<usize> {
    let mut buffer = vec![0; 1 << 17];
    let mut total = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let made = fixture::made()?;
    let mut bytes = Vec::new();
    File::open(&made.log)?.read_to_end(&mut bytes)?;
    let compressed = made.folder.path().join("compressed.log.gz");
    let mut encoder = GzEncoder::new(File::create(&compressed)?, Compression::default());
    encoder.write_all(&bytes)?;
    encoder.finish()?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("whole");
    group.sample_size(20).throughput(Throughput::Bytes(bytes.len() as u64));
    for (name, log, threads) in [
        ("plain, all cores", &made.log, None),
        ("plain, one parsing thread", &made.log, Some(1)),
        ("gzip, all cores", &compressed, None),
    ] {
        let options = options(log, &made.site, threads);
        group.bench_function(name, |bencher| bencher.iter(|| analyze(&options, &Progress::default())));
    }
    group.bench_function("read alone", |bencher| bencher.iter(|| drain(File::open(&made.log)?)));
    group.bench_function("gunzip alone", |bencher| {
        bencher.iter(|| drain(MultiGzDecoder::new(File::open(&compressed)?)));
    });
    group.finish();
    criterion.final_summary();
    made.folder.close()?;
    Ok(())
}
