//! Names of Chinese, Japanese and Korean people: one word, of which a title leaves the surname or the
//! given name (`山田様`, `陈女士`, `철수님`).

use super::{
    case::Case,
    pattern::When,
    tail::Tail,
    words::{EAST_ASIAN_TITLES, KOREAN_PARTICLES, KOREAN_TITLES},
};

const BEFORE_TITLE: When = When { tail: Tail::Title(EAST_ASIAN_TITLES), ..When::ALWAYS };
const BEFORE_KOREAN_TITLE: When = When { tail: Tail::Title(KOREAN_TITLES), ..When::ALWAYS };

/// Letters of a whole name.
const NAME: std::ops::RangeInclusive<usize> = 2..=4;
/// Syllables of a Korean name that no ordinary word begins with.
const UNMISTAKABLE: usize = 3;

pub(super) fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' | '々')
}

fn is_kana(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30fc}')
}

fn is_korean(letter: char) -> bool {
    matches!(letter, '\u{ac00}'..='\u{d7a3}')
}

/// Whether a word is written in one of these scripts.
pub(super) fn is_word(word: &str) -> bool {
    word.chars().all(|c| is_chinese(c) || is_kana(c) || is_korean(c))
}

/// How a whole name in Hangul may go on: what follows it is written together with it.
pub(super) fn tail(words: &[&str]) -> Option<Tail> {
    let last = words.last().filter(|_| words.iter().all(|word| word.chars().all(is_korean)))?;
    let syllables: usize = words.iter().map(|word| word.chars().count()).sum();
    let unmistakable = syllables >= UNMISTAKABLE && last.chars().count() > 1;
    Some(if unmistakable { Tail::Anything } else { Tail::Follows(KOREAN_PARTICLES) })
}

/// Gives the parts of a name that `words` say together.
pub(super) fn parts(words: &[&str], take: &mut dyn FnMut(&[&str], When)) {
    match *words {
        [name] if NAME.contains(&name.chars().count()) => one_word(name, take),
        [family, given] => {
            take(&[given, family], When::ALWAYS);
            part(family, take);
            part(given, take);
        }
        [_, ..] => words.iter().for_each(|word| part(word, take)),
        [] => {}
    }
}

/// A surname of one letter or two, and the given name behind it.
fn one_word(name: &str, take: &mut dyn FnMut(&[&str], When)) {
    let letters = name.chars().count();
    let korean = name.chars().all(is_korean);
    if !(korean || name.chars().all(is_chinese)) {
        return;
    }
    let when = if korean { BEFORE_KOREAN_TITLE } else { BEFORE_TITLE };
    for (family, (split, _)) in name.char_indices().enumerate().skip(1).take(2) {
        let (surname, given) = name.split_at(split);
        // Names of two letters have surnames of one, and Korean ones nearly all.
        if family == 2 && (letters < 3 || korean && letters < 4) {
            continue;
        }
        take(&[surname, given], When { tail: tail(&[name]).unwrap_or(Tail::Edge), ..When::ALWAYS });
        take(&[surname], when);
        if given.chars().count() > 1 {
            take(&[given], when);
        }
    }
}

/// A part that stands apart in the value.
fn part(word: &str, take: &mut dyn FnMut(&[&str], When)) {
    let letters = word.chars().count();
    if word.chars().all(is_korean) {
        take(&[word], BEFORE_KOREAN_TITLE);
    } else if letters == 1 || letters == 2 && word.chars().all(is_kana) {
        take(&[word], BEFORE_TITLE);
    } else {
        take(&[word], When { case: Case::Any, ..When::ALWAYS });
    }
}
