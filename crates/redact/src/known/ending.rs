//! The endings that names take in languages that inflect them: "Müllers", "Kowalskiego", "Петрову",
//! "Παπαδόπουλου". They count behind a name with a capital, and only those that a name like it takes:
//! "Markt" is not Mark, nor "Rosen" Rose. All are folded.

use super::tail::Tail;

type Endings = &'static [&'static str];

/// German, Dutch, the Scandinavian languages, and more than one of them.
const GENITIVE: Endings = &["s"];
/// Finnish and Hungarian, whose endings are no English or German ones.
#[rustfmt::skip]
const LONG: Endings = &[
    "lla", "lle", "lta", "ssa", "sta", "nak", "nek", "val", "vel", "hoz", "hez", "nal", "nel",
];
/// Finnish, behind a letter that tells it.
const FINNISH: Endings = &["n", "a", "lla", "lle", "lta", "ssa", "sta", "na", "ksi", "in"];
/// Finnish names in -nen: Virtasen.
const NEN: Endings = &["sen", "selle", "sella", "selta", "sesta", "sessa", "sta", "set"];
/// Polish, Czech and others, behind a consonant.
const SLAVIC: Endings =
    &["a", "owi", "em", "u", "ie", "ovi", "om", "e", "y", "i", "ow", "ach", "ami", "ova", "ove"];
/// Instead of a last -a: Anny, Annie, Annę.
const SLAVIC_A: Endings = &["y", "i", "ie", "e", "a", "o", "u", "ou", "om", "ami", "ach"];
/// Instead of a last -i, -y or -a of an adjective: Kowalskiego, Kowalskiej.
#[rustfmt::skip]
const ADJECTIVE: Endings = &[
    "iego", "iemu", "im", "ich", "imi", "iej", "ego", "emu", "ej", "eho", "ym", "ych", "ymi", "ou", "om",
    "a", "i", "y", "e", "u", "eho", "emu",
];
/// Russian, Ukrainian, Bulgarian; without the accents that folding takes (`й` is `и`).
#[rustfmt::skip]
const CYRILLIC: Endings = &[
    "а", "у", "е", "ы", "и", "я", "ю", "о", "ом", "ем", "ым", "им", "ои", "еи", "ою", "ею", "ых", "их",
    "ами", "ями", "ах", "ях", "ам", "ям", "ии", "ию", "ия", "ием", "иеи", "ові", "еві", "ого", "ому",
    "его", "ему", "ая", "ую", "ыи", "ие", "ые", "і", "ою", "ів", "іи", "ими", "ыми",
];
const GREEK: Endings = &["οσ", "ου", "ο", "ε", "η", "ησ", "α", "ασ", "ων", "ουσ", "οι", "εσ", "ι"];

/// The least letters of a word whose endings are known, of one that takes more than an -s, and of a
/// stem.
const WORD: usize = 4;
const LONG_WORD: usize = 5;
const STEM: usize = 3;

/// How a name may go on, and the stem that takes other endings than the name's own.
pub(super) struct Inflected<'w> {
    pub(super) tail: Tail,
    pub(super) stem: Option<(&'w str, Tail)>,
}

impl<'w> Inflected<'w> {
    /// `slavic` says that another part of the name is.
    pub(super) fn of(word: &'w str, slavic: bool) -> Self {
        let letters = word.chars().count();
        let plain = Self { tail: Tail::Edge, stem: None };
        if letters < WORD {
            return plain;
        }
        match word.chars().next() {
            Some('a'..='z') if word.is_ascii() => Self::latin(word, slavic || is_slavic(word)),
            Some('а'..='џ') => Self::cyrillic(word, letters),
            Some('α'..='ω') => Self::greek(word),
            _ => plain,
        }
    }

    fn latin(word: &'w str, slavic: bool) -> Self {
        let vowel = word.ends_with(['a', 'e', 'i', 'o', 'u', 'y']);
        let tail = match slavic {
            true if !vowel => Tail::Ending(&[GENITIVE, SLAVIC]),
            _ if word.len() >= LONG_WORD => Tail::Ending(&[GENITIVE, LONG]),
            _ => Tail::Ending(&[GENITIVE]),
        };
        let cut = |end: &str| word.strip_suffix(end).filter(|stem| stem.len() >= STEM);
        let stem = if let Some(stem) = cut("nen") {
            Some((stem, Tail::Stem(&[NEN])))
        } else if slavic && ADJECTIVES.iter().any(|end| word.ends_with(end)) {
            Some((&word[..word.len() - 1], Tail::Stem(&[ADJECTIVE])))
        } else if slavic && word.ends_with('a') {
            cut("a").map(|stem| (stem, Tail::Stem(&[SLAVIC_A])))
        } else {
            None
        };
        Self { tail, stem }
    }

    /// Of a Finnish name, which an ä or ö tells.
    pub(super) fn finnish() -> Tail {
        Tail::Ending(&[GENITIVE, FINNISH])
    }

    fn cyrillic(word: &'w str, letters: usize) -> Self {
        const VOWELS: [char; 11] = ['а', 'я', 'и', 'ь', 'о', 'е', 'ы', 'у', 'ю', 'і', 'є'];
        const ADJECTIVES: [&str; 6] = ["ии", "ыи", "ои", "ая", "яя", "іи"];
        if !word.ends_with(VOWELS) {
            return Self { tail: Tail::Ending(&[CYRILLIC]), stem: None };
        }
        let adjective = letters > LONG_WORD && ADJECTIVES.iter().any(|end| word.ends_with(end));
        let stem = cut(word, if adjective { 2 } else { 1 });
        Self { tail: Tail::Edge, stem: stem.map(|stem| (stem, Tail::Stem(&[CYRILLIC]))) }
    }

    fn greek(word: &'w str) -> Self {
        let stem = ["οσ", "ησ", "ασ", "εσ", "ου", "α", "η", "ο", "ω"]
            .iter()
            .find_map(|end| word.strip_suffix(end));
        let stem = stem.filter(|stem| stem.chars().count() >= STEM);
        Self { tail: Tail::Edge, stem: stem.map(|stem| (stem, Tail::Stem(&[GREEK]))) }
    }
}

/// `word` without its last letters.
fn cut(word: &str, letters: usize) -> Option<&str> {
    let (at, _) = word.char_indices().rev().nth(letters - 1)?;
    Some(&word[..at]).filter(|stem| stem.chars().count() >= STEM)
}

const ADJECTIVES: &[&str] = &["ski", "sky", "ska", "cki", "cky", "cka", "ova", "eva", "owa", "ewa"];
#[rustfmt::skip]
const SLAVIC_ENDS: &[&str] = &[
    "wicz", "czyk", "czak", "szek", "icz", "ovic", "evic", "vich", "chuk", "enko", "czuk", "ynski", "zak",
    "vak", "ubek", "acek", "arek", "omek", "edek",
];

/// Whether a surname looks Polish, Czech or like one of their neighbours.
pub(super) fn is_slavic(word: &str) -> bool {
    word.len() >= LONG_WORD
        && (ADJECTIVES.iter().any(|end| word.ends_with(end))
            || SLAVIC_ENDS.iter().any(|end| word.ends_with(end)))
}
