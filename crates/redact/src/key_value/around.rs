//! The object around a key in a text: what its entries say about each other. Looked at within a
//! bound on either side, once for an object, and no more than a few times the text's length in all.

use super::{
    keyed_text::KeyedText,
    tokens::{Token, Tokens},
};
use crate::siblings::{Above, Description, Said, Siblings};

/// Bytes and entries on either side that are looked at.
const BYTES: usize = 4 << 10;
const ENTRIES: usize = 64;
/// Levels of lists and maps inside of it.
const VALUES: usize = 4;
/// Bytes looked at for each byte of a text, and for the text.
const EACH: usize = 8;
const ALL: usize = 16 << 10;

/// An entry: from where to where its key's inside stands, and where its value starts.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    pub(super) key: (usize, usize),
    pub(super) value: usize,
}

/// What stands around a key.
pub(super) struct Object {
    pub(super) siblings: Siblings,
    /// Where its keys' insides start.
    keys: Vec<usize>,
    /// Its entries that may be named by another.
    values: [Entry; VALUES],
}

impl Object {
    /// A key without anything around it.
    fn alone() -> Self {
        let siblings = Siblings::below(Above::default());
        Self { siblings, keys: Vec::new(), values: [Entry::default(); VALUES] }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = Entry> + use<> {
        self.values.into_iter().filter(|entry| entry.value > 0)
    }
}

/// The object that was looked at last.
#[derive(Default)]
pub(crate) struct Around {
    last: Option<Object>,
    /// Where it ends, and what stands above it.
    end: usize,
    above: (usize, usize, bool),
    looked_at: usize,
    /// Where the last list or map ends whose leaves were judged as names.
    pub(super) named: usize,
    /// Room for the entries of one.
    entries: Vec<Entry>,
}

impl Around {
    /// The object that holds the key whose inside starts at `key`, in quotes with `depth`
    /// backslashes before them.
    pub(super) fn object(&mut self, keyed: KeyedText<'_>, key: usize, depth: usize) -> &Object {
        if !self.last.as_ref().is_some_and(|object| object.keys.contains(&key)) {
            self.last = Some(self.look(keyed, key, depth));
        }
        self.last.get_or_insert_with(Object::alone)
    }

    fn look(&mut self, keyed: KeyedText<'_>, key: usize, depth: usize) -> Object {
        let bytes = keyed.text.as_bytes();
        let tokens = Tokens { bytes, depth };
        let mut object = Object::alone();
        let start = key - 1 - depth;
        let floor = start.saturating_sub(BYTES);
        if self.looked_at > EACH * bytes.len() + ALL {
            return object;
        }
        let mut entries = std::mem::take(&mut self.entries);
        entries.clear();
        let open = back(tokens, start, floor, &mut entries);
        let limit = start + BYTES;
        let most = entries.len() + ENTRIES;
        let end = on(tokens, start, limit, |entry| {
            entries.push(entry);
            entries.len() < most
        });
        self.looked_at += end - open.unwrap_or(floor);
        if let Some(open) = open {
            self.above = self.above_of(tokens, open);
            let (from, to, listed) = self.above;
            if let Some(key) = keyed.text.get(from..to).filter(|key| !key.is_empty()) {
                let above = Above::key(key);
                object.siblings = Siblings::below(if listed { above.listed() } else { above });
            }
        } else {
            self.above = (0, 0, false);
        }
        self.end = end;
        for entry in &entries {
            let Some(key) = keyed.text.get(entry.key.0..entry.key.1) else { continue };
            object.keys.push(entry.key.0);
            if Siblings::may_be_named(key)
                && let Some(free) = object.values.iter_mut().find(|entry| entry.value == 0)
            {
                *free = *entry;
            }
            let said = text_at(keyed, tokens, entry.value, limit);
            object.siblings.see(keyed.gate, key, said, &mut |_| None);
        }
        self.entries = entries;
        object
    }

    /// The key above the object that opens at `open`, and whether there is a list between.
    fn above_of(&mut self, tokens: Tokens<'_>, open: usize) -> (usize, usize, bool) {
        let floor = open.saturating_sub(BYTES);
        let (mut at, mut inside, mut listed) = (open, 0usize, false);
        let mut colon = false;
        let mut found = (0, 0, false);
        while let Some((token, start)) = tokens.before(at, floor) {
            match token {
                // The object before it in the list.
                Token::Sign(b'}') if inside == 0 && start + 1 == self.end && self.above.2 => {
                    found = self.above;
                    break;
                }
                Token::Sign(b'}' | b']' | b')') => inside += 1,
                Token::Sign(b'[' | b'(') if inside == 0 => listed = true,
                Token::Sign(b'{') if inside == 0 => break,
                Token::Sign(b'{' | b'[' | b'(') => inside -= 1,
                Token::Sign(b':') if inside == 0 => colon = true,
                Token::Literal(from, to) if inside == 0 && colon => {
                    found = (from, to, listed);
                    break;
                }
                // Items of the list, or what is no list.
                _ if inside == 0 && listed => break,
                _ => {}
            }
            at = start;
        }
        self.looked_at += open - at;
        found
    }
}

/// The entries before `at`, the nearest first, and where the object opens.
fn back(tokens: Tokens<'_>, at: usize, floor: usize, entries: &mut Vec<Entry>) -> Option<usize> {
    let (mut at, mut inside) = (at, 0usize);
    // The value that was read last, once its key may come.
    let (mut value, mut colon) = (0, false);
    while let Some((token, start)) = tokens.before(at, floor) {
        match token {
            Token::Sign(b'{') if inside == 0 => return Some(start),
            Token::Sign(b'[' | b'(') if inside == 0 => break,
            Token::Sign(b'{' | b'[' | b'(') => inside -= 1,
            Token::Sign(b'}' | b']' | b')') => inside += 1,
            _ if inside > 0 => {}
            Token::Sign(b':') => colon = true,
            Token::Literal(from, to) if colon => {
                if entries.len() == ENTRIES {
                    break;
                }
                entries.push(Entry { key: (from, to), value });
                colon = false;
            }
            _ => {}
        }
        if !colon {
            value = start;
        }
        at = start;
    }
    None
}

/// Visits the entries from `at` on, as long as it says so. Where that, or the object, ends.
fn on(tokens: Tokens<'_>, at: usize, limit: usize, mut visit: impl FnMut(Entry) -> bool) -> usize {
    let (mut at, mut inside) = (at, 0usize);
    // The key that was read last, and whether its value comes.
    let (mut key, mut colon) = (None, false);
    while let Some((token, start, end)) = tokens.next(at, limit) {
        if inside == 0 {
            match (token, key) {
                (Token::Sign(b'}'), _) => return end,
                (Token::Sign(b']' | b')'), _) => return at,
                (Token::Sign(b','), _) => (key, colon) = (None, false),
                (Token::Sign(b':'), Some(_)) => colon = true,
                (_, Some(inside)) if colon => {
                    if !visit(Entry { key: inside, value: start }) {
                        return end;
                    }
                    (key, colon) = (None, true);
                }
                (Token::Literal(from, to), None) if !colon => key = Some((from, to)),
                _ => {}
            }
        }
        match token {
            Token::Sign(b'{' | b'[' | b'(') => inside += 1,
            Token::Sign(b'}' | b']' | b')') => inside -= 1,
            _ => {}
        }
        at = end;
    }
    at
}

/// What the value that starts at `at` says if it is a text.
fn text_at<'t>(keyed: KeyedText<'t>, tokens: Tokens<'_>, at: usize, limit: usize) -> Said<'t> {
    match tokens.next(at, limit) {
        Some((Token::Literal(from, to), ..)) => {
            keyed.text.get(from..to).map_or(Said::Other, Said::Text)
        }
        _ => Said::Other,
    }
}

/// What the value that starts at `at` says.
pub(super) fn said<'t>(
    keyed: KeyedText<'t>,
    tokens: Tokens<'_>,
    at: usize,
    limit: usize,
) -> Said<'t> {
    let Some((Token::Sign(b'{'), _, inside)) = tokens.next(at, limit) else {
        return text_at(keyed, tokens, at, limit);
    };
    let mut description = Description::default();
    on(tokens, inside, limit, |entry| {
        let text = match text_at(keyed, tokens, entry.value, limit) {
            Said::Text(text) => Some(text.as_bytes()),
            _ => None,
        };
        description.goes_on(&tokens.bytes[entry.key.0..entry.key.1], text)
    });
    description.said()
}
