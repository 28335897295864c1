//! `monitor`: logs that go on being written, state that survives, alerts that arrive.
//!
//! One thread, the engine, owns all state and does in turn: read what is new, merge, detect, dispatch, store.

mod clocks;
mod courier;
mod engine;
mod lanes;
mod learner;
mod local;
mod manager;
mod metrics;
mod quiet;
mod said;
mod store;
mod trial;
pub mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Options;
use crate::alert::dispatch;
use crate::{sink, state};

pub use crate::alert::dispatch::check_subject;
pub use crate::input::follow::{From, alike};
pub use crate::sink::Settings;
pub use crate::state::{Error as StateError, Filter, Retry, Service as Stored};
use engine::Engine;
pub use local::{mail_logs, server};
pub use trial::try_sink;

/// What the service does.
#[derive(Clone, Debug)]
pub struct Service {
    /// What is read and what is looked for in it.
    pub run: Options,
    /// Where a source begins that was never read before.
    pub from: From,
    /// The folder of `service.db`.
    pub state: PathBuf,
    /// Where `/metrics` and `/healthz` are served.
    pub listen: Option<SocketAddr>,
    /// Who is told, when.
    pub notify: dispatch::Settings,
    /// Who is told what; none: every sink everything.
    pub routes: Vec<dispatch::Route>,
    /// Where alerts go.
    pub sinks: Vec<sink::Settings>,
}

/// What the service is told while it runs.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Finish what is in flight, and end.
    pub stop: Arc<AtomicBool>,
    /// Read the configuration again.
    pub reload: Arc<AtomicBool>,
}

/// Why the service cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The patterns are wrong.
    #[error(transparent)]
    Patterns(#[from] super::Error),
    /// The state cannot be opened.
    #[error(transparent)]
    State(#[from] state::Error),
    /// A sink's secret or certificate is not there.
    #[error(transparent)]
    Sink(#[from] sink::OpenError),
    /// Somebody else serves there.
    #[error(
        "cannot serve /metrics at {address}: {source}; choose another `listen`, or end the program that has it"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The terminal cannot be had.
    #[error(
        "cannot use the terminal: {0}; `watch` needs one: run it in a terminal, or use `analyze` or `monitor`"
    )]
    Terminal(std::io::Error),
    /// The system gives no threads.
    #[error("cannot start a thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(#[from] std::io::Error),
}

/// Runs the service until `control` says stop, or until all its inputs are at their end for good. `reread` gives the
/// configuration anew when it is asked to; an error leaves the old one in force.
///
/// # Errors
/// Why it could not begin. What fails later is said in its log, and tried again.
pub fn monitor(
    service: Service,
    control: &Control,
    reread: impl FnMut() -> Result<Service, String>,
) -> Result<(), Error> {
    Engine::start(service)?.run(control, reread);
    Ok(())
}
