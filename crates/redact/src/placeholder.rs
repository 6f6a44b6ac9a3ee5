//! Names where a value would be: `${TOKEN}`, `$VAR`, `{{secret}}`, `<password>`, `%s`, `****1234`,
//! `getenv("X")`. A secret may begin with the same signs (`$Tr0ng!Pw#9`, `{SSHA}…`).

mod naming;

pub(crate) use naming::is_capitalised;

use crate::lex::{before, byte, is_word, run_of};

/// Bytes of a placeholder that are looked at.
const REACH: usize = 128;

/// Whether a name stands at `at` where the value would be.
pub(crate) fn stands_at(bytes: &[u8], at: usize) -> bool {
    is_call(bytes, at)
        || is_reference(bytes, at)
        || placeholder(bytes, at).is_some_and(|end| !goes_on(bytes, end))
}

/// Whether `text` is made of placeholders and what joins them: `$USER:$PASS`. A variable is one in
/// capitals here: quoted, `$ecret` is no name.
pub(crate) fn is_all(text: &[u8]) -> bool {
    let (mut at, mut any) = (0, false);
    while at < text.len() {
        let quiet = match text[at] {
            b'$' => byte(text, at + 1).is_ascii_lowercase(),
            b'*' => byte(text, at + 1) != b'*',
            _ => false,
        };
        if default(text, at).is_some() {
            return false;
        }
        match placeholder(text, at).filter(|_| !quiet) {
            Some(end) => (at, any) = (end, true),
            None if b":/.-_@ +,|".contains(&text[at]) => at += 1,
            None => return false,
        }
    }
    any
}

/// Where the placeholder that starts at `at` ends.
pub(crate) fn placeholder(bytes: &[u8], at: usize) -> Option<usize> {
    let next = byte(bytes, at + 1);
    match byte(bytes, at) {
        b'$' => variable(bytes, at + 1),
        b'{' if matches!(next, b'{' | b'%' | b'#') => named(bytes, at + 2, b'}', |_| true),
        b'{' => named(bytes, at + 1, b'}', |b| is_word(b) || b".,[]()!?:- $\"'".contains(&b))
            .filter(|end| !is_map(&bytes[at + 1..*end])),
        // Code, and what a shell reads: `<?php`, `<%= x %>`, `<<EOF`.
        b'<' if matches!(next, b'<' | b'?' | b'%' | b'(') => Some(at + 2),
        b'<' => named(bytes, at + 1, b'>', |b| is_word(b) || b" -.:/'|,".contains(&b)),
        b'%' => format(bytes, at + 1),
        b'*' => mask(bytes, at),
        // A statement's variable: `= :password`.
        b':' => {
            let end = run_of(bytes, at + 1, REACH, |b| b.is_ascii_alphabetic() || b == b'_');
            (end > at + 1 && !is_word(byte(bytes, end))).then_some(end)
        }
        _ => None,
    }
}

/// Whether braces hold keys and values: `{"name": "Mia Li"}`.
fn is_map(inside: &[u8]) -> bool {
    let quoted = matches!(inside.trim_ascii_start().first(), Some(b'"' | b'\''));
    quoted || inside.windows(2).any(|two| two == b": ")
}

/// The value in `${NAME:-value}`, which starts at `at`.
pub(crate) fn default(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if !bytes.get(at..)?.starts_with(b"${") {
        return None;
    }
    let name = run_of(bytes, at + 2, REACH, |b| is_word(b) || b == b'.');
    let sign = run_of(bytes, name, 1, |b| b == b':');
    let start = run_of(bytes, sign, 1, |b| matches!(b, b'-' | b'='));
    // `:-` of a shell; `:` of Spring, which is no `${env:NAME}`.
    let shouts = bytes[at..name].iter().any(|b| b.is_ascii_uppercase() || matches!(b, b'.' | b'_'));
    let start = if start > sign || shouts { start } else { name };
    let end = run_of(bytes, start, REACH, |b| b > b' ' && !b"\"'{}\\$".contains(&b));
    (start > name && end > start && byte(bytes, end) == b'}').then_some((start, end))
}

/// `$argon2id$v=19$m=65536,t=3,p=4$…`, `$2y$10$…`: a password's hash as `crypt` writes it.
pub(crate) fn is_crypt(bytes: &[u8], at: usize) -> bool {
    const SCHEMES: [&[u8]; 7] =
        [b"argon2", b"pbkdf2", b"scrypt", b"bcrypt", b"apr1", b"sha", b"md5"];
    let name = run_of(bytes, at + 1, 16, |b| is_word(b) || b == b'-');
    let scheme = &bytes[bytes.len().min(at + 1)..name];
    let known = scheme.len() <= 2 || SCHEMES.iter().any(|known| scheme.starts_with(known));
    byte(bytes, at) == b'$' && !scheme.is_empty() && known && byte(bytes, name) == b'$'
}

/// What follows a `$`: `{NAME}`, `(command)`, `NAME`, `this->name`, `1`.
fn variable(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'{' => named(bytes, at + 1, b'}', |_| true),
        b'(' => Some(closing(bytes, at + 1, b')', |_| true).unwrap_or(at + 1)),
        b'0'..=b'9' => {
            let end = run_of(bytes, at, 3, |b| b.is_ascii_digit());
            (end - at < 3 && !is_word(byte(bytes, end)) && byte(bytes, end) != b'$').then_some(end)
        }
        first if is_word(first) && !is_crypt(bytes, at - 1) => {
            let end = path(bytes, at);
            (!is_disguised(&bytes[at..end])).then_some(end)
        }
        _ => None,
    }
}

/// The end of `name`, `this->name`, `env:NAME`, `row.name`, `Env::NAME`.
fn path(bytes: &[u8], at: usize) -> usize {
    let mut end = run_of(bytes, at, REACH, is_word);
    for _ in 0..8 {
        let sign = match (byte(bytes, end), byte(bytes, end + 1)) {
            (b'-', b'>') | (b':', b':') | (b'?', b'.') => 2,
            (b'.' | b':', _) => 1,
            _ => return end,
        };
        let next = run_of(bytes, end + sign, REACH, is_word);
        if next == end + sign {
            return end;
        }
        end = next;
    }
    end
}

/// `Tr0ngPassw0rd`: digits within words that have capitals, or again and again.
fn is_disguised(name: &[u8]) -> bool {
    let inner =
        name.windows(2).filter(|two| two[0].is_ascii_digit() && two[1].is_ascii_lowercase());
    match inner.count() {
        0 => false,
        1 => name.iter().any(u8::is_ascii_uppercase),
        _ => true,
    }
}

/// What follows a `%`: `NAME%`, `(name)s`, `{name}`, `s`, `-10.3f`, `1$s`.
fn format(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'(' => closing(bytes, at + 1, b')', is_word).map(|end| run_of(bytes, end, 1, is_word)),
        b'{' => closing(bytes, at + 1, b'}', is_word),
        _ => {
            let name = run_of(bytes, at, REACH, is_word);
            let named = &bytes[at..name];
            let shouts = named.iter().all(|b| !b.is_ascii_lowercase());
            let letters = named.iter().all(u8::is_ascii_alphabetic);
            let first = byte(bytes, at).is_ascii_alphabetic();
            if byte(bytes, name) == b'%' && name > at + 2 && first && (shouts || letters) {
                return Some(name + 1);
            }
            let flags = run_of(bytes, at, 12, |b| b.is_ascii_digit() || b"-+#.$*lh".contains(&b));
            let is_kind = b"sdifxXvqtTcpeEgGuob@".contains(&byte(bytes, flags));
            (is_kind && !is_word(byte(bytes, flags + 1))).then_some(flags + 1)
        }
    }
}

/// `***`, `****1234`, and C's `*name`.
fn mask(bytes: &[u8], at: usize) -> Option<usize> {
    let stars = run_of(bytes, at, REACH, |b| b == b'*');
    let end = run_of(bytes, stars, REACH, is_word);
    let left = &bytes[stars..end];
    match stars - at {
        1 => left.iter().all(|b| !b.is_ascii_digit()).then(|| path(bytes, stars)),
        _ => (left.len() <= 4 && byte(bytes, end) != b'*').then_some(end),
    }
}

/// Behind the `close` that what `fits` leads to, and all that follow it.
fn closing(bytes: &[u8], from: usize, close: u8, fits: impl Fn(u8) -> bool) -> Option<usize> {
    let end = run_of(bytes, from, REACH, |b| b != close && b >= b' ' && fits(b));
    (byte(bytes, end) == close).then(|| run_of(bytes, end, 3, |b| b == close))
}

/// Whether `text` is a name in code: `token2`, `config.token`.
pub(crate) fn is_name(text: &str) -> bool {
    naming::is_name(text.as_bytes())
}

/// As [`closing`], around what is a name and no value: `{admin_api_key}`, not `{hunter2}`.
fn named(bytes: &[u8], from: usize, close: u8, fits: impl Fn(u8) -> bool) -> Option<usize> {
    let end = closing(bytes, from, close, fits)?;
    let inside = run_of(bytes, from, REACH, |b| b != close);
    naming::is_name(&bytes[from..inside]).then_some(end)
}

/// Whether a secret goes on behind what looked like a placeholder: `{SSHA}…`, `$Tr0ng!Pw#9`.
fn goes_on(bytes: &[u8], at: usize) -> bool {
    let end = run_of(bytes, at, REACH, |b| b > b' ' && !b"\"'`<>,;)}\\&{".contains(&b));
    let rest = &bytes[at..end];
    let strong = |b: &u8| b"!#^*+~".contains(b);
    let begins = rest.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'@' || strong(b));
    let is_star = before(bytes, at) == b'*' || rest.iter().all(|b| *b == b'*');
    begins
        && !is_star
        && byte(bytes, end) != b'{'
        && rest.iter().any(|b| b.is_ascii_digit() || strong(b))
        && rest.len() > usize::from(matches!(byte(bytes, at), b'!' | b'#'))
}

/// Where the bracket that opens at `at` closes, before any blank: `{x9Kq2}`, `<x9Kq2>`.
pub(crate) fn bracketed(bytes: &[u8], at: usize) -> Option<usize> {
    let close = match byte(bytes, at) {
        b'{' => b'}',
        b'<' => b'>',
        _ => return None,
    };
    let end = run_of(bytes, at + 1, REACH, |b| b > b' ' && !b"\"'`<>{},;\\".contains(&b));
    (byte(bytes, end) == close).then(|| run_of(bytes, end, 3, |b| b == close))
}

/// Whether a name stands at `at` by which a program or a reader is told where the value is:
/// `var.db_password`, `self.password`, `process.env.PW`; `YOUR_API_KEY`.
pub(crate) fn is_reference(bytes: &[u8], at: usize) -> bool {
    #[rustfmt::skip]
    const ROOTS: [&[u8]; 24] = [
        b"var.", b"local.", b"data.", b"module.", b"each.", b"random_", b"self.", b"this.", b"args.",
        b"config.", b"cfg.", b"conf.", b"settings.", b"process.env.", b"os.environ", b"req.",
        b"request.", b"options.", b"opts.", b"env.", b"ctx.", b"params.", b"props.", b"secrets.",
    ];
    let rest = bytes.get(at..).unwrap_or_default();
    let end = run_of(rest, 0, REACH, |b| is_word(b) || matches!(b, b'.' | b'-' | b'[' | b']'));
    let name = &rest[..end];
    let known = ROOTS.iter().any(|root| name.starts_with(root)) || is_readers_own(name);
    known
        && naming::is_name(name)
        && matches!(byte(rest, end), 0..=b' ' | b',' | b')' | b'}' | b';' | b'"' | b'\'' | b'\\')
}

/// `YOUR_API_KEY`, `your-token-here`.
fn is_readers_own(name: &[u8]) -> bool {
    const LAST: [&[u8]; 6] = [b"key", b"token", b"secret", b"password", b"here", b"value"];
    let ends = |word: &[u8]| {
        name.len() > word.len() && name[name.len() - word.len()..].eq_ignore_ascii_case(word)
    };
    let begins = name.get(..4).is_some_and(|first| first.eq_ignore_ascii_case(b"your"));
    begins && matches!(byte(name, 4), b'_' | b'-') && LAST.iter().any(|word| ends(word))
}

/// `getenv("X")`, `config["x"]`: what a program asks for.
pub(crate) fn is_call(bytes: &[u8], at: usize) -> bool {
    let name = run_of(bytes, at, REACH, |b| is_word(b) || matches!(b, b'.' | b':'));
    let close = match byte(bytes, name) {
        b'(' => b')',
        b'[' => b']',
        _ => return false,
    };
    let end = run_of(bytes, name, REACH, |b| b != close && b >= b' ');
    name > at
        && (byte(bytes, end) == close || end == name + REACH || byte(bytes, end) < b' ')
        && !is_disguised(&bytes[at..name])
}
