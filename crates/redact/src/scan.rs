//! One look at a text: everything that is found in it, in one pass over its bytes.

use memchr::{memchr, memchr_iter};

use crate::{
    Gate, KeyClass, Known,
    counts::Counts,
    date,
    detector::{Detector, mark_at},
    email,
    filter::{Bits, Rule, three},
    finding::{Finding, Leave},
    fold, iban, ip, keyed, literal,
    look::{Outcome, byte, is_alnum, run, run_of},
    number, pass, phone, provider, spoken, token, url,
};

/// A pass's parts, borrowed for one look.
pub(crate) struct Scan<'p> {
    pub(crate) gate: &'p Gate,
    pub(crate) known: Option<&'p Known>,
    pub(crate) bits: &'p Bits,
    pub(crate) counts: &'p mut Counts,
}

impl Scan<'_> {
    /// Everything found in `text`, unsettled. `depth` counts texts inside of texts.
    pub(crate) fn find(&mut self, text: &str, depth: usize) -> Vec<Finding> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        if memchr(b'\\', bytes).is_some() {
            self.escaped(text, depth, &mut found);
        }
        // Literals with escapes were looked into above.
        let inside: Vec<(usize, usize)> = found
            .iter()
            .filter(|f| matches!(f.leave, Leave::Untouched | Leave::Cleaned(_)))
            .map(|f| (f.start, f.end))
            .collect();
        let shape = Shape::of(bytes);
        self.triggered(text, shape, &inside, depth, &mut found);
        addresses(text, &inside, &mut found);
        if let Some(known) = self.known
            && fold::matters(text)
        {
            known.in_folded(text, &mut |start, end| {
                self::push_known(bytes, shape, start, end, &mut found);
            });
        }
        if self.gate.ip_addresses() {
            ip::all(bytes, &mut found);
        }
        found
    }

    /// Literals with escapes say something else than what they look like: each is decoded, cleaned
    /// as a text of its own, and encoded again if that changed it.
    fn escaped(&mut self, text: &str, depth: usize, found: &mut Vec<Finding>) {
        for literal in literal::escaped(text) {
            let (start, end) = (literal.start, literal.end);
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

    /// Goes from position to position where three bytes say that something may start.
    fn triggered(
        &mut self,
        text: &str,
        shape: Shape,
        inside: &[(usize, usize)],
        depth: usize,
        found: &mut Vec<Finding>,
    ) {
        let bytes = text.as_bytes();
        let mut inside = inside.iter().peekable();
        let mut literals = Literals::new(shape);
        let mut at = 0;
        // How far numbers and base64 were looked at without a finding.
        let (mut numbers, mut encoded) = (0, 0);
        while let Some(hit) = self.bits.next(bytes, at) {
            at = hit + 1;
            while inside.next_if(|(_, end)| *end <= hit).is_some() {}
            if let Some((start, end)) = inside.peek()
                && *start <= hit
            {
                at = *end;
                continue;
            }
            if let Some(range) = self.known.and_then(|known| known.at(bytes, hit)) {
                push_known(bytes, shape, range.start, range.end, found);
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
                match self.look(*rule, text, &mut literals, hit, depth, found) {
                    Outcome::Found(finding) => {
                        at = at.max(finding.end);
                        push(bytes, shape, finding, found);
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
        literals: &mut Literals,
        at: usize,
        depth: usize,
        found: &mut Vec<Finding>,
    ) -> Outcome {
        let bytes = text.as_bytes();
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
            Rule::CurlUser => token::curl_user(bytes, at),
            Rule::Discord => token::discord(bytes, at),
            Rule::Provider(form) => provider::FORMS[usize::from(form)].look(bytes, at),
            Rule::Birth => date::of_birth(literals.up_to_end(text, at).as_bytes(), at),
            Rule::Spoken => spoken::look(literals.up_to_end(text, at).as_bytes(), at),
            Rule::EncodedAt => match email::encoded_at(bytes, at) {
                Some(width) => email::address(text, at, width, floor(found))
                    .map_or(Outcome::Nothing, Outcome::Found),
                None => Outcome::Nothing,
            },
            Rule::QuotedKey if matches!(byte(bytes, at + 2), b'"' | b'\'' | b'\\') => {
                let quote = at + 2;
                let text = literals.up_to_end(text, quote);
                to_skip(keyed::quoted(self.gate, text, quote, found))
            }
            Rule::AssignedKey if matches!(byte(bytes, at + 2), b'=' | b':' | b'%') => {
                let sign = at + 2;
                let text = literals.up_to_end(text, sign);
                to_skip(keyed::assigned(self.gate, text, sign, found))
            }
            Rule::Element if byte(bytes, at + 2) == b'>' => {
                let sign = at + 2;
                let text = literals.up_to_end(text, sign);
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
fn addresses(text: &str, inside: &[(usize, usize)], found: &mut Vec<Finding>) {
    let mut inside = inside.iter().peekable();
    let mut floor = 0;
    for at in memchr_iter(b'@', text.as_bytes()) {
        while inside.next_if(|(_, end)| *end <= at).is_some() {}
        if inside.peek().is_some_and(|(start, _)| *start <= at) {
            continue;
        }
        if let Some(finding) = email::address(text, at, 1, floor) {
            found.push(finding);
        }
        floor = at + 1;
    }
}

/// What kind of text it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The whole text is JSON, or was.
    Json,
    Prose,
}

impl Shape {
    fn of(bytes: &[u8]) -> Self {
        let first = run(bytes, 0, |b| b.is_ascii_whitespace());
        match byte(bytes, first) {
            b'{' | b'[' if mark_at(bytes, first).is_none() => Self::Json,
            _ => Self::Prose,
        }
    }
}

/// Where literals end. The end that was looked up last is kept: looked up at every position, a text
/// with few quotes would take the square of its length.
struct Literals {
    shape: Shape,
    /// There is no quote between these positions.
    between: (usize, usize),
}

impl Literals {
    fn new(shape: Shape) -> Self {
        Self { shape, between: (0, 0) }
    }

    /// The text up to the end of the literal that goes on at `at`: what starts inside one must end
    /// there. In prose a quote is only a quote.
    fn up_to_end<'t>(&mut self, text: &'t str, at: usize) -> &'t str {
        let bytes = text.as_bytes();
        // A key's own closing quote stands at `at`: then the value is a literal of its own.
        if self.shape == Shape::Prose || byte(bytes, run(bytes, at, |b| b == b'\\')) == b'"' {
            return text;
        }
        let (from, to) = self.between;
        if !(from..to).contains(&at) {
            let end = memchr(b'"', &bytes[at..]).map_or(text.len(), |end| at + end);
            self.between = (at, end);
        }
        text.get(..self.between.1).unwrap_or(text)
    }
}

/// Keeps `finding`, unless it is a JSON number: numbers stay numbers, but for what a key, a cue or
/// the workflow says is personal.
fn push(bytes: &[u8], shape: Shape, finding: Finding, found: &mut Vec<Finding>) {
    let Some((start, end)) = json_number(bytes, shape, finding.start) else {
        found.push(finding);
        return;
    };
    if matches!(finding.detector, Detector::Secret | Detector::BirthDate | Detector::Known) {
        found.push(Finding { start, end, leave: Leave::Quoted, ..finding });
    }
}

fn push_known(bytes: &[u8], shape: Shape, start: usize, end: usize, found: &mut Vec<Finding>) {
    // A mark's own word is no value.
    let from = start.saturating_sub(24);
    let marked = bytes[from..start].iter().rposition(|b| *b == b'[').is_some_and(|open| {
        mark_at(bytes, from + open).is_some_and(|length| from + open + length > start)
    });
    let hashed = byte(bytes, start.wrapping_sub(5)) == b'h' && mark_at(bytes, start - 5).is_some();
    if !marked && !hashed {
        push(bytes, shape, Finding::mark(start, end, Detector::Known), found);
    }
}

/// The JSON number around `at`, if there is one.
fn json_number(bytes: &[u8], shape: Shape, at: usize) -> Option<(usize, usize)> {
    if !byte(bytes, at).is_ascii_digit() {
        return None;
    }
    let part = |b: u8| is_alnum(b) || matches!(b, b'-' | b'+' | b'.');
    let start = at - bytes[..at].iter().rev().take(32).take_while(|b| part(**b)).count();
    let end = run_of(bytes, at, 64, part);
    let before = bytes[..start].iter().rposition(|b| !b.is_ascii_whitespace())?;
    let after = byte(bytes, run(bytes, end, |b| b.is_ascii_whitespace()));
    let closes = matches!(after, b',' | b'}' | b']' | 0);
    let opens = match bytes[before] {
        b':' => {
            shape == Shape::Json && before > 0 && bytes[..before].trim_ascii_end().ends_with(b"\"")
        }
        b',' | b'[' => shape == Shape::Json,
        _ => false,
    };
    let number = bytes[start..end].iter().all(|b| b.is_ascii_digit() || b"-+.eE".contains(b));
    (opens && closes && number).then_some((start, end))
}
