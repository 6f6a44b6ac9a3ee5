//! docs/otlp.md names tests: each is there, and whatever is said to be done has one.

use ticketlens_tests::document::read;

/// `file: test` in code marks, as the file and the test's name.
fn named(text: &str) -> Vec<(&str, &str)> {
    let marked = text.split('`').skip(1).step_by(2);
    marked.filter_map(|word| word.split_once(".rs: ")).collect()
}

/// Whether the source has a test of that name: an attribute that ends in `test]`, or one with
/// arguments, right before it.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let is_it = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) == Some(name)
    };
    lines.windows(2).any(|pair| {
        let is_test = pair[0] == "#[test]" || pair[0].starts_with("#[tokio::test");
        is_test && is_it(pair[1])
    })
}

#[test]
fn every_test_that_is_named_exists() {
    let document = read("docs/otlp.md");
    let named = named(&document);
    assert!(named.len() > 60, "{} tests are named", named.len());
    for (file, test) in named {
        let file = format!("{file}.rs");
        assert!(has_test(&read(&file), test), "{file} has no test {test}");
    }
    assert!(!has_test(&read("tests/tests/conformance.rs"), "read"), "a function is no test");
}

#[test]
fn every_row_has_a_test_or_says_why_not() {
    let document = read("docs/otlp.md");
    let rows =
        document.lines().filter(|line| line.starts_with("| ") && !line.ends_with("checked by |"));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "four cells: {row}");
        let excused = cells[2].contains("**no**") || cells[2].contains("one destination");
        assert!(excused || !named(cells[3]).is_empty(), "no test: {row}");
        seen += 1;
    }
    assert!(seen > 50, "{seen} rows");
}
