//! Values that are named by a text beside them: `{"name": "DB_PASSWORD", "value": …}`, and
//! `["Cookie", …]`.

use super::{
    around::{Around, said},
    json::{self, Value},
    keyed_text::{KEY_BYTES, KeyedText},
    named_in_lines::named_in_lines,
    tokens::{Token, Tokens},
};
use crate::{
    finding::Finding,
    key_class::KeyClass,
    lex::{byte, skip_blanks},
    siblings::{Above, ListPairs, Siblings},
};

/// Bytes before a text in which its key, and behind it in which the value of a pair, is looked for.
const NEAR: usize = 128;
const VALUE_BYTES: usize = 1 << 10;

/// The findings in values that are named by the literal whose closing quote (with the backslashes
/// before it) stands at `quote`. Returns where to go on.
pub(super) fn named(
    keyed: KeyedText<'_>,
    (quote, end): (usize, usize),
    around: &mut Around,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let bytes = keyed.text.as_bytes();
    let (depth, mark) = (end - quote - 1, bytes[end - 1]);
    let tokens = Tokens { bytes, depth };
    let line = skip_blanks(bytes, end);
    if depth == 0 && matches!(byte(bytes, line), b'\n' | b'\r') {
        named_in_lines(keyed, line, found);
    }
    let (sign, _, next) = tokens.next(end, end + NEAR)?;
    if !matches!(sign, Token::Sign(b',' | b'}')) {
        return None;
    }
    let floor = quote.saturating_sub(KEY_BYTES);
    let (Token::Literal(from, to), start) = tokens.before(end, floor)? else { return None };
    let text = keyed.text.get(from..to)?;
    let floor = start.saturating_sub(NEAR);
    match tokens.before(start, floor)? {
        (Token::Sign(b':'), colon) => {
            let (Token::Literal(from, to), _) = tokens.before(colon, floor)? else { return None };
            let key = keyed.text.get(from..to)?;
            if !Siblings::may_name(key) || keyed.gate.classify(text) == KeyClass::Plain {
                return None;
            }
            in_object(keyed, (tokens, mark), from, around, found)
        }
        (Token::Sign(b'('), at)
            if sign == Token::Sign(b',') && sets(keyed.text, at) && is_secret(keyed, text) =>
        {
            let (Token::Literal(from, to), start, _) = tokens.next(next, next + VALUE_BYTES)?
            else {
                return None;
            };
            if is_secret(keyed, keyed.text.get(from..to)?) {
                return None;
            }
            let value = Value { start, class: KeyClass::Secret, depth, quote: mark };
            json::value(keyed, value, &mut around.named, found)
        }
        (Token::Sign(open @ (b'[' | b'(' | b',')), at) if sign == Token::Sign(b',') => {
            let is_pair = open != b',' && is_in_list(tokens, at);
            in_list(keyed, (tokens, mark), text, (next, is_pair), &mut around.named, found)
        }
        _ => None,
    }
}

/// Calls that set what their first argument names.
#[rustfmt::skip]
const SETTERS: [&str; 9] = [
    "setproperty", "setenv", "setdefault", "putenv", "set_var", "setvariable", "setenvironmentvariable",
    "setsecret", "set_secret",
];

/// Whether the call whose `(` stands at `open` sets something: `System.setProperty(`.
fn sets(text: &str, open: usize) -> bool {
    let from = text.ceil_char_boundary(open.saturating_sub(32));
    let before = text.get(from..open).unwrap_or_default();
    let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
    name.is_some_and(|name| SETTERS.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

fn is_secret(keyed: KeyedText<'_>, key: &str) -> bool {
    keyed.gate.classify(key) == KeyClass::Secret
}

fn in_object(
    keyed: KeyedText<'_>,
    (tokens, quote): (Tokens<'_>, u8),
    key: usize,
    around: &mut Around,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let object = around.object(keyed, key, tokens.depth);
    let (siblings, values) = (object.siblings, object.values());
    let mut to = None;
    for entry in values {
        let Some(name) = keyed.text.get(entry.key.0..entry.key.1) else { continue };
        if keyed.gate.classify(name) != KeyClass::Plain {
            continue;
        }
        let start = entry.value;
        let said = said(keyed, tokens, start, start + VALUE_BYTES);
        let class = siblings.class(keyed.gate, name, KeyClass::Plain, said);
        if class != KeyClass::Plain {
            let value = Value { start, class, depth: tokens.depth, quote };
            let end = json::value(keyed, value, &mut around.named, found);
            to = to.or(end.filter(|_| start > key && is_next(tokens, key, start)));
        }
    }
    to
}

/// Whether nothing but the name stands between its key and the value of another.
fn is_next(tokens: Tokens<'_>, key: usize, value: usize) -> bool {
    value - key <= 2 * NEAR && tokens.bytes[key..value].iter().filter(|b| **b == b':').count() == 2
}

/// Whether the list that opens at `open` is in another.
fn is_in_list(tokens: Tokens<'_>, open: usize) -> bool {
    match tokens.before(open, open.saturating_sub(NEAR)) {
        Some((Token::Sign(b'['), _)) => true,
        Some((Token::Sign(b','), at)) => {
            matches!(byte(tokens.bytes, at.wrapping_sub(1)), b']' | b')')
        }
        _ => false,
    }
}

fn in_list(
    keyed: KeyedText<'_>,
    (tokens, quote): (Tokens<'_>, u8),
    name: &str,
    (next, is_pair): (usize, bool),
    named: &mut usize,
    found: &mut Vec<Finding>,
) -> Option<usize> {
    let (Token::Literal(from, to), start, end) = tokens.next(next, next + VALUE_BYTES)? else {
        return None;
    };
    let closes = matches!(tokens.next(end, end + NEAR), Some((Token::Sign(b']' | b')'), ..)));
    let items = if is_pair && closes { 2 } else { 0 };
    let mut pairs = ListPairs::new(items, Above::default().listed());
    pairs.next(keyed.gate, Some(name));
    let class = pairs.next(keyed.gate, keyed.text.get(from..to));
    if class == KeyClass::Plain {
        return None;
    }
    json::value(keyed, Value { start, class, depth: tokens.depth, quote }, named, found)
}
