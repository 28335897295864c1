//! What an answer that is no success means.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use ureq::http::header::{LOCATION, RETRY_AFTER};
use ureq::http::response::Parts;

use super::super::{Failure, words};
use super::client::{Veil, status};
use super::url::Url;

/// No server's word makes us wait longer: a mistake there must not silence alerts. A day.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The failure that an answer stands for; `said` is the beginning of its body.
pub(super) fn failure(head: &Parts, said: &str, url: &Url, veil: &Veil, now: DateTime<Utc>) -> Failure {
    let said = if said.is_empty() { String::new() } else { format!("; it said: {}", words::line(said, 300)) };
    let why = format!("{} answered {}", url.shown(), status(head));
    match head.status.as_u16() {
        code @ 300..=399 => {
            let to = match head.headers.get(LOCATION) {
                // The new place of a secret address is as secret.
                Some(to) => veil.over(&words::line(&place(&String::from_utf8_lossy(to.as_bytes())), 300)),
                None => "nowhere".to_owned(),
            };
            let why = format!("{why}, which points to {to}; redirects are not followed: correct `url`");
            Failure::Later { why, after: retry_after(head, code, now) }
        }
        410 => Failure::Gone {
            why: format!("{why}: it is there no more; correct `url`, or remove the sink{said}"),
        },
        400 | 413 | 415 | 422 => {
            Failure::Refused { why: format!("{why}: it will not take this notice; check `body`{said}") }
        }
        401 | 403 => Failure::later(format!("{why}: check `headers`, `secrets` and `url`{said}")),
        404 => Failure::later(format!("{why}: check `url`{said}")),
        code => Failure::Later { why: format!("{why}{said}"), after: retry_after(head, code, now) },
    }
}

/// Scheme and host of an address.
fn place(address: &str) -> String {
    Url::parse(address).map_or_else(|_| "another path".to_owned(), |url| url.shown().to_owned())
}

/// `Retry-After` (RFC 9110, section 10.2.3), where it means that the server asks for patience: with 429 (RFC 6585,
/// section 4), 503 and redirects.
fn retry_after(head: &Parts, code: u16, now: DateTime<Utc>) -> Option<Duration> {
    if !matches!(code, 429 | 503 | 300..=399) {
        return None;
    }
    let text = head.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (http_date(text)? - now).to_std().unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

/// A date of HTTP in any of its three forms (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use ureq::http::Response;

    use super::*;

    fn fail(code: u16, header: Option<(&str, &str)>) -> Failure {
        let mut response = Response::builder().status(code);
        if let Some((name, value)) = header {
            response = response.header(name, value);
        }
        let (head, ()) = response.body(()).unwrap().into_parts();
        let url = Url::parse("https://chat.example/hooks/abc").unwrap();
        failure(&head, "", &url, &Veil::default(), "2015-10-21T07:00:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_read_in_every_form_and_believed_for_a_day() {
        let after = |code, text| match fail(code, Some(("retry-after", text))) {
            Failure::Later { after, .. } => after.map(|after| after.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(after(429, "120"), Some(120));
        assert_eq!(after(503, "Wed, 21 Oct 2015 07:28:00 GMT"), Some(1680));
        assert_eq!(after(503, "Wednesday, 21-Oct-15 07:28:00 GMT"), Some(1680));
        assert_eq!(after(503, "Wed Oct 21 07:28:00 2015"), Some(1680));
        assert_eq!(after(301, "Wed, 21 Oct 2015 06:00:00 GMT"), Some(0));
        assert_eq!(after(429, "99999999999"), Some(86_400));
        assert_eq!(after(429, "soon"), None);
        assert_eq!(after(500, "120"), None);
    }

    #[test]
    fn each_status_has_its_meaning() {
        assert!(matches!(fail(410, None), Failure::Gone { .. }));
        for code in [400, 413, 415, 422] {
            assert!(matches!(fail(code, None), Failure::Refused { .. }), "{code}");
        }
        for code in [302, 401, 403, 404, 408, 409, 429, 500, 502, 503] {
            assert!(matches!(fail(code, None), Failure::Later { .. }), "{code}");
        }
    }

    #[test]
    fn a_redirect_says_where_to_but_no_secret() {
        let to = Some(("location", "https://new.example/hooks/abc"));
        let told = fail(308, to).to_string();
        assert!(
            told.contains("points to https://new.example/…; ") && told.contains("correct `url`"),
            "{told}"
        );
        assert!(told.starts_with("https://chat.example/… answered") && !told.contains("abc"), "{told}");
        let relative = fail(308, Some(("location", "/hooks/abc/"))).to_string();
        assert!(relative.contains("points to another path") && !relative.contains("abc"), "{relative}");
    }
}
