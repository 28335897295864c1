//! Signatures after Standard Webhooks: HMAC-SHA256 (RFC 2104) of `id.timestamp.body`, in base64, with each key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::super::OpenError;
use super::super::secret::{Revealed, Secret};

/// A key, ready to sign.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    /// Reads a key: `whsec_` and base64, or any text, whose bytes are then the key.
    pub(super) fn read(secret: &Secret, text: &Revealed) -> Result<Self, OpenError> {
        let wrong = |why| OpenError::Wrong(format!("{secret} holds no key for signatures: {why}"));
        let bytes = match text.reveal().strip_prefix("whsec_") {
            None => text.reveal().as_bytes().to_vec(),
            Some(encoded) => STANDARD
                .decode(encoded)
                .map_err(|_| wrong("what stands behind whsec_ is no base64; copy the key as a whole"))?,
        };
        if bytes.is_empty() {
            return Err(wrong("nothing stands behind whsec_; copy the key as a whole"));
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| wrong("it has a length that cannot be used"))
    }

    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut hmac = self.0.clone();
        hmac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()))
    }
}

/// The signatures, one per key: while keys are changed, the receiver knows one of them.
pub(super) fn sign(keys: &[Key], id: &str, timestamp: i64, body: &str) -> String {
    keys.iter().map(|key| key.sign(id, timestamp, body)).collect::<Vec<_>>().join(" ")
}

/// An id as a header can hold it. The point separates what is signed, so that an id has none.
pub(super) fn id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_graphic() && c != '.' { c } else { '_' }).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<Key, String> {
        let secret = Secret::Env("KEY".to_owned());
        Key::read(&secret, &Revealed::plain(text)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_is_base64_behind_its_prefix_or_text() {
        let text = key("a key of some length").unwrap();
        let encoded = key(&format!("whsec_{}", STANDARD.encode("a key of some length"))).unwrap();
        assert_eq!(text.sign("id", 1, "body"), encoded.sign("id", 1, "body"));
        assert_ne!(text.sign("id", 1, "body"), text.sign("id", 2, "body"));
        let wrong = key("whsec_hunter2!").map(drop).unwrap_err();
        assert!(
            wrong.contains("variable KEY") && wrong.contains("base64") && !wrong.contains("hunter2"),
            "{wrong}"
        );
        assert!(key("whsec_").map(drop).unwrap_err().contains("nothing stands"));
    }

    #[test]
    fn a_signature_is_that_of_other_implementations() {
        // The vector that the libraries of Standard Webhooks are tested with.
        let keys = [key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()];
        assert_eq!(
            sign(&keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(id("a.b c\n\u{202e}d"), "a_b_c__d");
    }
}
