//! Which parts of a text were replaced.
//!
//! Not a diff in general (the best of those take the product of length and differences, and a
//! trace of megabytes may be full of differences): what became of a text is the text with marks in
//! it, so that walking both and finding the text behind each mark again is enough. Linear.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// On both sides.
    Same(&'t str),
    /// On this side only.
    Changed(&'t str),
    /// On both sides and not shown: so many characters.
    Hidden(usize),
}

/// Characters that stay around what changed, where the rest is hidden.
const AROUND: usize = 80;

/// Tokens behind a mark by which the walk finds itself again.
const AHEAD: usize = 32;
/// Tokens that may have changed without being a mark, before the walk finds itself again.
const LOOSE: usize = 4;

/// Both texts in parts, in their order.
pub(super) fn parts<'t>(before: &'t str, after: &'t str) -> (Vec<Part<'t>>, Vec<Part<'t>>) {
    let (olds, news) = (tokens(before), tokens(after));
    let (mut old, mut new) = (Side::default(), Side::default());
    let (mut i, mut j) = (0, 0);
    while i < olds.len() || j < news.len() {
        let same = olds[i..].iter().zip(&news[j..]).take_while(|(a, b)| a == b).count();
        old.add(&olds[i..i + same], true);
        new.add(&news[j..j + same], true);
        (i, j) = (i + same, j + same);
        let (to_i, to_j) = meet(&olds, i, &news, j);
        old.add(&olds[i..to_i], false);
        new.add(&news[j..to_j], false);
        (i, j) = (to_i, to_j);
    }
    (old.parts(before), new.parts(after))
}

/// Where both sides are the same again: the ends, if nowhere before.
fn meet(olds: &[&str], i: usize, news: &[&str], j: usize) -> (usize, usize) {
    let mut runs = Vec::new();
    let mut from = j;
    while from < news.len() && runs.len() < LOOSE {
        let run = run(&news[from..]);
        // Blanks and dots stand everywhere: nothing is found by them.
        if run.iter().any(|token| !is_sign(token)) {
            runs.push((from, run));
            from += 1;
        } else {
            from += run.len().max(1);
        }
    }
    for at in i..olds.len() {
        let found = runs.iter().find(|(_, run)| olds[at..].starts_with(run));
        if let Some((from, _)) = found {
            return (at, *from);
        }
    }
    // What stands behind the last mark may be a full stop: at the end it is one place alone.
    let (old, new) = (&olds[i..], &news[j..]);
    let last = new.iter().rev().take_while(|token| mark(token).is_none());
    let same = last.zip(old.iter().rev()).take_while(|(a, b)| a == b).count();
    (olds.len() - same, news.len() - same)
}

/// What stands before the next mark.
fn run<'s, 't>(tokens: &'s [&'t str]) -> &'s [&'t str] {
    let end = tokens.iter().take(AHEAD).position(|token| mark(token).is_some());
    &tokens[..end.unwrap_or(AHEAD.min(tokens.len()))]
}

/// Hides what is far from any change.
pub(super) fn shortened(parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let last = parts.len().saturating_sub(1);
    let mut out = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        let Part::Same(text) = part else {
            out.push(part);
            continue;
        };
        let head = if at == 0 { 0 } else { AROUND };
        let tail = if at == last { 0 } else { AROUND };
        let characters = text.chars().count();
        // A few characters more cost less than saying how many there are.
        if characters <= head + tail + 40 {
            out.push(part);
            continue;
        }
        let place = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
        let (from, to) = (place(head), place(characters - tail));
        let around = [
            Part::Same(&text[..from]),
            Part::Hidden(characters - head - tail),
            Part::Same(&text[to..]),
        ];
        out.extend(around.into_iter().filter(|part| *part != Part::Same("")));
    }
    out
}

/// Spans of one side: how long, and whether on both.
#[derive(Default)]
struct Side {
    spans: Vec<(usize, bool)>,
}

impl Side {
    fn add(&mut self, tokens: &[&str], is_same: bool) {
        self.spans.push((tokens.iter().map(|token| token.len()).sum(), is_same));
    }

    fn parts<'t>(&self, text: &'t str) -> Vec<Part<'t>> {
        let mut parts: Vec<Part<'t>> = Vec::new();
        let (mut from, mut at) = (0, 0);
        for (index, (bytes, is_same)) in self.spans.iter().enumerate() {
            at += bytes;
            let goes_on = self.spans.get(index + 1).is_some_and(|(_, next)| next == is_same);
            if goes_on {
                continue;
            }
            if from < at {
                let part = &text[from..at];
                parts.push(if *is_same { Part::Same(part) } else { Part::Changed(part) });
            }
            from = at;
        }
        parts
    }
}

fn is_sign(token: &str) -> bool {
    !token.chars().any(char::is_alphanumeric)
}

/// Words, marks (`[card]`, `hmac:…`), and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let length = mark(rest).unwrap_or(if word > 0 { word } else { first.len_utf8() });
        let (token, behind) = rest.split_at(length);
        tokens.push(token);
        rest = behind;
    }
    tokens
}

/// Length of what the gate leaves in place of a value.
fn mark(text: &str) -> Option<usize> {
    if let Some(hash) = text.strip_prefix("hmac:") {
        let digits = hash.bytes().take_while(u8::is_ascii_hexdigit).count();
        return (digits == 16).then_some("hmac:".len() + 16);
    }
    let name = text.strip_prefix('[')?;
    let end = name.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))?;
    (end > 0 && name[end..].starts_with(']')).then_some(end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed<'t>(parts: &[Part<'t>]) -> Vec<&'t str> {
        let pick = |part: &Part<'t>| match part {
            Part::Changed(text) => Some(*text),
            _ => None,
        };
        parts.iter().filter_map(pick).collect()
    }

    fn text(parts: &[Part<'_>]) -> String {
        let each = parts.iter().map(|part| match part {
            Part::Same(text) | Part::Changed(text) => (*text).to_owned(),
            Part::Hidden(count) => format!("<{count}>"),
        });
        each.collect()
    }

    #[test]
    fn a_value_and_its_mark_are_one_part_each() {
        let before = "Hi, Mia Li here (mia.li@example.com), card 4111 1111 1111 1111.";
        let after = "Hi, [known-value] here ([email]), card [card].";
        let (old, new) = parts(before, after);
        assert_eq!(changed(&old), ["Mia Li", "mia.li@example.com", "4111 1111 1111 1111"]);
        assert_eq!(changed(&new), ["[known-value]", "[email]", "[card]"]);
        assert_eq!((text(&old), text(&new)), (before.to_owned(), after.to_owned()));
    }

    #[test]
    fn values_next_to_each_other_are_told_apart_from_what_stands_around() {
        let before = "to mia.li@example.com 4111 1111 1111 1111, +49 30 1234567.";
        let (old, new) = parts(before, "to [email] [card], [phone].");
        assert_eq!(changed(&old), ["mia.li@example.com 4111 1111 1111 1111, +49 30 1234567"]);
        assert_eq!(changed(&new), ["[email] [card], [phone]"]);
        let (old, new) = parts(r#"{"pin": 1234, "n": 1}"#, r#"{"pin": "[secret]", "n": 1}"#);
        assert_eq!((changed(&old), changed(&new)), (vec!["1234"], vec!["\"[secret]\""]));
    }

    #[test]
    fn a_text_full_of_findings_takes_no_longer_than_it_is_long() {
        // With a general diff this test does not end.
        let before = "a b c mia@example.com ".repeat(50_000);
        let after = "a b c [email] ".repeat(50_000);
        let (old, new) = parts(&before, &after);
        assert_eq!((changed(&old).len(), changed(&new).len()), (50_000, 50_000));
        let cut = format!("{} [4711 bytes cut]", &before[..16_000]);
        let (old, new) = parts(&before, &cut);
        assert_eq!((text(&old), text(&new)), (before.clone(), cut.clone()));
    }

    #[test]
    fn texts_that_share_nothing_change_whole() {
        let (old, new) = parts("c-42", "hmac:0123456789abcdef");
        assert_eq!(changed(&old), ["c-42"]);
        assert_eq!(changed(&new), ["hmac:0123456789abcdef"]);
        let (old, new) = parts("", "");
        assert!(old.is_empty() && new.is_empty());
    }

    #[test]
    fn what_is_far_from_a_change_is_hidden_on_both_sides_alike() {
        let (a, b) = ("é ".repeat(500), "word ".repeat(100));
        let (before, after) = (format!("{a}mia@x.org {b}"), format!("{a}[email] {b}"));
        let (old, new) = parts(&before, &after);
        let (old, new) = (text(&shortened(old)), text(&shortened(new)));
        assert!(old.starts_with("<920>é é") && new.starts_with("<920>é é"), "{old}\n{new}");
        assert!(old.ends_with("<421>") && new.ends_with("<421>"), "{old}\n{new}");
        assert!(old.chars().count() < 200);
    }
}
