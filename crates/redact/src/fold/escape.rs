//! Letters beyond ASCII, and an entity's apostrophe or blank, as other notations write them: an
//! entity of HTML, bytes of UTF-8 in a URL or a mail, an escape of JSON, Python or Rust. Escaped once
//! more (`&amp;uuml;`, `%25C3`, `\\u00fc`) they say the same.

use crate::lex::{byte, run_of};

/// Layers of escaping that are read.
const LAYERS: usize = 4;

/// Whether an escape may begin with this byte.
#[inline]
pub(super) fn begins(byte: u8) -> bool {
    BEGINNINGS.contains(&byte)
}

pub(super) const BEGINNINGS: [u8; 4] = *b"&%\\=";

/// A first look at what begins with one of them at `at`: most are no escapes of letters.
#[inline]
pub(super) fn may_begin(bytes: &[u8], at: usize) -> bool {
    let next = byte(bytes, at + 1);
    match bytes[at] {
        b'&' => next == b'#' || next.is_ascii_alphabetic(),
        b'%' => matches!(next, b'C'..=b'F' | b'c'..=b'f' | b'2'),
        b'\\' => matches!(next, b'\\' | b'u' | b'x'),
        _ => matches!(next, b'C'..=b'F' | b'3') && byte(bytes, at + 3) == b'=',
    }
}

/// The letter that the escape at `at` says, and its length.
pub(super) fn read(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    if !may_begin(bytes, at) {
        return None;
    }
    let (letter, end) = match byte(bytes, at) {
        b'&' => entity(bytes, at)?,
        b'\\' => backslash(bytes, at)?,
        b'%' => encoded(bytes, at, b"25")?,
        b'=' if byte(bytes, at + 3) == b'=' => encoded(bytes, at, b"3D")?,
        _ => return None,
    };
    Some((letter, end - at))
}

/// `&uuml;`, `&#252;`, `&#xFC;`
fn entity(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let mut start = at + 1;
    for _ in 0..LAYERS {
        if bytes.get(start..start + 4) != Some(b"amp;") {
            break;
        }
        start += 4;
    }
    let (letter, end) = if byte(bytes, start) == b'#' {
        let hex = matches!(byte(bytes, start + 1), b'x' | b'X');
        let (from, radix) = (start + 1 + usize::from(hex), if hex { 16 } else { 10 });
        code(bytes, from, 8, radix)?
    } else {
        let end = run_of(bytes, start, 8, |b| b.is_ascii_alphabetic());
        (named(&bytes[start..end])?, end)
    };
    (byte(bytes, end) == b';').then_some((letter, end + 1))
}

/// The letter of an entity's name. Those that only add a mark to a letter say that letter.
fn named(name: &[u8]) -> Option<char> {
    #[rustfmt::skip]
    const MARKS: &[&[u8]] = &[
        b"uml", b"acute", b"grave", b"circ", b"tilde", b"cedil", b"ring", b"slash", b"caron", b"breve",
        b"ogon", b"macr", b"dot", b"strok", b"dblac",
    ];
    #[rustfmt::skip]
    const NAMES: &[(&[u8], char)] = &[
        (b"szlig", 'ß'), (b"aelig", 'æ'), (b"AElig", 'Æ'), (b"oelig", 'œ'), (b"OElig", 'Œ'), (b"eth", 'ð'),
        (b"ETH", 'Ð'), (b"thorn", 'þ'), (b"THORN", 'Þ'), (b"imath", 'ı'), (b"inodot", 'ı'),
        (b"nbsp", '\u{a0}'), (b"apos", '\''), (b"rsquo", '’'), (b"lsquo", '‘'), (b"shy", '\u{ad}'),
        (b"hyphen", '-'), (b"ndash", '–'), (b"ensp", ' '), (b"emsp", ' '), (b"thinsp", ' '),
        (b"zwj", '\u{200d}'), (b"zwnj", '\u{200c}'),
    ];
    let (letter, mark) = name.split_first()?;
    if MARKS.contains(&mark) {
        return Some(char::from(*letter));
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter)
}

/// `\u00fc`, `\xfc`, `\u{fc}`, `\xc3\xbc`, each with any number of backslashes.
fn backslash(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let sign = run_of(bytes, at, 1 << LAYERS, |b| b == b'\\');
    match byte(bytes, sign) {
        b'u' if byte(bytes, sign + 1) == b'{' => {
            let (letter, end) = code(bytes, sign + 2, 6, 16)?;
            (byte(bytes, end) == b'}' && !letter.is_ascii()).then_some((letter, end + 1))
        }
        b'u' => {
            let (high, end) = number(bytes, sign + 1, 4)?;
            if !(0xd800..0xdc00).contains(&high) {
                return char::from_u32(high).filter(|c| !c.is_ascii()).map(|letter| (letter, end));
            }
            let second = run_of(bytes, end, 1 << LAYERS, |b| b == b'\\');
            let (low, end) =
                number(bytes, second + 1, 4).filter(|_| byte(bytes, second) == b'u')?;
            let code = 0x1_0000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?;
            char::from_u32(code).map(|letter| (letter, end))
        }
        b'x' => utf8(|index| {
            let slashes = sign - at;
            let start = sign + index * (slashes + 3);
            let leads = index == 0 || bytes.get(start - slashes..start) == bytes.get(at..sign);
            let (value, end) = number(bytes, start + 1, 2)?;
            (leads && byte(bytes, start) == b'x').then_some((value, end))
        }),
        _ => None,
    }
}

/// `%C3%BC`, `=C3=BC`; `again` is what stands behind the sign when it is escaped itself.
fn encoded(bytes: &[u8], at: usize, again: &[u8; 2]) -> Option<(char, usize)> {
    let sign = bytes[at];
    let mut next = at;
    utf8(|_| {
        let mut start = next + 1;
        for _ in 0..LAYERS {
            if bytes.get(start..start + 2) != Some(again) || !is_hex_pair(bytes, start + 2) {
                break;
            }
            start += 2;
        }
        let (value, end) = number(bytes, start, 2).filter(|_| byte(bytes, next) == sign)?;
        next = end;
        Some((value, end))
    })
    // In code `a=ab` is no letter of a mail.
    .filter(|(letter, _)| sign == b'%' || u32::from(*letter) > 0xff || byte(bytes, at + 1) == b'C')
}

fn is_hex_pair(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
}

/// The letter that bytes say, each given with its end: in UTF-8, or one alone in Latin-1.
fn utf8(mut value: impl FnMut(usize) -> Option<(u32, usize)>) -> Option<(char, usize)> {
    let (first, first_end) = value(0)?;
    let first = u8::try_from(first).ok()?;
    let (width, bits) = match first {
        0xc2..=0xdf => (2, first & 0x1f),
        0xe0..=0xef => (3, first & 0x0f),
        0xf0..=0xf4 => (4, first & 0x07),
        _ => return (first >= 0xc0).then_some((char::from(first), first_end)),
    };
    let (mut code, mut end) = (u32::from(bits), first_end);
    for index in 1..width {
        match value(index) {
            Some((next @ 0x80..=0xbf, next_end)) => {
                (code, end) = (code << 6 | (next & 0x3f), next_end)
            }
            _ => return Some((char::from(first), first_end)),
        }
    }
    char::from_u32(code).map(|letter| (letter, end))
}

/// The letter of a number of 1 to `most` digits.
fn code(bytes: &[u8], from: usize, most: usize, radix: u32) -> Option<(char, usize)> {
    let end = run_of(bytes, from, most, |b| char::from(b).is_digit(radix));
    let digits = std::str::from_utf8(bytes.get(from..end)?).ok()?;
    let letter = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)?;
    Some((letter, end))
}

/// The number that exactly `width` hex digits say.
fn number(bytes: &[u8], from: usize, width: usize) -> Option<(u32, usize)> {
    let end = from + width;
    let digits = bytes.get(from..end)?;
    let value = |sum: u32, b: &u8| Some(sum << 4 | char::from(*b).to_digit(16)?);
    Some((digits.iter().try_fold(0, value)?, end))
}
