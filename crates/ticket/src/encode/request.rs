//! Many records in one request.

use super::pairs::text_pair;
use crate::{RedactedResource, Resource, names, wire::Writer};

/// An `ExportLogsServiceRequest` under construction. Records of one resource that follow each
/// other share a `ResourceLogs`.
#[derive(Debug, Default)]
pub struct Request {
    /// Finished groups.
    groups: Vec<u8>,
    resource: Option<RedactedResource>,
    /// The open group's `log_records`, each with tag and length.
    open: Vec<u8>,
    records: usize,
}

impl Request {
    /// An empty request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record encoded by [`log_record`](super::log_record).
    pub fn push(&mut self, resource: &RedactedResource, record: &[u8]) {
        if self.resource.as_ref() != Some(resource) {
            self.close_group();
            self.resource = Some(resource.clone());
        }
        Writer(&mut self.open).bytes_field(2, record);
        self.records += 1;
    }

    /// About how many bytes the finished request takes.
    pub fn len_bytes(&self) -> usize {
        self.groups.len() + self.open.len()
    }

    /// How many records it holds.
    pub const fn records(&self) -> usize {
        self.records
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The request's bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.close_group();
        self.groups
    }

    fn close_group(&mut self) {
        let Some(resource) = self.resource.take() else { return };
        let open = std::mem::take(&mut self.open);
        self.groups.reserve(open.len() + 512);
        Writer(&mut self.groups).message(1, |group| {
            group.message(1, |out| write_resource(out, &resource.0));
            group.message(2, |scope_logs| {
                scope_logs.message(1, |scope| {
                    scope.bytes_field(1, names::SCOPE.as_bytes());
                    scope.bytes_field(2, env!("CARGO_PKG_VERSION").as_bytes());
                });
                scope_logs.0.extend_from_slice(&open);
            });
        });
    }
}

fn write_resource(out: &mut Writer<'_>, resource: &Resource) {
    text_pair(out, 1, names::SERVICE_NAME, &resource.workflow);
    for (key, value) in [
        (names::SERVICE_VERSION, &resource.version),
        (names::ENVIRONMENT, &resource.environment),
        (names::SERVICE_INSTANCE_ID, &resource.instance),
    ] {
        if let Some(value) = value {
            text_pair(out, 1, key, value);
        }
    }
    for (key, value) in &resource.other {
        text_pair(out, 1, key, value);
    }
}
