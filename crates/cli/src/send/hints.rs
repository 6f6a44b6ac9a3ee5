//! What was kept of a file's lines and was probably meant otherwise: told once, then counted.

use std::collections::BTreeMap;

use ticketlens_ticket::line::Hint;

/// Different ones that are kept: each spelling is another, and a file of slips shall not fill memory.
const MOST: usize = 100;

/// Hints, and how often each was met.
#[derive(Clone, Debug, Default)]
pub struct Hints(BTreeMap<Hint, u64>);

impl Hints {
    /// Takes one; what to tell of it, where it is the first of its kind.
    pub fn take(&mut self, hint: Hint) -> Option<String> {
        if let Some(times) = self.0.get_mut(&hint) {
            *times += 1;
            return None;
        }
        if self.0.len() >= MOST {
            return None;
        }
        let says = hint.to_string();
        self.0.insert(hint, 1);
        Some(says)
    }

    /// Each, with how often it was met.
    pub fn iter(&self) -> impl Iterator<Item = (String, u64)> {
        self.0.iter().map(|(hint, times)| (hint.to_string(), *times))
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_ticket::line::parse;

    use super::*;

    fn hint(key: &str) -> Hint {
        let line = format!(
            r#"{{"ticket_id":"1","executed_at":"2026-11-09T08:13:51Z","execution_time_seconds":1,"status":"SUCCESS","{key}":1}}"#
        );
        parse(line.as_bytes()).unwrap().hints.remove(0)
    }

    #[test]
    fn each_is_told_once_and_counted() {
        let mut hints = Hints::default();
        let says = "steps is kept as an attribute; steps belongs inside trace";
        assert_eq!(hints.take(hint("steps")).as_deref(), Some(says));
        assert_eq!(hints.take(hint("steps")), None);
        assert_eq!(hints.iter().collect::<Vec<_>>(), [(says.to_owned(), 2)]);
    }

    #[test]
    fn they_are_bounded_whatever_the_spellings() {
        let mut hints = Hints::default();
        for bits in 0..1u32 << 9 {
            let letter = |(n, c): (usize, char)| {
                if bits >> n & 1 == 1 { c.to_ascii_uppercase() } else { c }
            };
            hints.take(hint(&"toolcalls".chars().enumerate().map(letter).collect::<String>()));
        }
        assert_eq!(hints.iter().count(), MOST);
    }
}
