//! Webhooks against a web server, good and bad.

use std::fs;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use relaywatch::sink::Failure;
use sha2::Sha256;

use super::notices::open_relay;
use super::server::{Server, proxy};
use super::{open, settings};

const OK: &str = "HTTP/1.1 200 OK\ncontent-length: 2\n\nok";

fn deliver(keys: &str) -> Result<String, Failure> {
    let receipt = open(&format!("type = \"webhook\"\n{keys}")).deliver(&[open_relay("n1")])?;
    Ok(format!("{}\n\n{}", receipt.sent, receipt.answer))
}

fn fail(server: &Server) -> Failure {
    deliver(&format!("url = \"{}/hook\"\ntimeout = \"2s\"", server.url())).unwrap_err()
}

fn hmac(key: &[u8], text: &str) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(text.as_bytes());
    format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()))
}

#[test]
fn a_signed_event_arrives_and_the_receipt_shows_no_secret() {
    let server = Server::answering(OK);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        format!("{{ file = \"{}\" }}", path.display())
    };
    let old = file("old", &format!("whsec_{}\n", STANDARD.encode("the old key of 24 bytes!")));
    let (new, token) = (file("new", "the new key, as text\n"), file("token", "Bearer hunter2\n"));
    let shown = deliver(&format!(
        "url = \"{}/hook\"\nsecrets = [{old}, {new}]\nheaders = {{ authorization = {token}, x-site = \"harbour\" }}",
        server.url()
    ))
    .unwrap();

    let request = server.asked();
    assert_eq!(request.line, "POST /hook HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some("Bearer hunter2"));
    assert_eq!(request.header("x-site"), Some("harbour"));
    assert_eq!(request.header("webhook-id"), Some("n1"));
    let timestamp: i64 = request.header("webhook-timestamp").unwrap().parse().unwrap();
    assert!((chrono::Utc::now().timestamp() - timestamp).abs() < 60);
    let signed = format!("n1.{timestamp}.{}", request.body);
    let signatures =
        [hmac(b"the old key of 24 bytes!", &signed), hmac(b"the new key, as text", &signed)].join(" ");
    assert_eq!(request.header("webhook-signature"), Some(&*signatures));

    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["type"], "open.relay.firing");
    assert_eq!(body["timestamp"], open_relay("n1").time.to_string());
    assert_eq!(body["data"], serde_json::to_value(open_relay("n1").alert).unwrap());

    for part in
        ["POST http://127.0.0.1", "x-site: harbour", "authorization: ***", "signature: ***", "HTTP 200 OK"]
    {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains("hunter2") && !shown.contains("v1,"), "{shown}");
    assert!(shown.ends_with("\n\nok"), "{shown}");
}

#[test]
fn statuses_mean_what_they_say() {
    let answer =
        |status: &str| fail(&Server::answering(&format!("HTTP/1.1 {status}\ncontent-length: 3\n\nno\u{1b}")));
    let Failure::Later { why, after } = answer("500 Oops") else { panic!("500 is not for ever") };
    assert!(why.contains("/… answered HTTP 500") && why.ends_with("it said: no\\u{1b}"), "{why}");
    assert_eq!(after, None);
    let Failure::Later { after, .. } = answer("429 Slow\nretry-after: 17") else {
        panic!("429 is not for ever")
    };
    assert_eq!(after, Some(Duration::from_secs(17)));
    let Failure::Later { why, .. } = answer("302 Found\nlocation: https://elsewhere.example/") else {
        panic!("302 is not for ever")
    };
    assert!(why.contains("points to https://elsewhere.example/; redirects are not followed"), "{why}");
    let Failure::Gone { why } = answer("410 Gone") else { panic!("410 is for ever") };
    assert!(why.contains("remove the sink"), "{why}");
    assert!(matches!(answer("400 Bad"), Failure::Refused { .. }));
    assert!(matches!(answer("403 No"), Failure::Later { .. }));
}

#[test]
fn a_redirect_is_not_followed() {
    let target = Server::answering(OK);
    let server =
        Server::answering(&format!("HTTP/1.1 307 Go\nlocation: {}/\ncontent-length: 0\n\n", target.url()));
    assert!(matches!(fail(&server), Failure::Later { .. }));
    assert!(target.requests.try_recv().is_err());
}

#[test]
fn a_secret_address_is_shown_nowhere() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for status in
        ["200 OK", "404 No", "301 Go\nlocation: /hooks/hunter2/new", "302 Go\nlocation: http://[::1]/hunter2"]
    {
        for is_plain in [false, true] {
            let server = Server::answering(&format!(
                "HTTP/1.1 {status}\n\nno hook /hooks/hunter2-0123456789, hunter2-0123456789"
            ));
            let url = format!("{}/hooks/hunter2-0123456789", server.url());
            fs::write(file.path(), format!("{url}\n")).unwrap();
            let key = if is_plain {
                format!("url = \"{url}\"")
            } else {
                format!("url = {{ file = \"{}\" }}", file.path().display())
            };
            let told = match deliver(&key) {
                Ok(shown) => shown,
                Err(failure) => failure.to_string(),
            };
            assert_eq!(server.asked().line, "POST /hooks/hunter2-0123456789 HTTP/1.1");
            assert!(told.contains("http://127.0.0.1") && !told.contains("hunter2"), "{told}");
        }
    }
}

#[test]
fn silence_and_dripping_end_with_the_timeout() {
    let silent = Server::start(None, |_| thread::sleep(Duration::from_secs(30)));
    let dripping = Server::start(None, |stream| {
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: ".iter().chain(&[b'x'; 10_000]) {
            if stream.write_all(&[*byte]).and_then(|()| stream.flush()).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });
    // A listener that accepts nothing, whose queue the kernel fills.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let deaf_url = format!("http://{}", deaf.local_addr().unwrap());
    for url in [silent.url(), dripping.url(), deaf_url] {
        let start = Instant::now();
        let why = deliver(&format!("url = \"{url}\"\ntimeout = \"1s\"")).unwrap_err().to_string();
        assert!(why.contains("no answer within 1 s"), "{why}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

#[test]
fn who_hangs_up_or_is_not_there_is_tried_again() {
    let closing = Server::start(None, |_| {});
    assert!(matches!(fail(&closing), Failure::Later { .. }));
    let halfway = Server::answering("HTTP/1.1 200 OK\ncontent-le");
    assert!(matches!(fail(&halfway), Failure::Later { .. }));
    let nonsense = Server::answering("SSH-2.0-OpenSSH\n\n");
    assert!(matches!(fail(&nonsense), Failure::Later { .. }));
    let port = super::daemon::free_port();
    let why = deliver(&format!("url = \"http://127.0.0.1:{port}/\"")).unwrap_err().to_string();
    assert!(why.contains("does the server listen there?"), "{why}");
}

#[test]
fn an_endless_answer_is_read_to_four_kilobytes() {
    let server = Server::start(None, |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let shown = deliver(&format!("url = \"{}\"", server.url())).unwrap();
    assert_eq!(shown.bytes().rev().take_while(|&byte| byte == b'x').count(), 4096);
}

#[test]
fn a_proxy_is_asked_for_the_way() {
    let server = Server::answering(OK);
    let (proxy, asked) = proxy();
    let keys = format!("url = \"{}/hook\"\nproxy = \"http://me:hunter2@{proxy}\"", server.url());
    deliver(&keys).unwrap();
    let request = asked.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(request.line, format!("CONNECT {} HTTP/1.1", server.address));
    let user = format!("basic {}", STANDARD.encode("me:hunter2"));
    assert!(request.header("proxy-authorization").unwrap().eq_ignore_ascii_case(&user));
    assert_eq!(server.asked().line, "POST /hook HTTP/1.1");
    assert!(!format!("{:?}", settings(&format!("type = \"webhook\"\n{keys}"))).contains("hunter2"));
}
