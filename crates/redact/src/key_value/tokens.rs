//! The tokens of what looks like JSON, read from any place between two of them in both directions.
//! The text around need not be whole, may be escaped once more, or be printed by Python.

use crate::{
    lex::{byte, is_word, run, run_of, skip_any_space},
    literal,
};

/// A string, a sign, or a word or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// From where to where its inside stands.
    Literal(usize, usize),
    Sign(u8),
    Word,
}

/// A part of a text whose quotes have `depth` backslashes before them.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) depth: usize,
}

impl Tokens<'_> {
    /// The token that starts at or behind `at`, none of it at or behind `limit`; and where it starts
    /// and ends.
    pub(super) fn next(self, at: usize, limit: usize) -> Option<(Token, usize, usize)> {
        let bytes = self.bytes.get(..limit.min(self.bytes.len()))?;
        let start = skip_any_space(bytes, at);
        let slashes = run_of(bytes, start, 8, |b| b == b'\\');
        match byte(bytes, slashes) {
            quote @ (b'"' | b'\'') if slashes - start == self.depth => {
                let end = literal::end(bytes, slashes + 1, quote, self.depth);
                let after = end + self.depth + 1;
                // Cut off, it ends with its text.
                let whole = after <= bytes.len() || bytes.len() == self.bytes.len();
                whole.then(|| (Token::Literal(slashes + 1, end), start, after.min(bytes.len())))
            }
            sign @ (b'{' | b'}' | b'[' | b']' | b'(' | b')' | b',' | b':') => {
                Some((Token::Sign(sign), start, slashes + 1))
            }
            letter if is_part(letter) => {
                let end = run(bytes, slashes, is_part);
                let whole = end < bytes.len() || end == self.bytes.len();
                whole.then_some((Token::Word, start, end))
            }
            _ => None,
        }
    }

    /// The token that ends at or before `at`, none of it before `floor`; and where it starts.
    pub(super) fn before(self, at: usize, floor: usize) -> Option<(Token, usize)> {
        let end = self.skip_space_back(at, floor);
        let last = *self.bytes.get(floor..end)?.last()?;
        match last {
            b'"' | b'\'' => self.literal_before(end - 1, last, floor),
            b'{' | b'}' | b'[' | b']' | b'(' | b')' | b',' | b':' => {
                Some((Token::Sign(last), end - 1))
            }
            letter if is_part(letter) => {
                let start = self.bytes[floor..end].iter().rposition(|b| !is_part(*b))?;
                Some((Token::Word, floor + start + 1))
            }
            _ => None,
        }
    }

    /// The literal whose closing quote stands at `quote`.
    fn literal_before(self, quote: usize, mark: u8, floor: usize) -> Option<(Token, usize)> {
        let end = quote.checked_sub(self.depth)?;
        self.bytes[end..quote].iter().all(|b| *b == b'\\').then_some(())?;
        let open = self.opening(end, mark, floor)?;
        Some((Token::Literal(open + 1, end), open - self.depth))
    }

    /// The quote that opens the literal whose inside ends at `end`, not before `floor`: the nearest
    /// with as many backslashes. Those with others are in the literal.
    pub(super) fn opening(self, end: usize, mark: u8, floor: usize) -> Option<usize> {
        let before = self.bytes.get(floor..end)?;
        let slashes = |at: usize| before[..at].iter().rev().take_while(|b| **b == b'\\').count();
        let open = memchr::memrchr_iter(mark, before).find(|at| slashes(*at) == self.depth)?;
        Some(floor + open)
    }

    fn skip_space_back(self, at: usize, floor: usize) -> usize {
        let mut end = at;
        while end > floor {
            match self.bytes[end - 1] {
                b' ' | b'\t' | b'\r' | b'\n' => end -= 1,
                // Escaped once more, a line break is two letters.
                b'n' | b't' | b'r' if end >= floor + 2 && self.bytes[end - 2] == b'\\' => end -= 2,
                _ => break,
            }
        }
        end
    }
}

fn is_part(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'+' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All tokens of a text in both directions.
    fn both(text: &str, depth: usize) -> [Vec<Token>; 2] {
        let tokens = Tokens { bytes: text.as_bytes(), depth };
        let (mut at, mut forward) = (0, Vec::new());
        while let Some((token, _, end)) = tokens.next(at, usize::MAX) {
            forward.push(token);
            at = end;
        }
        let (mut at, mut backward) = (text.len(), Vec::new());
        while let Some((token, start)) = tokens.before(at, 0) {
            backward.push(token);
            at = start;
        }
        backward.reverse();
        [forward, backward]
    }

    #[test]
    fn both_directions_read_the_same() {
        let texts = [
            (r#"{"a": "x", "b": [1, true, {"c": null}]}"#, 0),
            (r#"{\"a\": \"x \\\" y\", \"b\": 1}"#, 1),
            (r#"{'a': 'it"s', "b": "it's", 'c': None}"#, 0),
            ("{\\n  \\\"a\\\": \\\"x\\\"\\n}", 1),
            ("[('password', 'x'), ('a', -1.5e+7)]", 0),
        ];
        for (text, depth) in texts {
            let [forward, backward] = both(text, depth);
            assert_eq!(forward, backward, "{text}");
            assert!(forward.len() >= 5, "{text}");
        }
    }
}
