//! Why a place in Grafana is not as it should be.

use std::{io, path::PathBuf};

use http::StatusCode;

use crate::data_source::{PLUGIN, UID};

/// What a call ends with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and with what. No message holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address can't be one.
    #[error("{url} is no address of a Grafana: {why}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There are no certificates to check a server's with.
    #[error("this system's certificates can't be read: {0}")]
    Certificates(#[source] io::Error),
    /// The password has bytes that no header can hold.
    #[error("the password can't be sent")]
    Password,
    /// Nothing answers, or not in time.
    #[error("no Grafana answers at {url}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is served elsewhere.
    #[error("{url} sends elsewhere: {to}")]
    Redirected {
        /// Where it was asked.
        url: String,
        /// Where it is, in its own words.
        to: String,
    },
    /// The login is wrong.
    #[error("Grafana does not let {user} in: {says} (HTTP 401)")]
    NotLetIn {
        /// Who asked.
        user: String,
        /// Grafana's words.
        says: String,
    },
    /// The login may not do everything that is needed.
    #[error("{0} is no server admin of this Grafana")]
    NotAdmin(String),
    /// The data source's plugin is not installed.
    #[error("this Grafana has no plugin {PLUGIN}")]
    NoPlugin,
    /// It does not do what it was asked.
    #[error("Grafana refused {doing}: {says} (HTTP {})", status.as_u16())]
    Refused {
        /// What it was asked to do: "to show a folder".
        doing: String,
        /// Who asked.
        user: String,
        /// Grafana's words.
        says: String,
        /// HTTP's status.
        status: StatusCode,
    },
    /// It did what it was asked, and said so in an unknown form.
    #[error("Grafana was asked {0}; its answer can't be read")]
    Unreadable(String),
    /// The provider's organisation is not there.
    #[error("there is no organisation {0}")]
    NoOrganisation(u64),
    /// The tenant's organisation is somebody else's: it has no data source of ours.
    #[error(
        "there is an organisation {0} that ticketlens did not make: it has no data source {UID}"
    )]
    ForeignOrganisation(String),
    /// The data source is another installation's.
    #[error(
        "the data source {UID} in the organisation {org} looks at the database {database}, not at {wanted}"
    )]
    ForeignDataSource {
        /// Where it is.
        org: String,
        /// What it looks at.
        database: String,
        /// What it should look at.
        wanted: String,
    },
    /// The data source can't be changed by the API.
    #[error("the data source {UID} comes from one of Grafana's own files")]
    DataSourceInAFile,
    /// A dashboard that is built in is none: a bug.
    #[error("a dashboard of this program is no dashboard")]
    Dashboard,
    /// A file in Grafana's provisioning folder can't be written.
    #[error("{} can't be written: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}
