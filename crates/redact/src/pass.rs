//! A pass through the gate: one ticket's texts, keys and JSON values, and what was found in them.

use std::{borrow::Cow, collections::HashMap, fmt};

use serde_json::{Map, Value};

use crate::{
    allowance::Allowance,
    counts::Counts,
    detector::{Detector, is_mark},
    error::Unwalkable,
    filter::Bits,
    gate::Gate,
    key_class::KeyClass,
    known::Known,
    scan::{Scan, TEXT_BYTES},
    siblings::{Above, ListPairs, Parts, Said, Siblings},
};

/// Levels of nested lists and maps that are walked.
pub const VALUE_DEPTH: usize = 128;

impl Gate {
    /// A pass for one ticket, with what is known about its customer.
    pub fn pass<'g>(&'g self, known: Option<&'g Known>) -> Pass<'g> {
        Pass::new(self, known)
    }
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
    fn new(gate: &'g Gate, known: Option<&'g Known>) -> Self {
        let known = known.filter(|known| !known.is_empty());
        let both =
            known.and_then(|known| known.bits.as_ref()).map(|bits| gate.filter().starts().or(bits));
        Self { gate, known, both, counts: Counts::default() }
    }

    /// `text` without what is secret or personal in it; borrowed when there was nothing.
    pub fn text<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        match self.clean(text, &mut Allowance::new(&mut |_| true)) {
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
        if !class.keeps(text) {
            return Some(self.field(class, text));
        }
        let mut allowance = Allowance::new(more);
        let cleaned = self.clean(text, &mut allowance);
        allowance.was_enough().then(|| cleaned.map_or(text.into(), Cow::Owned))
    }

    /// A map's key: personal data stands there too (`{"mia@example.com": …}`).
    pub fn key<'t>(&mut self, key: &'t str) -> Cow<'t, str> {
        self.text(key)
    }

    /// The value of a key of this class.
    pub fn field<'t>(&mut self, class: KeyClass, text: &'t str) -> Cow<'t, str> {
        match class {
            class if class.keeps(text) => return self.text(text),
            // A placeholder, or what others left.
            class if self.gate.is_gone(class, text) => return self.text(text),
            KeyClass::Secret => {
                self.counts.count(Detector::Secret);
                return Detector::Secret.mark().into();
            }
            _ => {}
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
        self.walk(value, Place { class, above: Above::default() }, VALUE_DEPTH, &mut left)
    }

    /// How many values were removed so far.
    pub fn redactions(&self) -> u32 {
        self.counts.total()
    }

    /// How many values were removed so far, by detector.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    fn clean(&mut self, text: &str, allowance: &mut Allowance<'_>) -> Option<String> {
        let bits = self.both.as_ref().unwrap_or(self.gate.filter().starts());
        let (gate, known, counts) = (self.gate, self.known, &mut self.counts);
        Scan { gate, known, bits, counts, allowance }.clean(text, 0)
    }

    fn walk(
        &mut self,
        value: &mut Value,
        place: Place<'_>,
        depth: usize,
        left: &mut usize,
    ) -> Result<(), Unwalkable> {
        let Place { class, above } = place;
        match value {
            Value::Null => {}
            Value::String(text) => {
                *left = left.checked_sub(text.len()).ok_or(Unwalkable::TooLarge)?;
                if let Cow::Owned(cleaned) = self.field(class, text) {
                    *text = cleaned;
                } else if class == KeyClass::Secret && !self.gate.is_gone(class, text) {
                    *text = Detector::Secret.mark().to_owned();
                }
            }
            // Under a secret key it says only whether there is one.
            Value::Bool(_) if self.gate.keeps_absence(class) => {}
            Value::Bool(_) | Value::Number(_) => self.scalar(value, class),
            Value::Array(items) if items.is_empty() && self.gate.keeps_absence(class) => {}
            Value::Object(map) if map.is_empty() && self.gate.keeps_absence(class) => {}
            _ if class == KeyClass::Secret => {
                self.counts.count(Detector::Secret);
                *value = Detector::Secret.mark().into();
            }
            Value::Array(items) => {
                let depth = depth.checked_sub(1).ok_or(Unwalkable::TooDeep)?;
                let mut pairs = ListPairs::new(items.len(), above);
                let above = above.listed();
                for item in items {
                    let class = class.or(pairs.next(self.gate, item.as_str()));
                    self.walk(item, Place { class, above }, depth, left)?;
                }
            }
            Value::Object(map) => {
                let depth = depth.checked_sub(1).ok_or(Unwalkable::TooDeep)?;
                self.map(map, place, depth, left)?;
            }
        }
        Ok(())
    }

    fn map(
        &mut self,
        map: &mut Map<String, Value>,
        place: Place<'_>,
        depth: usize,
        left: &mut usize,
    ) -> Result<(), Unwalkable> {
        let siblings = self.siblings(map, place.above);
        let mut renamed = false;
        for (key, value) in map.iter_mut() {
            *left = left.checked_sub(key.len()).ok_or(Unwalkable::TooLarge)?;
            let clean = self.key(key);
            renamed |= matches!(clean, Cow::Owned(_));
            let own = self.gate.classify(key).or(self.gate.classify(&clean));
            let own = match siblings {
                Some(all) => all.class(self.gate, key, own, said(value)),
                None if own != KeyClass::Plain => said(value).described(own),
                None => own,
            };
            // Under a personal key everything is personal; a secret stays a secret.
            let place = Place { class: place.class.or(own), above: Above::key(&clean) };
            self.walk(value, place, depth, left)?;
        }
        if renamed {
            self.rename(map);
        }
        Ok(())
    }

    /// What the entries of a map say about each other, where any does.
    fn siblings(&mut self, map: &Map<String, Value>, above: Above<'_>) -> Option<Siblings> {
        let mut parts = Parts::default();
        map.keys().for_each(|key| parts.note(key.as_bytes(), |_| false));
        if !parts.speak() {
            return None;
        }
        let mut siblings = Siblings::below(above);
        map.iter().for_each(|(key, value)| self.see(&mut siblings, key, said(value)));
        Some(siblings)
    }

    /// Tells `siblings` of one more entry.
    pub fn see(&self, siblings: &mut Siblings, key: &str, value: Said<'_>) {
        siblings.see(self.gate, key, value, &mut |text| {
            // What is asked for here is counted where it is cleaned.
            let bits = self.both.as_ref().unwrap_or(self.gate.filter().starts());
            let (gate, known, counts) = (self.gate, self.known, &mut Counts::default());
            // No text that is asked for is longer than a few words.
            let mut more = |_| true;
            let allowance = &mut Allowance::new(&mut more);
            Scan { gate, known, bits, counts, allowance }.clean(text, 0)
        });
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
            class if class.keeps_numbers() => {
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

/// Where a value stands: what its key says, and the key above it.
#[derive(Clone, Copy)]
struct Place<'k> {
    class: KeyClass,
    above: Above<'k>,
}

fn said(value: &Value) -> Said<'_> {
    match value {
        Value::String(text) => Said::Text(text),
        Value::Object(map) => Said::of_map(
            map.iter().map(|(key, value)| (key.as_bytes(), value.as_str().map(str::as_bytes))),
        ),
        _ => Said::Other,
    }
}

impl fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass").field("redactions", &self.redactions()).finish_non_exhaustive()
    }
}
