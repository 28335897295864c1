//! Pattern files, from TOML to patterns. Every fault names file, line, column, and what to write instead.

use std::collections::BTreeMap;

use regex::bytes::Regex;
use serde::Deserialize;
use toml::Spanned;

use crate::model::{Class, Field, Kind, Mta, Stage};

use super::bytes::Literal;
use super::classes::ClassRule;
use super::error::{Error, Source};
use super::pattern::{Matcher, Pattern, RegexMatcher, Sample};
use super::suggest::did_you_mean;
use super::syntax;
use super::template::Template;

/// What a pattern file holds.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) patterns: Vec<Pattern>,
    pub(super) classes: Vec<(Mta, ClassRule)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mta: Spanned<String>,
    #[serde(default)]
    daemons: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pattern: Vec<Spanned<RawPattern>>,
    #[serde(default)]
    class: Vec<Spanned<RawClass>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPattern {
    name: Spanned<String>,
    kind: Spanned<String>,
    template: Option<Spanned<String>>,
    regex: Option<Spanned<String>>,
    #[serde(default)]
    classify: bool,
    class: Option<Spanned<String>>,
    stage: Option<Spanned<String>>,
    #[serde(default)]
    set: BTreeMap<String, Spanned<Value>>,
    unless: Option<Spanned<Vec<String>>>,
    begins: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    when: BTreeMap<String, Spanned<OneOrMore>>,
    #[serde(default)]
    sample: Vec<Spanned<RawSample>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSample {
    line: String,
    #[serde(default)]
    fields: BTreeMap<String, Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClass {
    class: Spanned<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    starts: Vec<String>,
    regex: Option<Spanned<String>>,
    #[serde(default)]
    samples: Vec<String>,
}

/// A text, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn texts(&self) -> Vec<Box<[u8]>> {
        let texts = match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        };
        texts.iter().map(|text| text.as_bytes().into()).collect()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Int(i64),
    Decimal(f64),
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
        }
    }
}

/// Reads one file.
pub(super) fn load(source: Source<'_>) -> Result<Loaded, Error> {
    let file: File = toml::from_str(source.text)
        .map_err(|error| source.error(error.span().map_or(0, |span| span.start), error.message()))?;
    let mta = word(source, &file.mta, Mta::from_name, Mta::ALL.iter().map(|mta| mta.name()), "mail server")?;
    let mut loaded = Loaded::default();
    for raw in &file.class {
        loaded.classes.push((mta, class_rule(source, raw)?));
    }
    if file.pattern.is_empty() {
        return Ok(loaded);
    }
    let Some(daemons) = file.daemons.as_ref().filter(|daemons| !daemons.get_ref().is_empty()) else {
        return Err(source.error(
            file.mta.span().start,
            "no `daemons`: name the daemons whose lines these patterns read, as in `daemons = [\"smtpd\"]`",
        ));
    };
    let daemons: Vec<String> = daemons.get_ref().iter().map(|daemon| daemon.replace('_', "-")).collect();
    for raw in &file.pattern {
        loaded.patterns.push(pattern(source, mta, &daemons, raw)?);
    }
    Ok(loaded)
}

fn pattern(
    source: Source<'_>,
    mta: Mta,
    daemons: &[String],
    raw: &Spanned<RawPattern>,
) -> Result<Pattern, Error> {
    let at = raw.span().start;
    let raw = raw.get_ref();
    let name = raw.name.get_ref();
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        return Err(source.error(
            raw.name.span().start,
            format!("`{name}` is no pattern name; use lower-case letters, digits and `_`"),
        ));
    }
    let kinds = Kind::ALL.iter().map(|kind| kind.name());
    let kind = word(source, &raw.kind, Kind::from_name, kinds, "kind")?;
    let class = raw.class.as_ref().map(|class| class_name(source, class)).transpose()?;
    let stages = || Stage::ALL.iter().map(|stage| stage.name());
    let stage = raw
        .stage
        .as_ref()
        .map(|stage| word(source, stage, Stage::from_name, stages(), "stage"))
        .transpose()?;
    if let (Some(class), true) = (&raw.class, raw.classify) {
        return Err(
            source.error(class.span().start, "`class` and `classify` exclude each other; keep one of them")
        );
    }
    let matcher = match (&raw.template, &raw.regex) {
        (Some(template), None) => Matcher::Template(compile_template(source, template)?),
        (None, Some(regex)) => Matcher::Regex(Box::new(compile_regex(source, regex)?)),
        (None, None) => {
            return Err(source.error(at, format!("pattern `{name}` has neither `template` nor `regex`")));
        }
        (Some(_), Some(regex)) => {
            return Err(source
                .error(regex.span().start, "`template` and `regex` exclude each other; keep one of them"));
        }
    };
    let opaque = match &matcher {
        Matcher::Template(template) => template.has_opaque(),
        Matcher::Regex(_) => true,
    };
    for (key, texts) in [("unless", &raw.unless), ("begins", &raw.begins)] {
        if let Some(texts) = texts.as_ref().filter(|_| !opaque) {
            return Err(source.error(
                texts.span().start,
                format!(
                    "`{key}` looks into the opaque text, and this template has none; put a `{{text}}` into it"
                ),
            ));
        }
    }
    if raw.classify && !opaque {
        return Err(source.error(
            at,
            format!("pattern `{name}` has `classify`, but its template has no `{{reply}}` or `{{text}}` to look into"),
        ));
    }
    let constants = fields(source, "set", &raw.set, |value| value.text().into_bytes().into_boxed_slice())?;
    let when = fields(source, "when", &raw.when, OneOrMore::texts)?;
    if raw.sample.is_empty() {
        return Err(source.error(
            at,
            format!("pattern `{name}` has no sample; add a `[[pattern.sample]]` with a `line` it must match"),
        ));
    }
    let samples = raw.sample.iter().map(|raw| sample(source, raw)).collect::<Result<_, _>>()?;
    let first = daemons.first().map_or("*", |daemon| daemon);
    Ok(Pattern {
        name: format!("{mta}.{first}.{name}"),
        mta,
        daemons: daemons.to_vec(),
        kind,
        class,
        stage,
        classify: raw.classify,
        constants,
        unless: raw
            .unless
            .iter()
            .flat_map(Spanned::get_ref)
            .map(|text| Literal::new(text.as_bytes()))
            .collect(),
        begins: raw.begins.iter().flat_map(Spanned::get_ref).map(|text| text.as_bytes().into()).collect(),
        is_conditional: raw.unless.is_some() || raw.begins.is_some() || !when.is_empty(),
        when,
        matcher,
        source: source.file.to_owned(),
        samples,
    })
}

/// What the fields of a table, which stands under `key`, are given.
fn fields<V, T>(
    source: Source<'_>,
    key: &str,
    table: &BTreeMap<String, Spanned<V>>,
    given: impl Fn(&V) -> T,
) -> Result<Vec<(Field, T)>, Error> {
    let mut all = Vec::new();
    for (name, value) in table {
        let known = Field::ALL.iter().map(|field| field.name());
        let field = Field::from_name(name).ok_or_else(|| {
            source.error(
                value.span().start,
                format!("unknown field `{name}` in `{key}`{}", did_you_mean(name, known)),
            )
        })?;
        all.push((field, given(value.get_ref())));
    }
    Ok(all)
}

fn compile_template(source: Source<'_>, raw: &Spanned<String>) -> Result<Template, Error> {
    syntax::parse(raw.get_ref())
        .and_then(|elements| Template::compile(&elements))
        .map_err(|fault| source.error_in_string(&raw.span(), fault.at, fault.problem))
}

fn compile_regex(source: Source<'_>, raw: &Spanned<String>) -> Result<RegexMatcher, Error> {
    let at = raw.span().start;
    let regex = Regex::new(raw.get_ref())
        .map_err(|error| source.error(at, format!("bad regular expression: {error}")))?;
    let mut groups = Vec::new();
    for (index, name) in regex.capture_names().enumerate() {
        let Some(name) = name else { continue };
        let field = Field::from_name(name);
        if field.is_none() && name != "stage" {
            let known = Field::ALL.iter().map(|field| field.name());
            return Err(
                source.error(at, format!("unknown field `{name}` in a group{}", did_you_mean(name, known)))
            );
        }
        groups.push((index, field));
    }
    Ok(RegexMatcher { regex, groups })
}

fn sample(source: Source<'_>, raw: &Spanned<RawSample>) -> Result<Sample, Error> {
    let mut fields = Vec::new();
    for (name, value) in &raw.get_ref().fields {
        if Field::from_name(name).is_none() && !matches!(name.as_str(), "class" | "stage" | "kind") {
            let known = Field::ALL.iter().map(|field| field.name()).chain(["class", "stage", "kind"]);
            return Err(source.error(
                value.span().start,
                format!("unknown field `{name}` in a sample{}", did_you_mean(name, known)),
            ));
        }
        fields.push((name.clone(), value.get_ref().text()));
    }
    let file_line = source.text.get(..raw.span().start).map_or(0, |before| before.matches('\n').count()) + 1;
    Ok(Sample { line: raw.get_ref().line.clone(), fields, file_line })
}

fn class_rule(source: Source<'_>, raw: &Spanned<RawClass>) -> Result<ClassRule, Error> {
    let at = raw.span().start;
    let raw = raw.get_ref();
    let class = class_name(source, &raw.class)?;
    if raw.contains.iter().chain(&raw.starts).any(String::is_empty) {
        return Err(source.error(at, "an empty text would match every reply; remove it"));
    }
    if raw.contains.is_empty() && raw.starts.is_empty() && raw.regex.is_none() {
        return Err(source.error(at, "a class rule needs `contains`, `starts` or `regex`"));
    }
    let regex = raw.regex.as_ref().map(|regex| {
        Regex::new(regex.get_ref())
            .map_err(|error| source.error(regex.span().start, format!("bad regular expression: {error}")))
    });
    if raw.samples.is_empty() {
        return Err(source.error(
            at,
            format!("this rule for class `{class}` has no `samples`; add a reply it must match"),
        ));
    }
    Ok(ClassRule {
        class,
        origin: format!("{}:{}", source.file, source.text[..at].matches('\n').count() + 1),
        contains: raw.contains.clone(),
        starts: raw.starts.clone(),
        regex: regex.transpose()?,
        samples: raw.samples.clone(),
    })
}

fn class_name(source: Source<'_>, raw: &Spanned<String>) -> Result<Class, Error> {
    word(source, raw, Class::from_name, Class::ALL.iter().map(|class| class.name()), "class")
}

/// A word of a closed list.
fn word<T>(
    source: Source<'_>,
    raw: &Spanned<String>,
    from_name: fn(&str) -> Option<T>,
    known: impl Iterator<Item = &'static str>,
    what: &str,
) -> Result<T, Error> {
    let text = raw.get_ref();
    from_name(text).ok_or_else(|| {
        source.error(raw.span().start, format!("unknown {what} `{text}`{}", did_you_mean(text, known)))
    })
}
