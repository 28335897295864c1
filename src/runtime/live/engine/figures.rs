//! The figures that the service shows of itself.

use super::Engine;
use crate::alert::dispatch::Statistics;
use crate::model::Severity;
use crate::runtime::live::clocks::wall;
use crate::runtime::live::manager;
use crate::runtime::live::metrics::Metrics;

/// An engine that has shown nothing for so many seconds stands still.
const ALIVE_SECONDS: i64 = 60;

impl Engine {
    /// Figures for those who watch the watcher.
    pub(super) fn show(&mut self) {
        if self.is_watched {
            manager::alive();
        }
        if self.service.listen.is_none() {
            return;
        }
        let mut metrics = Metrics::default();
        metrics.counter("lines_total", "Lines read since the start.", &[(&[], self.lines)]);
        let mut faults: Vec<String> = self.store.failure().map(str::to_owned).into_iter().collect();
        let health: Vec<_> = (0..self.follower.sources())
            .map(|n| (self.follower.source_name(n).to_owned(), self.follower.health(n)))
            .collect();
        for (name, health) in &health {
            if !health.exists {
                faults.push(format!("{name} cannot be read"));
            }
        }
        let behind: Vec<_> =
            health.iter().map(|(name, health)| ([("source", name.as_str())], health.bytes_behind)).collect();
        let behind: Vec<(&[(&str, &str)], u64)> =
            behind.iter().map(|(labels, value)| (&labels[..], *value)).collect();
        metrics.gauge("source_behind_bytes", "Bytes that are written and not read yet.", &behind);
        if let Some(time) = self.pipeline.event_time() {
            let lag = wall().seconds_since(time).max(0) as u64;
            metrics.gauge(
                "event_time_lag_seconds",
                "How far the newest line is behind the clock.",
                &[(&[], lag)],
            );
        }
        let firing = self.pipeline.alerts.firing();
        let firing: Vec<_> = Severity::ALL
            .iter()
            .zip(firing)
            .map(|(severity, count)| ([("severity", severity.name())], count))
            .collect();
        let firing: Vec<(&[(&str, &str)], u64)> =
            firing.iter().map(|(labels, value)| (&labels[..], *value)).collect();
        metrics.gauge("alerts_firing", "Alerts that fire.", &firing);
        let is_lost = u64::from(self.learner.failure().is_some());
        metrics.gauge("learned_lost", "1 where learned.db cannot be read or written.", &[(&[], is_lost)]);
        self.show_sinks(&mut metrics);
        self.page.show(&metrics, faults, wall().plus_seconds(ALIVE_SECONDS).seconds());
    }

    fn show_sinks(&self, metrics: &mut Metrics) {
        let all = self.dispatch.statistics();
        let labels: Vec<_> = all.iter().map(|sink| [("sink", sink.sink.as_str())]).collect();
        let each = |value: fn(&Statistics) -> u64| -> Vec<(&[(&str, &str)], u64)> {
            labels.iter().zip(&all).map(|(labels, sink)| (&labels[..], value(sink))).collect()
        };
        metrics.gauge(
            "spool_waiting",
            "Notices that wait to be delivered.",
            &each(|sink| sink.waiting as u64),
        );
        metrics.gauge("spool_dead", "Notices that were refused for good.", &each(|sink| sink.dead as u64));
        metrics.counter(
            "notices_delivered_total",
            "Notices delivered since the start.",
            &each(|sink| sink.delivered),
        );
        metrics.counter(
            "deliveries_failed_total",
            "Deliveries that failed since the start.",
            &each(|sink| sink.failed),
        );
        metrics.counter(
            "notices_dropped_total",
            "Notices dropped from a full spool since the start.",
            &each(|sink| sink.dropped),
        );
    }
}
