//! Who sends: raw, and through the gate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ticketlens_redact::{Gate, KeyClass, Pass};

/// Who sends: the workflow and the process it runs in (an OTLP `Resource`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// `service.name`: the workflow.
    pub workflow: String,
    /// `service.version`.
    pub version: Option<String>,
    /// `deployment.environment.name`.
    pub environment: Option<String>,
    /// `service.instance.id`: one running client process.
    pub instance: Option<String>,
    /// Any other resource attribute (`OTEL_RESOURCE_ATTRIBUTES`).
    pub other: Vec<(String, String)>,
}

/// A resource on the other side of the gate: the only form that can be encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedactedResource(pub(crate) Resource);

impl Resource {
    /// Sends the resource through the gate. Never fails: where the gate panics, nothing of the
    /// resource leaves.
    pub fn redact(&self, gate: &Gate) -> RedactedResource {
        let redact = || {
            let mut pass = gate.pass(None);
            let clean = |pass: &mut Pass<'_>, text: &Option<String>| {
                text.as_ref().map(|text| pass.text(text).into_owned())
            };
            Self {
                workflow: pass.text(&self.workflow).into_owned(),
                version: clean(&mut pass, &self.version),
                environment: clean(&mut pass, &self.environment),
                instance: clean(&mut pass, &self.instance),
                other: self.other.iter().map(|pair| other(gate, &mut pass, pair)).collect(),
            }
        };
        RedactedResource(catch_unwind(AssertUnwindSafe(redact)).unwrap_or_default())
    }
}

fn other(gate: &Gate, pass: &mut Pass<'_>, (key, value): &(String, String)) -> (String, String) {
    let value = match gate.classify(key) {
        KeyClass::Plain => pass.text(value).into_owned(),
        class => pass.field(class, value).into_owned(),
    };
    (pass.key(key).into_owned(), value)
}
