//! How the service begins: everything is opened, and goes on where it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{DISPATCH, Engine, LANES, VERSION};
use crate::alert::dispatch::Dispatch;
use crate::input::Settings;
use crate::input::follow::Follower;
use crate::model::{Files, Period, SnapshotError, decode};
use crate::parse;
use crate::runtime::live::clocks::{clock, wall};
use crate::runtime::live::courier::Couriers;
use crate::runtime::live::lanes::{Lanes, Saved};
use crate::runtime::live::learner::Learner;
use crate::runtime::live::manager;
use crate::runtime::live::metrics::Page;
use crate::runtime::live::quiet::Quiet;
use crate::runtime::live::said::Said;
use crate::runtime::live::store::Store;
use crate::runtime::live::{Error, Service};
use crate::runtime::saved::Parts;
use crate::runtime::stage::Pipeline;
use crate::sink;
use crate::state;
use crate::state::learned::Known;

/// Bytes read of a source at once.
const BATCH: usize = 128 << 10;

impl Engine {
    /// Opens all that is needed, and goes on where it was.
    pub(in crate::runtime::live) fn start(service: Service) -> Result<Self, Error> {
        let parser = crate::runtime::parser(service.run.patterns.as_deref())?.only(service.run.format);
        let database = state::Service::open(&service.state)?;
        let saved = database.load()?;
        let parts: Parts = saved.parts;

        let lanes = restored(LANES, &parts, |bytes| decode::<Vec<Saved>>(LANES, VERSION, bytes));
        let lanes = lanes.unwrap_or_default();
        let (learner, known) = match service.run.learn {
            Some(_) => Learner::start(&service.state),
            None => (Learner::default(), Known::default()),
        };
        let mut pipeline = pipeline(&service, &known);
        if let Err(error) = pipeline.restore(&parts) {
            tracing::warn!(
                "{error}; what was known of sessions and sources is gone, alerts and positions are not"
            );
            pipeline = self::pipeline(&service, &known);
        }
        // What the snapshot says may be older than what people said.
        pipeline.rule(&known.rulings);
        let mut dispatch = Dispatch::new(service.notify.clone(), service.routes.clone(), names(&service));
        match parts.get(DISPATCH) {
            None => dispatch.put_back(saved.entries),
            Some(part) => {
                if let Err(error) = dispatch.restore(saved.entries.clone(), part) {
                    tracing::warn!("{error}; alerts that were told may be told again");
                    dispatch.put_back(saved.entries);
                }
            }
        }
        dispatch.set_silences(saved.silences);
        dispatch.set_forgetful(forgetful(&service));

        let mut couriers = Couriers::default();
        for sink in &service.sinks {
            couriers.start(sink.name(), sink.open()?)?;
        }
        let page = Page::default();
        if let Some(address) = service.listen {
            page.serve(address, || wall().seconds()).map_err(|source| Error::Listen { address, source })?;
        }
        let positions = lanes.iter().map(|saved| saved.position().clone()).collect();
        let settings = Settings {
            batch_bytes: service.run.batch_bytes.unwrap_or(BATCH),
            consumed: Arc::default(),
            format: parse::detect,
            stated: service.run.format,
        };
        let follower = Follower::new(&service.run.inputs, service.from, positions, settings);
        let now = clock();
        Ok(Self {
            lanes: Lanes::new(service.run.timezone, lanes),
            store: Store::new(database, now),
            learner,
            is_watched: manager::watchdog().is_some(),
            quiet: Quiet::since(now),
            lines: 0,
            said: Said::default(),
            service,
            follower,
            parser,
            pipeline,
            dispatch,
            couriers,
            page,
        })
    }
}

/// A pipeline to which is `known` what was learned.
pub(super) fn pipeline(service: &Service, known: &Known) -> Pipeline {
    let mut pipeline = Pipeline::new(&service.run, Files::default()).telling_changes();
    pipeline.teach(known);
    pipeline
}

pub(super) fn names(service: &Service) -> Vec<String> {
    service.sinks.iter().map(|sink| sink.name().to_owned()).collect()
}

/// The sinks that must be told again what still fires.
pub(super) fn forgetful(service: &Service) -> BTreeMap<String, Period> {
    let forgets = |sink: &sink::Settings| Some((sink.name().to_owned(), sink.forgets_after()?));
    service.sinks.iter().filter_map(forgets).collect()
}

/// A part of the state, where it is there and of this version.
fn restored<T>(
    name: &str,
    parts: &Parts,
    decode: impl FnOnce(&[u8]) -> Result<T, SnapshotError>,
) -> Option<T> {
    let part = decode(parts.get(name)?);
    part.inspect_err(|error| tracing::warn!("{error}")).ok()
}
