//! Texts and names as they stand in SQL.

/// A text as a string literal of ClickHouse's.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A name as an identifier of ClickHouse's, whatever characters it has.
pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_names_stay_in_their_quotes() {
        assert_eq!(literal(r"it's \ "), r"'it\'s \\ '");
        assert_eq!(identifier(r"a`b\"), r"`a\`b\\`");
    }
}
