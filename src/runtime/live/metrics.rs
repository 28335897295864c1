//! `/metrics` and `/healthz`, for those who watch the watcher.

use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tiny_http::{Header, Method, Response, Server};

/// What is served: written by the engine each second, read by whoever asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Page(Arc<Mutex<Shown>>);

#[derive(Debug, Default)]
struct Shown {
    metrics: String,
    /// What is wrong; nothing: all is well.
    faults: Vec<String>,
    /// Until when this holds, by the clock of this machine, in seconds: an engine that stands still says nothing new.
    until: i64,
}

impl Page {
    /// Shows `metrics` and `faults`, which hold until `until`.
    pub(super) fn show(&self, metrics: &Metrics, faults: Vec<String>, until: i64) {
        let metrics = metrics.text.clone();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Shown { metrics, faults, until };
    }

    /// Serves it at `address`, on a thread of its own; `clock` tells the time in seconds.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub(super) fn serve(&self, address: SocketAddr, clock: fn() -> i64) -> io::Result<()> {
        let server = Server::http(address).map_err(io::Error::other)?;
        let page = self.clone();
        thread::Builder::new().name("metrics".to_owned()).spawn(move || {
            for request in server.incoming_requests() {
                let (status, text) = match (request.method(), request.url()) {
                    (Method::Get, "/metrics") => (200, page.metrics()),
                    (Method::Get, "/healthz") => page.health(clock()),
                    _ => (404, "here are /metrics and /healthz\n".to_owned()),
                };
                let mut response = Response::from_string(text).with_status_code(status);
                // The text format of Prometheus, version 0.0.4.
                if let Ok(header) =
                    Header::from_bytes("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                {
                    response.add_header(header);
                }
                // Whoever asked has gone away.
                let _ = request.respond(response);
            }
        })?;
        Ok(())
    }

    fn metrics(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).metrics.clone()
    }

    fn health(&self, now: i64) -> (u16, String) {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now > shown.until {
            return (503, "nothing has been read or stored for too long\n".to_owned());
        }
        match &shown.faults[..] {
            [] => (200, "ok\n".to_owned()),
            faults => (503, faults.join("\n") + "\n"),
        }
    }
}

/// Figures in the text format of Prometheus.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    text: String,
}

impl Metrics {
    /// A figure that only grows, with its values by label.
    pub(super) fn counter(&mut self, name: &str, about: &str, values: &[(&[(&str, &str)], u64)]) {
        self.family(name, about, "counter", values);
    }

    /// A figure that rises and falls.
    pub(super) fn gauge(&mut self, name: &str, about: &str, values: &[(&[(&str, &str)], u64)]) {
        self.family(name, about, "gauge", values);
    }

    fn family(&mut self, name: &str, about: &str, kind: &str, values: &[(&[(&str, &str)], u64)]) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# HELP relaywatch_{name} {about}\n# TYPE relaywatch_{name} {kind}");
        for (labels, value) in values {
            let labels: Vec<String> =
                labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.text, "relaywatch_{name}{labels} {value}");
        }
    }
}

/// A label's value, as the text format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_their_labels_escaped() {
        let mut metrics = Metrics::default();
        metrics.counter("lines_total", "Lines read.", &[(&[], 7)]);
        metrics.gauge("behind_bytes", "Not read yet.", &[(&[("source", "a\"b\\c\nd")], 3)]);
        let want = "# HELP relaywatch_lines_total Lines read.\n# TYPE relaywatch_lines_total counter\n\
                    relaywatch_lines_total 7\n\
                    # HELP relaywatch_behind_bytes Not read yet.\n# TYPE relaywatch_behind_bytes gauge\n\
                    relaywatch_behind_bytes{source=\"a\\\"b\\\\c\\nd\"} 3\n";
        assert_eq!(metrics.text, want);
    }

    #[test]
    fn a_page_that_is_too_old_is_no_health() {
        let page = Page::default();
        page.show(&Metrics::default(), Vec::new(), 100);
        assert_eq!(page.health(100).0, 200);
        assert_eq!(page.health(101).0, 503);
        page.show(&Metrics::default(), vec!["the disk is full".to_owned()], 100);
        assert_eq!(page.health(100), (503, "the disk is full\n".to_owned()));
    }
}
