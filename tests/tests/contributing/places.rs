//! Files and crates that the documents send a reader to.

use std::collections::BTreeSet;

use ticketlens_tests::document::read;

use crate::{packages, root, text};

#[test]
fn every_place_that_is_named_is_there() {
    let root = root();
    for document in ["CONTRIBUTING.md", "RELEASING.md", "SECURITY.md"] {
        let text = read(document);
        let words =
            text.split('`').skip(1).step_by(2).filter(|word| !word.contains(char::is_whitespace));
        // `crates/…`, `docs/…`: below something that lies at the root.
        let paths: Vec<_> = words
            .filter(|word| {
                let first = word.split_once('/').map(|(first, _)| first);
                first.is_some_and(|first| !first.is_empty() && root.join(first).is_dir())
            })
            .collect();
        let missing: Vec<_> = paths.iter().filter(|path| !root.join(path).exists()).collect();
        assert!(missing.is_empty(), "{document} names {missing:?}");
        assert!(document == "SECURITY.md" || paths.len() > 2, "{document}: {paths:?}");
    }
}

/// The rows of the table of crates: folder, crate, what its tests need.
fn rooms() -> BTreeSet<(String, String, String)> {
    let document = read("CONTRIBUTING.md");
    let (_, table) = document.split_once("| folder | crate |").expect("a table of crates");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cell = |cell: &str| cell.trim().trim_matches('`').to_owned();
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(cell).collect();
        let [folder, name, _, needs] = cells.as_slice() else { panic!("four cells: {row}") };
        (folder.clone(), name.clone(), needs.clone())
    })
    .collect()
}

#[test]
fn every_crate_has_its_row_and_no_other_has() {
    let root = root();
    let row = |package: &serde_json::Value| {
        let name = text(package, "name");
        let manifest = std::path::Path::new(text(package, "manifest_path"));
        let folder = manifest.parent().unwrap().strip_prefix(root).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap();
        // As `cargo xtask test --package` has it.
        let engine = dependencies.iter().any(|d| text(d, "name") == "ticketlens-engine");
        let needs = match name {
            "ticketlens-tests" => "everything",
            "ticketlens-engine" => "the engine",
            _ if engine => "the engine",
            _ => "nothing",
        };
        (folder.display().to_string(), name.to_owned(), needs.to_owned())
    };
    let there: BTreeSet<_> = packages().iter().map(row).collect();
    let said = rooms();
    let missing: Vec<_> = there.difference(&said).collect();
    let wrong: Vec<_> = said.difference(&there).collect();
    assert!(missing.is_empty() && wrong.is_empty(), "missing {missing:?}, wrong {wrong:?}");
}
