//! How a receiver in this process fails, at its start and later, and what to do about it.

use ticketlens_receiver::{ServeError, StartError};

use crate::exit::{Exit, Failure, chain};

/// The receiver ended though nobody told it to.
pub fn broken(error: &ServeError) -> Failure {
    Failure::new(Exit::Broken, error.to_string())
        .next("start it again; what was acknowledged is stored. The log says where it died")
}

/// Why the receiver did not start, and what to do about it.
pub fn not_started(error: &StartError) -> Failure {
    let what = format!("the receiver did not start: {}", chain(error));
    match error {
        StartError::Bind { setting, .. } => Failure::new(Exit::Failed, what)
            .next(format!("end what listens there, or choose another address for {setting}")),
        StartError::Store(_) => Failure::new(Exit::Unreachable, what)
            .next("check [clickhouse] in the configuration: url, user and password"),
        StartError::Columns(_) => {
            Failure::new(Exit::Failed, what).next("bring the tables up to date: ticketlens migrate")
        }
        StartError::Gate(_) | StartError::Tls(_) => Failure::new(Exit::Usage, what),
        _ => Failure::new(Exit::Failed, what),
    }
}
