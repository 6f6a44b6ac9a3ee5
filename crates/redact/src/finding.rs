//! Findings: which bytes of a text go, and what is left in their place.

use std::collections::HashMap;

use crate::{
    counts::Counts,
    detector::{Detector, LONGEST_MARK},
    look::{byte, run, run_of},
};

/// One span of a text and what becomes of it.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) detector: Detector,
    pub(crate) leave: Leave,
}

/// What is left in place of a finding.
#[derive(Debug)]
pub(crate) enum Leave {
    /// The detector's mark.
    Mark,
    /// The detector's mark as a JSON string: the finding was a JSON value that is no string.
    Quoted,
    /// A keyed hash.
    Hash(String),
    /// The same text, cleaned apart: its findings are counted already.
    Cleaned(String),
    /// All of it: it was looked at apart and is clean.
    Untouched,
}

impl Finding {
    pub(crate) fn mark(start: usize, end: usize, detector: Detector) -> Self {
        Self { start, end, detector, leave: Leave::Mark }
    }
}

/// Puts findings in order and makes them disjoint. Where two overlap, what either covers goes;
/// the one that starts first (or is longer) says what is left.
pub(crate) fn settle(findings: &mut Vec<Finding>) {
    let soft = |finding: &Finding| matches!(finding.leave, Leave::Untouched | Leave::Cleaned(_));
    findings.sort_by_key(|f| (f.start, std::cmp::Reverse(f.end), soft(f)));
    findings.dedup_by(|next, kept| {
        if next.start >= kept.end {
            return false;
        }
        // What looks like an address after a URL's credentials is half of them and the host.
        let url = kept.detector == Detector::UrlCredentials && next.detector == Detector::Email;
        if next.end > kept.end && !url {
            kept.end = next.end;
            if matches!(kept.leave, Leave::Untouched | Leave::Cleaned(_)) {
                (kept.detector, kept.leave) = (next.detector, Leave::Mark);
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
        if matches!(finding.leave, Leave::Cleaned(_)) || !is_in_key(text.as_bytes(), finding.end) {
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
        if matches!(finding.leave, Leave::Untouched) {
            continue;
        }
        out.push_str(text.get(from..finding.start).unwrap_or_default());
        from = finding.end;
        match &finding.leave {
            Leave::Mark => out.push_str(finding.detector.mark()),
            Leave::Quoted => {
                out.push('"');
                out.push_str(finding.detector.mark());
                out.push('"');
            }
            Leave::Hash(text) | Leave::Cleaned(text) => out.push_str(text),
            Leave::Untouched => {}
        }
        if let Some(number) = keys.next(text, finding) {
            out.push_str(&format!("#{number}"));
        }
        if !matches!(finding.leave, Leave::Cleaned(_)) {
            counts.count(finding.detector);
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
