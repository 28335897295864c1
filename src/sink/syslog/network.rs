//! Addresses as they are written, and looked up within a time.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use super::super::clock::Deadline;
use super::link::Target;

/// Reads `host`, `host:port`, `192.0.2.1:port`, `2001:db8::1` or `[2001:db8::1]:port`.
pub(super) fn parse(text: &str, port: u16) -> Result<Target, String> {
    let wrong = || {
        format!("`{text}` is no address: write host:port, like logs.example.com:6514 or [2001:db8::1]:514")
    };
    let (host, stated) = if let Some(rest) = text.strip_prefix('[') {
        let (host, behind) = rest.split_once(']').ok_or_else(wrong)?;
        (host, if behind.is_empty() { None } else { Some(behind.strip_prefix(':').ok_or_else(wrong)?) })
    } else if text.matches(':').count() > 1 {
        (text, None)
    } else {
        text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
    };
    let port = match stated {
        None => port,
        Some(text) => text.parse().ok().filter(|&port| port != 0).ok_or_else(wrong)?,
    };
    let spelled = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    if host.is_empty() || !host.bytes().all(spelled) {
        return Err(wrong());
    }
    Ok(Target::Host { host: host.to_owned(), port })
}

/// The addresses of a host. The system's resolver knows no deadline, so it is asked on a thread of its own.
pub(super) fn resolve(host: &str, port: u16, deadline: Deadline) -> io::Result<Vec<SocketAddr>> {
    let (sender, receiver) = mpsc::channel();
    let asked = host.to_owned();
    thread::spawn(move || {
        let _ = sender.send((&*asked, port).to_socket_addrs().map(Iterator::collect));
    });
    let found: Vec<_> = receiver
        .recv_timeout(deadline.left().unwrap_or_default())
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, format!("{host} was not found in time")))??;
    if found.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address")));
    }
    Ok(found)
}
