//! What may stand right behind a name: nothing that goes on as a word, the ending of its case, or a
//! title.

use super::{
    case::Case,
    edge::{is_edge, letter_after},
};
use crate::lex::byte;

#[derive(Clone, Copy, Debug)]
pub(super) enum Tail {
    /// The end of the word.
    Edge,
    /// The end of the word, or one of these endings of a word with a capital; it goes too.
    Ending(&'static [&'static [&'static str]]),
    /// One of these endings, which a stem has always.
    Stem(&'static [&'static [&'static str]]),
    /// The end of the word, or one of these words, which stay.
    Follows(&'static [&'static str]),
    /// One of these, which stay: so short, it is a name before them only.
    Title(&'static [&'static str]),
    /// Anything: a script that writes what follows a name together with it.
    Anything,
}

/// Letters of the longest ending.
const LONGEST: usize = 5;

impl Tail {
    /// Where what ends at `end` ends with its tail.
    pub(super) fn after(self, bytes: &[u8], end: usize, case: Case) -> Option<usize> {
        let edge = || is_edge(bytes, end).then_some(end);
        match self {
            Self::Edge => edge(),
            Self::Ending(lists) => edge().or_else(|| ending(bytes, end, lists, case)),
            Self::Stem(lists) => ending(bytes, end, lists, case),
            Self::Follows(words) => edge().or_else(|| follows(bytes, end, words).then_some(end)),
            Self::Title(words) => {
                let blank = end + usize::from(byte(bytes, end) == b' ');
                (follows(bytes, end, words) || follows(bytes, blank, words)).then_some(end)
            }
            Self::Anything => Some(end),
        }
    }
}

/// The end of the word that goes on at `at` with one of these endings.
fn ending(bytes: &[u8], at: usize, lists: &[&[&str]], case: Case) -> Option<usize> {
    if case == Case::Any {
        return None;
    }
    let mut end = at;
    for _ in 0..LONGEST {
        let Some(letter) = letter_after(bytes, end).filter(|letter| letter.is_alphabetic()) else {
            break;
        };
        end += letter.len_utf8();
    }
    let rest = bytes.get(at..end)?;
    let is = |ending: &&&str| ending.as_bytes().eq_ignore_ascii_case(rest);
    let found = lists.iter().flat_map(|list| list.iter()).any(|ending| is(&ending));
    (end > at && found && is_edge(bytes, end)).then_some(end)
}

fn follows(bytes: &[u8], at: usize, words: &[&str]) -> bool {
    bytes.get(at..).is_some_and(|rest| words.iter().any(|word| rest.starts_with(word.as_bytes())))
}
