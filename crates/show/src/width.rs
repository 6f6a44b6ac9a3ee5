//! Columns that text takes in a terminal: cutting and wrapping by them.
//!
//! Characters are kept together with what belongs to them (accents, the parts of an emoji), and no
//! line that comes out of here is wider than it was allowed to be.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text in at most so many columns, with an ellipsis where it was cut.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    // A line of zero-width characters could be endless: what is kept is bounded in bytes as well.
    let bytes = columns.saturating_mul(BYTES_PER_COLUMN).max(BYTES_PER_COLUMN);
    if text.len() <= bytes && text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let kept = head(&text[..text.floor_char_boundary(bytes)], columns.saturating_sub(1));
    Cow::Owned(if columns == 0 { String::new() } else { format!("{kept}…") })
}

/// More than any script or emoji needs.
const BYTES_PER_COLUMN: usize = 32;

/// As much from the start as fits.
fn head(text: &str, columns: usize) -> &str {
    let mut width = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        width += grapheme.width();
        if width > columns {
            return &text[..at];
        }
    }
    text
}

/// The line in lines of at most so many columns.
pub fn wrap(line: &str, columns: usize) -> Vec<Cow<'_, str>> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for piece in textwrap::wrap(line, columns) {
        // It counts characters, of which some take more columns together than alone.
        if piece.width() <= columns {
            lines.push(piece);
        } else {
            lines.extend(chunks(&piece, columns).into_iter().map(Cow::Owned));
        }
    }
    lines
}

fn chunks(text: &str, columns: usize) -> Vec<String> {
    let mut chunks = vec![String::new()];
    let mut width = 0;
    let mut push = |piece: &str| {
        if width + piece.width() > columns {
            chunks.push(String::new());
            width = 0;
        }
        width += piece.width();
        if let Some(last) = chunks.last_mut() {
            last.push_str(piece);
        }
    };
    for grapheme in text.graphemes(true) {
        if grapheme.width() <= columns {
            push(grapheme);
        } else {
            grapheme.chars().for_each(|c| push(c.encode_utf8(&mut [0; 4])));
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_and_not_within_a_character() {
        assert_eq!(fit("日本語の名前", 7), "日本語…");
        assert_eq!(fit("short", 7), "short");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(fit("❤️❤️❤️", 5), "❤️❤️…");
        assert_eq!((fit("cut", 1), fit("cut", 0)), ("…".into(), "".into()));
    }

    #[test]
    fn no_wrapped_line_is_too_wide() {
        let hearts = "❤️".repeat(30);
        let lines = wrap(&hearts, 7);
        assert!(lines.iter().all(|line| line.width() <= 7), "{lines:?}");
        assert_eq!(lines.concat(), hearts);
        // One character to Unicode, however long it is.
        assert!(wrap(&"\u{600}".repeat(30), 7).iter().all(|line| line.width() <= 7));
    }

    #[test]
    fn what_has_no_width_is_cut_all_the_same() {
        let endless = "\u{301}".repeat(100_000);
        assert!(fit(&endless, 10).len() < 400);
    }
}
