//! The way to a syslog daemon, opened when it is needed and kept.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::super::certificates;
use super::super::clock::Deadline;
use super::stream::Stream;
use super::{Transport, network};

/// Where to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// A socket of this machine.
    Path(PathBuf),
    /// Another machine.
    Host {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// How long is waited for the word that nobody listens at a UDP port (ICMP); it comes at once or never.
const REFUSAL: Duration = Duration::from_millis(50);

/// The way to a daemon.
#[derive(Debug)]
pub(super) struct Link {
    transport: Transport,
    target: Target,
    tls: Option<Arc<ClientConfig>>,
    /// The connection, where there is such a thing.
    stream: Option<Stream>,
}

impl Link {
    pub(super) fn new(transport: Transport, target: Target, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { transport, target, tls, stream: None }
    }

    /// Sends one message, which has no line end. The error says why not, and what to do.
    pub(super) fn send(&mut self, message: &[u8], deadline: Deadline) -> Result<(), String> {
        let sent = match &self.target {
            Target::Path(path) => local::send(path, message, deadline),
            Target::Host { host, port } => {
                let (host, port) = (host.clone(), *port);
                match self.transport {
                    Transport::Tcp | Transport::Tls => self.send_stream(&host, port, message, deadline),
                    Transport::Unix | Transport::Udp => send_datagram(&host, port, message, deadline),
                }
            }
        };
        sent.map_err(|error| explain(&error))
    }

    /// A connection that the other side has closed meanwhile, for a restart, is opened anew, once.
    fn send_stream(&mut self, host: &str, port: u16, message: &[u8], deadline: Deadline) -> io::Result<()> {
        // Octet counting: RFC 6587, section 3.4.1; RFC 5425, section 4.3.
        let frame = [format!("{} ", message.len()).as_bytes(), message].concat();
        if let Some(mut old) = self.stream.take()
            && old.is_open()
            && old.send(&frame, deadline).is_ok()
        {
            self.stream = Some(old);
            return Ok(());
        }
        let mut new = self.connect(host, port, deadline)?;
        new.send(&frame, deadline)?;
        self.stream = Some(new);
        Ok(())
    }

    fn connect(&self, host: &str, port: u16, deadline: Deadline) -> io::Result<Stream> {
        let socket = any_of(&network::resolve(host, port, deadline)?, |address| {
            let left = deadline.left().ok_or(io::ErrorKind::TimedOut)?;
            TcpStream::connect_timeout(&address, left)
        })?;
        match &self.tls {
            None => Stream::plain(socket),
            Some(config) => Stream::tls(socket, host, config.clone(), deadline),
        }
    }
}

/// One datagram from a socket of its own. That nobody listens there is told, if the network tells.
fn send_datagram(host: &str, port: u16, message: &[u8], deadline: Deadline) -> io::Result<()> {
    let socket = any_of(&network::resolve(host, port, deadline)?, |address| {
        let any: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        Ok(socket)
    })?;
    socket.set_write_timeout(deadline.left())?;
    socket.send(message)?;
    socket.set_read_timeout(Some(REFUSAL))?;
    match socket.recv(&mut [0]) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Err(error),
        _ => Ok(()),
    }
}

/// The first of several addresses with which `attempt` succeeds, or why the last did not.
fn any_of<T>(
    addresses: &[SocketAddr],
    mut attempt: impl FnMut(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for &address in addresses {
        match attempt(address) {
            Ok(found) => return Ok(found),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What happened, and what to do about it.
fn explain(error: &io::Error) -> String {
    let hint = match certificates::tls_error(error) {
        Some(tls) => certificates::hint(tls),
        None => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                return "it took too long; is the daemon alive, and does a firewall let it through?"
                    .to_owned();
            }
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
                Some("does the daemon listen there?")
            }
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Some(certificates::HUNG_UP),
            io::ErrorKind::PermissionDenied => Some("let this user write to the socket"),
            _ => None,
        },
    };
    hint.map_or_else(|| error.to_string(), |hint| format!("{error}; {hint}"))
}

/// Sockets of this machine.
#[cfg(unix)]
mod local {
    use std::io::{self, Write};
    use std::os::unix::net::{UnixDatagram, UnixStream};
    use std::path::Path;

    use super::Deadline;

    /// Sends a datagram, or a line where the socket takes streams. A socket of its own for each message: a restart of
    /// the daemon makes a new one at the same path.
    pub(super) fn send(path: &Path, message: &[u8], deadline: Deadline) -> io::Result<()> {
        let socket = UnixDatagram::unbound()?;
        match socket.connect(path) {
            Ok(()) => {
                socket.set_write_timeout(deadline.left())?;
                socket.send(message).map(drop)
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::PROTOTYPE.raw_os_error()) => {
                let mut stream = UnixStream::connect(path)?;
                stream.set_write_timeout(deadline.left())?;
                stream.write_all(&[message, b"\n"].concat())
            }
            Err(error) => Err(error),
        }
    }
}

/// Other systems have none.
#[cfg(not(unix))]
mod local {
    use std::path::Path;

    use super::{Deadline, io};

    pub(super) fn send(_: &Path, _: &[u8], _: Deadline) -> io::Result<()> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has no syslog socket; use udp, tcp or tls",
        ))
    }
}
