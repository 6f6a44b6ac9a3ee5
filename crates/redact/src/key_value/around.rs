//! The object around a key in a text: what its entries say about each other. Looked at within a
//! bound on either side, once for an object, and no more than a few times the text's length in all.

use super::{
    keyed_text::KeyedText,
    tokens::{Token, Tokens},
};
use crate::siblings::{Above, Said, Siblings};

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

    pub(super) fn values(&self) -> impl Iterator<Item = Entry> + '_ {
        self.values.iter().copied().filter(|entry| entry.value > 0)
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
        let mut entries = [Entry::default(); 2 * ENTRIES];
        let (before, open) = back(tokens, start, floor, &mut entries[..ENTRIES]);
        let limit = start + BYTES;
        let (behind, end) = on(tokens, start, limit, &mut entries[ENTRIES..]);
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
        let entries = entries[..before].iter().chain(&entries[ENTRIES..ENTRIES + behind]);
        for entry in entries {
            let Some(key) = keyed.text.get(entry.key.0..entry.key.1) else { continue };
            object.keys.push(entry.key.0);
            if Siblings::may_be_named(key)
                && let Some(free) = object.values.iter_mut().find(|entry| entry.value == 0)
            {
                *free = *entry;
            }
            let said = said(keyed, tokens, entry.value, limit);
            object.siblings.see(keyed.gate, key, said, &mut |_| None);
        }
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
fn back(
    tokens: Tokens<'_>,
    at: usize,
    floor: usize,
    entries: &mut [Entry],
) -> (usize, Option<usize>) {
    let (mut at, mut inside, mut count) = (at, 0usize, 0);
    // The value that was read last, once its key may come.
    let (mut value, mut colon) = (0, false);
    while let Some((token, start)) = tokens.before(at, floor) {
        match token {
            Token::Sign(b'{') if inside == 0 => return (count, Some(start)),
            Token::Sign(b'[' | b'(') if inside == 0 => break,
            Token::Sign(b'{' | b'[' | b'(') => inside -= 1,
            Token::Sign(b'}' | b']' | b')') => inside += 1,
            _ if inside > 0 => {}
            Token::Sign(b':') => colon = true,
            Token::Literal(from, to) if colon => {
                let Some(entry) = entries.get_mut(count) else { break };
                (*entry, count, colon) = (Entry { key: (from, to), value }, count + 1, false);
            }
            _ => {}
        }
        if !colon {
            value = start;
        }
        at = start;
    }
    (count, None)
}

/// The entries from `at` on, and where the object ends.
fn on(tokens: Tokens<'_>, at: usize, limit: usize, entries: &mut [Entry]) -> (usize, usize) {
    let (mut at, mut inside, mut count) = (at, 0usize, 0);
    let mut key = None;
    while let Some((token, start, end)) = tokens.next(at, limit) {
        match token {
            Token::Sign(b'}') if inside == 0 => return (count, end),
            Token::Sign(b']' | b')') if inside == 0 => break,
            Token::Sign(b'}' | b']' | b')') => inside -= 1,
            Token::Sign(b'{' | b'[' | b'(') => inside += 1,
            _ => {}
        }
        match (token, key) {
            (Token::Literal(from, to), None) if inside == 0 => key = Some((from, to, false)),
            (Token::Sign(b':'), Some((from, to, false))) if inside == 0 => {
                key = Some((from, to, true));
            }
            (Token::Sign(b','), _) if inside == 0 => key = None,
            (_, Some((from, to, true))) if start >= to && to > 0 => {
                let Some(entry) = entries.get_mut(count) else { break };
                (*entry, count) = (Entry { key: (from, to), value: start }, count + 1);
                key = Some((0, 0, true));
            }
            _ => {}
        }
        at = end;
    }
    (count, at)
}

/// What the value that starts at `at` says.
pub(super) fn said<'t>(
    keyed: KeyedText<'t>,
    tokens: Tokens<'_>,
    at: usize,
    limit: usize,
) -> Said<'t> {
    match tokens.next(at, limit) {
        Some((Token::Literal(from, to), ..)) => {
            keyed.text.get(from..to).map_or(Said::Other, Said::Text)
        }
        Some((Token::Sign(b'{'), _, end)) => {
            let mut entries = [Entry::default(); 8];
            let (count, _) = on(tokens, end, limit, &mut entries);
            let bytes = keyed.text.as_bytes();
            Said::of_map(entries[..count].iter().map(|entry| {
                let text = match tokens.next(entry.value, limit) {
                    Some((Token::Literal(from, to), ..)) => Some(&bytes[from..to]),
                    _ => None,
                };
                (&bytes[entry.key.0..entry.key.1], text)
            }))
        }
        _ => Said::Other,
    }
}
