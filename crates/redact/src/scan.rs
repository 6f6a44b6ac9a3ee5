//! One text cleaned: everything that is found in it, in one pass over its bytes, is replaced, until
//! nothing more is found.

use memchr::memchr;

use crate::{
    allowance::{Allowance, FINDINGS},
    base64, command,
    counts::Counts,
    detector::{Detector, LONGEST_MARK, is_mark},
    dispatch, email,
    filter::{Bits, Rule, three},
    finding::{Finding, Outcome, Replacement},
    findings::Findings,
    fold,
    gate::Gate,
    ip,
    key_class::KeyClass,
    key_value::{self, KeyedText},
    known::Known,
    lex::byte,
    literal, number,
    places::{self, Places, Tests},
    provider,
    replace::{self, KeyNumbers},
};

/// Bytes of one text, and of all of one value's texts, that are walked.
pub const TEXT_BYTES: usize = 16 * 1024 * 1024;
/// Levels of JSON inside strings inside JSON that are walked.
const DEPTH: usize = 8;
/// Times one text is scanned: what is left after one may be found by the next. Three are rarely
/// needed.
const ROUNDS: usize = 8;
/// Bytes of a text that are folded at once, and what is looked at around them: no number that a form
/// knows is as long.
const PIECE: usize = 64 << 10;
const AROUND: usize = 256;
/// Held for each byte that is folded.
const FOLDED: usize = 1 + size_of::<u32>();

/// A pass's parts, borrowed for one text.
pub(crate) struct Scan<'p, 'm> {
    pub(crate) gate: &'p Gate,
    pub(crate) known: Option<&'p Known>,
    pub(crate) bits: &'p Bits,
    pub(crate) counts: &'p mut Counts,
    pub(crate) allowance: &'p mut Allowance<'m>,
}

impl<'p> Scan<'p, '_> {
    /// `text` cleaned, if that changes it. Scans until nothing more is found, so that cleaning what
    /// is clean changes nothing. `depth` counts texts inside of texts.
    pub(crate) fn clean(&mut self, text: &str, depth: usize) -> Option<String> {
        if text.len() > TEXT_BYTES || depth > DEPTH {
            return (!is_mark(text)).then(|| self.unwalkable());
        }
        if self.is_plain_label(text) {
            return None;
        }
        let places = self.places(text);
        if self.is_plain(text, &places) {
            return None;
        }
        let mut places = Some(places);
        let mut cleaned: Option<String> = None;
        let mut keys = KeyNumbers::default();
        for _ in 0..ROUNDS {
            let now = cleaned.as_deref().unwrap_or(text);
            let places = places.take().unwrap_or_else(|| self.places(now));
            let mut findings = self.find(now, places, depth);
            if findings.len() >= FINDINGS {
                return Some(self.unwalkable());
            }
            replace::settle(&mut findings);
            if findings.iter().all(|finding| matches!(finding.replacement, Replacement::Untouched))
            {
                return cleaned;
            }
            // What is inside of others was asked for with them.
            if depth == 0 && !self.allowance.copy(now.len() + findings.len() * LONGEST_MARK) {
                return cleaned;
            }
            cleaned = Some(replace::apply(now, &findings, &mut keys, self.counts));
        }
        Some(self.unwalkable())
    }

    /// Whether a text is a label that is told to be clean at once.
    fn is_plain_label(&self, text: &str) -> bool {
        let is_alone = self.known.is_none() && !self.gate.ip_addresses();
        is_alone && places::is_plain_label(text.as_bytes(), self.bits)
    }

    /// Whether a text is told to be clean by its places.
    fn is_plain(&self, text: &str, places: &Places<'_>) -> bool {
        let bytes = text.as_bytes();
        !self.gate.ip_addresses()
            && !bytes.starts_with(b"--")
            && places.is_plain()
            && !provider::has_sign(bytes)
            && (self.known.is_none() || !fold::matters(text))
    }

    fn places<'t>(&self, text: &'t str) -> Places<'t>
    where
        'p: 't,
    {
        let gate = self.gate;
        let tests = Tests {
            starts: self.bits,
            ends: gate.filter().ends(),
            keys: gate.key_endings(),
            with_edges: self.known.is_some(),
        };
        Places::new(text.as_bytes(), tests)
    }

    fn unwalkable(&mut self) -> String {
        self.counts.count(Detector::Unwalkable);
        Detector::Unwalkable.mark().to_owned()
    }

    /// Everything found in `text`, unsettled.
    fn find(&mut self, text: &str, places: Places<'_>, depth: usize) -> Vec<Finding> {
        let bytes = text.as_bytes();
        let mut findings = Vec::new();
        if memchr(b'\\', bytes).is_some() {
            self.escaped(text, depth, &mut findings);
        }
        // Literals with escapes were looked into above.
        let inside: Vec<(usize, usize)> = findings
            .iter()
            .filter(|finding| finding.was_cleaned_apart())
            .map(|finding| (finding.start, finding.end))
            .collect();
        let mut found = Findings::new(bytes, findings);
        if bytes.starts_with(b"--") {
            let is_secret = |option: &str| self.gate.classify(option) == KeyClass::Secret;
            if let Outcome::Found(finding) = command::first(bytes, is_secret) {
                found.push(finding);
            }
        }
        self.triggered(text, places, &inside, depth, &mut found);
        email::all(text, &inside, &mut found.list, self.allowance);
        provider::inside(bytes, &mut found.list, self.allowance);
        if let Some(known) = self.known
            && fold::matters(text)
        {
            known.in_folded(text, &mut |start, end| found.push_known(start, end));
        }
        if !text.is_ascii() {
            self.between_other_separators(text, depth, &mut found);
        }
        if self.gate.ip_addresses() {
            ip::all(bytes, &mut found.list, self.allowance);
        }
        found.list
    }

    /// Literals with escapes say something else than what they look like: each is decoded, cleaned
    /// as a text of its own, and encoded again if that changed it.
    fn escaped(&mut self, text: &str, depth: usize, found: &mut Vec<Finding>) {
        for literal in literal::escaped(text) {
            let (start, end) = (literal.start, literal.end);
            // What it says, what that is cleaned to, and how that is written.
            if !self.allowance.finding(found.len()) || !self.allowance.bytes(3 * (end - start)) {
                return;
            }
            let decoded = literal::decode(&text[start..end]);
            let class = if literal.is_key { self.gate.classify(&decoded) } else { KeyClass::Plain };
            if class != KeyClass::Plain {
                key_value::behind(KeyedText { gate: self.gate, text }, end + 1, class, found);
            }
            let cleaned = self.clean(&decoded, depth + 1);
            let replacement = cleaned.map_or(Replacement::Untouched, |cleaned| {
                Replacement::Cleaned(literal::encode(&cleaned, byte(text.as_bytes(), end)))
            });
            found.push(Finding { start, end, detector: Detector::Encoded, replacement });
        }
    }

    /// Numbers grouped with the dashes and blanks of typesetting, by their forms. They are short: a
    /// piece after the other is folded, with a little of what stands around it.
    fn between_other_separators(&mut self, text: &str, depth: usize, found: &mut Findings<'_>) {
        for start in (0..text.len()).step_by(PIECE) {
            let end = start + PIECE;
            let from = text.floor_char_boundary(start.saturating_sub(AROUND));
            let to = text.ceil_char_boundary((end + AROUND).min(text.len()));
            let Some(part) = text.get(from..to).filter(|part| fold::has_separators(part)) else {
                continue;
            };
            if !self.allowance.bytes(if start == 0 { FOLDED * part.len() } else { 0 }) {
                return;
            }
            let folded = fold::separators(part);
            let mut again = found.in_part(folded.text.as_bytes());
            let bits = self.gate.filter().starts();
            let (gate, counts, allowance) = (self.gate, &mut *self.counts, &mut *self.allowance);
            let mut scan = Scan { gate, known: None, bits, counts, allowance };
            let places = scan.places(&folded.text);
            scan.triggered(&folded.text, places, &[], depth, &mut again);
            for finding in again.list {
                let (first, last) = folded.origin(finding.start, finding.end);
                let (first, last) = (from + first, from + last);
                let others = text.get(first..last).is_some_and(|text| !text.is_ascii());
                let is_here = (start..end).contains(&first);
                let is_marked = matches!(finding.replacement, Replacement::Mark);
                if is_here && others && is_marked && finding.detector.is_of_number() {
                    found.push(Finding { start: first, end: last, ..finding });
                }
            }
        }
    }

    /// Goes from place to place where something may start or end.
    fn triggered(
        &mut self,
        text: &str,
        mut places: Places<'_>,
        inside: &[(usize, usize)],
        depth: usize,
        found: &mut Findings<'_>,
    ) {
        let bytes = text.as_bytes();
        let mut inside = inside.iter().peekable();
        // From where on the text, its numbers and its base64 were not looked at yet.
        let mut next = Next::default();
        while let Some(at) = places.next(next.place) {
            next.place = at + 1;
            while inside.next_if(|(_, end)| *end <= at).is_some() {}
            if let Some((start, end)) = inside.peek()
                && *start <= at
            {
                next.place = *end;
                continue;
            }
            let settled = match bytes[at].is_ascii_alphanumeric() {
                _ if !self.allowance.finding(found.list.len()) => return,
                _ if self.starts(text, at, found, &mut next) => true,
                true => self.word(bytes, at, &places, found, &mut next),
                false => self.ends(text, at, found, &mut next),
            };
            if !settled && at >= next.base64 && places.is_long(at) && depth < DEPTH {
                match base64::wrapped(bytes, at, |inner| self.is_dirty(inner, depth + 1)) {
                    Outcome::Found(finding) => next.found(finding, found),
                    Outcome::Skip(to) => next.base64 = to,
                    Outcome::Nothing => {}
                }
            }
        }
    }

    /// What is told by the three bytes from `at` on. Says whether that settles the place.
    fn starts(&self, text: &str, at: usize, found: &mut Findings<'_>, next: &mut Next) -> bool {
        let bytes = text.as_bytes();
        // What stands before an option's dash counts.
        let lead = at - usize::from(bytes[at] == b'-' && at > 0);
        let leading = three(bytes, lead);
        if !self.bits.has(leading) {
            return false;
        }
        if let Some(range) = self.known.and_then(|known| known.at(bytes, lead)) {
            found.push_known(range.start, range.end);
            next.place = next.place.max(range.end);
            return true;
        }
        self.rules(text, lead, leading, found, next)
    }

    /// What is told by the three bytes that end at `at`: a key.
    fn ends(&self, text: &str, at: usize, found: &mut Findings<'_>, next: &mut Next) -> bool {
        let Some(from) = at.checked_sub(2) else { return false };
        let trailing = three(text.as_bytes(), from);
        self.gate.filter().ends().has(trailing) && self.rules(text, from, trailing, found, next)
    }

    /// What a word or number is that starts at `at`.
    fn word(
        &self,
        bytes: &[u8],
        at: usize,
        places: &Places<'_>,
        found: &mut Findings<'_>,
        next: &mut Next,
    ) -> bool {
        if at < next.number || !places.is_number(at) || found.is_json_number(at) {
            return false;
        }
        match number::detect(bytes, at) {
            Outcome::Found(finding) => {
                next.found(finding, found);
                return true;
            }
            Outcome::Skip(to) => next.number = to,
            Outcome::Nothing => {}
        }
        false
    }

    /// Asks every rule of three bytes what stands at `at`. Says whether that settles the place.
    fn rules(
        &self,
        text: &str,
        at: usize,
        three: [u8; 3],
        found: &mut Findings<'_>,
        next: &mut Next,
    ) -> bool {
        for rule in self.gate.filter().rules(three) {
            if *rule == Rule::Jwt && at < next.jwt {
                continue;
            }
            match dispatch::detect(self.gate, *rule, text, at, found) {
                Outcome::Found(finding) => {
                    next.found(finding, found);
                    return true;
                }
                Outcome::Skip(to) if *rule == Rule::Jwt => next.jwt = to,
                Outcome::Skip(to) => {
                    next.place = next.place.max(to);
                    return true;
                }
                Outcome::Nothing => {}
            }
        }
        false
    }

    /// Whether cleaning `text` would change it.
    fn is_dirty(&self, text: &str, depth: usize) -> bool {
        let (gate, known, bits) = (self.gate, self.known, self.bits);
        let counts = &mut Counts::default();
        let mut more = |_| true;
        let allowance = &mut Allowance::new(&mut more);
        Scan { gate, known, bits, counts, allowance }.clean(text, depth).is_some()
    }
}

/// How far a scan has come.
#[derive(Default)]
struct Next {
    place: usize,
    number: usize,
    base64: usize,
    jwt: usize,
}

impl Next {
    /// Keeps a finding, and goes on behind it.
    fn found(&mut self, finding: Finding, found: &mut Findings<'_>) {
        self.place = self.place.max(finding.end);
        found.push(finding);
    }
}
