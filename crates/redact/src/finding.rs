//! Findings: which bytes of a text go, and what is left in their place.

use crate::{
    counts::Counts,
    detector::{Detector, LONGEST_MARK},
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

/// Writes `text` with its findings replaced, and counts them. `findings` are settled.
pub(crate) fn apply(text: &str, findings: &[Finding], counts: &mut Counts) -> String {
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
        if !matches!(finding.leave, Leave::Cleaned(_)) {
            counts.count(finding.detector);
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
