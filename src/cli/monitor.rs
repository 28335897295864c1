//! `monitor`: the service. Follows logs, keeps what it knows, sends alerts.

use std::path::{Path, PathBuf};

use super::args::{Begin, Global, Monitor};
use super::context::Context;
use super::{Error, Exit, log, signals, warn};
use crate::config::{HOME, Settings};
use crate::model::Site;
use crate::runtime::{self, live};

/// Runs the service until it is told to end.
pub(super) fn run(arguments: &Monitor, global: &Global) -> Result<Exit, Error> {
    let context = Context::new(global.clone())?;
    log::start(arguments.log.unwrap_or(context.settings.monitor.log), context.settings.monitor.log_level);
    let service = service(arguments, &context)?;
    if service.sinks.is_empty() {
        warn(format_args!(
            "no [[sink]] is configured: alerts are kept (`relaywatch alerts list`) and sent nowhere"
        ));
    }
    let control = signals::control()?;
    let reread = || {
        let again = || service_of(arguments, global);
        again().map_err(|error| error.to_string())
    };
    live::monitor(service, &control, reread)?;
    Ok(Exit::Clean)
}

fn service_of(arguments: &Monitor, global: &Global) -> Result<live::Service, Error> {
    service(arguments, &Context::new(global.clone())?)
}

/// What to run, from what was typed, configured and found.
fn service(arguments: &Monitor, context: &Context) -> Result<live::Service, Error> {
    let settings = &context.settings;
    let inputs = inputs(&arguments.files, settings)?;
    let (from, since) = match arguments.from {
        Begin::Start => (live::From::Start, None),
        Begin::End => (live::From::End, None),
        Begin::Time(when) => (live::From::Start, Some(when.resolve(context.zone, context.now))),
    };
    let mut run = with_local_server(context.run_options(&inputs), settings);
    run.since = since.or(run.since);
    run.learn = settings.learns();
    Ok(live::Service {
        run,
        from,
        state: state_folder(arguments.state.as_deref(), settings),
        listen: settings.monitor.listen,
        notify: settings.notify.clone(),
        routes: settings.routes.clone(),
        sinks: settings.sinks.clone(),
    })
}

/// The same with the configuration of this machine's mail server, where nothing is stated about the site.
pub(super) fn with_local_server(mut run: runtime::Options, settings: &Settings) -> runtime::Options {
    if settings.site == Site::default() {
        match live::server() {
            Some(Ok(server)) => run.site.servers.push(server),
            Some(Err(error)) => warn(format_args!("{error}")),
            None => {}
        }
    }
    run
}

/// What was typed, else what is configured, else what is found.
pub(super) fn inputs(typed: &[String], settings: &Settings) -> Result<Vec<String>, Error> {
    for stated in [typed, &settings.monitor.inputs] {
        if !stated.is_empty() {
            return Ok(stated.to_vec());
        }
    }
    let found = live::mail_logs();
    if found.is_empty() {
        let message = "no mail log was found (looked for /var/log/mail.log, /var/log/maillog, Exim's logs and the systemd \
                       journal); name the files, or set `inputs` in [monitor]";
        return Err(Error::Usage(message.to_owned()));
    }
    warn(format_args!("following {}, which was found; name other files to follow those", found.join(", ")));
    Ok(found)
}

/// Where state is kept: as typed or configured; what systemd gives (`StateDirectory=`); else the system's place or the
/// user's own (XDG Base Directory Specification).
pub(super) fn state_folder(typed: Option<&Path>, settings: &Settings) -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(stated) = typed.map(Path::to_owned).or_else(|| settings.monitor.state.clone()) {
        return stated;
    }
    if let Some(given) = folder("STATE_DIRECTORY") {
        return given;
    }
    let system = PathBuf::from("/var/lib/relaywatch");
    let is_writable = |path: &Path| path.metadata().is_ok_and(|about| !about.permissions().readonly());
    if is_writable(&system) || folder(HOME).is_none_or(|home| home == Path::new("/root")) {
        return system;
    }
    let own = folder("XDG_STATE_HOME").or_else(|| Some(folder(HOME)?.join(".local/state")));
    own.map_or(system, |own| own.join("relaywatch"))
}
