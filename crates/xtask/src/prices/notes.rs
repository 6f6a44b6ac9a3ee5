//! What of the data could not be carried over: told once for all models that share it.

use std::collections::BTreeMap;

/// What there is to say, and of which models.
#[derive(Default)]
pub(super) struct Notes {
    model: String,
    said: BTreeMap<String, Vec<String>>,
}

impl Notes {
    /// What is added from now on is of this model.
    pub(super) fn begin(&mut self, provider: &str, model: &str) {
        self.model = format!("{provider} {model}");
    }

    pub(super) fn add(&mut self, note: impl Into<String>) {
        let models = self.said.entry(note.into()).or_default();
        if models.last() != Some(&self.model) {
            models.push(self.model.clone());
        }
    }

    pub(super) fn print(&self) {
        for (note, models) in &self.said {
            println!("{note} ({}): {}", models.len(), models.join(", "));
        }
    }

    #[cfg(test)]
    pub(super) fn said(&self) -> Vec<&str> {
        self.said.keys().map(String::as_str).collect()
    }
}
