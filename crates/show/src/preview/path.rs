//! Where a field stands: `ticket.customer`, `body.steps[2].output`, `body.output["two words"]`.

/// A place in a record. Made of keys as they leave, never as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(String);

impl Path {
    /// An attribute, or the body.
    pub(super) fn root(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(super) fn key(&self, key: &str) -> Self {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if !key.is_empty() && key.chars().all(plain) {
            return Self(format!("{}.{key}", self.0));
        }
        Self(format!("{}[{}]", self.0, serde_json::Value::from(key)))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}
