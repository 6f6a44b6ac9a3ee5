//! How the system was set up, as far as that is known: advice names what its reader can change, and commands
//! that can be pasted.

use std::path::PathBuf;

use ticketlens_show::safe;

use crate::{flags::quoted, instance::data_flag};

/// Where it is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setup {
    /// A `dev` on this data folder: it has its own ClickHouse, and no configuration.
    Dev(PathBuf),
    /// The configuration in this file.
    File(PathBuf),
    /// A configuration that nobody has named: on the receiver's machine, or in the environment.
    Elsewhere,
}

impl Setup {
    /// The whole command that brings the tables up to date.
    pub fn migrate(&self) -> String {
        match self {
            Self::Dev(data) => format!("ticketlens dev{}", safe::line(&data_flag(data))),
            Self::File(file) => {
                format!(
                    "ticketlens migrate --config {}",
                    safe::line(&quoted(&file.display().to_string()))
                )
            }
            Self::Elsewhere => "ticketlens migrate --config FILE".to_owned(),
        }
    }

    /// What to do where ClickHouse does not answer.
    pub fn unanswered(&self) -> String {
        match self {
            Self::Dev(data) => {
                let log = data.join("clickhouse").join("engine.log");
                format!(
                    "{} says why; then restart the dev: end it with Ctrl-C, and `{}`; meanwhile senders \
                     keep their tickets and come again",
                    safe::line(&log.display().to_string()),
                    self.migrate()
                )
            }
            Self::File(_) | Self::Elsewhere => {
                "check that it runs, that nothing lies in between, and `url` under [clickhouse] in the \
                 configuration; meanwhile senders keep their tickets and come again"
                    .to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_what_its_reader_has() {
        let file = Setup::File("/etc/receiver.toml".into());
        assert_eq!(file.migrate(), "ticketlens migrate --config /etc/receiver.toml");
        let spaced = Setup::File("a b.toml".into());
        assert_eq!(spaced.migrate(), "ticketlens migrate --config 'a b.toml'");
        assert_eq!(Setup::Elsewhere.migrate(), "ticketlens migrate --config FILE");
        let dev = Setup::Dev("d".into()).unanswered();
        assert!(dev.starts_with("d/clickhouse/engine.log says why; then restart the dev"), "{dev}");
        assert!(
            dev.contains("`ticketlens dev --data d`") && !dev.contains("[clickhouse]"),
            "{dev}"
        );
        assert!(Setup::Elsewhere.unanswered().contains("`url` under [clickhouse]"));
    }
}
