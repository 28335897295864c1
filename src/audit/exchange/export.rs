//! Objects that PowerShell wrote: `Export-Csv`, `ConvertTo-Json`, `Export-Clixml`.

use std::collections::BTreeMap;
use std::path::Path;

use quick_xml::events::Event;
use serde_json::Value;

/// One object: its properties, each with its values in the order of the export.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Object {
    properties: BTreeMap<String, Vec<String>>,
    /// The file it stands in, for people.
    pub(super) file: String,
}

impl Object {
    /// All values of a property; empty where it has none.
    pub(super) fn all(&self, property: &str) -> &[String] {
        self.properties.get(&property.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Its first value.
    pub(super) fn one(&self, property: &str) -> Option<&str> {
        self.all(property).first().map(String::as_str)
    }

    pub(super) fn has(&self, property: &str) -> bool {
        self.properties.contains_key(&property.to_ascii_lowercase())
    }

    /// Whether any value, or part of a list in one value (`AnonymousUsers, ExchangeServers`), is `wanted`.
    pub(super) fn lists(&self, property: &str, wanted: &str) -> bool {
        let mut words = self.all(property).iter().flat_map(|value| value.split([',', ';', ' ']));
        words.any(|word| word.trim().eq_ignore_ascii_case(wanted))
    }

    fn add(&mut self, property: &str, value: String) {
        self.properties.entry(property.to_ascii_lowercase()).or_default().push(value);
    }
}

/// The objects in a file; what is no export is told in `unread`.
pub(super) fn objects(text: &str, path: &Path, unread: &mut Vec<String>) -> Vec<Object> {
    let trimmed = text.trim_start();
    let read = match trimmed.chars().next() {
        None => return Vec::new(),
        Some('[' | '{') => json(trimmed),
        Some('<') => clixml(trimmed),
        Some(_) => csv(trimmed),
    };
    match read {
        Ok(mut objects) => {
            for object in &mut objects {
                object.file = path.display().to_string();
            }
            objects
        }
        Err(problem) => {
            unread.push(format!("{}: {problem}", path.display()));
            Vec::new()
        }
    }
}

fn csv(text: &str) -> Result<Vec<Object>, String> {
    // `#TYPE ...` in front of the header, unless -NoTypeInformation was given.
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut objects = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let mut object = Object::default();
        for (name, value) in names.iter().zip(&record).filter(|(_, value)| !value.is_empty()) {
            // `{a, b}`: how a list looks where it was not joined.
            let value = value.strip_prefix('{').and_then(|list| list.strip_suffix('}')).unwrap_or(value);
            object.add(name, value.to_owned());
        }
        objects.push(object);
    }
    Ok(objects)
}

fn json(text: &str) -> Result<Vec<Object>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    Ok(list.iter().filter_map(Value::as_object).map(object_of).collect())
}

fn object_of(members: &serde_json::Map<String, Value>) -> Object {
    let mut object = Object::default();
    for (name, value) in members {
        match value {
            Value::Array(list) => list.iter().filter_map(scalar).for_each(|value| object.add(name, value)),
            one => scalar(one).into_iter().for_each(|value| object.add(name, value)),
        }
    }
    object
}

/// A value as text. Of an object, the property that names it: what `ConvertTo-Json` makes of addresses and ranges.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(members) => {
            if let (Some(first), Some(last)) = (members.get("LowerBound"), members.get("UpperBound")) {
                return Some(format!("{}-{}", scalar(first)?, scalar(last)?));
            }
            let names =
                ["Expression", "Domain", "Address", "RawIdentity", "Name", "value", "IPAddressToString"];
            names.iter().find_map(|name| members.get(*name).and_then(scalar))
        }
        Value::Null | Value::Array(_) => None,
    }
}

/// `Export-Clixml`: `<Obj>` elements with properties that carry their name in `N`; lists in `<LST>`.
fn clixml(text: &str) -> Result<Vec<Object>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut objects, mut object) = (Vec::new(), Object::default());
    // The names of open elements that have one, and how deep the objects are.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut depth = 0;
    loop {
        match reader.read_event().map_err(|error| format!("not CLIXML: {error}"))? {
            Event::Start(element) => {
                if element.local_name().as_ref() == b"Obj" {
                    depth += 1;
                }
                let name = element.try_get_attribute("N").ok().flatten();
                open.push(name.map(|name| String::from_utf8_lossy(&name.value).into_owned()));
            }
            Event::End(element) => {
                open.pop();
                if element.local_name().as_ref() == b"Obj" {
                    depth -= 1;
                    if depth == 0 {
                        objects.push(std::mem::take(&mut object));
                    }
                }
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|error| format!("not CLIXML: {error}"))?;
                let text =
                    quick_xml::escape::unescape(&text).map_err(|error| format!("not CLIXML: {error}"))?;
                // The outermost name is the property's: what is within belongs to its value.
                if let Some(name) = open.iter().flatten().next()
                    && !text.trim().is_empty()
                {
                    object.add(name, text.trim().to_owned());
                }
            }
            Event::Eof => return Ok(objects),
            _ => {}
        }
    }
}
