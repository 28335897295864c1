//! A connection to a daemon that confirms nothing: what can be known of its state is asked of the socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion};

use super::super::clock::Deadline;

/// How long a server has to refuse a client's certificate behind a handshake of TLS 1.3, which ends for the client before
/// the server has seen it (RFC 8446, section 4.4.2). A server that accepts usually says so by a session ticket.
const REFUSAL: Duration = Duration::from_millis(500);

/// A connection.
#[derive(Debug)]
pub(super) struct Stream {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

impl Stream {
    pub(super) fn plain(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self { socket, tls: None })
    }

    /// Shakes hands; the certificate must be that of `host`.
    pub(super) fn tls(
        socket: TcpStream,
        host: &str,
        config: Arc<ClientConfig>,
        deadline: Deadline,
    ) -> io::Result<Self> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut Timed { socket: &socket, deadline })?;
        }
        let mut stream = Self::plain(socket)?;
        if tls.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            let mut socket = Timed { socket: &stream.socket, deadline: Deadline::after(REFUSAL) };
            while tls.tls13_tickets_received() == 0 && hear(&mut tls, &mut socket)? {}
        }
        stream.tls = Some(Box::new(tls));
        Ok(stream)
    }

    /// Whether the other side has said that it is done: a daemon sends nothing but that.
    pub(super) fn is_open(&mut self) -> bool {
        if self.socket.set_nonblocking(true).is_err() {
            return false;
        }
        let open = match &mut self.tls {
            Some(tls) => loop {
                match hear(tls, &mut &self.socket) {
                    Ok(true) => {}
                    end => break end.is_ok(),
                }
            },
            None => loop {
                match (&self.socket).read(&mut [0; 512]) {
                    Ok(0) => break false,
                    Ok(_) => {}
                    Err(error) => break error.kind() == io::ErrorKind::WouldBlock,
                }
            },
        };
        open && self.socket.set_nonblocking(false).is_ok()
    }

    /// Hands `frame` to the network.
    pub(super) fn send(&mut self, frame: &[u8], deadline: Deadline) -> io::Result<()> {
        let mut socket = Timed { socket: &self.socket, deadline };
        match &mut self.tls {
            None => socket.write_all(frame),
            Some(tls) => {
                let mut stream = rustls::Stream::new(&mut **tls, &mut socket);
                stream.write_all(frame)?;
                stream.flush()
            }
        }
    }
}

/// Takes in what the server has sent: tickets, an alert, its goodbye. Whether there was anything within the time.
fn hear(tls: &mut ClientConnection, socket: &mut dyn Read) -> io::Result<bool> {
    match tls.read_tls(socket) {
        Ok(0) => return Err(io::ErrorKind::ConnectionReset.into()),
        Ok(_) => {}
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    }
    let state =
        tls.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    if state.peer_has_closed() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(true) }
}

/// A socket on which every wait ends at the deadline.
struct Timed<'a> {
    socket: &'a TcpStream,
    deadline: Deadline,
}

impl Timed<'_> {
    fn left(&self) -> io::Result<Duration> {
        self.deadline.left().ok_or_else(|| io::ErrorKind::TimedOut.into())
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(buffer)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
