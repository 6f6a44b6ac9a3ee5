//! What Grafana's trouble means for the person at the terminal, and what to do next.

use std::error::Error as _;

use http::StatusCode;
use ticketlens_grafana::{Error, PLUGIN};
use ticketlens_show::safe;

use crate::exit::{Exit, Failure, innermost};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut what = error.to_string();
        if let (Error::Unreachable { .. }, Some(cause)) = (&error, error.source()) {
            what = format!("{what} ({})", innermost(cause));
        }
        // Grafana's own words are in it.
        let failure = Self::new(exit(&error), safe::line(&what));
        match next(&error) {
            Some(next) => failure.next(next),
            None => failure,
        }
    }
}

fn exit(error: &Error) -> Exit {
    match error {
        Error::Address { .. } | Error::Password | Error::Redirected { .. } => Exit::Usage,
        Error::Unreachable { .. } => Exit::Unreachable,
        Error::NotLetIn { .. } | Error::NotAdmin(_) => Exit::Refused,
        Error::Refused { status: StatusCode::FORBIDDEN, .. } => Exit::Refused,
        Error::Refused { status, .. } if status.is_server_error() => Exit::Unreachable,
        Error::NoOrganisation(_) => Exit::NotFound,
        _ => Exit::Failed,
    }
}

fn next(error: &Error) -> Option<String> {
    let next = match error {
        Error::Address { .. } => {
            "write it as http://host:3000, with the path it is served under, if any"
        }
        Error::Unreachable { .. } => {
            "check --grafana-url (TICKETLENS_GRAFANA_URL), and that it runs"
        }
        Error::Redirected { .. } => {
            "give --grafana-url as people open it, with https:// and its path"
        }
        Error::NotLetIn { .. } => {
            "check --grafana-user and TICKETLENS_GRAFANA_PASSWORD; a token won't do, organisations \
             are made by a server admin with a password only"
        }
        Error::NotAdmin(_) => "organisations are made by a server admin only: --grafana-user",
        Error::NoPlugin => {
            return Some(format!(
                "install it and start Grafana again: grafana cli plugins install {PLUGIN}, or \
                 GF_PLUGINS_PREINSTALL={PLUGIN} in its environment"
            ));
        }
        Error::Refused { status: StatusCode::FORBIDDEN, user, .. } => {
            return Some(format!(
                "the user {} has to be a Grafana server admin, and a member of the organisation",
                safe::line(user)
            ));
        }
        Error::Refused { status, .. } if status.is_server_error() => "look at Grafana's own log",
        Error::NoOrganisation(_) => "name the provider's with --provider-org",
        Error::ForeignDataSource { .. } => {
            "is it another installation's? To take it over, use --adopt"
        }
        Error::ForeignOrganisation(_) => {
            "to give it one, and everyone in it this tenant's tickets, say --adopt; or rename it in \
             Grafana, and one of its own is made"
        }
        Error::DataSourceInAFile => {
            "take it out of Grafana's provisioning/datasources, and run this again"
        }
        Error::File { .. } => {
            "--provisioning is Grafana's provisioning folder, which has to be writable from here"
        }
        _ => return None,
    };
    Some(next.to_owned())
}
