//! Who sends: the OTLP resource, from code, `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.

use ticketlens_ticket::{Resource, names};
use uuid::Uuid;

use super::{
    problem::Problem,
    settings::{Settings, parse_pairs},
};

/// Code wins over `OTEL_SERVICE_NAME`, which wins over `OTEL_RESOURCE_ATTRIBUTES`.
pub(super) fn check(
    settings: &Settings,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<&'static str>,
) -> Resource {
    let mut resource = Resource::default();
    for (key, value) in attributes(settings, problems) {
        match key.as_str() {
            names::SERVICE_NAME => resource.workflow = value,
            names::SERVICE_VERSION => resource.version = Some(value),
            names::ENVIRONMENT => resource.environment = Some(value),
            names::ENVIRONMENT_OLD => {
                resource.environment.get_or_insert(value);
            }
            names::SERVICE_INSTANCE_ID => resource.instance = Some(value),
            // A receiver rejects every record that claims a tenant. Teams that tag their other
            // telemetry so would lose all of their tickets.
            key if names::TENANT_CLAIMS.contains(&key) => warnings.push(
                "a resource attribute that claims a tenant was left out: the tenant comes from \
                 the key alone",
            ),
            _ => resource.other.push((key, value)),
        }
    }
    if let Some(workflow) = &settings.workflow {
        resource.workflow.clone_from(workflow);
    }
    if resource.workflow.is_empty() {
        resource.workflow = unknown_service();
    }
    if settings.version.is_some() {
        resource.version.clone_from(&settings.version);
    }
    if settings.environment.is_some() {
        resource.environment.clone_from(&settings.environment);
    }
    // The ledger counts gaps in `ticket.sequence` per instance: two processes must not share one.
    resource.instance.get_or_insert_with(|| Uuid::now_v7().to_string());
    resource
}

/// The environment's pairs, then those given by code: the later of two wins.
fn attributes(settings: &Settings, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    if let Some(given) = &settings.resource_pairs {
        match parse_pairs(&given.value) {
            Some(pairs) => attributes = pairs,
            None => problems.push(Problem::NotPairs { setting: given.name }),
        }
    }
    for (key, value) in &settings.resource_attributes {
        attributes.retain(|(earlier, _)| earlier != key);
        attributes.push((key.clone(), value.clone()));
    }
    attributes
}

/// `unknown_service:<program>` (OpenTelemetry semantic conventions, "service.name").
fn unknown_service() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    name.map_or_else(|| "unknown_service".to_owned(), |name| format!("unknown_service:{name}"))
}
