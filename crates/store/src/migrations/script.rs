//! Splits a migration's text into statements. ClickHouse's HTTP interface takes one at a time.

/// The statements of `text`, without comments. A semicolon ends one, unless it stands in a string,
/// a quoted identifier or a comment.
pub(super) fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' | '`' => {
                current.push(c);
                quoted(&mut chars, c, &mut current);
            }
            '-' if chars.peek() == Some(&'-') => {
                skip_line(&mut chars);
                current.push('\n');
            }
            '/' if chars.peek() == Some(&'*') => {
                skip_block(&mut chars);
                current.push(' ');
            }
            ';' => finish(&mut current, &mut found),
            _ => current.push(c),
        }
    }
    finish(&mut current, &mut found);
    found
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Copies up to the closing quote. A doubled quote closes and opens again, which comes to the same.
fn quoted(chars: &mut Chars<'_>, quote: char, out: &mut String) {
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' {
            out.extend(chars.next());
        } else if c == quote {
            return;
        }
    }
}

fn skip_line(chars: &mut Chars<'_>) {
    for c in chars.by_ref() {
        if c == '\n' {
            return;
        }
    }
}

fn skip_block(chars: &mut Chars<'_>) {
    let mut last = ' ';
    // The star that opens the comment must not close it.
    chars.next();
    for c in chars.by_ref() {
        if last == '*' && c == '/' {
            return;
        }
        last = c;
    }
}

fn finish(current: &mut String, found: &mut Vec<String>) {
    let statement = current.trim();
    if !statement.is_empty() {
        found.push(statement.to_owned());
    }
    current.clear();
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn semicolons_in_strings_names_and_comments_do_not_split() {
        let text = "SELECT 'a;b''c;\\';' -- x; y\n; /* one;\n/*/ SELECT `q;` ; SELECT \";\"";
        assert_eq!(statements(text), ["SELECT 'a;b''c;\\';'", "SELECT `q;`", "SELECT \";\""]);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(statements(" ;; -- only a remark; here\n/* ; */ ;").is_empty());
        assert_eq!(statements("SELECT 1"), ["SELECT 1"]);
    }
}
