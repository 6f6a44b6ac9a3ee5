//! The environment's variables, read as a map. What code has set already stays.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::settings::{Setting, Settings};

impl Settings {
    /// Takes from `vars` what is not set yet. An empty variable counts as unset (OpenTelemetry
    /// specification, "Environment Variable Specification"); a variable for logs alone wins over
    /// the one for all signals.
    pub(crate) fn read_vars(&mut self, vars: &BTreeMap<String, String>) {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = vars.get(*name).filter(|value| !value.trim().is_empty())?;
                Some(Setting::new(name, value.clone()))
            })
        };
        let secret = |names: &[&'static str]| {
            first(names).map(|given| Setting::new(given.name, SecretString::from(given.value)))
        };

        fill(&mut self.enabled, || first(&["TICKETLENS_ENABLED"]));
        fill(&mut self.key, || secret(&["TICKETLENS_KEY"]));
        fill(&mut self.capture, || first(&["TICKETLENS_CAPTURE"]));
        fill(&mut self.drop_messages, || first(&["TICKETLENS_DROP_MESSAGES"]));
        fill(&mut self.subject, || first(&["TICKETLENS_SUBJECT"]));
        fill(&mut self.hash_key, || secret(&["TICKETLENS_HASH_KEY"]));

        // Booleans of the specification: only "true", in any case, is true.
        let disabled = first(&["OTEL_SDK_DISABLED"]);
        self.sdk_disabled |= disabled.is_some_and(|given| is_true(&given.value));
        fill(&mut self.workflow, || first(&["OTEL_SERVICE_NAME"]).map(|given| given.value));
        fill(&mut self.resource_pairs, || first(&["OTEL_RESOURCE_ATTRIBUTES"]));

        let name = "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION";
        fill(&mut self.compression, || first(&[name, "OTEL_EXPORTER_OTLP_COMPRESSION"]));
        let name = "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT";
        fill(&mut self.timeout_ms, || first(&[name, "OTEL_EXPORTER_OTLP_TIMEOUT"]));

        // An address of ours stands beside one of somebody else's backend. How to reach that, and
        // with which credentials, is not for us: its headers hold its keys.
        fill(&mut self.endpoint, || first(&["TICKETLENS_ENDPOINT"]));
        if self.endpoint.as_ref().is_some_and(|given| given.name == "TICKETLENS_ENDPOINT") {
            return;
        }
        if self.endpoint.is_none() {
            const LOGS: &str = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";
            self.endpoint = first(&[LOGS, "OTEL_EXPORTER_OTLP_ENDPOINT"]);
            self.endpoint_is_whole = self.endpoint.as_ref().is_some_and(|e| e.name == LOGS);
        }
        let name = "OTEL_EXPORTER_OTLP_LOGS_INSECURE";
        fill(&mut self.insecure, || first(&[name, "OTEL_EXPORTER_OTLP_INSECURE"]));
        let name = "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL";
        fill(&mut self.protocol, || first(&[name, "OTEL_EXPORTER_OTLP_PROTOCOL"]));
        let name = "OTEL_EXPORTER_OTLP_LOGS_HEADERS";
        fill(&mut self.header_pairs, || secret(&[name, "OTEL_EXPORTER_OTLP_HEADERS"]));
        let name = "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE";
        fill(&mut self.certificate, || first(&[name, "OTEL_EXPORTER_OTLP_CERTIFICATE"]));
        let name = "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE";
        fill(&mut self.client_certificate, || {
            first(&[name, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"])
        });
        let name = "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY";
        fill(&mut self.client_key, || first(&[name, "OTEL_EXPORTER_OTLP_CLIENT_KEY"]));
    }
}

fn fill<T>(slot: &mut Option<T>, read: impl FnOnce() -> Option<T>) {
    if slot.is_none() {
        *slot = read();
    }
}

fn is_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}
