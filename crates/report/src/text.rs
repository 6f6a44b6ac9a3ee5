//! What others wrote (names of tenants, categories, versions, models), made fit for a page. The
//! templates escape it; here goes what would act on the page without being markup.

use unicode_normalization::char::is_combining_mark;

/// As many marks as any script puts on one letter; more are there to run over the lines around.
const MARKS: usize = 4;

/// One line, read in the order in which it stands: line breaks and tabs become spaces, other control
/// characters, changes of direction and what is there and not seen become `�`.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.trim().chars() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        match c {
            _ if marks > MARKS => {}
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if c.is_control() || deceives(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The same, or what is said where there is no name.
pub(crate) fn name(text: &str, unnamed: &str) -> String {
    let name = line(text);
    if name.is_empty() { unnamed.to_owned() } else { name }
}

/// Changes the direction of what follows, or is there and not seen.
fn deceives(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_line_and_its_direction() {
        assert_eq!(line(" two\r\nlines\u{2028}here\n"), "two  lines here");
        assert_eq!(line("a\u{202e}b\u{0}c\u{200b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(line("Tiếng Việt, עִבְרִית, 日本語 👩‍💻"), "Tiếng Việt, עִבְרִית, 日本語 👩‍💻");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let piled = format!("a{}b", "\u{301}".repeat(40));
        assert_eq!(line(&piled), format!("a{}b", "\u{301}".repeat(MARKS)));
    }

    #[test]
    fn what_has_no_name_says_so() {
        assert_eq!(name(" \n", "no category"), "no category");
        assert_eq!(name("billing", "no category"), "billing");
    }
}
