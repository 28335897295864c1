//! Time zones by their names.

use chrono_tz::Tz;

/// A zone by its IANA name, whatever its case.
pub fn timezone(text: &str) -> Result<Tz, String> {
    let zone = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(text));
    zone.copied().ok_or_else(|| format!("`{text}` is no time zone; {}", timezone_hint(text)))
}

/// What was probably meant by a name that is no zone.
pub fn timezone_hint(text: &str) -> String {
    // `Vienna` for `Europe/Vienna`: people know the city.
    let city =
        |zone: &&Tz| zone.name().rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(text));
    match chrono_tz::TZ_VARIANTS.iter().find(city) {
        Some(zone) => format!("did you mean `{}`?", zone.name()),
        None => "expected an IANA name, like Europe/Vienna, America/New_York or UTC".to_owned(),
    }
}
