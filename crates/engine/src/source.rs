//! The engine itself, in one of its two forms, and the variables that name one.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Names a `libchdb.so` to use.
pub const LIBRARY_VARIABLE: &str = "TICKETLENS_ENGINE_LIBRARY";
/// Names a `clickhouse` program to use.
pub const PROGRAM_VARIABLE: &str = "TICKETLENS_ENGINE_PROGRAM";

/// The engine itself, in one of its two forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The engine library, `libchdb.so`.
    Library(PathBuf),
    /// A `clickhouse` program, run as `clickhouse server`. Unverified.
    Program(PathBuf),
}
