//! What is searched for: words and exact text, as people write them into a box.

use super::folded::{flat, folded, is_word};

/// Most words and exact texts of one search.
pub const MOST_TERMS: usize = 8;
/// Most bytes of one search.
pub const MOST_BYTES: usize = 256;

/// What is searched for: all of it must have been said.
#[derive(Clone, PartialEq, Eq)]
pub struct Terms(Vec<Term>);

/// One word, or one exact text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// As texts are compared ([`folded`]).
    pub(super) folded: Vec<char>,
    /// As ClickHouse compares ([`flat`]).
    pub(super) flat: String,
    /// Begins and ends where words do.
    pub(super) is_whole: bool,
}

/// Why a text is nothing to search for. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSearch {
    /// No letter and no digit.
    #[error("holds no word; search for words, or for exact text in double quotes")]
    Empty,
    /// Too long.
    #[error("is longer than {MOST_BYTES} bytes; search for the rarest words of it")]
    TooLong,
    /// Too many.
    #[error("is more than {MOST_TERMS} words; put text that belongs together into double quotes")]
    TooMany,
    /// A quote that is not closed.
    #[error("a double quote is not closed")]
    Open,
}

impl Terms {
    /// Reads what was written into the box.
    ///
    /// # Errors
    /// Where there is nothing in it to search for, or too much.
    pub fn parse(text: &str) -> Result<Self, InvalidSearch> {
        if text.len() > MOST_BYTES {
            return Err(InvalidSearch::TooLong);
        }
        // What stands between the first quote and the second is exact, and so on.
        let pieces: Vec<_> = text.split('"').collect();
        if pieces.len() % 2 == 0 {
            return Err(InvalidSearch::Open);
        }
        let mut terms: Vec<Term> = Vec::new();
        for (n, piece) in pieces.into_iter().enumerate() {
            let found: Vec<_> = match n % 2 {
                0 => piece.split_whitespace().filter_map(Term::word).collect(),
                _ => Term::exact(piece).into_iter().collect(),
            };
            for term in found {
                if !terms.contains(&term) {
                    terms.push(term);
                }
            }
        }
        match terms.len() {
            0 => Err(InvalidSearch::Empty),
            count if count > MOST_TERMS => Err(InvalidSearch::TooMany),
            _ => Ok(Self(terms)),
        }
    }

    /// Whether they are words and nothing else, so that an index of words says all.
    pub(super) fn are_words(&self) -> bool {
        self.0.iter().all(Term::is_a_word)
    }

    pub(super) fn each(&self) -> &[Term] {
        &self.0
    }
}

impl std::fmt::Debug for Terms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Terms({})", self.0.len())
    }
}

impl Term {
    /// A word, without the signs around it. `order-4711` is one: its parts must stand side by side.
    fn word(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c| !is_word(c));
        (!text.is_empty()).then(|| Self::new(text, true))
    }

    fn exact(text: &str) -> Option<Self> {
        text.contains(is_word).then(|| Self::new(text, false))
    }

    fn new(text: &str, is_whole: bool) -> Self {
        Self { folded: text.chars().map(folded).collect(), flat: flat(text), is_whole }
    }

    /// Words that the text must hold as they are, whatever stands around it.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let mut words: Vec<_> = self.flat.split(|c| !is_word(c)).collect();
        if !self.is_whole {
            // Exact text may begin and end within a word; an empty piece says that it does not.
            words.pop();
            words = words.into_iter().skip(1).collect();
        }
        words.into_iter().filter(|word| !word.is_empty())
    }

    /// Whether it is a single word, so that its [`words`](Self::words) say all.
    pub(super) fn is_a_word(&self) -> bool {
        self.is_whole && self.flat.chars().all(is_word)
    }

    /// The longest piece that stands in the stored JSON as it is written here, but for its case.
    pub(super) fn plain(&self) -> &str {
        let pieces = self.flat.split(|c: char| c == ' ' || !c.is_ascii() && !is_word(c));
        pieces.max_by_key(|piece| piece.len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, InvalidSearch> {
        let told = |term: &Term| {
            let text: String = term.folded.iter().collect();
            if term.is_whole { text } else { format!("\"{text}\"") }
        };
        Terms::parse(text).map(|terms| terms.each().iter().map(told).collect())
    }

    #[test]
    fn words_and_exact_text_are_told_apart() {
        assert_eq!(read("Refund, (München)!").unwrap(), ["refund", "münchen"]);
        assert_eq!(read("a \"Order 4711\"b").unwrap(), ["a", "\"order 4711\"", "b"]);
        assert_eq!(read("search_orders a.b@c.de").unwrap(), ["search_orders", "a.b@c.de"]);
        assert_eq!(read("Word word WORD").unwrap(), ["word"]);
    }

    #[test]
    fn what_can_not_be_searched_for_is_told() {
        for text in ["", "  ", "-- „“ \"…\"", "\"\""] {
            assert_eq!(read(text), Err(InvalidSearch::Empty), "{text:?}");
        }
        assert_eq!(read("a \"b"), Err(InvalidSearch::Open));
        assert_eq!(read("1 2 3 4 5 6 7 8 9"), Err(InvalidSearch::TooMany));
        assert_eq!(read(&"x".repeat(257)), Err(InvalidSearch::TooLong));
    }

    #[test]
    fn words_that_must_be_there_are_those_within() {
        let words = |text: &str| {
            let terms = Terms::parse(text).unwrap();
            let words: Vec<String> = terms.each()[0].words().map(str::to_owned).collect();
            words
        };
        assert_eq!(words("search_orders"), ["search", "orders"]);
        assert_eq!(words("\"my order 4711 now\""), ["order", "4711"]);
        assert_eq!(words("\" order 4711.\""), ["order", "4711"]);
        assert_eq!(words("\"order\""), Vec::<String>::new());
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", Terms::parse("secret word").unwrap()), "Terms(2)");
    }
}
