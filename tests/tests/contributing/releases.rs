//! What has to agree before anything can be released.

use ticketlens_tests::document::read;

use crate::{packages, setting, text};

#[test]
fn the_changelog_has_versions() {
    let changelog = read("CHANGELOG.md");
    let mut versions = changelog.lines().filter_map(|line| line.strip_prefix("## "));
    assert_eq!(versions.next(), Some("[Unreleased]"), "what is not released comes first");
    for version in versions {
        let (number, date) = version.split_once(" - ").unwrap_or_else(|| panic!("{version}"));
        let number = number.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap();
        assert!(number.split('.').all(|part| part.parse::<u32>().is_ok()), "{version}");
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{version}");
    }
    const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    for kind in changelog.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(KINDS.contains(&kind), "{kind} is no kind of change");
    }
}

#[test]
fn libraries_that_are_published_name_each_other_by_the_one_version() {
    let version = setting("Cargo.toml", "version");
    let workspace = read("Cargo.toml");
    let libraries = [
        ("ticketlens-redact", "redact"),
        ("ticketlens-ticket", "ticket"),
        ("ticketlens", "client"),
    ];
    for (name, folder) in libraries {
        let line = format!("{name} = {{ path = \"crates/{folder}\", version = \"{version}\"");
        assert!(workspace.contains(&line), "{line}");
    }
    // What a package has to say of itself; the address is the release's first step.
    for package in
        packages().iter().filter(|p| libraries.iter().any(|(n, _)| text(p, "name") == *n))
    {
        for key in ["description", "license", "rust_version"] {
            assert!(package[key].is_string(), "{} has no {key}", text(package, "name"));
        }
        for key in ["keywords", "categories"] {
            let words = package[key].as_array().unwrap().len();
            assert!((1..=5).contains(&words), "{} has {words} {key}", text(package, "name"));
        }
    }
}

#[test]
fn the_client_says_which_opentelemetry_it_is_built_with() {
    let minor = |version: &str| version.rsplit_once('.').unwrap().0.to_owned();
    let workspace = read("Cargo.toml");
    let line = workspace.lines().find_map(|line| line.strip_prefix("opentelemetry = "));
    let with = line.and_then(|line| line.split('"').nth(1)).unwrap();
    let row = format!("//! | {} | {} |", minor(&setting("Cargo.toml", "version")), minor(with));
    let documentation = read("crates/client/src/lib.rs");
    assert!(documentation.contains(&row), "crates/client/src/lib.rs has no row {row}");
}
