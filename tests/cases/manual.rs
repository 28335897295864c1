//! Manual pages and completions: they say what the commands say of themselves.

use std::process::Command;

use super::program::{code, err, out, run, run_with};

/// The commands that `help` lists.
fn commands(of: &[&str]) -> Vec<String> {
    let help = out(&run(&[of, &["--help"]].concat()));
    let Some((_, listed)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|&name| name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_a_page() {
    let all = commands(&[]);
    assert!(all.len() > 10, "{all:?}");
    for command in &all {
        let mut paths = vec![vec![command.clone()]];
        paths.extend(commands(&[command]).into_iter().map(|below| vec![command.clone(), below]));
        for path in paths {
            let words: Vec<&str> = path.iter().map(String::as_str).collect();
            let page = out(&run(&[&["man"], &words[..]].concat()));
            let title = format!(".TH relaywatch-{} 1", path.join("-"));
            assert!(page.contains(&title) && page.contains("relaywatch 0."), "{path:?}: {page}");
            assert!(page.contains(".SH SYNOPSIS") && page.contains("\\-\\-memory"), "{path:?}");
        }
    }
    let page = out(&run(&["man"]));
    assert!(page.contains(".TH relaywatch 1") && page.contains("Exit codes"), "{page}");
    let nobody = run(&["man", "alerts", "nothing"]);
    assert_eq!(code(&nobody), 2);
    assert!(
        err(&nobody).contains("relaywatch alerts has no command nothing; possible: list"),
        "{}",
        err(&nobody)
    );
}

#[test]
fn a_shell_completes_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = out(&run(&["completions", shell]));
        for word in ["analyze", "min-severity", "check-config"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    // As bash itself asks: the words so far, and which of them the cursor is at.
    let asked = |words: &str, at: usize| {
        format!(
            "COMP_WORDS=({words}); COMP_CWORD={at}; COMP_LINE='{words}'; COMP_POINT=${{#COMP_LINE}}\n\
             _relaywatch relaywatch \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$((COMP_CWORD - 1))]}}\"\n\
             echo \"${{COMPREPLY[@]}}\"\n"
        )
    };
    let mut script = out(&run(&["completions", "bash"]));
    script.push_str(&asked("relaywatch ana", 1));
    script.push_str(&asked("relaywatch analyze --min", 2));
    script.push_str(&asked("relaywatch analyze --output h", 3));
    let output = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert_eq!(out(&output), "analyze\n--min-severity\nhtml\n", "{}", err(&output));
    // A reader that has seen enough is no fault.
    assert_eq!(code(&run_with(&["completions", "bash"], b"")), 0);
}
