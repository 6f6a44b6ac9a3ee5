//! One form for all ways to write the same letters: decomposed, without accents, in lower case, and
//! without the escapes that hide them (`&uuml;`, `%C3%BC`, `\u00fc`, `=C3=BC`). What is found in the
//! folded text is mapped back to the text itself.
//!
//! Only what stands around a letter that folding changes is folded: the rest of a text says the same
//! as it is.

mod digit;
mod escape;
mod letter;
mod numbers;
mod places;

use unicode_normalization::char::compose;

pub(crate) use letter::is_mark;
pub(crate) use numbers::{has_separators, separators};
pub(crate) use places::{Alphabet, Places, matters};

/// A folded text and where each of its bytes comes from.
pub(crate) struct Folded {
    pub(crate) text: String,
    steps: Vec<Step>,
    /// Where the text that was folded ends.
    end: u32,
}

/// Folded bytes from `folded` on come from the text at `origin`: byte by byte, or all from one letter.
struct Step {
    folded: u32,
    origin: u32,
    bytewise: bool,
}

/// Folds `text`; letters and digits stay apart from each other as they were.
pub(crate) fn fold(text: &str) -> Folded {
    fold_part(text, 0, text.len())
}

/// Folds the part of `text` from `start` to `end`; places are the whole text's.
pub(crate) fn fold_part(text: &str, start: usize, end: usize) -> Folded {
    let mut folded = Folded::of(end - start);
    let bytes = &text.as_bytes()[..end];
    let mut at = start;
    while at < end {
        let run = plain_end(bytes, at);
        folded.push_bytes(&text[at..run], at);
        at = run;
        if let Some((letter, width)) = letter_at(text, at).filter(|_| at < end) {
            folded.push_letter(letter, at, width, || beside_latin(bytes, at, width));
            at += width;
        } else if at < end {
            folded.push_bytes(&text[at..=at], at);
            at += 1;
        }
    }
    folded.end = place(end);
    folded
}

/// The letter that `text` says at `at` where that is not simply its byte: one beyond ASCII, or an
/// escape; and how many bytes say it.
pub(crate) fn letter_at(text: &str, at: usize) -> Option<(char, usize)> {
    let byte = *text.as_bytes().get(at)?;
    if byte.is_ascii() {
        return escape::read(text.as_bytes(), at);
    }
    let letter = text.get(at..)?.chars().next()?;
    Some((letter, letter.len_utf8()))
}

/// Past what says what it looks like: ASCII that begins no escape, and letters that fold to themselves.
fn plain_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        at += match bytes.get(at..) {
            Some([byte, ..]) if byte.is_ascii() && !escape::begins(*byte) => 1,
            // Most of the Chinese letters and of Hangul's syllables, and kana.
            Some([0xe4..=0xe9 | 0xeb..=0xec, _, _, ..]) => 3,
            Some([0xe3, 0x82, 0x99 | 0x9a, ..] | [0xe3, 0x83, 0xbb, ..]) => return at,
            Some([0xe3, 0x81..=0x83, _, ..]) => 3,
            _ => return at,
        };
    }
}

/// Whether a letter of ASCII stands right beside; the letter of an escape (`\n`) is none.
fn beside_latin(bytes: &[u8], at: usize, width: usize) -> bool {
    let before = crate::lex::before(bytes, at).is_ascii_alphabetic();
    before || bytes.get(at + width).is_some_and(u8::is_ascii_alphabetic)
}

/// No text that is looked at is longer than a `u32` counts ([`crate::TEXT_BYTES`]).
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Folded {
    fn of(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), steps: Vec::new(), end: 0 }
    }

    /// The bytes of the text that `start..end` of the folded text comes from.
    pub(crate) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let from = self.start_of(start);
        let last = end.saturating_sub(1);
        let next = self.steps.partition_point(|step| step.folded as usize <= last);
        let next_step = self.steps.get(next);
        let next_origin = next_step.map_or(self.end, |step| step.origin) as usize;
        let ends_step = next_step.map_or(self.text.len(), |step| step.folded as usize) <= end;
        match self.steps.get(next.wrapping_sub(1)) {
            // What doesn't show goes with the letter before it.
            Some(step) if step.bytewise && !ends_step => {
                (from, step.origin as usize + end - step.folded as usize)
            }
            _ => (from, next_origin),
        }
    }

    /// Where in the text the folded byte at `index` comes from.
    pub(crate) fn start_of(&self, index: usize) -> usize {
        let step = self.steps.partition_point(|step| step.folded as usize <= index);
        self.steps.get(step.wrapping_sub(1)).map_or(0, |step| {
            let inside = if step.bytewise { index - step.folded as usize } else { 0 };
            step.origin as usize + inside
        })
    }

    /// Keeps what folds to itself but for capitals of ASCII.
    fn push_bytes(&mut self, text: &str, at: usize) {
        if text.is_empty() {
            return;
        }
        self.step(at, true);
        let start = self.text.len();
        self.text.push_str(text);
        self.text[start..].make_ascii_lowercase();
    }

    fn push_letter(
        &mut self,
        letter: char,
        at: usize,
        width: usize,
        beside_latin: impl FnOnce() -> bool,
    ) {
        let start = self.text.len();
        let text = &mut self.text;
        letter::fold(letter, beside_latin, &mut |folded| {
            // Kana and Hangul that come in parts are put together.
            let whole = letter::is_part(folded)
                .then(|| text.chars().next_back())
                .flatten()
                .and_then(|last| compose(last, folded));
            if whole.is_some() {
                text.pop();
            }
            text.push(whole.unwrap_or(folded));
        });
        let length = self.text.len().saturating_sub(start);
        if length > 0 {
            self.step_from(start, at, length == width);
        }
    }

    /// What is pushed next comes from `at`.
    fn step(&mut self, at: usize, bytewise: bool) {
        self.step_from(self.text.len(), at, bytewise);
    }

    fn step_from(&mut self, start: usize, at: usize, bytewise: bool) {
        let goes_on = self.steps.last().is_some_and(|step| {
            step.bytewise && step.origin as usize + start - step.folded as usize == at
        });
        if !(bytewise && goes_on) {
            self.steps.push(Step { folded: place(start), origin: place(at), bytewise });
        }
    }
}

#[cfg(test)]
mod tests;
