//! The certificate that commands show a receiver which asks for one (`tls.client_ca`).

use std::fs;

use tonic::transport::Identity;

use crate::exit::{Exit, Failure, Result};

const CERTIFICATE: &str = "TICKETLENS_CLIENT_CERTIFICATE";
const KEY: &str = "TICKETLENS_CLIENT_KEY";

/// The files of a certificate and its private key, in PEM.
#[derive(Debug, PartialEq, Eq)]
pub struct IdentityFiles {
    pub certificate: String,
    pub key: String,
}

/// Those that the environment names; `None` where it names neither.
pub fn files() -> Result<Option<IdentityFiles>> {
    find_files(|name| std::env::var(name).ok())
}

fn find_files(variable: impl Fn(&str) -> Option<String>) -> Result<Option<IdentityFiles>> {
    let variable = |name| variable(name).filter(|value| !value.trim().is_empty());
    let half = |given, missing| {
        let what = format!("{given} is set and {missing} is not");
        Err(Failure::new(Exit::Usage, what).next("set both, each to the name of a PEM file"))
    };
    match (variable(CERTIFICATE), variable(KEY)) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(IdentityFiles { certificate, key })),
        (Some(_), None) => half(CERTIFICATE, KEY),
        (None, Some(_)) => half(KEY, CERTIFICATE),
    }
}

impl IdentityFiles {
    /// What is in them.
    pub fn read(&self) -> Result<Identity> {
        let read = |name: &str, path: &str| {
            let unreadable = |e| format!("{name}: {path} can't be read: {e}");
            fs::read(path).map_err(|e| Failure::new(Exit::Usage, unreadable(e)))
        };
        Ok(Identity::from_pem(read(CERTIFICATE, &self.certificate)?, read(KEY, &self.key)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_named_or_neither_is() {
        let find = |set: &[(&str, &str)]| {
            find_files(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(find(&[(CERTIFICATE, ""), (KEY, " ")]).unwrap(), None);
        let files = find(&[(CERTIFICATE, "c.pem"), (KEY, "/nowhere/k.pem")]).unwrap().unwrap();
        assert_eq!((&*files.certificate, &*files.key), ("c.pem", "/nowhere/k.pem"));
        for (set, missing) in [(CERTIFICATE, KEY), (KEY, CERTIFICATE)] {
            let failure = find(&[(set, "a.pem")]).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.to_string().contains(&format!("{missing} is not")), "{failure}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let files = IdentityFiles { certificate: "/nowhere/c.pem".into(), key: "k.pem".into() };
        let failure = files.read().unwrap_err().to_string();
        assert!(failure.contains("TICKETLENS_CLIENT_CERTIFICATE: /nowhere/c.pem"), "{failure}");
    }
}
