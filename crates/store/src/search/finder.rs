//! Where a text says a term: in one pass over its characters, whatever they are (Knuth, Morris and
//! Pratt), without a copy of the text.

use std::ops::Range;

use super::{
    folded::{folded, is_word},
    terms::Term,
};

/// Looks for one term.
pub(super) struct Finder<'t> {
    term: &'t Term,
    /// For each beginning of the term, how much of it is the beginning again at its end.
    again: Vec<usize>,
}

impl<'t> Finder<'t> {
    pub(super) fn new(term: &'t Term) -> Self {
        let chars = &term.folded;
        let mut again = vec![0; chars.len()];
        let mut held = 0;
        for at in 1..chars.len() {
            while held > 0 && chars[at] != chars[held] {
                held = again[held - 1];
            }
            held += usize::from(chars[at] == chars[held]);
            again[at] = held;
        }
        Self { term, again }
    }

    /// Where `text` first says it, at byte `from` or later.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let chars = &self.term.folded;
        let rest = text.get(from..)?;
        // Bytes that each of the last characters has, to know where a hit began.
        let mut held = 0;
        for (at, c) in rest.char_indices() {
            let c = folded(c);
            while held > 0 && c != chars[held] {
                held = self.again[held - 1];
            }
            held += usize::from(c == chars[held]);
            if held == chars.len() {
                let end = from + at + rest[at..].chars().next().map_or(0, char::len_utf8);
                let start = start_of(text, end, chars.len());
                if self.stands_alone(text, &(start..end)) {
                    return Some(start..end);
                }
                held = self.again[held - 1];
            }
        }
        None
    }

    /// Whether it begins and ends where words do, if it has to.
    fn stands_alone(&self, text: &str, hit: &Range<usize>) -> bool {
        let before = text[..hit.start].chars().next_back();
        let behind = text[hit.end..].chars().next();
        !self.term.is_whole || !before.is_some_and(is_word) && !behind.is_some_and(is_word)
    }
}

/// Where the last `count` characters before `end` begin.
fn start_of(text: &str, end: usize, count: usize) -> usize {
    text[..end].char_indices().rev().nth(count - 1).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Terms;

    fn find<'a>(query: &str, text: &'a str) -> Option<&'a str> {
        let terms = Terms::parse(query).unwrap();
        Finder::new(&terms.each()[0]).find(text, 0).map(|hit| &text[hit])
    }

    #[test]
    fn words_are_whole_and_exact_text_is_anywhere() {
        assert_eq!(find("münchen", "In MÜNCHEN, wo"), Some("MÜNCHEN"));
        assert_eq!(find("münchen", "„München“"), Some("München"));
        assert_eq!(find("münchen", "Münchener"), None);
        assert_eq!(find("\"münchen\"", "Altmünchener"), Some("münchen"));
        assert_eq!(find("order", "reorder border order"), Some("order"));
        assert_eq!(find("orders", "search_orders"), Some("orders"));
        assert_eq!(find("\"a\nb\"", "xA\nBx"), Some("A\nB"));
        assert_eq!(find("aab", "aaab aab"), Some("aab"));
    }

    proptest! {
        #[test]
        fn it_finds_what_a_slow_search_finds(text in "[abAä ,]{0,60}", query in "[abä]{1,4}") {
            let term = Terms::parse(&query).unwrap();
            let fold = |text: &str| text.chars().map(folded).collect::<String>();
            let (low, query) = (fold(&text), fold(&query));
            let slow = low.match_indices(&query).map(|(at, _)| at..at + query.len()).collect::<Vec<_>>();
            let overlapping = (0..low.len())
                .filter(|at| low.is_char_boundary(*at) && low[*at..].starts_with(&query))
                .find(|at| {
                    let before = low[..*at].chars().next_back();
                    let behind = low[at + query.len()..].chars().next();
                    !before.is_some_and(is_word) && !behind.is_some_and(is_word)
                });
            let found = Finder::new(&term.each()[0]).find(&text, 0);
            prop_assert_eq!(found.map(|hit| hit.start), overlapping);
            let exact = Terms::parse(&format!("\"{query}\"")).unwrap();
            let found = Finder::new(&exact.each()[0]).find(&text, 0);
            prop_assert_eq!(found.as_ref(), slow.first());
        }
    }
}
