//! Whose counts they are, as they are looked up.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{Subject, SubjectKind, caseless_hash};

/// A subject as it is compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Whose {
    /// The whole site.
    Site,
    /// An address.
    Ip(IpAddr),
    /// What has a name of this kind, by [`caseless_hash`].
    Named(SubjectKind, u64),
}

impl Whose {
    /// The same subject by its name; `None` where an address is none.
    pub fn of(subject: &Subject) -> Option<Self> {
        match subject.kind {
            SubjectKind::Site => Some(Self::Site),
            SubjectKind::Ip => subject.value.parse().ok().map(Self::Ip),
            kind => Some(Self::Named(kind, caseless_hash(subject.value.as_bytes()))),
        }
    }
}
