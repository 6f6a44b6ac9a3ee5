//! One documented form of a provider's keys, and whether something has it.

use crate::{
    detector::Detector,
    finding::Outcome,
    lex::{before, byte, is_alnum, run_of},
};

/// One documented form.
pub(super) struct Form {
    detector: Detector,
    prefix: &'static str,
    /// Which three bytes of the prefix are looked for: the rarest ones.
    trigger: usize,
    /// Characters before the prefix that belong to the token, and their alphabet.
    lead: (usize, Alphabet),
    alphabet: Alphabet,
    least: usize,
    most: usize,
    body: Body,
    /// It starts no word: it is looked for everywhere.
    inside: bool,
}

/// What a body must be, so that no name in code is taken for it.
#[derive(Clone, Copy)]
enum Body {
    Any,
    /// With a digit in it.
    Numbered,
    /// No letters of one case alone.
    Mixed,
    /// As [`looks_random`] says.
    Random,
}

#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    Digits,
    Hex,
    /// Hex digits and `-`.
    Uuid,
    Upper,
    /// `[A-Z0-9_]`
    UpperWord,
    Alnum,
    /// `[A-Za-z0-9_]`
    Word,
    /// `[A-Za-z0-9_-]`
    Url,
    /// Word characters, `.`, `-`, `=`, `~`, `$`: what tokens in several parts are made of.
    Parts,
    /// `[A-Za-z0-9+/=]`
    Base64,
    /// What is in the path of a webhook of Teams.
    Teams,
}

impl Alphabet {
    fn has(self, b: u8) -> bool {
        match self {
            Self::Digits => b.is_ascii_digit(),
            Self::Hex => b.is_ascii_hexdigit(),
            Self::Uuid => b.is_ascii_hexdigit() || b == b'-',
            Self::Upper => b.is_ascii_uppercase() || b.is_ascii_digit(),
            Self::UpperWord => b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_',
            Self::Alnum => is_alnum(b),
            Self::Word => is_alnum(b) || b == b'_',
            Self::Url => is_alnum(b) || matches!(b, b'_' | b'-'),
            Self::Parts => is_alnum(b) || b"_-.=~$%+/".contains(&b),
            Self::Base64 => is_alnum(b) || matches!(b, b'+' | b'/' | b'='),
            Self::Teams => is_alnum(b) || matches!(b, b'-' | b'@' | b'/'),
        }
    }
}

/// `prefix` and from `least` to `most` characters of `alphabet`.
pub(super) const fn form(
    detector: Detector,
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
) -> Form {
    Form {
        detector,
        prefix,
        trigger: 0,
        lead: (0, Alphabet::Alnum),
        alphabet,
        least,
        most,
        body: Body::Any,
        inside: false,
    }
}

impl Form {
    pub(super) const fn random(self) -> Self {
        Self { body: Body::Random, ..self }
    }

    pub(super) const fn numbered(self) -> Self {
        Self { body: Body::Numbered, ..self }
    }

    pub(super) const fn mixed(self) -> Self {
        Self { body: Body::Mixed, ..self }
    }

    pub(super) const fn trigger(self, trigger: usize) -> Self {
        Self { trigger, ..self }
    }

    pub(super) const fn lead(self, length: usize, alphabet: Alphabet) -> Self {
        Self { lead: (length, alphabet), ..self }
    }

    pub(super) const fn inside(self) -> Self {
        Self { inside: true, ..self }
    }

    /// What is looked for everywhere in a text, if its sign stands within the token.
    pub(super) fn sign(&self) -> Option<&'static str> {
        self.inside.then_some(self.prefix)
    }

    /// The three bytes it is looked for at.
    pub(super) fn triggers(&self) -> Vec<[u8; 3]> {
        let bytes = &self.prefix.as_bytes()[self.trigger..];
        match *bytes {
            _ if self.inside => Vec::new(),
            [a, b, c, ..] => vec![[a, b, c]],
            // Two letters and then hex digits.
            [a, b] => b"0123456789abcdefABCDEF".iter().map(|c| [a, b, *c]).collect(),
            _ => Vec::new(),
        }
    }

    /// Looks for the form at `at`, where its trigger stands.
    pub(super) fn detect(&self, bytes: &[u8], at: usize) -> Outcome {
        let found = || {
            let start = at.checked_sub(self.trigger)?;
            let rest = bytes.get(start..)?;
            if !rest.starts_with(self.prefix.as_bytes()) {
                return None;
            }
            let (length, alphabet) = self.lead;
            let (start, body) = (start.checked_sub(length)?, start + self.prefix.len());
            let lead = &bytes[start..start + length];
            if is_alnum(before(bytes, start)) || !lead.iter().all(|b| alphabet.has(*b)) {
                return None;
            }
            let end = self.body_end(bytes, body)?;
            let inside = &bytes[body..end];
            let fits = match self.body {
                Body::Any => true,
                Body::Numbered => inside.iter().any(u8::is_ascii_digit),
                Body::Mixed => is_mixed(inside),
                Body::Random => looks_random(inside),
            };
            // `AKIAXXXXXXXXXXXXXXXX`
            let is_mask = || !inside.is_empty() && inside.iter().all(|b| matches!(b, b'x' | b'X'));
            (fits && !is_mask()).then_some((start, end))
        };
        match found() {
            Some((start, end)) => Outcome::mark(start, end, self.detector),
            None => Outcome::Nothing,
        }
    }

    /// Where the body ends, if its length fits.
    fn body_end(&self, bytes: &[u8], body: usize) -> Option<usize> {
        let run = run_of(bytes, body, self.most + 1, |b| self.alphabet.has(b));
        // A sentence's full stop is not the token's, unless the token is too short without it.
        let is_sign = |b: &&u8| matches!(**b, b'.' | b'-' | b'~' | b'$' | b'%' | b'/');
        let signs = bytes[body..run].iter().rev().take_while(is_sign).count();
        let end = (run - signs).max(body + self.least);
        let goes_on = is_alnum(byte(bytes, end));
        (end <= run && end - body <= self.most && !goes_on).then_some(end)
    }
}

/// Letters and digits in a mixture that words don't have.
pub(crate) fn looks_random(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    for b in body {
        seen[usize::from(*b)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let digits = body.iter().any(u8::is_ascii_digit);
    let letters = body.iter().any(u8::is_ascii_alphabetic);
    digits && letters && distinct >= 10.min(body.len() / 2)
}

/// More than letters of one case.
fn is_mixed(body: &[u8]) -> bool {
    let kinds: [fn(&u8) -> bool; 3] =
        [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
    kinds.iter().filter(|kind| body.iter().any(kind)).count() > 1
}
