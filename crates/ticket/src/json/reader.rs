//! The reader: one token after the other, each in its place.

use super::{
    number::{self, Number},
    text::{self, Text},
};

/// What stands there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number<'a>),
    /// A text that is a value.
    Text(Text<'a>),
    /// `[`: its items follow.
    List,
    /// `]`
    ListEnd,
    /// `{`: its keys follow, each with its value behind it.
    Map,
    /// A key.
    Key(Text<'a>),
    /// `}`
    MapEnd,
}

/// The bytes are no JSON, leniently read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}")]
pub struct Broken {
    /// How many bytes stand before the place.
    pub at: usize,
    /// What was expected there: `a value`.
    pub expected: &'static str,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Value,
    /// An item, or `]`.
    ItemOrEnd,
    /// A key, or `}`.
    KeyOrEnd,
    Key,
    /// A comma or the end of what is open; the end of all where nothing is.
    Comma,
}

/// Reads one JSON value and nothing behind it. Holds a bit for each list and map that is open.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the last token began.
    start: usize,
    next: Next,
    open: Open,
}

impl<'a> Reader<'a> {
    /// Begins before the first token.
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { bytes, at, start: at, next: Next::Value, open: Open::default() }
    }

    /// How many bytes stand before the last token.
    pub const fn offset(&self) -> usize {
        self.start
    }

    /// The next token; `None` behind the value.
    ///
    /// # Errors
    /// Where no JSON goes on like that. What is read after an error means nothing.
    pub fn read(&mut self) -> Result<Option<Token<'a>>, Broken> {
        self.white_space();
        if self.next == Next::Comma {
            match (self.open.last(), self.peek()) {
                (None, None) => return Ok(None),
                (None, Some(_)) => return Err(self.expected("nothing more")),
                (Some(Kind::List), Some(b',')) => self.step(Next::Value),
                (Some(Kind::Map), Some(b',')) => self.step(Next::Key),
                (Some(Kind::List), Some(b']')) | (Some(Kind::Map), Some(b'}')) => {
                    return Ok(Some(self.close()));
                }
                (Some(Kind::List), _) => return Err(self.expected("a comma or ]")),
                (Some(Kind::Map), _) => return Err(self.expected("a comma or }")),
            }
            self.white_space();
        }
        self.start = self.at;
        match (self.next, self.peek()) {
            (Next::ItemOrEnd, Some(b']')) | (Next::KeyOrEnd, Some(b'}')) => Ok(Some(self.close())),
            (Next::KeyOrEnd | Next::Key, Some(b'"')) => self.key().map(Some),
            (Next::KeyOrEnd, _) => Err(self.expected("a key in quotes or }")),
            (Next::Key, _) => Err(self.expected("a key in quotes")),
            _ => self.value().map(Some),
        }
    }

    /// The next token, where something must come.
    ///
    /// # Errors
    /// As [`read`](Self::read), and at the end.
    pub fn token(&mut self) -> Result<Token<'a>, Broken> {
        self.read()?.ok_or(Broken { at: self.at, expected: "a value" })
    }

    /// Passes over the value that began with `token`, however deep it is.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn skip(&mut self, token: Token<'a>) -> Result<(), Broken> {
        if !matches!(token, Token::List | Token::Map) {
            return Ok(());
        }
        let outside = self.open.depth() - 1;
        while self.open.depth() > outside {
            self.token()?;
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Token<'a>, Broken> {
        const WORDS: [(&[u8], Token<'static>); 3] =
            [(b"null", Token::Null), (b"true", Token::Bool(true)), (b"false", Token::Bool(false))];
        let rest = self.rest();
        let (token, length) = match rest.first() {
            Some(b'"') => {
                let text = self.text()?;
                self.next = Next::Comma;
                return Ok(Token::Text(text));
            }
            Some(b'[') => {
                self.open.push(Kind::List);
                self.step(Next::ItemOrEnd);
                return Ok(Token::List);
            }
            Some(b'{') => {
                self.open.push(Kind::Map);
                self.step(Next::KeyOrEnd);
                return Ok(Token::Map);
            }
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => {
                let length = number::length(rest).map_err(|far| Broken {
                    at: self.at + far,
                    expected: if far == 0 { "a value" } else { "a digit" },
                })?;
                let written = std::str::from_utf8(&rest[..length]).unwrap_or_default();
                (Token::Number(Number::new(written)), length)
            }
            _ => {
                let word = WORDS.into_iter().find(|(word, _)| rest.starts_with(word));
                let (word, token) = word.ok_or_else(|| self.expected("a value"))?;
                (token, word.len())
            }
        };
        self.at += length;
        self.next = Next::Comma;
        // `truex`, `01`, `NaNa`.
        if matches!(self.peek(), Some(byte) if byte.is_ascii_alphanumeric()) {
            return Err(self.expected("the value's end"));
        }
        Ok(token)
    }

    fn key(&mut self) -> Result<Token<'a>, Broken> {
        let text = self.text()?;
        self.white_space();
        if self.peek() != Some(b':') {
            return Err(self.expected("a colon"));
        }
        self.step(Next::Value);
        Ok(Token::Key(text))
    }

    /// The text that begins here.
    fn text(&mut self) -> Result<Text<'a>, Broken> {
        let start = self.at + 1;
        let mut at = start;
        let mut is_escaped = false;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(plain) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                return Err(Broken { at: self.bytes.len(), expected: "the text's end" });
            };
            at += plain;
            if rest[plain] == b'"' {
                self.at = at + 1;
                return Ok(Text::new(&self.bytes[start..at], is_escaped));
            }
            is_escaped = true;
            at += match rest.get(plain + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                Some(b'u') if text::unit(&rest[plain..]).is_some() => 6,
                _ => return Err(Broken { at, expected: "an escape of JSON's" }),
            };
        }
    }

    fn close(&mut self) -> Token<'a> {
        self.start = self.at;
        self.step(Next::Comma);
        match self.open.pop() {
            Some(Kind::Map) => Token::MapEnd,
            _ => Token::ListEnd,
        }
    }

    fn step(&mut self, next: Next) {
        self.at += 1;
        self.next = next;
    }

    fn white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    const fn expected(&self, expected: &'static str) -> Broken {
        Broken { at: self.at, expected }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    List,
    Map,
}

/// The lists and maps that are open, a bit each.
#[derive(Default)]
struct Open {
    bits: Vec<u64>,
    depth: usize,
}

impl Open {
    const fn depth(&self) -> usize {
        self.depth
    }

    fn push(&mut self, kind: Kind) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.bits.len() {
            self.bits.push(0);
        }
        let is_map = u64::from(kind == Kind::Map);
        self.bits[word] = self.bits[word] & !(1 << bit) | is_map << bit;
        self.depth += 1;
    }

    fn last(&self) -> Option<Kind> {
        let top = self.depth.checked_sub(1)?;
        let is_map = self.bits[top / 64] >> (top % 64) & 1 == 1;
        Some(if is_map { Kind::Map } else { Kind::List })
    }

    fn pop(&mut self) -> Option<Kind> {
        let kind = self.last()?;
        self.depth -= 1;
        Some(kind)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
