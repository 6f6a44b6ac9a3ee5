//! A trace read as a stream of texts, each with where it is. No tree of it is made: that would take
//! many times the bytes of the trace.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::weight;

/// What a key weighs in a path, at most, and bytes of a path before no more is added to it: whoever
/// names things so does not make each text below them as long.
const KEY: usize = 200;
const PATH: usize = 400;

/// What the timeline tells of a step already.
const TOLD: [&str; 8] =
    ["id", "parent_id", "kind", "name", "iteration", "start_ms", "duration_ms", "status"];

/// Calls this with the path, what that weighs, and the text of every text, number and truth of a trace, in order:
/// `steps[3].error.message`, `timed out`. What the timeline has is left out, for the first `steps`
/// steps.
///
/// # Errors
/// Where the trace is no JSON.
pub(crate) fn texts(
    trace: &str,
    steps: usize,
    each: &mut dyn FnMut(&str, usize, &str),
) -> Result<(), serde_json::Error> {
    let mut path = Path { text: String::new(), weight: 0, steps };
    let mut reader = serde_json::Deserializer::from_str(trace);
    Place { path: &mut path, each }.deserialize(&mut reader)?;
    reader.end()
}

struct Path {
    text: String,
    weight: usize,
    steps: usize,
}

impl Path {
    /// Goes one step down; what there was before, to come back to.
    fn enter(&mut self, step: &str) -> (usize, usize) {
        let before = (self.text.len(), self.weight);
        if self.text.len() <= PATH {
            self.text.push_str(step);
            self.weight += weight::of(step);
        }
        before
    }

    fn back(&mut self, (length, weight): (usize, usize)) {
        self.text.truncate(length);
        self.weight = weight;
    }

    /// Whether this is one of the fields of a step on the timeline that it tells.
    fn is_told(&self) -> bool {
        let of_step = || {
            let (place, field) = self.text.strip_prefix("steps[")?.split_once("].")?;
            let is_on_it = place.parse::<usize>().is_ok_and(|place| place < self.steps);
            Some(is_on_it && TOLD.contains(&field))
        };
        of_step().unwrap_or(false)
    }
}

/// A value of the trace, at a path.
struct Place<'a> {
    path: &'a mut Path,
    each: &'a mut dyn FnMut(&str, usize, &str),
}

impl Place<'_> {
    fn tell(self, text: &str) {
        if !text.is_empty() && !self.path.is_told() {
            (self.each)(&self.path.text, self.path.weight, text);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.tell(text);
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.tell(if truth { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.tell(&number.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.tell(&number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.tell(&number.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for place in 0.. {
            let before = self.path.enter(&format!("[{place}]"));
            let next = Place { path: &mut *self.path, each: &mut *self.each };
            let more = list.next_element_seed(next)?.is_some();
            self.path.back(before);
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let dot = if self.path.text.is_empty() { "" } else { "." };
        while let Some(key) = map.next_key::<String>()? {
            let (kept, left) = weight::cut(&key, KEY);
            let cut = if left > 0 { "…" } else { "" };
            let before = self.path.enter(&format!("{dot}{kept}{cut}"));
            map.next_value_seed(Place { path: &mut *self.path, each: &mut *self.each })?;
            self.path.back(before);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(trace: &str, steps: usize) -> Vec<String> {
        let mut told = Vec::new();
        texts(trace, steps, &mut |path, _, text| told.push(format!("{path}={text}"))).unwrap();
        told
    }

    #[test]
    fn every_text_has_its_place_and_nothing_is_told_twice() {
        let trace = r#"{"ticket":"help","n":null,"steps":[{"id":"1","kind":"tool","output":
            {"ok":true,"rows":[1,2.5,-3]}},{"id":"2","error":{"message":"no\n"}}],"output":""}"#;
        let all = told(trace, 0);
        assert_eq!(all[..3], ["ticket=help", "steps[0].id=1", "steps[0].kind=tool"]);
        assert_eq!(
            told(trace, 1),
            [
                "ticket=help",
                "steps[0].output.ok=true",
                "steps[0].output.rows[0]=1",
                "steps[0].output.rows[1]=2.5",
                "steps[0].output.rows[2]=-3",
                "steps[1].id=2",
                "steps[1].error.message=no\n",
            ]
        );
        assert_eq!(told("\"text\"", 0), ["=text"]);
    }

    /// A path of a megabyte is not told with each of the texts below it.
    #[test]
    fn a_path_has_a_bound_whatever_its_keys_are() {
        let key = "k".repeat(100_000);
        let mut trace = "1".to_owned();
        for _ in 0..60 {
            trace = format!("{{\"{key}\":[{trace},\"a\"]}}");
        }
        let mut longest = 0;
        texts(&trace, 0, &mut |path, weighs, _| {
            assert_eq!(weighs, weight::of(path));
            longest = longest.max(path.len());
        })
        .unwrap();
        assert!((PATH..PATH + KEY + 8).contains(&longest), "{longest}");
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for bad in ["", "{", "{\"a\":1}}"] {
            texts(bad, 0, &mut |_, _, _| {}).unwrap_err();
        }
    }
}
