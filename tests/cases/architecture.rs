//! Which module may name which: the table of ARCHITECTURE.md, held.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

/// Module -> the modules it may name. `runtime` names everything but `cli`.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("input", &["model"]),
    ("parse", &["model"]),
    ("aggregate", &["model"]),
    ("correlate", &["model", "aggregate"]),
    ("learn", &["model", "aggregate"]),
    ("detect", &["model", "aggregate", "correlate", "learn"]),
    ("alert", &["model"]),
    ("audit", &["model"]),
    ("report", &["model", "aggregate", "trace"]),
    ("sink", &["model"]),
    ("state", &["model"]),
    ("trace", &["model", "aggregate", "correlate"]),
    ("tui", &["model", "aggregate"]),
    ("config", &["model", "audit", "correlate", "learn", "detect", "alert", "sink"]),
    (
        "runtime",
        &[
            "model",
            "input",
            "parse",
            "aggregate",
            "correlate",
            "learn",
            "detect",
            "alert",
            "audit",
            "report",
            "sink",
            "state",
            "trace",
            "tui",
            "config",
        ],
    ),
    ("cli", &["model", "runtime", "config", "report", "trace"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`.
fn sources(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
}

/// The code of a file: no comments, no string contents, no `#[cfg(test)]` module (which may stage what it tests).
fn code_of(text: &str) -> String {
    let comments = Regex::new(r"(?m)//.*$").unwrap();
    let text = comments.replace_all(text, "");
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

/// The top modules that `text`, which lies `depth` modules below the root, names by path.
fn named(text: &str, depth: usize, modules: &BTreeSet<&str>) -> BTreeSet<String> {
    let code = code_of(text);
    let mut found = BTreeSet::new();
    let up = "super::".repeat(depth);
    for start in ["crate::".to_owned(), up] {
        let pattern = format!(r"(?:^|[^\w:]){}(?:(\w+)|\{{([^;]*?)\}};)", regex::escape(&start));
        for captures in Regex::new(&pattern).unwrap().captures_iter(&code) {
            if let Some(one) = captures.get(1) {
                found.insert(one.as_str().to_owned());
            }
            if let Some(several) = captures.get(2) {
                found.extend(first_names(several.as_str()));
            }
        }
    }
    found.retain(|name| modules.contains(name.as_str()));
    found
}

/// `a::{b, c}, d` -> `a`, `d`.
fn first_names(group: &str) -> Vec<String> {
    let (mut names, mut level, mut name) = (Vec::new(), 0, String::new());
    for character in group.chars().chain([',']) {
        match character {
            '{' => level += 1,
            '}' => level -= 1,
            ',' if level == 0 => {
                names.push(name.split("::").next().unwrap_or_default().trim().to_owned());
                name.clear();
            }
            _ if level == 0 => name.push(character),
            _ => {}
        }
    }
    names
}

#[test]
fn modules_name_only_what_the_table_allows() {
    let modules: BTreeSet<&str> = MAY_NAME.iter().map(|(module, _)| *module).collect();
    let allowed: BTreeMap<&str, &[&str]> = MAY_NAME.iter().copied().collect();
    let source = root().join("src");
    let mut files = Vec::new();
    sources(&source, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&source).unwrap();
        let parts: Vec<&str> = relative.iter().map(|part| part.to_str().unwrap()).collect();
        let [module, .., last] = parts[..] else { continue };
        assert!(modules.contains(module), "src/{module} is not in the table");
        let depth = parts.len() - usize::from(last == "mod.rs");
        for name in named(&fs::read_to_string(&file).unwrap(), depth, &modules) {
            if name != module && !allowed[module].contains(&name.as_str()) {
                wrong.push(format!("src/{} names {name}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "not in the table of ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_of_the_document_says_the_same() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let row = Regex::new(r"(?m)^\| `src/(\w+)` \|[^|]*\|([^|]*)\|").unwrap();
    let code = Regex::new("`([a-z]+)`").unwrap();
    let mut seen = BTreeSet::new();
    for captures in row.captures_iter(&document) {
        let (module, cell) = (captures.get(1).unwrap().as_str(), captures.get(2).unwrap().as_str());
        let names: BTreeSet<&str> =
            code.captures_iter(cell).map(|name| name.get(1).unwrap().as_str()).collect();
        let (_, allowed) = MAY_NAME.iter().find(|(name, _)| *name == module).expect(module);
        let mut allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        if cell.contains("everything but") {
            allowed = BTreeSet::from(["cli"]);
        }
        assert_eq!(names, allowed, "row of src/{module}");
        seen.insert(module.to_owned());
    }
    assert_eq!(seen.len(), MAY_NAME.len(), "{seen:?}");
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    let modules = BTreeSet::from(["model", "input", "parse", "detect"]);
    let names = |text: &str, depth| named(text, depth, &modules).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("use crate::model::Event;", 2), "model");
    assert_eq!(names("use crate::{model::{Event, Kind}, parse::Parser};\nuse x;", 2), "model parse");
    assert_eq!(names("fn f(x: &crate::input::Input) {}", 2), "input");
    assert_eq!(names("use super::super::detect;", 2), "detect");
    assert_eq!(names("use super::detect;", 2), "", "a sibling, not the top module");
    assert_eq!(names("// see crate::parse\n/// crate::input", 2), "");
    assert_eq!(names("a();\n#[cfg(test)]\nmod tests {\nuse crate::parse::X; }", 2), "");
}
