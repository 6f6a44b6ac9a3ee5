//! What one letter folds to.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::digit;

/// Gives what `letter` folds to. Beside a letter of ASCII, one of another alphabet that looks the
/// same is taken for it.
pub(super) fn fold(letter: char, beside_latin: impl FnOnce() -> bool, push: &mut impl FnMut(char)) {
    if is_whole(letter) {
        return push(letter);
    }
    if let Some(latin) = look_alike(letter).filter(|_| beside_latin()) {
        return push(latin);
    }
    // The common ones, without the tables.
    match letter {
        '\u{c0}'..='\u{17f}' => match LATIN[letter as usize - 0xc0] {
            b'.' => {}
            base => return push(char::from(base)),
        },
        'а'..='и' | 'к'..='я' => return push(letter),
        'А'..='И' | 'К'..='Я' => {
            return push(char::from_u32(u32::from(letter) + 0x20).unwrap_or(letter));
        }
        _ => {}
    }
    if is_hidden(letter) || is_mark(letter) {
        return;
    }
    let spelled = spelled(letter);
    if !spelled.is_empty() {
        return spelled.chars().for_each(push);
    }
    decompose_compatible(letter, |part| {
        for lower in part.to_lowercase().filter(|lower| !is_mark(*lower)) {
            push(plain(lower));
        }
    });
}

/// The letters that those from U+00C0 to U+017F have an accent on; dots for the others.
const LATIN: &[u8; 192] = b"aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y\
    aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll....nnnnnn...oooooo..rrrrrr\
    sssssssstttt..uuuuuuuuuuuuwwyyyzzzzzzs";

/// Chinese letters, kana and Hangul's syllables: most of a text where there are any.
fn is_whole(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Letters that are written with others where they are missing, and no compatibility says so.
fn spelled(letter: char) -> &'static str {
    match letter {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ħ' | 'Ħ' => "h",
        'ł' | 'Ł' => "l",
        'ŧ' | 'Ŧ' => "t",
        'ı' => "i",
        'þ' | 'Þ' => "th",
        _ => "",
    }
}

/// One letter for those that people write for each other, in lower case.
fn plain(lower: char) -> char {
    match lower {
        'ς' => 'σ',
        'ґ' => 'г',
        '\u{671}' => 'ا',
        'ة' => 'ه',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        lower if lower.is_ascii() || is_combining_mark(lower) => lower,
        lower => match digit::ascii(lower) {
            Some(digit) => digit,
            None if lower.is_alphanumeric() => lower,
            None => sign(lower),
        },
    }
}

/// What a character that is no letter stands for, in ASCII: beyond that it separates.
fn sign(sign: char) -> char {
    match sign {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{5be}' => '-',
        // Between the words of a name in kana.
        '\u{b7}' | '\u{2027}' | '\u{30fb}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{2032}' | '\u{2bc}' | '\u{5f3}' => '\'',
        space if space.is_whitespace() => ' ',
        _ => '"',
    }
}

/// Letters of the Cyrillic and Greek alphabets that look like a Latin one.
fn look_alike(letter: char) -> Option<char> {
    Some(match letter {
        'а' | 'А' | 'Α' | 'α' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' => 'e',
        'һ' | 'Н' | 'Η' => 'h',
        'і' | 'І' | 'Ι' | 'ι' => 'i',
        'ј' | 'Ј' => 'j',
        'К' | 'Κ' | 'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'М' | 'Μ' => 'm',
        'Ν' => 'n',
        'о' | 'О' | 'Ο' | 'ο' => 'o',
        'р' | 'Р' | 'Ρ' | 'ρ' => 'p',
        'ѕ' | 'Ѕ' => 's',
        'Т' | 'Τ' => 't',
        'ν' => 'v',
        'х' | 'Х' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        'Ζ' => 'z',
        _ => return None,
    })
}

/// Whether folding leaves a mark out: accents and points of Latin, Greek, Cyrillic, Hebrew and Arabic,
/// which people leave out too. A vowel of Devanagari or Thai is no such mark.
pub(crate) fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}'
        | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Soft hyphens, zero-width characters, marks of direction, selectors of variants.
pub(super) fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether it may be the second part of a syllable: of Hangul, or a sign on kana.
pub(super) fn is_part(letter: char) -> bool {
    matches!(letter, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' | '\u{3099}' | '\u{309a}')
}
