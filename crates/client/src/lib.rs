//! What a workflow links: every finished ticket leaves one structured log, fire-and-forget.
