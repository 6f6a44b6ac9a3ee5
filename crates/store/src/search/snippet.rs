//! A piece of a text around what was found in it.

use std::ops::Range;

use super::{finder::Finder, folded::is_word};

/// Most characters of a snippet.
pub(super) const MOST_CHARS: usize = 160;
/// Characters before what was found, where there are as many.
const BEFORE: usize = 60;
/// Characters that may be given up for a cut between words.
const GIVEN_UP: usize = 24;

/// A piece of a text, and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Bytes of `text`.
    pub(super) marks: Vec<Range<usize>>,
    pub(super) cut_before: bool,
    pub(super) cut_after: bool,
}

/// The piece of `text` around `hit`, with what all finders find there.
pub(super) fn piece(text: &str, hit: &Range<usize>, finders: &[Finder<'_>]) -> Piece {
    let whole = window(text, hit);
    let (cut_before, cut_after) = (whole.start > 0, whole.end < text.len());
    let mut marks = marks(text, &whole, hit, finders);
    let shown: String = text[whole.clone()].chars().map(shown).collect();
    // A character that is shown as a blank may have been longer: marks follow.
    for mark in &mut marks {
        let at =
            |end: usize| text[whole.start..end].chars().map(|c| self::shown(c).len_utf8()).sum();
        *mark = at(mark.start)..at(mark.end);
    }
    Piece { text: shown, marks, cut_before, cut_after }
}

/// What can't act on a terminal or a page, nor break a line.
fn shown(c: char) -> char {
    if c.is_control() || c.is_whitespace() { ' ' } else { c }
}

fn window(text: &str, hit: &Range<usize>) -> Range<usize> {
    let hit_chars = text[hit.clone()].chars().count();
    // What was found itself may be longer than a snippet.
    let before = BEFORE.min(MOST_CHARS.saturating_sub(hit_chars));
    let start = text[..hit.start].char_indices().rev().take(before).last();
    let start = start.map_or(hit.start, |(at, _)| at);
    let start = if start == 0 { 0 } else { word_begin(text, start, hit.start) };
    let room = text[start..].char_indices().nth(MOST_CHARS);
    let end = match room {
        None => text.len(),
        Some((at, _)) => word_end(text, start + at, hit.end.min(start + at)),
    };
    start..end
}

/// The first place between words at `from` or behind it, before `limit`.
fn word_begin(text: &str, from: usize, limit: usize) -> usize {
    let mut last_is_word = text[..from].chars().next_back().is_some_and(is_word);
    for (at, c) in text[from..limit].char_indices().take(GIVEN_UP) {
        let is = is_word(c);
        if is && !last_is_word {
            return from + at;
        }
        last_is_word = is;
    }
    from
}

/// The last place between words at `from` or before it, not before `limit`.
fn word_end(text: &str, from: usize, limit: usize) -> usize {
    let mut next_is_word = text[from..].chars().next().is_some_and(is_word);
    for (at, c) in text[limit..from].char_indices().rev().take(GIVEN_UP) {
        let is = is_word(c);
        if is && !next_is_word {
            return limit + at + c.len_utf8();
        }
        next_is_word = is;
    }
    from
}

/// Everything that is found in the window, in order, what overlaps made one.
fn marks(
    text: &str,
    window: &Range<usize>,
    hit: &Range<usize>,
    finders: &[Finder<'_>],
) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for finder in finders {
        let mut from = window.start;
        // A word's borders are seen only within the whole text; no further than a little behind.
        let until = text[window.end..].chars().next().map_or(0, char::len_utf8) + window.end;
        while let Some(found) = finder.find(&text[..until], from) {
            if found.end <= window.end {
                all.push(found.clone());
            }
            from = found.end;
        }
    }
    // What was found may be longer than the window.
    all.push(hit.start..hit.end.min(window.end));
    all.sort_unstable_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mark in all {
        match merged.last_mut() {
            Some(last) if mark.start < last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Terms;

    fn of(query: &str, text: &str) -> Option<Piece> {
        let terms = Terms::parse(query).unwrap();
        let finders: Vec<_> = terms.each().iter().map(Finder::new).collect();
        let hit = finders[0].find(text, 0)?;
        Some(piece(text, &hit, &finders))
    }

    #[test]
    fn a_short_text_is_shown_whole_with_everything_found() {
        let piece = of("refund order", "A refund of\norder 7: Refund!").unwrap();
        assert_eq!(piece.text, "A refund of order 7: Refund!");
        let marked: Vec<_> = piece.marks.iter().map(|mark| &piece.text[mark.clone()]).collect();
        assert_eq!(marked, ["refund", "order", "Refund"]);
        assert!(!piece.cut_before && !piece.cut_after);
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        let text = format!("{} needle {}", "wörd ".repeat(500), "behind ".repeat(500));
        let piece = of("needle", &text).unwrap();
        assert!(piece.text.starts_with("wörd ") && piece.text.ends_with(" behind"), "{piece:?}");
        assert!(piece.text.chars().count() <= MOST_CHARS && piece.cut_before && piece.cut_after);
    }

    proptest! {
        #[test]
        fn a_snippet_is_short_and_marks_what_was_found(
            head in "[a-c äß\\n\u{3000}🙂]{0,300}",
            tail in "[a-c äß\\n\u{3000}🙂]{0,300}",
        ) {
            let text = format!("{head} Größe {tail}");
            let piece = of("größe", &text).unwrap();
            prop_assert!(piece.text.chars().count() <= MOST_CHARS);
            prop_assert!(!piece.text.contains('\n'));
            for mark in &piece.marks {
                prop_assert_eq!(&piece.text[mark.clone()], "Größe");
            }
            prop_assert!(!piece.marks.is_empty());
            prop_assert_eq!(piece.cut_before || piece.cut_after, piece.text.chars().count() < text.chars().count());
        }

        #[test]
        fn exact_text_longer_than_a_snippet_is_marked_as_far_as_it_is_shown(n in 150_usize..250) {
            let text = format!("xx {} yy", "a".repeat(n));
            let piece = of(&format!("\"{}\"", "a".repeat(n)), &text).unwrap();
            prop_assert!(piece.text.chars().count() <= MOST_CHARS);
            prop_assert!(piece.marks.iter().all(|mark| mark.end <= piece.text.len()));
        }
    }
}
