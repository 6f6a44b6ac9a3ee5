//! One look at a text: everything that is found in it, in one pass over its bytes.

use memchr::{memchr, memchr_iter};

use crate::{
    Gate, KeyClass, Known,
    counts::Counts,
    date,
    detector::Detector,
    email,
    filter::{Bits, Rule, three},
    finding::{Finding, Leave},
    fold,
    found::Found,
    iban, ip, keyed, literal,
    look::{Outcome, byte},
    number, pass, phone, provider,
    purse::Purse,
    spoken, token, url,
};

/// Bytes of a text that are folded at once, and what is looked at around them: no number that a form
/// knows is as long.
const PIECE: usize = 64 << 10;
const AROUND: usize = 256;
/// Held for each byte that is folded.
const FOLDED: usize = 1 + size_of::<u32>();

/// A pass's parts, borrowed for one look.
pub(crate) struct Scan<'p, 'm> {
    pub(crate) gate: &'p Gate,
    pub(crate) known: Option<&'p Known>,
    pub(crate) bits: &'p Bits,
    pub(crate) counts: &'p mut Counts,
    pub(crate) purse: &'p mut Purse<'m>,
}

impl Scan<'_, '_> {
    /// Everything found in `text`, unsettled. `depth` counts texts inside of texts.
    pub(crate) fn find(&mut self, text: &str, depth: usize) -> Vec<Finding> {
        let bytes = text.as_bytes();
        let mut findings = Vec::new();
        if memchr(b'\\', bytes).is_some() {
            self.escaped(text, depth, &mut findings);
        }
        // Literals with escapes were looked into above.
        let inside: Vec<(usize, usize)> = findings
            .iter()
            .filter(|f| matches!(f.leave, Leave::Untouched | Leave::Cleaned(_)))
            .map(|f| (f.start, f.end))
            .collect();
        let mut found = Found::new(bytes, findings);
        self.triggered(text, &inside, depth, &mut found);
        addresses(text, &inside, &mut found.findings, self.purse);
        if let Some(known) = self.known
            && fold::matters(text)
        {
            known.in_folded(text, &mut |start, end| found.push_known(start, end));
        }
        if !text.is_ascii() {
            self.between_other_separators(text, depth, &mut found);
        }
        if self.gate.ip_addresses() {
            ip::all(bytes, &mut found.findings, self.purse);
        }
        found.findings
    }

    /// Literals with escapes say something else than what they look like: each is decoded, cleaned
    /// as a text of its own, and encoded again if that changed it.
    fn escaped(&mut self, text: &str, depth: usize, found: &mut Vec<Finding>) {
        for literal in literal::escaped(text) {
            let (start, end) = (literal.start, literal.end);
            // What it says, what that is cleaned to, and how that is written.
            if !self.purse.finding(found.len()) || !self.purse.bytes(3 * (end - start)) {
                return;
            }
            let decoded = literal::decode(&text[start..end]);
            if literal.is_key && self.gate.classify(&decoded) != KeyClass::Plain {
                let class = self.gate.classify(&decoded);
                keyed::behind(self.gate, text, end + 1, class, 0, found);
            }
            let cleaned = pass::clean(self, &decoded, depth + 1);
            let leave = cleaned.map_or(Leave::Untouched, |cleaned| {
                Leave::Cleaned(literal::encode(&cleaned, byte(text.as_bytes(), end)))
            });
            found.push(Finding { start, end, detector: Detector::Encoded, leave });
        }
    }

    /// Numbers grouped with the dashes and blanks of typesetting, by their forms. They are short: a
    /// piece after the other is folded, with a little of what stands around it.
    fn between_other_separators(&mut self, text: &str, depth: usize, found: &mut Found<'_>) {
        for start in (0..text.len()).step_by(PIECE) {
            let end = start + PIECE;
            let from = text.floor_char_boundary(start.saturating_sub(AROUND));
            let to = text.ceil_char_boundary((end + AROUND).min(text.len()));
            let Some(part) = text.get(from..to).filter(|part| fold::has_separators(part)) else {
                continue;
            };
            if !self.purse.bytes(if start == 0 { FOLDED * part.len() } else { 0 }) {
                return;
            }
            let folded = fold::separators(part);
            let mut again = found.in_part(folded.text.as_bytes());
            let bits = self.gate.filter().bits();
            let (gate, counts, purse) = (self.gate, &mut *self.counts, &mut *self.purse);
            let mut scan = Scan { gate, known: None, bits, counts, purse };
            scan.triggered(&folded.text, &[], depth, &mut again);
            for finding in again.findings {
                let (first, last) = folded.origin(finding.start, finding.end);
                let (first, last) = (from + first, from + last);
                let others = text.get(first..last).is_some_and(|text| !text.is_ascii());
                let is_here = (start..end).contains(&first);
                if is_here && others && matches!(finding.leave, Leave::Mark) {
                    found.push(Finding { start: first, end: last, ..finding });
                }
            }
        }
    }

    /// Goes from position to position where three bytes say that something may start.
    fn triggered(
        &mut self,
        text: &str,
        inside: &[(usize, usize)],
        depth: usize,
        found: &mut Found<'_>,
    ) {
        let bytes = text.as_bytes();
        let mut inside = inside.iter().peekable();
        let mut at = 0;
        // How far numbers and base64 were looked at without a finding.
        let (mut numbers, mut encoded) = (0, 0);
        let mut hits = self.bits.hits(bytes);
        while let Some(hit) = hits.next(at) {
            if !self.purse.finding(found.findings.len()) {
                return;
            }
            at = hit + 1;
            while inside.next_if(|(_, end)| *end <= hit).is_some() {}
            if let Some((start, end)) = inside.peek()
                && *start <= hit
            {
                at = *end;
                continue;
            }
            if let Some(range) = self.known.and_then(|known| known.at(bytes, hit)) {
                found.push_known(range.start, range.end);
                at = at.max(range.end);
                continue;
            }
            for rule in self.gate.filter().rules(three(bytes, hit)) {
                let seen = match rule {
                    Rule::Number => hit < numbers,
                    Rule::Jwt => hit < encoded,
                    _ => false,
                };
                if seen {
                    continue;
                }
                match self.look(*rule, text, hit, depth, found) {
                    Outcome::Found(finding) => {
                        at = at.max(finding.end);
                        found.push(finding);
                        break;
                    }
                    Outcome::Skip(to) if *rule == Rule::Number => {
                        numbers = to;
                        // A token's form may start with the last digit, a known value anywhere.
                        at = if self.known.is_some() { at } else { at.max(to.saturating_sub(1)) };
                    }
                    Outcome::Skip(to) if *rule == Rule::Jwt => encoded = to,
                    Outcome::Skip(to) => {
                        at = at.max(to);
                        break;
                    }
                    Outcome::Nothing => {}
                }
            }
        }
    }

    fn look(
        &mut self,
        rule: Rule,
        text: &str,
        at: usize,
        depth: usize,
        found: &mut Found<'_>,
    ) -> Outcome {
        let bytes = text.as_bytes();
        let Found { ends, findings: found, .. } = found;
        match rule {
            Rule::Number if bytes[at].is_ascii_digit() => number::look(bytes, at),
            Rule::Pairs if bytes[at].is_ascii_digit() => number::pairs(bytes, at),
            Rule::Plus if bytes[at] == b'+' => phone::international(bytes, at),
            Rule::Iban => iban::look(bytes, at),
            Rule::Url => url::credentials(bytes, at),
            Rule::Jwt if [b"eyJ", b"ZXl"].iter().any(|three| bytes[at..].starts_with(*three)) => {
                let gate = self.gate;
                token::jwt(bytes, at, |inner| {
                    depth < pass::DEPTH && gate.pass(None).would_change(inner, depth + 1)
                })
            }
            Rule::Pem => token::pem(bytes, at),
            Rule::Bearer => token::bearer(bytes, at),
            Rule::Basic => token::basic(bytes, at),
            Rule::CurlUser => token::curl_user(ends.up_to_end(text, at).as_bytes(), at),
            Rule::Discord => token::discord(bytes, at),
            Rule::Provider(form) => provider::FORMS[usize::from(form)].look(bytes, at),
            Rule::Birth => date::of_birth(ends.up_to_end(text, at).as_bytes(), at),
            Rule::Spoken => spoken::look(ends.up_to_end(text, at).as_bytes(), at),
            Rule::EncodedAt => match email::encoded_at(bytes, at) {
                Some(width) => email::address(text, at, width, floor(found))
                    .map_or(Outcome::Nothing, Outcome::Found),
                None => Outcome::Nothing,
            },
            Rule::QuotedKey if matches!(byte(bytes, at + 2), b'"' | b'\'' | b'\\') => {
                let quote = at + 2;
                let text = ends.up_to_end(text, quote);
                to_skip(keyed::quoted(self.gate, text, quote, found))
            }
            Rule::AssignedKey if matches!(byte(bytes, at + 2), b'=' | b':' | b'%') => {
                let sign = at + 2;
                let text = ends.up_to_end(text, sign);
                to_skip(keyed::assigned(self.gate, text, sign, found))
            }
            Rule::Element if byte(bytes, at + 2) == b'>' => {
                let sign = at + 2;
                let text = ends.up_to_end(text, sign);
                to_skip(keyed::element(self.gate, text, sign, found))
            }
            // Other bytes that share a place in the filter.
            _ => Outcome::Nothing,
        }
    }
}

/// What was found is kept already; what it covers needs no second look.
fn to_skip(end: Option<usize>) -> Outcome {
    end.map_or(Outcome::Nothing, Outcome::Skip)
}

fn floor(found: &[Finding]) -> usize {
    found.last().map_or(0, |finding| finding.end)
}

/// Every `@`.
fn addresses(
    text: &str,
    inside: &[(usize, usize)],
    found: &mut Vec<Finding>,
    purse: &mut Purse<'_>,
) {
    let mut inside = inside.iter().peekable();
    let mut floor = 0;
    for at in memchr_iter(b'@', text.as_bytes()) {
        while inside.next_if(|(_, end)| *end <= at).is_some() {}
        if inside.peek().is_some_and(|(start, _)| *start <= at) {
            continue;
        }
        if !purse.finding(found.len()) {
            return;
        }
        if let Some(finding) = email::address(text, at, 1, floor) {
            found.push(finding);
        }
        floor = at + 1;
    }
}
