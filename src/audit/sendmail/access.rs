//! The access map: who may relay (`RELAY`), who may not even connect (cf/README, `access_db`).
//!
//! `Connect:` entries speak of clients, `To:` entries of recipients, those without a tag of both; `From:` entries grant
//! nothing but with a feature that is a fault in itself. `OK` lets in what other rules refuse, and lets nobody relay.

use std::path::Path;

use super::super::files::{Gaps, Place, read};
use super::network;
use crate::model::{ClientCertificates, NetworkRule};

/// What the map says.
#[derive(Debug, Default)]
pub(super) struct Map {
    pub(super) networks: Vec<NetworkRule>,
    /// Domains that are relayed for, and whose hosts may relay.
    pub(super) domains: Vec<String>,
    /// Names of clients that may relay.
    pub(super) clients: Vec<String>,
    pub(super) certificates: ClientCertificates,
}

/// Tags of the map that bear on relaying; what begins with another is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    None,
    Connect,
    To,
    Certificate,
    Other,
}

const TAGS: [(&str, Tag); 14] = [
    ("connect:", Tag::Connect),
    ("to:", Tag::To),
    ("certissuer:", Tag::Certificate),
    ("certsubject:", Tag::Certificate),
    ("from:", Tag::Other),
    ("spam:", Tag::Other),
    ("clientrate:", Tag::Other),
    ("clientconn:", Tag::Other),
    ("greetpause:", Tag::Other),
    ("tls_srv:", Tag::Other),
    ("tls_clt:", Tag::Other),
    ("tls_rcpt:", Tag::Other),
    ("try_tls:", Tag::Other),
    ("srv_features:", Tag::Other),
];

impl Map {
    /// Reads the source of the map, which is of type `kind` and named at `place`.
    pub(super) fn read(&mut self, kind: &str, path: &Path, place: &Place, gaps: &mut Gaps) {
        if !matches!(kind, "hash" | "btree" | "dbm" | "cdb" | "lmdb" | "text") {
            gaps.unread(format!(
                "{place}: the access map is of type {kind}, which only the running server can ask"
            ));
            return;
        }
        let path = match path.extension() {
            Some(extension) if extension == "db" => path.with_extension(""),
            _ => path.to_owned(),
        };
        match read(&path) {
            Ok(text) => {
                for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
                    let place = Place { file: path.clone(), line: index + 1 };
                    if let Some((key, value)) = line.split_once(char::is_whitespace) {
                        self.add(key, value.trim(), &place, gaps);
                    }
                }
            }
            Err(why) => gaps.unread(format!(
                "{place}: the source of the access map, {}, cannot be read: {why}",
                path.display()
            )),
        }
    }

    fn add(&mut self, key: &str, value: &str, place: &Place, gaps: &mut Gaps) {
        let key = key.to_ascii_lowercase();
        let tagged = TAGS.iter().find_map(|&(tag, meaning)| Some((meaning, key.strip_prefix(tag)?)));
        let (tag, key) = tagged.unwrap_or((Tag::None, &key));
        let permits = value.eq_ignore_ascii_case("RELAY");
        match tag {
            Tag::Certificate if permits => {
                self.certificates = ClientCertificates::AllTrusted;
                gaps.note(format!(
                    "{place}: some certificates may relay; a log does not say whose certificate a client showed, so \
                     every one that Sendmail verified counts as allowed"
                ));
            }
            Tag::Connect | Tag::None => self.add_client(tag, key, value, permits, place, gaps),
            Tag::To if permits && !key.contains('@') => self.domains.push(key.to_owned()),
            Tag::To if permits => {
                gaps.unread(format!(
                    "{place}: mail to the single address {key} is relayed, which is not followed here"
                ));
            }
            _ => {}
        }
    }

    fn add_client(
        &mut self,
        tag: Tag,
        key: &str,
        value: &str,
        permits: bool,
        place: &Place,
        gaps: &mut Gaps,
    ) {
        let refuses =
            !permits && !["OK", "SKIP", "SUBJECT"].iter().any(|word| value.eq_ignore_ascii_case(word));
        match network::of(key) {
            Some(network) if permits || refuses => {
                let stated = format!("the access map in {place}");
                self.networks.push(NetworkRule { network, excluded: refuses, stated });
            }
            None if permits && key.contains('/') => {
                gaps.note(format!("{place}: Sendmail knows no masks, so {key} never matches"));
            }
            None if permits && tag == Tag::Connect => self.clients.push(key.to_owned()),
            None if permits && !key.contains('@') => self.domains.push(key.to_owned()),
            _ => {}
        }
    }
}
