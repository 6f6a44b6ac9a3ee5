//! The advice after an export that could not begin, go on or end.

use std::{io, path::Path};

use super::PartialError;
use crate::exit::{Exit, Failure};

/// The command that goes on.
pub fn again(file: &Path) -> String {
    format!("ticketlens tickets export {} --resume", file.display())
}

/// What to do where nothing can be gone on with.
pub fn anew(file: &Path) -> String {
    let shown = file.display();
    format!("remove {shown}.partial and {shown}.cursor, and export anew")
}

/// Tickets could not be made bytes, or these not be written.
pub fn unwritten(error: io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("the tickets can't be written ({error})"))
}

/// Nothing is there yet that could be gone on with.
pub fn unbegun(error: PartialError, file: &Path) -> Failure {
    match error {
        PartialError::Io { .. } => Failure::new(Exit::Failed, error.to_string())
            .next("name a file in a folder that is there, and that you may write to"),
        _ => failure(error, file),
    }
}

/// What became of the file, and what to do.
pub fn failure(error: PartialError, file: &Path) -> Failure {
    let exit = match error {
        PartialError::Io { .. } => Exit::Failed,
        _ => Exit::Usage,
    };
    let shown = file.display();
    let anew = anew(file);
    let next = match error {
        PartialError::Exists(_) => "name another file, or remove it".to_owned(),
        PartialError::BrokenOff(_) => format!("go on: {}; or {anew}", again(file)),
        PartialError::Nothing(_) => {
            format!(
                "export anew, without --resume; where {shown}.partial is there, remove it first"
            )
        }
        PartialError::Unreadable(_) | PartialError::CutOff { .. } => anew,
        PartialError::InUse(_) => "wait for it, or name another file".to_owned(),
        PartialError::Io { .. } => {
            format!("make room, or look who may write there; then go on: {}", again(file))
        }
    };
    Failure::new(exit, error.to_string()).next(next)
}
