//! One world through the library, as `analyze` runs logs; and what the rules of others count of it.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, ensure};
use relaywatch::learn;
use relaywatch::model::{
    Alert, Attempt, Class, Event, EventTime, Field, Finding, Kind, Mta, Outcome, Severity, Site, Subject,
};
use relaywatch::runtime::{self, Listener, Names, Options, Progress};

use crate::evaluate::logs;
use crate::evaluate::rules::{Hit, Signal};
use crate::evaluate::world::World;
use crate::simulation::clock::Micros;
use crate::simulation::names::{LOCAL_DOMAINS, RELAY_DOMAINS, TRUSTED_NETWORKS};

/// A way to run every world. Each gives a table of its own.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// What is run over these files.
    options: fn(Vec<String>) -> anyhow::Result<Options>,
}

/// All of them.
pub(crate) static VARIANTS: [Variant; 2] =
    [Variant { name: "fixed", options }, Variant { name: "learned", options: learning }];

/// What it learns of the log as it goes, besides: what is usual, from the third week on.
fn learning(inputs: Vec<String>) -> anyhow::Result<Options> {
    Ok(Options { learn: Some(learn::Settings::default()), ..options(inputs)? })
}

/// What relaywatch knows of nothing but the site and the log itself.
fn options(inputs: Vec<String>) -> anyhow::Result<Options> {
    let stated = |domains: [&str; 2]| Some(domains.map(str::to_owned).to_vec());
    let networks: Result<Vec<_>, _> = TRUSTED_NETWORKS.iter().map(|network| network.parse()).collect();
    let site = Site {
        local_domains: stated(LOCAL_DOMAINS),
        relay_domains: stated(RELAY_DOMAINS),
        trusted_networks: Some(networks?),
        servers: Vec::new(),
    };
    Ok(Options { inputs, site, threads: Some(1), ..Options::default() })
}

/// Something a detector said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The time of the newest line by then.
    pub(crate) at: Micros,
    pub(crate) detector: &'static str,
    pub(crate) subject: Subject,
    pub(crate) severity: Severity,
}

/// What came of a world.
pub(crate) struct Heard {
    /// What was said first of each subject in each severity.
    pub(crate) said: Vec<Said>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) hits: Vec<Hit>,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
}

/// Plays `world`, reads its logs, and tells what was heard. The logs go, unless there is a folder to keep them in.
pub(crate) fn run(
    mut world: World,
    variant: &Variant,
    keep: Option<&Path>,
) -> anyhow::Result<(World, Heard)> {
    let passing = tempfile::tempdir()?;
    let kept = keep.map(|keep| keep.join(format!("{:?}-{}", world.server, world.seed).to_lowercase()));
    let folder = kept.as_deref().unwrap_or(passing.path());
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let files = logs::write(&mut world, folder)?;
    let inputs = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let options = (variant.options)(inputs)?;
    let said: Arc<Mutex<Vec<Said>>> = Arc::default();
    let listener = {
        let said = said.clone();
        Listener::new(move |at: EventTime, finding: &Finding| {
            if let Ok(mut said) = said.lock() {
                let (detector, subject) = (finding.detector, finding.subject.clone());
                said.push(Said { at: at.micros(), detector, subject, severity: finding.severity });
            }
        })
    };
    let analysis = runtime::analyze_aloud(&options, &Progress::default(), listener)?;
    ensure!(analysis.problems.is_empty(), "{:?}", analysis.problems);
    let mut counter = Counter::default();
    runtime::lines(&options, &Progress::default(), &mut counter)?;
    counter.0.sort_unstable();
    passing.close()?;
    let said = said.lock().map(|mut said| std::mem::take(&mut *said)).unwrap_or_default();
    let heard = Heard {
        said,
        hits: counter.0,
        lines: analysis.report.input.lines,
        bytes: analysis.report.input.bytes,
        alerts: analysis.report.alerts,
    };
    Ok((world, heard))
}

/// Collects what rules count.
#[derive(Default)]
struct Counter(Vec<Hit>);

impl runtime::Sink for Counter {
    fn wants_attempts(&self) -> bool {
        true
    }

    fn event(&mut self, event: &Event<'_>, _names: &Names<'_>) -> ControlFlow<()> {
        if event.kind() == Kind::Auth
            && event.class() == Some(Class::AuthFailed)
            // Of Exchange's two rows about a failure the one with the reply counts.
            && (event.mta() != Some(Mta::Exchange) || event.get(Field::ReplyCode).is_some())
            && let Some(source) = event.client_ip()
        {
            let hit = Hit { at: event.time().micros(), source, signal: Signal::LoginFailed };
            self.0
                .extend(std::iter::repeat_n(hit, event.int(Field::Attempts).unwrap_or(1).min(100) as usize));
        }
        ControlFlow::Continue(())
    }

    fn attempt(&mut self, attempt: &Attempt<'_>, _names: &Names<'_>) -> ControlFlow<()> {
        if attempt.outcome == Outcome::Denied
            && let Some(source) = attempt.client_ip
        {
            self.0.push(Hit { at: attempt.time.micros(), source, signal: Signal::Denied });
        }
        ControlFlow::Continue(())
    }
}
