//! The receiver's configuration file, read once for every command that takes it.

use std::{fs, path::Path};

use ticketlens_receiver::{Config, TlsConfig};

use crate::{
    exit::{Exit, Failure, Result},
    secrets::environment,
};

/// What a configuration file may hold, for `--help`.
pub const EXAMPLE: &str = "\
A small configuration:
  grpc_listen = \"0.0.0.0:4317\"
  http_listen = \"0.0.0.0:4318\"
  admin_key_sha256 = \"…\"        # ticketlens key create --scope admin --offline
  [clickhouse]
  url = \"http://127.0.0.1:8123\"
  user = \"ticketlens\"

Secrets belong in the environment, which wins over the file: TICKETLENS_CLICKHOUSE_PASSWORD,
TICKETLENS_HASH_KEY; also TICKETLENS_CLICKHOUSE_URL, _USER and _DATABASE, TICKETLENS_GRPC_LISTEN,
TICKETLENS_HTTP_LISTEN, TICKETLENS_ADMIN_KEY_SHA256. A secret may stand in a file that NAME_FILE
names, e.g. TICKETLENS_HASH_KEY_FILE.";

/// Reads and checks the file with the environment on top; everything that is wrong is told at once.
pub fn read(path: &Path) -> Result<Config> {
    let Read { config, problems, unusable, shown } = Read::file(path)?;
    whole(config, [problems, unusable].concat(), &shown)
}

/// The same for who does without TLS: what is wrong with its files is told beside the configuration, and
/// all else that is wrong ends it.
pub fn read_without_files(path: &Path) -> Result<(Config, Vec<String>)> {
    Read::file(path)?.without_files()
}

/// Without a file: what the environment says.
pub fn from_environment_without_files() -> Result<(Config, Vec<String>)> {
    Read::text("", "the environment").without_files()
}

/// What a text says, and all that is wrong with it.
struct Read {
    config: Option<Config>,
    problems: Vec<String>,
    /// With the files of TLS.
    unusable: Vec<String>,
    shown: String,
}

impl Read {
    fn file(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|e| Failure::new(Exit::Usage, format!("{shown} can't be read: {e}")))?;
        Ok(Self::text(&text, &shown.to_string()))
    }

    fn text(text: &str, shown: &str) -> Self {
        let (variables, failures) = environment();
        let mut problems: Vec<String> = failures.iter().map(|f| f.what().to_owned()).collect();
        let (config, tls) = match Config::parse(text, &variables) {
            Ok(config) => {
                let tls = config.tls.clone();
                (Some(config), tls)
            }
            Err(invalid) => {
                problems.extend(invalid.problems);
                (None, invalid.tls)
            }
        };
        let unusable = tls.as_ref().map(unusable).unwrap_or_default();
        Self { config, problems, unusable, shown: shown.to_owned() }
    }

    fn without_files(self) -> Result<(Config, Vec<String>)> {
        let Self { config, problems, unusable, shown } = self;
        // Who has to mend the file is told all of it.
        let problems =
            if problems.is_empty() { problems } else { [problems, unusable.clone()].concat() };
        whole(config, problems, &shown).map(|config| (config, unusable))
    }
}

fn whole(config: Option<Config>, mut problems: Vec<String>, shown: &str) -> Result<Config> {
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => {
            let n = problems.len();
            let what = if n == 1 { "1 problem".to_owned() } else { format!("{n} problems") };
            problems.push("`ticketlens serve --help` shows a small configuration".to_owned());
            Err(Failure::new(Exit::Usage, format!("{shown} has {what}")).next(problems.join("\n")))
        }
    }
}

/// What is wrong with the files of a certificate and its key.
fn unusable(tls: &TlsConfig) -> Vec<String> {
    let files = [("tls.certificate", &tls.certificate), ("tls.key", &tls.key)];
    let files = files.into_iter().chain(tls.client_ca.iter().map(|ca| ("tls.client_ca", ca)));
    let problem = |(setting, path): (&str, &std::path::PathBuf)| {
        let error = fs::File::open(path).err()?;
        Some(format!("{setting}: {} can't be read: {error}", path.display()))
    };
    let unreadable: Vec<_> = files.filter_map(problem).collect();
    match tls.check() {
        Err(error) if unreadable.is_empty() => vec![format!("tls: {error}")],
        _ => unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receiver.toml");
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let failure = read_text(
            "grpc_listen = \"nowhere\"\nadmin_key_sha256 = \"short\"\n[clickhouse]\nurl = \"http://127.0.0.1:8123\"\n\
             [commit]\nwindow_ms = 99999999",
        );
        let failure = failure.unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let text = failure.to_string();
        for says in ["3 problems", "grpc_listen:", "admin_key_sha256:", "commit.window_ms:"] {
            assert!(text.contains(says), "{says}: {text}");
        }
    }

    #[test]
    fn files_that_are_named_must_be_readable() {
        let failure = read_text(
            "[clickhouse]\nurl = \"http://127.0.0.1:8123\"\n[tls]\ncertificate = \"/nowhere/c.pem\"\nkey = \"/nowhere/k.pem\"\n\
             client_ca = \"/nowhere/ca.pem\"",
        );
        let text = failure.unwrap_err().to_string();
        for says in
            ["tls.certificate: /nowhere/c.pem", "tls.key: /", "tls.client_ca: /nowhere/ca.pem"]
        {
            assert!(text.contains(says), "{says}: {text}");
        }
    }

    #[test]
    fn files_that_are_wrong_are_told_beside_the_rest() {
        let text = "limts = 1\n[tls]\ncertificate = \"/dev/null\"\nkey = \"/dev/null\"";
        let text = read_text(text).unwrap_err().to_string();
        for says in ["3 problems", "limts: no such", "clickhouse.url: is missing", "tls: /dev/null"]
        {
            assert!(text.contains(says), "{says}: {text}");
        }
    }

    #[test]
    fn who_does_without_tls_is_told_of_its_files_and_ended_by_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receiver.toml");
        let tls = "[clickhouse]\nurl = \"http://127.0.0.1:8123\"\n\
                   [tls]\ncertificate = \"/nowhere/c.pem\"\nkey = \"/dev/null\"";
        fs::write(&path, tls).unwrap();
        let (config, unusable) = read_without_files(&path).unwrap();
        assert!(config.tls.is_some());
        assert!(unusable[0].starts_with("tls.certificate: /nowhere/c.pem"), "{unusable:?}");
        fs::write(&path, format!("limts = 1\n{tls}")).unwrap();
        let text = read_without_files(&path).unwrap_err().to_string();
        assert!(text.contains("2 problems") && text.contains("limts"), "{text}");
    }

    #[test]
    fn the_example_is_a_configuration() {
        let indented = EXAMPLE.lines().filter(|line| line.starts_with("  "));
        let digest = "0".repeat(64);
        let text: Vec<_> = indented.map(|line| line.trim().replace('…', &digest)).collect();
        read_text(&text.join("\n")).unwrap();
    }
}
