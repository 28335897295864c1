//! Checks that patterns do what their samples say.

use std::fmt;

use crate::model::{Field, FieldSpan, shown, shown_text};

use super::explain::why_not;
use super::parser::Parser;
use super::pattern::{Pattern, Sample};

/// A sample that is not read as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFailure {
    /// The pattern or class rule the sample stands under.
    pub pattern: String,
    /// File and line of the sample.
    pub origin: String,
    /// The sample.
    pub line: String,
    /// What is different.
    pub problem: String,
}

impl fmt::Display for SampleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}\n    {}", self.origin, self.pattern, self.problem, shown_text(&self.line))
    }
}

/// Checks every sample: it must be matched by the pattern under which it stands and by no earlier one, for each of its
/// daemons, and give exactly the values listed. Fields not listed are not looked at.
pub fn check_samples(parser: &Parser) -> Vec<SampleFailure> {
    let mut failures = Vec::new();
    for pattern in parser.set.patterns() {
        for sample in &pattern.samples {
            let problem = pattern.daemons.iter().find_map(|daemon| check(parser, pattern, daemon, sample));
            failures.extend(problem.map(|problem| SampleFailure {
                pattern: pattern.name.clone(),
                origin: format!("{}:{}", pattern.source, sample.file_line),
                line: sample.line.clone(),
                problem,
            }));
        }
    }
    for &mta in crate::model::Mta::ALL {
        let Some(classes) = parser.set.classes(mta) else { continue };
        for rule in classes.rules() {
            for sample in &rule.samples {
                let found = classes.rule(sample.as_bytes());
                // An earlier rule of the same class says the same: a site's own copy of a file is no fault.
                if found.is_none_or(|found| classes.rules()[found].class != rule.class) {
                    let found = found.map_or("no rule".to_owned(), |found| {
                        let rule = &classes.rules()[found];
                        format!("the rule for {} at {}", rule.class, rule.origin)
                    });
                    failures.push(SampleFailure {
                        pattern: format!("{mta} class {}", rule.class),
                        origin: rule.origin.clone(),
                        line: sample.clone(),
                        problem: format!("{found} matches first"),
                    });
                }
            }
        }
    }
    failures
}

fn check(parser: &Parser, pattern: &Pattern, daemon: &str, sample: &Sample) -> Option<String> {
    let mut found: Vec<FieldSpan> = Vec::new();
    let line = sample.line.as_bytes();
    let list = parser.set.list_of(pattern.mta, daemon);
    let verdict = parser.read(pattern.mta, list, line, 0, &mut found);
    let name = parser.set.name(verdict.pattern);
    if name != pattern.name {
        let why = why_not(pattern, line, 0).map_or(String::new(), |why| format!(" ({why})"));
        return Some(match name {
            "" => format!("no pattern of {daemon} matches{why}"),
            other => format!("{other} matches it first{why}"),
        });
    }
    sample.fields.iter().find_map(|(field, want)| {
        let got = match field.as_str() {
            "kind" => Some(verdict.kind.name().as_bytes()),
            "class" => verdict.class.map(|class| class.name().as_bytes()),
            "stage" => verdict.stage.map(|stage| stage.name().as_bytes()),
            field => {
                Field::from_name(field).and_then(|field| parser.value(line, &found, verdict.pattern, field))
            }
        };
        match got {
            Some(got) if got == want.as_bytes() => None,
            Some(got) => Some(format!("{field} is `{}`, expected `{}`", shown(got), shown_text(want))),
            None => Some(format!("{field} is absent, expected `{}`", shown_text(want))),
        }
    })
}
