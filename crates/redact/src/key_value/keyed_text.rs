//! A text with keys in it, and what is left of the values that stand behind them.

use crate::{
    detector::Detector,
    finding::{Finding, Replacement},
    gate::Gate,
    key_class::KeyClass,
    literal,
};

/// Bytes of a key that are looked at.
pub(super) const KEY_BYTES: usize = 96;

/// A text, and the gate that says what its keys say.
#[derive(Clone, Copy)]
pub(crate) struct KeyedText<'t> {
    pub(crate) gate: &'t Gate,
    pub(crate) text: &'t str,
}

impl KeyedText<'_> {
    /// The inside of a string, replaced as its key's class says.
    pub(super) fn replaced(self, start: usize, end: usize, class: KeyClass) -> Option<Finding> {
        let inside = self.text.get(start..end)?;
        if self.gate.is_gone(class, inside) || class.keeps(&literal::decode(inside)) {
            return None;
        }
        Some(match class {
            KeyClass::Secret => Finding::mark(start, end, Detector::Secret),
            _ => {
                let hash = self.gate.hash(&literal::decode(inside));
                Finding {
                    start,
                    end,
                    detector: Detector::Personal,
                    replacement: Replacement::Hash(hash),
                }
            }
        })
    }

    /// Replaces a value that is no string by a string, quoted as the text quotes: with `quote`, and
    /// `depth` backslashes before it.
    pub(super) fn in_quotes(
        self,
        start: usize,
        end: usize,
        class: KeyClass,
        depth: usize,
        quote: u8,
    ) -> Finding {
        let mark = format!("{}{}", "\\".repeat(depth), char::from(quote));
        let quoted = |inner: &str| format!("{mark}{inner}{mark}");
        let (detector, replacement) = match class {
            KeyClass::Secret if depth == 0 && quote == b'"' => {
                (Detector::Secret, Replacement::Quoted)
            }
            KeyClass::Secret => {
                (Detector::Secret, Replacement::Hash(quoted(Detector::Secret.mark())))
            }
            _ => {
                let hash = self.gate.hash(self.text.get(start..end).unwrap_or_default());
                (Detector::Personal, Replacement::Hash(quoted(&hash)))
            }
        };
        Finding { start, end, detector, replacement }
    }
}
