//! A pass through the gate: one ticket's texts, keys and JSON values, and what was found in them.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde_json::{Map, Value};

use crate::{
    Counts, Gate, KeyClass, Known,
    detector::{Detector, LONGEST_MARK, is_mark},
    filter::Bits,
    finding::{self, KeyNumbers, Leave},
    key::is_identifier,
    purse::{FINDINGS, Purse},
    scan::Scan,
};

/// Bytes of one text, and of all of one value's texts, that are walked.
pub const TEXT_BYTES: usize = 16 * 1024 * 1024;
/// Levels of nested lists and maps that are walked.
pub const VALUE_DEPTH: usize = 128;
/// Levels of JSON inside strings inside JSON that are walked.
pub(crate) const DEPTH: usize = 8;
/// Looks at one text: what is left after one may be found by the next. Three are rarely needed.
const LOOKS: usize = 8;

/// What the gate can't walk. The caller leaves it behind as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unwalkable {
    /// Nested deeper than [`VALUE_DEPTH`].
    #[error("nested deeper than 128 levels")]
    TooDeep,
    /// Larger than [`TEXT_BYTES`].
    #[error("larger than the gate walks")]
    TooLarge,
}

/// A pass through the gate.
pub struct Pass<'g> {
    gate: &'g Gate,
    known: Option<&'g Known>,
    /// The gate's own positions and the known values', together.
    both: Option<Bits>,
    counts: Counts,
}

impl<'g> Pass<'g> {
    pub(crate) fn new(gate: &'g Gate, known: Option<&'g Known>) -> Self {
        let known = known.filter(|known| !known.is_empty());
        let both =
            known.and_then(|known| known.bits.as_ref()).map(|bits| gate.filter().bits().or(bits));
        Self { gate, known, both, counts: Counts::default() }
    }

    /// `text` without what is secret or personal in it; borrowed when there was nothing.
    pub fn text<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        match self.clean(text, 0) {
            Some(cleaned) => cleaned.into(),
            None => text.into(),
        }
    }

    /// As [`field`](Self::field), where what is held for it is asked for first: `more` says whether
    /// so many bytes more may be. They are free again when what came out is. `None` where it said
    /// no.
    pub fn field_within<'t>(
        &mut self,
        class: KeyClass,
        text: &'t str,
        more: &mut dyn FnMut(usize) -> bool,
    ) -> Option<Cow<'t, str>> {
        let is_text = class == KeyClass::Plain || class == KeyClass::Name && is_identifier(text);
        if !is_text {
            return Some(self.field(class, text));
        }
        let mut purse = Purse::new(more);
        let cleaned = self.clean_within(text, 0, &mut purse);
        purse.has_paid().then(|| cleaned.map_or(text.into(), Cow::Owned))
    }

    /// A map's key: personal data stands there too (`{"mia@example.com": …}`).
    pub fn key<'t>(&mut self, key: &'t str) -> Cow<'t, str> {
        self.text(key)
    }

    /// The value of a key of this class.
    pub fn field<'t>(&mut self, class: KeyClass, text: &'t str) -> Cow<'t, str> {
        match class {
            KeyClass::Plain => return self.text(text),
            KeyClass::Name if is_identifier(text) => return self.text(text),
            class if is_gone(class, text) => return text.into(),
            KeyClass::Secret => {
                self.counts.count(Detector::Secret);
                return Detector::Secret.mark().into();
            }
            KeyClass::Personal | KeyClass::Name => {}
        }
        self.hash(text).into()
    }

    /// The keyed hash of `text`. Marks and hashes stay what they are.
    pub fn hash(&mut self, text: &str) -> String {
        if is_mark(text) {
            return text.to_owned();
        }
        self.counts.count(Detector::Personal);
        self.gate.hash(text)
    }

    /// Cleans every text and key in `value`. Numbers stay, except under a secret or personal key.
    ///
    /// # Errors
    /// When it is too deep or too large; `value` is then partly cleaned and must not leave.
    pub fn value(&mut self, value: &mut Value) -> Result<(), Unwalkable> {
        self.value_of(KeyClass::Plain, value)
    }

    /// Cleans the value of a key of this class.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn value_of(&mut self, class: KeyClass, value: &mut Value) -> Result<(), Unwalkable> {
        let mut left = TEXT_BYTES;
        self.walk(value, class, VALUE_DEPTH, &mut left)
    }

    /// How many values were removed so far.
    pub fn redactions(&self) -> u32 {
        self.counts.total()
    }

    /// How many values were removed so far, by detector.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Whether cleaning `text` would change it.
    pub(crate) fn would_change(&mut self, text: &str, depth: usize) -> bool {
        self.clean(text, depth).is_some()
    }

    fn clean(&mut self, text: &str, depth: usize) -> Option<String> {
        self.clean_within(text, depth, &mut Purse::new(&mut |_| true))
    }

    fn clean_within(&mut self, text: &str, depth: usize, purse: &mut Purse<'_>) -> Option<String> {
        let bits = self.both.as_ref().unwrap_or(self.gate.filter().bits());
        let (gate, known, counts) = (self.gate, self.known, &mut self.counts);
        clean(&mut Scan { gate, known, bits, counts, purse }, text, depth)
    }

    fn walk(
        &mut self,
        value: &mut Value,
        class: KeyClass,
        depth: usize,
        left: &mut usize,
    ) -> Result<(), Unwalkable> {
        match value {
            Value::Null => {}
            Value::String(text) => {
                *left = left.checked_sub(text.len()).ok_or(Unwalkable::TooLarge)?;
                if let Cow::Owned(cleaned) = self.field(class, text) {
                    *text = cleaned;
                } else if class == KeyClass::Secret && !is_gone(class, text) {
                    *text = Detector::Secret.mark().to_owned();
                }
            }
            Value::Bool(_) if class != KeyClass::Secret => {}
            Value::Bool(_) | Value::Number(_) => self.scalar(value, class),
            _ if class == KeyClass::Secret => {
                self.counts.count(Detector::Secret);
                *value = Detector::Secret.mark().into();
            }
            Value::Array(items) => {
                let depth = depth.checked_sub(1).ok_or(Unwalkable::TooDeep)?;
                for item in items {
                    self.walk(item, class, depth, left)?;
                }
            }
            Value::Object(map) => {
                let depth = depth.checked_sub(1).ok_or(Unwalkable::TooDeep)?;
                self.map(map, class, depth, left)?;
            }
        }
        Ok(())
    }

    fn map(
        &mut self,
        map: &mut Map<String, Value>,
        class: KeyClass,
        depth: usize,
        left: &mut usize,
    ) -> Result<(), Unwalkable> {
        let mut renamed = false;
        for (key, value) in map.iter_mut() {
            *left = left.checked_sub(key.len()).ok_or(Unwalkable::TooLarge)?;
            let clean = self.key(key);
            renamed |= matches!(clean, Cow::Owned(_));
            let own = self.gate.classify(key).or(self.gate.classify(&clean));
            // Under a personal key everything is personal; a secret stays a secret.
            let class =
                if class == KeyClass::Plain || own == KeyClass::Secret { own } else { class };
            self.walk(value, class, depth, left)?;
        }
        if renamed {
            self.rename(map);
        }
        Ok(())
    }

    /// Cleans the keys. Two that become the same are told apart: nothing gets lost.
    fn rename(&mut self, map: &mut Map<String, Value>) {
        let entries = std::mem::take(map);
        // They were counted when they were found.
        let counts = self.counts.clone();
        // The next number of each name: looked for from the start, many of one name would take
        // the square of their count.
        let mut next: HashMap<String, u64> = HashMap::new();
        for (key, value) in entries {
            let clean = self.key(&key).into_owned();
            let mut unique = clean.clone();
            while map.contains_key(&unique) {
                let number = next.entry(clean.clone()).or_insert(1);
                *number += 1;
                unique = format!("{clean}#{number}");
            }
            map.insert(unique, value);
        }
        self.counts = counts;
    }

    /// A number or a truth value.
    fn scalar(&mut self, value: &mut Value, class: KeyClass) {
        match class {
            KeyClass::Plain | KeyClass::Name => {
                // A number may be what the workflow knows (a zip code).
                let text = value.to_string();
                if self.known.is_some_and(|known| known.is_whole(&text)) {
                    self.counts.count(Detector::Known);
                    *value = Detector::Known.mark().into();
                }
            }
            class => *value = self.field(class, &value.to_string()).into_owned().into(),
        }
    }
}

impl fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass").field("redactions", &self.redactions()).finish_non_exhaustive()
    }
}

/// Whether the value of a key of that class is removed already, or there never was one. A keyed
/// hash stays but under a secret key: who has one denied wants no pseudonym of its value either.
pub(crate) fn is_gone(class: KeyClass, text: &str) -> bool {
    let is_left = |text: &str| class != KeyClass::Secret || text.starts_with('[');
    text.trim().is_empty() || (is_mark(text) && is_left(text))
}

/// `text` cleaned, if that changes it. Looks until nothing more is found, so that cleaning what
/// is clean changes nothing.
pub(crate) fn clean(scan: &mut Scan<'_, '_>, text: &str, depth: usize) -> Option<String> {
    if text.len() > TEXT_BYTES || depth > DEPTH {
        return (!is_mark(text)).then(|| unwalkable(scan));
    }
    let mut cleaned: Option<String> = None;
    let mut keys = KeyNumbers::default();
    for _ in 0..LOOKS {
        let now = cleaned.as_deref().unwrap_or(text);
        let mut findings = scan.find(now, depth);
        if findings.len() >= FINDINGS {
            return Some(unwalkable(scan));
        }
        finding::settle(&mut findings);
        if findings.iter().all(|finding| matches!(finding.leave, Leave::Untouched)) {
            return cleaned;
        }
        // What is inside of others was paid for with them.
        if depth == 0 && !scan.purse.copy(now.len() + findings.len() * LONGEST_MARK) {
            return cleaned;
        }
        cleaned = Some(finding::apply(now, &findings, &mut keys, scan.counts));
    }
    Some(unwalkable(scan))
}

fn unwalkable(scan: &mut Scan<'_, '_>) -> String {
    scan.counts.count(Detector::Unwalkable);
    Detector::Unwalkable.mark().to_owned()
}
