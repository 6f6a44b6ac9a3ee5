//! Writes a text anew with what was found in it replaced.

use std::collections::HashMap;

use crate::{
    counts::Counts,
    detector::{Detector, LONGEST_MARK},
    finding::{Finding, Replacement},
    lex::{byte, run, run_of},
};

/// Puts findings in order and makes them disjoint. Where two overlap, what either covers goes;
/// the one that starts first (or is longer) says what is left.
pub(crate) fn settle(findings: &mut Vec<Finding>) {
    findings.sort_by_key(|f| (f.start, std::cmp::Reverse(f.end), f.was_cleaned_apart()));
    findings.dedup_by(|next, kept| {
        if next.start >= kept.end {
            return false;
        }
        // What looks like an address after a URL's credentials is half of them and the host.
        let url = kept.detector == Detector::UrlCredentials && next.detector == Detector::Email;
        if next.end > kept.end && !url {
            kept.end = next.end;
            if kept.was_cleaned_apart() {
                (kept.detector, kept.replacement) = (next.detector, Replacement::Mark);
            }
        }
        true
    });
}

/// How many keys of a text became the same mark. Two of one object would be one key to whoever
/// reads it: from the second on they are numbered (`[email]#2`), as those of a map are. Those with
/// escapes in them are not.
#[derive(Default)]
pub(crate) struct KeyNumbers(HashMap<Detector, u32>);

impl KeyNumbers {
    /// The number to write behind a finding, if it ends in a key.
    fn next(&mut self, text: &str, finding: &Finding) -> Option<u32> {
        if matches!(finding.replacement, Replacement::Cleaned(_))
            || !is_in_key(text.as_bytes(), finding.end)
        {
            return None;
        }
        let number = self.0.entry(finding.detector).or_insert(0);
        *number += 1;
        (*number > 1).then_some(*number)
    }
}

/// Bytes of a key behind a finding that are looked at.
const KEY_REST: usize = 96;

/// Whether the literal that goes on at `at` is a key: a `:` follows it.
fn is_in_key(bytes: &[u8], at: usize) -> bool {
    let quote = run_of(bytes, at, KEY_REST, |b| !matches!(b, b'"' | b'\'' | b'\n' | b','));
    let closes = matches!(byte(bytes, quote), b'"' | b'\'');
    closes && byte(bytes, run(bytes, quote + 1, |b| b == b' ')) == b':'
}

/// Writes `text` with its findings replaced, and counts them. `findings` are settled.
pub(crate) fn apply(
    text: &str,
    findings: &[Finding],
    keys: &mut KeyNumbers,
    counts: &mut Counts,
) -> String {
    let room = text.len() + findings.len() * LONGEST_MARK;
    let mut out = String::with_capacity(room.min(text.len() + 4096));
    let mut from = 0;
    for finding in findings {
        if matches!(finding.replacement, Replacement::Untouched) {
            continue;
        }
        out.push_str(text.get(from..finding.start).unwrap_or_default());
        from = finding.end;
        match &finding.replacement {
            Replacement::Mark => out.push_str(finding.detector.mark()),
            Replacement::Quoted => {
                out.push('"');
                out.push_str(finding.detector.mark());
                out.push('"');
            }
            Replacement::Hash(text) | Replacement::Cleaned(text) => out.push_str(text),
            Replacement::Untouched => {}
        }
        if let Some(number) = keys.next(text, finding) {
            out.push_str(&format!("#{number}"));
        }
        if !matches!(finding.replacement, Replacement::Cleaned(_)) {
            counts.count(finding.detector);
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
