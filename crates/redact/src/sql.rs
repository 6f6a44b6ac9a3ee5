//! Secrets in SQL: `IDENTIFIED BY '…'`, `WITH PASSWORD '…'`, `PASSWORD('…')`, `SECRET '…'`.

use crate::{
    absence::is_absent,
    detector::Detector,
    finding::Outcome,
    lex::{before, byte, is_at, is_word, run_of, skip_blanks},
};

/// Bytes of a statement and of a literal that are looked at.
const REACH: usize = 512;

/// Three bytes to notice the words by: their last letter and the quote; `IDENTIFIED BY` without.
pub(crate) const TRIGGERS: [&[u8; 3]; 11] =
    [b"Y '", b"y '", b"Y \"", b"y \"", b"T '", b"D '", b"d '", b"D('", b"D(\"", b"D \"", b"IDE"];

/// Words right before a secret's literal.
const WORDS: [&[u8]; 3] = [b"password", b"by", b"secret"];
/// Words before `password` that make it a statement's.
const BEFORE: [&[u8]; 6] = [b"with", b"encrypted", b"unencrypted", b"by", b"login", b"alter"];

pub(crate) fn detect(bytes: &[u8], at: usize) -> Outcome {
    if bytes[at..].starts_with(b"IDENTIFIED BY ") {
        return unquoted(bytes, at + 14);
    }
    // The `N` of a literal is noticed itself.
    let at = if bytes[at] == b'N' { at.saturating_sub(2) } else { at };
    let end = at + 1;
    let Some(word) = WORDS.iter().find(|word| {
        end.checked_sub(word.len())
            .is_some_and(|start| is_at(bytes, start, word) && !is_word(before(bytes, start)))
    }) else {
        return Outcome::Nothing;
    };
    let start = end - word.len();
    let shouts = bytes[start..end].iter().all(u8::is_ascii_uppercase);
    let is_statement = match *word {
        b"by" => is_identified(bytes, start),
        b"password" => shouts || follows(bytes, start),
        _ => shouts,
    };
    let quote = end + 1 + usize::from(byte(bytes, end + 1) == b'N');
    match literal(bytes, quote).filter(|_| is_statement) {
        Some((start, end)) => Outcome::mark(start, end, Detector::Secret),
        None => Outcome::Nothing,
    }
}

/// Whether `IDENTIFIED` stands before the `BY` at `at`, with a method between or not. In a sentence
/// ("identified by 'name'") no statement's verb does.
fn is_identified(bytes: &[u8], at: usize) -> bool {
    const VERBS: [&[u8]; 4] = [b"create ", b"alter ", b"grant ", b"change "];
    let before = &bytes[at.saturating_sub(REACH / 2)..at];
    let last = &before[before.len().saturating_sub(64)..];
    let has = |text: &[u8], word: &[u8]| {
        text.windows(word.len()).any(|there| there.eq_ignore_ascii_case(word))
    };
    let shouts = last.windows(10).any(|there| there == b"IDENTIFIED");
    shouts || (has(last, b"identified") && VERBS.iter().any(|verb| has(before, verb)))
}

/// Whether what stands before `password` makes it a statement's: `WITH`, a comma, a bracket.
fn follows(bytes: &[u8], at: usize) -> bool {
    let end =
        bytes[..at].len() - bytes[..at].iter().rev().take(4).take_while(|b| **b == b' ').count();
    let is_word = |word: &&[u8]| {
        let start = end.checked_sub(word.len());
        start.is_some_and(|start| {
            is_at(bytes, start, word) && !crate::lex::is_word(before(bytes, start))
        })
    };
    matches!(before(bytes, end), b',' | b'(') || BEFORE.iter().any(is_word)
}

/// What the literal says that the quote at `at` opens, if it says something.
fn literal(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let quote = byte(bytes, at);
    let end = run_of(bytes, at + 1, REACH, |b| b != quote && b >= b' ');
    let inside = std::str::from_utf8(bytes.get(at + 1..end)?).ok()?;
    let closes = matches!(quote, b'\'' | b'"') && byte(bytes, end) == quote;
    let is_mark = crate::detector::is_mark(inside);
    (closes && !is_mark && !is_absent(inside)).then_some((at + 1, end))
}

/// `IDENTIFIED BY tiger;`, as Oracle has it.
fn unquoted(bytes: &[u8], at: usize) -> Outcome {
    let start = skip_blanks(bytes, at);
    let end = run_of(bytes, start, 128, |b| is_word(b) || matches!(b, b'$' | b'#' | b'!'));
    let word = &bytes[start..end];
    let is_keyword = [&b"password"[..], b"values", b"externally", b"globally", b"random"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known));
    let first = word.first().is_some_and(u8::is_ascii_alphabetic);
    match first && !is_keyword && !std::str::from_utf8(word).is_ok_and(is_absent) {
        true => Outcome::mark(start, end, Detector::Secret),
        false => Outcome::Nothing,
    }
}
