//! docs/troubleshooting.md quotes messages that the programs have.
#![expect(clippy::unwrap_used)]

use std::{fs, path::Path};

use ticketlens_tests::{
    document::{blocks, read},
    workspace::root,
};

/// Shorter parts of a message would be found anywhere.
const TELLING: usize = 8;

/// The texts of the sources below a folder, as they are printed: a text may go on in the next line.
fn texts(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
            let source = fs::read_to_string(path).unwrap();
            // Tests come last in a file: what only they say, no program says.
            let source = source.split("#[cfg(test)]\nmod ").next().unwrap();
            let mut lines = source.lines();
            while let Some(line) = lines.next() {
                let mut line = line.to_owned();
                while line.ends_with('\\') {
                    line.pop();
                    line.push_str(lines.next().unwrap_or_default().trim_start());
                }
                into.push_str(&line.replace("\\\"", "\""));
                into.push('\n');
            }
        }
    }
}

fn is_test(file: &Path) -> bool {
    let name = file.file_stem().unwrap().to_string_lossy();
    name == "tests" || name.ends_with("_tests")
}

/// The parts of a message that are always the same.
fn parts(message: &str) -> impl Iterator<Item = &str> {
    message.split('…').map(str::trim).filter(|part| part.len() >= TELLING)
}

#[test]
fn every_message_that_is_quoted_is_in_the_code() {
    let mut code = String::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        texts(&entry.unwrap().path().join("src"), &mut code);
    }
    let document = read("docs/troubleshooting.md");
    let blocks = blocks(&document, "```text").join("\n");
    // What a table quotes as an answer ends with what to do, which is left out.
    let cells = document.lines().filter(|line| line.starts_with("| `"));
    let cells =
        cells.flat_map(|line| line.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
    let messages: Vec<_> = blocks.lines().chain(cells).collect();
    let missing: Vec<_> = messages
        .iter()
        .flat_map(|message| parts(message))
        .filter(|part| !code.contains(part))
        .collect();
    assert!(missing.is_empty(), "no program says {missing:#?}");
    assert!(messages.len() > 40, "only {} messages", messages.len());
}
