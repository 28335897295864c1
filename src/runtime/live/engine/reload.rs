//! Another configuration for a service that runs.

use super::Engine;
use super::start::{forgetful, names, pipeline};
use crate::runtime::live::{Service, manager};
use crate::sink;
use crate::state::learned::Known;

impl Engine {
    /// The configuration anew; one that is wrong leaves the old one in force.
    pub(super) fn reload(&mut self, reread: &mut impl FnMut() -> Result<Service, String>) {
        manager::reloading();
        match reread().and_then(|service| self.reconfigure(service)) {
            Ok(()) => tracing::info!("the configuration was read again and holds"),
            Err(error) => tracing::error!("{error}\nthe configuration before this one stays in force"),
        }
        manager::ready("following");
    }

    fn reconfigure(&mut self, mut service: Service) -> Result<(), String> {
        let learn = self.service.run.learn;
        if service.run.learn.is_some() != learn.is_some() {
            tracing::warn!("another `enabled` of [learn] holds after a restart");
            service.run.learn = learn;
        }
        // All that may fail comes first.
        let parser =
            crate::runtime::parser(service.run.patterns.as_deref()).map_err(|error| error.to_string())?;
        let sinks: Result<Vec<_>, _> =
            service.sinks.iter().map(|sink| Ok((sink.name(), sink.open()?))).collect();
        let sinks = sinks.map_err(|error: sink::OpenError| error.to_string())?;
        let parts = self.pipeline.snapshot().map_err(|error| error.to_string())?;
        let learned = self.pipeline.learned();
        let mut pipeline = pipeline(&service, &Known { learned, ..Known::default() });
        let parts = parts.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
        pipeline.restore(&parts).map_err(|error| error.to_string())?;
        for (name, sink) in sinks {
            self.couriers.start(name, sink).map_err(|error| error.to_string())?;
        }
        let old = &self.service;
        if (&service.run.inputs, &service.state, service.listen) != (&old.run.inputs, &old.state, old.listen)
        {
            tracing::warn!("other inputs, another `state` and another `listen` hold after a restart");
        }
        self.couriers.keep(&names(&service));
        self.dispatch.reconfigure(service.notify.clone(), service.routes.clone(), names(&service));
        self.dispatch.set_forgetful(forgetful(&service));
        self.parser = parser.only(service.run.format);
        self.pipeline = pipeline;
        self.service = service;
        Ok(())
    }
}
