//! What a release is packed with is the program's own word: its version, manual pages, completions.

use std::{fs, process::Command};

use crate::dev::call;

#[test]
fn the_version_names_the_commit_and_in_its_long_form_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let short = call(folder.path(), &["-V"]).ended(0).out;
    let long = call(folder.path(), &["--version"]).ended(0).out;
    assert_eq!(short.lines().count(), 1, "{short}");
    assert_eq!(long.lines().next(), short.lines().next());
    let commit = short.trim_end().strip_prefix("ticketlens ").unwrap().split_once(" (").unwrap().1;
    let commit = commit.strip_suffix(')').unwrap();
    if commit != "unknown" {
        let (hash, date) = commit.split_once(' ').unwrap();
        assert!(hash.len() >= 7 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{short}");
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{short}");
    }
    for key in ["target: ", "engine: "] {
        assert!(long.lines().any(|line| line.starts_with(key)), "{key}: {long}");
    }
}

#[test]
fn every_command_has_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    call(folder.path(), &["man", "--to", "man1"]).ended(0);
    let page = |name: &str| fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
    let program = page("ticketlens");
    assert_eq!(call(folder.path(), &["man"]).ended(0).out, program);
    for command in ["dev", "tickets", "man", "completions"] {
        assert!(program.contains(&format!("ticketlens\\-{command}(1)")), "{command}");
    }
    let show = page("ticketlens-tickets-show");
    assert!(show.contains("ticketlens tickets show 4711"), "its examples are in it: {show}");
    // Only what is the same on every platform.
    let long = call(folder.path(), &["--version"]).ended(0).out;
    let target = long.lines().find_map(|line| line.strip_prefix("target: ")).unwrap();
    for file in fs::read_dir(&pages).unwrap() {
        let file = file.unwrap().path();
        assert!(!fs::read_to_string(&file).unwrap().contains(target), "{}", file.display());
    }
    fs::write(folder.path().join("taken"), "").unwrap();
    let refused = call(folder.path(), &["man", "--to", "taken"]).ended(1);
    assert!(refused.err.contains("taken"), "{}", refused.err);
}

#[test]
fn a_shell_completes_commands_and_flags() {
    let folder = tempfile::tempdir().unwrap();
    let script = call(folder.path(), &["completions", "bash"]).ended(0).out;
    fs::write(folder.path().join("ticketlens.bash"), script).unwrap();
    for (words, cursor, expected) in
        [("ticketlens ticke", 1, "tickets"), ("ticketlens tickets show --ful", 3, "--full")]
    {
        let ask = format!(
            "source ./ticketlens.bash; COMP_WORDS=({words}); COMP_CWORD={cursor}; \
             _ticketlens ticketlens \"${{COMP_WORDS[{cursor}]}}\" \"${{COMP_WORDS[{}]}}\"; \
             echo \"${{COMPREPLY[@]}}\"",
            cursor - 1
        );
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", &ask]).current_dir(folder.path());
        let output = bash.output().expect("bash runs");
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.trim(), expected, "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script = call(folder.path(), &["completions", shell]).ended(0).out;
        assert!(script.contains("check-config"), "{shell}");
    }
    call(folder.path(), &["completions", "ksh"]).ended(2);
}
