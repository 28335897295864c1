//! Webhooks over TLS: who is believed, and who we are.

use relaywatch::sink::Failure;

use super::authority::Authority;
use super::notices::open_relay;
use super::open;
use super::server::{Server, Stream};

fn ok(stream: &mut dyn Stream) {
    let _ = stream.write_all(b"HTTP/1.1 204 Fine\r\n\r\n");
}

fn deliver(server: &Server, keys: &str) -> Result<(), Failure> {
    let port = server.address.port();
    let table = format!("type = \"webhook\"\nurl = \"https://localhost:{port}/\"\ntimeout = \"20s\"\n{keys}");
    open(&table).deliver(&[open_relay("n1")]).map(drop)
}

#[test]
fn the_authority_that_is_named_is_believed_and_no_other() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = Server::start(Some(ours.server(&ours.sign("localhost"), false)), ok);
    let ca = |authority: &Authority| format!("ca_file = \"{}\"", authority.file().display());
    deliver(&server, &ca(&ours)).unwrap();
    assert_eq!(server.asked().header("webhook-id"), Some("n1"));
    let why = deliver(&server, &ca(&other)).unwrap_err().to_string();
    assert!(why.contains("set ca_file to that authority's certificate"), "{why}");
    assert!(server.requests.try_recv().is_err(), "nothing is told to who is not believed");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(&authority.sign("other.example"), false)), ok);
    let keys = format!("ca_file = \"{}\"", authority.file().display());
    let why = deliver(&server, &keys).unwrap_err().to_string();
    assert!(why.contains("for another name"), "{why}");
}

#[test]
fn a_client_certificate_is_shown_where_it_is_demanded() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.server(&authority.sign("localhost"), true)), ok);
    let client = authority.sign("client.example");
    let ca = format!("ca_file = \"{}\"", authority.file().display());
    let shown = format!(
        "{ca}\nclient_certificate = \"{}\"\nclient_key = \"{}\"",
        client.certificate.display(),
        client.key.display()
    );
    deliver(&server, &shown).unwrap();
    let why = deliver(&server, &ca).unwrap_err().to_string();
    assert!(why.contains("client_certificate"), "{why}");
}

#[test]
fn files_that_do_not_fit_are_told_when_the_sink_is_opened() {
    let authority = Authority::new();
    let (one, two) = (authority.sign("one.example"), authority.sign("two.example"));
    let open = |keys: String| {
        let table = format!("type = \"webhook\"\nurl = \"https://localhost/\"\n{keys}");
        super::settings(&table).open().unwrap_err().to_string()
    };
    let mixed = open(format!(
        "client_certificate = \"{}\"\nclient_key = \"{}\"\nca_file = \"{}\"",
        one.certificate.display(),
        two.key.display(),
        authority.file().display()
    ));
    assert!(mixed.contains("do not go together"), "{mixed}");
    let no_certificate = open(format!("ca_file = \"{}\"", one.key.display()));
    assert!(no_certificate.contains("holds no certificate in PEM form"), "{no_certificate}");
    let absent = open("ca_file = \"/nowhere/ca.pem\"".to_owned());
    assert!(absent.contains("/nowhere/ca.pem") && absent.contains("correct the path"), "{absent}");
}

#[test]
fn plain_http_where_tls_is_expected_is_told() {
    let authority = Authority::new();
    let server = Server::start(None, ok);
    let why =
        deliver(&server, &format!("ca_file = \"{}\"", authority.file().display())).unwrap_err().to_string();
    assert!(why.contains("cannot post to https://localhost"), "{why}");
}
