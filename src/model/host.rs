//! Host names, numbered. Interning is for the few names a site chose itself, never for what a client wrote.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Number of a host name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct HostId(pub u32);

/// More hosts than any site logs to one place; a log that invents names shares the last number from then on.
const MAX_HOSTS: usize = 65_536;
/// RFC 1035 section 2.3.4: a name has at most 255 octets.
const MAX_NAME: usize = 255;

/// The host names seen so far.
#[derive(Debug, Default, Clone)]
pub struct Hosts {
    names: Vec<Arc<[u8]>>,
    ids: HashMap<Arc<[u8]>, HostId, ahash::RandomState>,
}

impl Hosts {
    /// The number of `name`, which is new or known.
    pub fn id(&mut self, name: &[u8]) -> HostId {
        let name = &name[..name.len().min(MAX_NAME)];
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        if self.names.len() >= MAX_HOSTS {
            return HostId(MAX_HOSTS as u32 - 1);
        }
        let id = HostId(self.names.len() as u32);
        let name: Arc<[u8]> = Arc::from(name);
        self.names.push(name.clone());
        self.ids.insert(name, id);
        id
    }

    /// All names, in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(|name| &**name)
    }

    /// The name of a host; empty for a number of another list.
    pub fn name(&self, id: HostId) -> &[u8] {
        self.names.get(id.0 as usize).map_or(&[], |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_number_and_invented_ones_stay_bounded() {
        let mut hosts = Hosts::default();
        let first = hosts.id(b"mx1");
        assert_eq!(hosts.id(b"mx1"), first);
        assert_eq!(hosts.name(first), b"mx1");
        for n in 0..MAX_HOSTS + 10 {
            hosts.id(format!("h{n}").as_bytes());
        }
        assert_eq!(hosts.names.len(), MAX_HOSTS);
        assert_eq!(hosts.id(b"one more"), HostId(MAX_HOSTS as u32 - 1));
    }
}
