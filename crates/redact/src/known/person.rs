//! The ways to write a person's name: by its parts and the other way round, without middle names, with
//! initials, as user names, in the cases of languages that inflect.

use super::{
    case::Case,
    east_asian,
    ending::{Inflected, is_slavic},
    pattern::{Joint, When},
    tail::Tail,
    words::{EVERYDAY, PARTICLES, SHORT_EVERYDAY, STREETS, SUFFIXES, TITLES},
};

/// Letters a part of a name has at least to be looked for alone; so short, in a name's case only.
const PART_LETTERS: usize = 3;
/// Letters a surname has at least to make a user name with an initial.
const USER_NAME_LETTERS: usize = 3;
/// Letters that only they have, and a few of their neighbours.
const SLAVIC: [char; 14] = ['ą', 'ę', 'ł', 'ń', 'ś', 'ź', 'ż', 'ć', 'č', 'ě', 'ř', 'š', 'ů', 'ž'];
/// Words of a name at most.
const WORDS: usize = 6;

/// A name's parts as it has them, each of one word or more ("van der Berg", "Anne-Marie").
pub(super) struct Person<'w> {
    parts: Vec<Vec<&'w str>>,
    /// It has a letter that Finnish has, and none of the languages beside it inflects so.
    finnish: bool,
    /// It has a letter or an ending of Polish, Czech or one of their neighbours.
    slavic: bool,
}

impl<'w> Person<'w> {
    /// The person that `folded` names, if it may name one; `value` is what was folded.
    pub(super) fn read(folded: &'w str, value: &str) -> Option<Self> {
        if value.contains(['@', '/', ':', '_']) {
            return None;
        }
        let (before, after) = folded.split_once(',').unwrap_or(("", folded));
        let mut parts: Vec<Vec<&str>> = tokens(after).collect();
        parts.extend(tokens(before));
        while parts.len() > 1 && TITLES.contains(&parts[0][0]) {
            parts.remove(0);
        }
        while parts.len() > 1 && parts.last().is_some_and(|part| SUFFIXES.contains(&part[0])) {
            parts.pop();
        }
        // A particle belongs to the name behind it.
        let mut at = parts.len().saturating_sub(1);
        while at > 1 {
            at -= 1;
            if parts[at].len() == 1 && PARTICLES.contains(&parts[at][0]) {
                let name = parts.remove(at + 1);
                parts[at].extend(name);
            }
        }
        let words = || parts.iter().flatten();
        let letters = words().all(|word| word.chars().all(super::words::is_letter));
        let is_name = letters
            && (1..=WORDS).contains(&words().count())
            && !words().any(|word| STREETS.contains(word));
        let finnish = value.contains(['ä', 'ö', 'Ä', 'Ö']);
        let slavic = value.to_lowercase().contains(SLAVIC) || words().any(|word| is_slavic(word));
        is_name.then_some(Self { parts, finnish, slavic })
    }

    /// Gives the name as it is; one that is written with a capital takes endings.
    pub(super) fn whole(&self, capital: bool, take: &mut dyn FnMut(&[&str], When)) {
        let words: Vec<&str> = self.parts.iter().flatten().copied().collect();
        match words[..] {
            // Known as "J. Roe".
            [first, ref others @ ..] if initial(first) == Some(first) && self.parts.len() > 1 => {
                let when = When { joint: Joint::Initial, ..When::ALWAYS };
                take(&[&[&*format!("{first}.")], others].concat(), when);
            }
            _ if capital => take(&words, self.as_whole()),
            _ => take(&words, When::ALWAYS),
        }
    }

    fn as_whole(&self) -> When {
        let words: Vec<&str> = self.parts.iter().flatten().copied().collect();
        let last = words.last().copied().unwrap_or_default();
        let everyday = words.len() == 1 && EVERYDAY.contains(&last);
        let inflected = || if everyday { Tail::Edge } else { self.inflected(last).tail };
        When { tail: east_asian::tail(&words).unwrap_or_else(inflected), ..When::ALWAYS }
    }

    /// Gives its names in part, and in other orders. `capital` says that the value begins with one.
    pub(super) fn names(&self, capital: bool, take: &mut dyn FnMut(&[&str], When)) {
        let words: Vec<&str> = self.parts.iter().flatten().copied().collect();
        if words.iter().all(|word| east_asian::is_word(word)) {
            return east_asian::parts(&words, take);
        }
        match &self.parts[..] {
            [part] if capital => self.stems(part, take),
            [_] => {}
            [first, middle @ .., last] => {
                take(&[&last[..], first, &middle.concat()].concat(), When::ALWAYS);
                if !middle.is_empty() {
                    take(&[&last[..], first].concat(), When::ALWAYS);
                    take(&[&first[..], last].concat(), self.as_whole());
                }
                self.parts.iter().for_each(|part| self.part(part, take));
            }
            [] => {}
        }
    }

    /// Gives its names with initials, and those that user names are made of.
    pub(super) fn initials(&self, take: &mut dyn FnMut(&[&str], When)) {
        let [first, middle @ .., last] = &self.parts[..] else { return };
        let (Some(one), Some(end)) = (initial(first[0]), initial(last[0])) else { return };
        let dotted = |letter: &str| format!("{letter}.");
        let others: Vec<String> =
            middle.iter().filter_map(|part| initial(part[0]).map(dotted)).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let (one_dotted, end_dotted) = (dotted(one), dotted(end));
        if letters(first) > 1 && letters(last) > 1 {
            let when = When { joint: Joint::Initial, case: everyday(last), ..When::ALWAYS };
            take(&[&[&*one_dotted], &last[..]].concat(), when);
            if !others.is_empty() {
                take(&[&[&*one_dotted], &others[..], last].concat(), when);
                take(&[&first[..], &others, last].concat(), When::ALWAYS);
                take(&[&last[..], &[&*one_dotted], &others].concat(), when);
                take(&[&last[..], first, &others].concat(), when);
            }
        }
        for (name, letter, letter_dotted) in [(first, end, end_dotted), (last, one, one_dotted)] {
            if letters(name) < PART_LETTERS {
                continue;
            }
            let short = letters(name) == PART_LETTERS;
            let case = if short { Case::Name } else { everyday(name) };
            take(
                &[&name[..], &[&*letter_dotted]].concat(),
                When { case, joint: Joint::Initial, ..When::ALWAYS },
            );
            take(&[&(name.concat() + letter)], USER_NAME);
        }
        if letters(last) >= USER_NAME_LETTERS {
            take(&[&(one.to_owned() + &last.concat())], USER_NAME);
        }
    }

    /// A part by itself, and its words where it has several.
    fn part(&self, part: &[&str], take: &mut dyn FnMut(&[&str], When)) {
        if part.len() > 1 && letters(part) > PART_LETTERS {
            let tail = self.inflected(part[part.len() - 1]).tail;
            take(part, When { tail, ..When::ALWAYS });
        }
        for word in part.iter().filter(|word| !PARTICLES.contains(word)) {
            let capitals = word.chars().all(char::is_lowercase);
            match word.chars().count() {
                PART_LETTERS if capitals && !SHORT_EVERYDAY.contains(word) => {
                    take(&[word], When { case: Case::Name, ..When::ALWAYS });
                }
                letters if letters > PART_LETTERS && EVERYDAY.contains(word) => {
                    take(&[word], When { case: Case::Capital, ..When::ALWAYS });
                }
                letters if letters > PART_LETTERS => {
                    take(&[word], When { tail: self.inflected(word).tail, ..When::ALWAYS });
                    self.stems(&[word], take);
                }
                _ => {}
            }
        }
    }

    /// A word's stem with the endings that it has in place of its own.
    fn stems(&self, part: &[&str], take: &mut dyn FnMut(&[&str], When)) {
        if let [word] = part
            && !EVERYDAY.contains(word)
            && let Some((stem, tail)) = self.inflected(word).stem
        {
            take(&[stem], When { case: Case::Capital, tail, ..When::ALWAYS });
        }
    }

    fn inflected<'v>(&self, word: &'v str) -> Inflected<'v> {
        let inflected = Inflected::of(word, self.slavic);
        let ends_in_vowel = word.ends_with(['a', 'o', 'i', 'u', 'e', 'y']);
        match inflected.tail {
            Tail::Ending(_) if self.finnish && ends_in_vowel => {
                Inflected { tail: Inflected::finnish(), ..inflected }
            }
            _ => inflected,
        }
    }
}

const USER_NAME: When = When { joint: Joint::UserName, ..When::ALWAYS };

fn letters(part: &[&str]) -> usize {
    part.iter().map(|word| word.chars().count()).sum()
}

/// What a part has to be written like among other words.
fn everyday(part: &[&str]) -> Case {
    if EVERYDAY.contains(&part[0]) { Case::Capital } else { Case::Any }
}

/// What stands apart in a folded value, by its words: "anne-marie", "o'neill".
fn tokens(folded: &str) -> impl Iterator<Item = Vec<&str>> {
    let apart = |c: char| !(super::words::is_letter(c) || matches!(c, '-' | '\''));
    let words = |token| {
        let words = str::split(token, ['-', '\'']).filter(|word| !word.is_empty());
        words.collect::<Vec<&str>>()
    };
    folded.split(apart).map(words).filter(|words| !words.is_empty())
}

/// A word's initial, in an alphabet that has capitals.
fn initial(word: &str) -> Option<&str> {
    let letter = word.chars().next().filter(|letter| letter.is_lowercase())?;
    word.get(..letter.len_utf8())
}
