//! A web server for one test, which answers as it is told.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a client asked.
#[derive(Debug)]
pub(crate) struct Request {
    /// `POST /path HTTP/1.1`.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// The value of a header, its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

/// Something that bytes go through.
pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A server; what it was asked comes out of `requests`.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Receiver<Request>,
}

impl Server {
    /// A server that gives every client the same answer.
    pub(crate) fn answering(answer: &str) -> Self {
        let answer = answer.replace('\n', "\r\n");
        Self::start(None, move |stream| {
            // A client that has heard enough may be gone.
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    /// A server that does as it likes behind each request.
    pub(crate) fn start(
        tls: Option<Arc<ServerConfig>>,
        respond: impl Fn(&mut dyn Stream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::channel();
        let respond = Arc::new(respond);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let (socket, tls, sender, respond) =
                    (socket.unwrap(), tls.clone(), sender.clone(), respond.clone());
                thread::spawn(move || {
                    let mut stream: Box<dyn Stream> = match tls {
                        None => Box::new(socket),
                        Some(config) => {
                            Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), socket))
                        }
                    };
                    // A client that does not like our certificate asks nothing.
                    let Ok(request) = read(&mut stream) else { return };
                    let _ = sender.send(request);
                    respond(&mut stream);
                    let _ = stream.flush();
                });
            }
        });
        Self { address, requests }
    }

    /// What was asked, which must be something.
    pub(crate) fn asked(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// `http://127.0.0.1:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

pub(crate) fn read(stream: &mut dyn Stream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body)?;
    Ok(Request { line: line.trim_end().to_owned(), headers, body: String::from_utf8(body).unwrap() })
}

/// A proxy that opens a tunnel for who asks; what it was asked comes out of the channel.
pub(crate) fn proxy() -> (SocketAddr, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut client = socket.unwrap();
            let request = read(&mut client).unwrap();
            let target = request.line.split(' ').nth(1).unwrap().to_owned();
            sender.send(request).unwrap();
            let mut server = TcpStream::connect(target).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut from, &mut to));
            thread::spawn(move || io::copy(&mut server, &mut client));
        }
    });
    (address, requests)
}
