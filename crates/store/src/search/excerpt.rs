//! From a stored trace to its snippets: one pass over its JSON, without a tree. A key is never
//! found, and a value is never missed for how JSON writes it.

use std::borrow::Cow;

use ticketlens_ticket::json::{Broken, Reader, Token};

use super::{Terms, finder::Finder, snippet};

/// Most snippets of a trace.
const MOST: usize = 3;
/// Characters of a field's, a step's or its kind's name.
const NAME: usize = 120;

/// A piece of a trace's text around what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// At most 160 characters, on one line.
    pub text: String,
    /// What was found in it, in bytes, in order.
    pub marks: Vec<std::ops::Range<usize>>,
    /// Where it stands.
    pub place: Place,
    /// Whether the text goes on before it.
    pub cut_before: bool,
    /// Whether the text goes on behind it.
    pub cut_after: bool,
}

/// Where in a trace a text stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The trace's key, or the step's.
    pub field: String,
    /// The step, where it is one's.
    pub step: Option<StepPlace>,
}

/// A step, by what it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepPlace {
    /// Unique within the ticket.
    pub id: String,
    /// node, react, llm, tool, retrieval, message or other.
    pub kind: String,
    /// The node, tool, model or speaker.
    pub name: String,
}

/// Snippets of a trace in which all terms were said; `None` where one was not.
pub(super) fn excerpt(trace: &str, terms: &Terms) -> Option<Vec<Snippet>> {
    let mut walk = Walk::new(terms);
    // What was stored can be read; what can't be holds nothing more that could be shown.
    let _ = walk.trace(&mut Reader::new(trace.as_bytes()));
    walk.snippets()
}

/// A snippet, and which terms it is the first to show.
struct Found {
    snippet: Snippet,
    is_first_of: u32,
}

struct Walk<'t> {
    finders: Vec<Finder<'t>>,
    /// The terms that were found, a bit for each.
    said: u32,
    found: Vec<Found>,
}

impl<'t> Walk<'t> {
    fn new(terms: &'t Terms) -> Self {
        Self { finders: terms.each().iter().map(Finder::new).collect(), said: 0, found: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.said.count_ones() as usize == self.finders.len() && self.found.len() >= MOST
    }

    fn trace(&mut self, reader: &mut Reader<'_>) -> Result<(), Broken> {
        let Token::Map = reader.token()? else { return Ok(()) };
        while let Token::Key(key) = reader.token()? {
            let value = reader.token()?;
            if key.is("steps") && value == Token::List {
                self.steps(reader)?;
            } else {
                self.field(reader, &short(key.to_str()), value)?;
            }
            if self.is_done() {
                break;
            }
        }
        Ok(())
    }

    fn steps(&mut self, reader: &mut Reader<'_>) -> Result<(), Broken> {
        loop {
            match reader.token()? {
                Token::ListEnd => return Ok(()),
                Token::Map => self.step(reader)?,
                other => self.field(reader, "steps", other)?,
            }
            if self.is_done() {
                return Ok(());
            }
        }
    }

    /// The step's name may come behind its texts: who it is, is filled in at its end.
    fn step(&mut self, reader: &mut Reader<'_>) -> Result<(), Broken> {
        let first = self.found.len();
        let mut step = StepPlace::default();
        while let Token::Key(key) = reader.token()? {
            let field = short(key.to_str());
            let value = reader.token()?;
            if let Token::Text(text) = value {
                match field.as_ref() {
                    "id" => step.id = short(text.to_str()).into_owned(),
                    "kind" => step.kind = short(text.to_str()).into_owned(),
                    "name" => step.name = short(text.to_str()).into_owned(),
                    _ => {}
                }
            }
            self.field(reader, &field, value)?;
        }
        for found in self.found.iter_mut().skip(first) {
            found.snippet.place.step = Some(step.clone());
        }
        Ok(())
    }

    /// One key's value, however deep it is.
    fn field(
        &mut self,
        reader: &mut Reader<'_>,
        field: &str,
        value: Token<'_>,
    ) -> Result<(), Broken> {
        let mut depth = 0_usize;
        let mut token = value;
        loop {
            match token {
                Token::List | Token::Map => depth += 1,
                Token::ListEnd | Token::MapEnd => depth -= 1,
                Token::Text(text) => self.look(&text.to_str(), field),
                Token::Number(number) => self.look(number.as_str(), field),
                Token::Bool(value) => self.look(if value { "true" } else { "false" }, field),
                Token::Null => self.look("null", field),
                Token::Key(_) => {}
            }
            if depth == 0 {
                return Ok(());
            }
            token = reader.token()?;
        }
    }

    /// What one text says.
    fn look(&mut self, text: &str, field: &str) {
        if self.is_done() {
            return;
        }
        let mut here = 0_u32;
        for (n, finder) in self.finders.iter().enumerate() {
            let bit = 1 << n;
            let is_new = self.said & bit == 0;
            // A snippet before may show it already.
            if here & bit != 0 || !is_new && self.found.len() >= MOST {
                continue;
            }
            let Some(hit) = finder.find(text, 0) else { continue };
            let piece = snippet::piece(text, &hit, &self.finders);
            let shown = self.shown(&piece) | bit;
            if shown & !here == 0 {
                continue;
            }
            here |= shown;
            let is_first_of = shown & !self.said;
            self.said |= shown;
            if is_first_of == 0 && self.found.len() >= MOST {
                continue;
            }
            let place = Place { field: field.to_owned(), step: None };
            let snippet::Piece { text, marks, cut_before, cut_after } = piece;
            let snippet = Snippet { text, marks, place, cut_before, cut_after };
            self.found.push(Found { snippet, is_first_of });
        }
    }

    /// Which terms a piece shows.
    fn shown(&self, piece: &snippet::Piece) -> u32 {
        let says = |finder: &Finder<'_>| {
            let mut from = 0;
            while let Some(hit) = finder.find(&piece.text, from) {
                // At a cut, a part of a word looks like a whole one: only what is marked counts.
                if piece.marks.iter().any(|mark| mark.start <= hit.start && hit.end <= mark.end) {
                    return true;
                }
                from = hit.end;
            }
            false
        };
        let bits = self.finders.iter().enumerate().filter(|(_, finder)| says(finder));
        bits.fold(0, |bits, (n, _)| bits | 1 << n)
    }

    /// The few that show the most.
    fn snippets(self) -> Option<Vec<Snippet>> {
        if self.said.count_ones() as usize != self.finders.len() {
            return None;
        }
        let mut found = self.found;
        while found.len() > MOST {
            // The last of those that show the least that is new.
            let least = found.iter().map(|found| found.is_first_of.count_ones()).min();
            let place = found.iter().rposition(|f| Some(f.is_first_of.count_ones()) == least);
            found.remove(place.unwrap_or_default());
        }
        Some(found.into_iter().map(|found| found.snippet).collect())
    }
}

fn short(name: Cow<'_, str>) -> Cow<'_, str> {
    match name.char_indices().nth(NAME) {
        None => name,
        Some((at, _)) => name[..at].to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn found(query: &str, trace: &Value) -> Option<Vec<(String, String)>> {
        let place = |place: &Place| match &place.step {
            None => place.field.clone(),
            Some(StepPlace { id, kind, name }) => format!("{id}/{kind}/{name}.{}", place.field),
        };
        let excerpt = excerpt(&trace.to_string(), &Terms::parse(query).unwrap())?;
        Some(excerpt.iter().map(|s| (place(&s.place), s.text.clone())).collect())
    }

    fn places(query: &str, trace: &Value) -> Vec<String> {
        found(query, trace).unwrap_or_default().into_iter().map(|(place, _)| place).collect()
    }

    fn trace() -> Value {
        json!({
            "ticket": { "subject": "Where is my parcel?", "number": 4711 },
            "steps": [
                { "output": "Parcel 815 is in Köln", "id": "s1", "kind": "tool", "name": "track" },
                { "id": "s2", "kind": "llm", "name": "writer",
                  "error": { "type": "Timeout", "message": "the \"model\" did\nnot answer" } },
                "odd parcel",
            ],
            "errors": ["late parcel"],
            "output": { "answer": "It is in KÖLN.", "path": "C:\\new\\table" },
        })
    }

    #[test]
    fn a_hit_stands_in_its_step_and_field() {
        let trace = trace();
        assert_eq!(places("köln", &trace), ["s1/tool/track.output", "output"]);
        assert_eq!(places("timeout", &trace), ["s2/llm/writer.error"]);
        assert_eq!(places("track", &trace), ["s1/tool/track.name"]);
        assert_eq!(places("4711", &trace), ["ticket"]);
        assert_eq!(places("parcel", &trace), ["ticket", "s1/tool/track.output", "steps"]);
        assert_eq!(places("late", &trace), ["errors"]);
    }

    #[test]
    fn all_terms_are_shown_in_few_snippets() {
        let trace = trace();
        assert_eq!(places("parcel köln answer", &trace).len(), 3);
        assert_eq!(places("köln 815", &trace)[0], "s1/tool/track.output");
        assert_eq!(found("köln nowhere", &trace), None);
        let many = places("parcel 815 timeout late 4711", &trace);
        assert_eq!(many.len(), 3, "{many:?}");
    }

    #[test]
    fn keys_are_not_found_and_escapes_hide_nothing() {
        let trace = trace();
        for key in ["subject", "answer path", "message", "steps"] {
            let hits = found(key, &trace);
            assert!(hits.is_none() || key == "answer path", "{key}: {hits:?}");
        }
        assert_eq!(places("not", &trace), ["s2/llm/writer.error"]);
        assert_eq!(places("model", &trace), ["s2/llm/writer.error"]);
        assert_eq!(places("\"\\new\\table\"", &json!({})), Vec::<String>::new());
        assert_eq!(places("new table", &trace), ["output"]);
        // Neither the letter of an escape nor a word with it in front is there.
        assert_eq!(found("nnot", &trace), None);
        assert_eq!(found("nnew", &trace), None);
    }

    #[test]
    fn what_can_not_be_read_ends_quietly() {
        let terms = Terms::parse("a").unwrap();
        for text in ["", "[\"a\"]", "{\"x\":\"a", "null"] {
            assert_eq!(excerpt(text, &terms), None, "{text}");
        }
        assert!(excerpt("{\"x\":\"a\",", &terms).is_some());
    }

    proptest! {
        #[test]
        fn what_is_said_anywhere_is_found_and_what_is_not_is_not(
            before in ".{0,90}", behind in ".{0,90}", depth in 0_usize..5, in_step: bool,
        ) {
            let mut value = json!(format!("{before} Größe7 {behind}"));
            for n in 0..depth {
                value = if n % 2 == 0 { json!([null, value, 3]) } else { json!({ "größe7": 1, "k": value }) };
            }
            let trace = match in_step {
                true => json!({ "steps": [{ "input": value, "id": "s" }] }),
                false => json!({ "output": value }),
            };
            let terms = Terms::parse("größe7").unwrap();
            let snippets = excerpt(&trace.to_string(), &terms).unwrap();
            prop_assert_eq!(&snippets[0].place.field, if in_step { "input" } else { "output" });
            prop_assert_eq!(snippets[0].place.step.is_some(), in_step);
            for snippet in &snippets {
                prop_assert!(snippet.text.chars().count() <= 160);
                prop_assert!(snippet.marks.iter().all(|m| &snippet.text[m.clone()] == "Größe7"));
            }
            prop_assert!(excerpt(&trace.to_string(), &Terms::parse("größe8").unwrap()).is_none());
        }
    }
}
