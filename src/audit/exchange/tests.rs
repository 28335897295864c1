use std::fs;

use super::read;
use crate::model::ServerConfiguration;

const DOMAINS: &str = "#TYPE Selected.AcceptedDomain\r\n\"Name\",\"DomainName\",\"DomainType\",\"MatchSubDomains\"\r\n\
    \"a\",\"Our.example\",\"Authoritative\",\"True\"\r\n\"b\",\"*.branch.example\",\"InternalRelay\",\"False\"\r\n";
const CONNECTORS: &str = r#"[
    {"Identity": "EX1\\Default EX1", "RemoteIPRanges": ["0.0.0.0-255.255.255.255"], "PermissionGroups": "AnonymousUsers"},
    {"Identity": "EX1\\Relay", "RemoteIPRanges": [{"LowerBound": "192.0.2.10", "UpperBound": "192.0.2.11"}]},
    {"Identity": "EX1\\Off", "RemoteIPRanges": "198.51.100.1", "Enabled": false, "AuthMechanism": "ExternalAuthoritative"}
]"#;
const RIGHTS: &str = r#"<Objs Version="1.1.0.1"><Obj RefId="0"><MS>
    <S N="Identity">EX1\Relay</S><S N="User">NT AUTHORITY\ANONYMOUS LOGON</S>
    <Obj N="ExtendedRights" RefId="1"><LST><S>ms-Exch-SMTP-Submit</S><S>ms-Exch-SMTP-Accept-Any-Recipient</S></LST></Obj>
    <B N="Deny">false</B></MS></Obj></Objs>"#;

fn configuration(files: &[(&str, Vec<u8>)]) -> Result<ServerConfiguration, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    read(folder.path()).map_err(|error| error.to_string())
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn domains_connectors_and_rights_are_joined_whatever_the_form() {
    let files = [
        ("domains.csv", DOMAINS.into()),
        ("connectors.json", utf16(CONNECTORS)),
        ("rights.xml", [&b"\xef\xbb\xbf"[..], RIGHTS.as_bytes()].concat()),
    ];
    let server = configuration(&files).unwrap();
    assert_eq!(server.local_domains, [".our.example", "our.example"]);
    assert_eq!(server.relay_domains, [".branch.example"]);
    let rules: Vec<String> = server
        .networks
        .iter()
        .map(|rule| format!("{}{} {}", if rule.excluded { "!" } else { "" }, rule.network, rule.stated))
        .collect();
    let relay = "receive connector EX1\\Relay (ms-Exch-SMTP-Accept-Any-Recipient for NT AUTHORITY\\ANONYMOUS LOGON), \
                 range 192.0.2.10-192.0.2.11";
    let everyone = "receive connector EX1\\Default EX1, range 0.0.0.0-255.255.255.255";
    assert_eq!(rules, [format!("192.0.2.10/31 {relay}"), format!("!0.0.0.0/0 {everyone}")]);
    assert_eq!((server.unread, server.notes), (vec![], vec![]));
}

#[test]
fn what_is_missing_or_dangerous_is_told() {
    let domains = "\"DomainName\",\"DomainType\"\n\"*\",\"ExternalRelay\"\n";
    let server = configuration(&[("d.csv", domains.into()), ("x.json", b"[{".into())]).unwrap();
    assert!(server.openings[0].contains("accepted domain `*`"), "{:?}", server.openings);
    assert!(server.unread[0].contains("x.json: not JSON"), "{:?}", server.unread);
    let server = configuration(&[("c.json", CONNECTORS.into())]).unwrap();
    assert!(server.notes[0].contains("Get-ADPermission") && server.unread[0].contains("Get-AcceptedDomain"));
    let error = configuration(&[("a.csv", b"x,y\n1,2\n".into())]).unwrap_err();
    assert!(error.contains("no file in it is an export"), "{error}");
}
