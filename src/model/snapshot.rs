//! State that survives a restart: a version and the state itself, in a compact binary form.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why a snapshot could not be written or taken back.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It was written by another version of the program.
    #[error(
        "the snapshot of {part} has version {found}, this program reads version {expected}: start afresh, or use the program that wrote it"
    )]
    Version {
        /// Whose state it is.
        part: &'static str,
        /// The version in the snapshot.
        found: u32,
        /// The version this program writes.
        expected: u32,
    },
    /// It is damaged, or no snapshot at all.
    #[error("the snapshot of {part} is damaged ({source}): start afresh")]
    Damaged {
        /// Whose state it is.
        part: &'static str,
        /// What the decoder says.
        source: postcard::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
}

/// Writes `state` of `part` with its format `version`.
///
/// # Errors
/// If the state cannot be encoded, which no state of this program is known to do.
pub fn encode<T: Serialize>(part: &'static str, version: u32, state: &T) -> Result<Vec<u8>, SnapshotError> {
    let bytes =
        postcard::to_stdvec(&Header { version }).map_err(|source| SnapshotError::Damaged { part, source })?;
    postcard::to_extend(state, bytes).map_err(|source| SnapshotError::Damaged { part, source })
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// If `bytes` are of another version, or damaged.
pub fn decode<T: DeserializeOwned>(
    part: &'static str,
    version: u32,
    bytes: &[u8],
) -> Result<T, SnapshotError> {
    let damaged = |source| SnapshotError::Damaged { part, source };
    let (header, rest) = postcard::take_from_bytes::<Header>(bytes).map_err(damaged)?;
    if header.version != version {
        return Err(SnapshotError::Version { part, found: header.version, expected: version });
    }
    postcard::from_bytes(rest).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_and_damage_are_told_apart() {
        let bytes = encode("test", 2, &vec![1_u8, 2, 3]).unwrap();
        assert_eq!(decode::<Vec<u8>>("test", 2, &bytes).unwrap(), [1, 2, 3]);
        assert!(matches!(decode::<Vec<u8>>("test", 3, &bytes), Err(SnapshotError::Version { found: 2, .. })));
        assert!(matches!(decode::<Vec<u8>>("test", 2, &bytes[..2]), Err(SnapshotError::Damaged { .. })));
        assert!(decode::<Vec<u8>>("test", 2, b"").is_err());
    }
}
