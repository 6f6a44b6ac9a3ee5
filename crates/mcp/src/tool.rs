//! What all tools have in common: they read, and say what they take.

use std::sync::Arc;

use rmcp::{
    handler::server::tool::schema_for_input,
    model::{Tool, ToolAnnotations},
};
use schemars::JsonSchema;

/// A tool that reads: its name, its arguments' type, what it is for.
pub(crate) fn reading<A: JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    description: &'static str,
) -> Tool {
    // Arguments are structures: their schema is one of an object, always.
    let schema = schema_for_input::<A>().unwrap_or_default();
    let annotations = ToolAnnotations::with_title(title)
        .read_only(true)
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    let mut schema = (*schema).clone();
    schema.insert("additionalProperties".to_owned(), false.into());
    schema.remove("description");
    Tool::new(name, description, Arc::new(schema)).with_title(title).with_annotations(annotations)
}
