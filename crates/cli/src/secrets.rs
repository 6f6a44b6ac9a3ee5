//! Secrets from the environment: `NAME` holds one, or `NAME_FILE` says which file does, as container
//! images have it.

use std::{collections::BTreeMap, fs, io::Read};

use crate::exit::{Exit, Failure, Result};

/// Those that the receiver's configuration takes.
const OF_THE_RECEIVER: [&str; 3] =
    ["TICKETLENS_CLICKHOUSE_PASSWORD", "TICKETLENS_HASH_KEY", "TICKETLENS_ADMIN_KEY_SHA256"];

/// No secret is longer, in bytes; whatever is, is the wrong file.
const LONGEST: u64 = 64 << 10;

/// The secret of that name; `None` where neither it nor its file is set.
pub fn secret(name: &str) -> Result<Option<String>> {
    find_secret(name, |name| std::env::var(name).ok())
}

/// The environment with the receiver's secrets read from their files, and why one could not be.
pub fn environment() -> (BTreeMap<String, String>, Vec<Failure>) {
    // What is no Unicode is none of ours.
    let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let mut variables: BTreeMap<_, _> = std::env::vars_os().filter_map(unicode).collect();
    let mut failures = Vec::new();
    for name in OF_THE_RECEIVER {
        match find_secret(name, |name| variables.get(name).cloned()) {
            Ok(Some(value)) => drop(variables.insert(name.to_owned(), value)),
            Ok(None) => {}
            Err(failure) => failures.push(failure),
        }
    }
    (variables, failures)
}

/// The same, in this environment.
pub fn find_secret(
    name: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>> {
    if let Some(value) = variable(name).filter(|value| !value.is_empty()) {
        return Ok(Some(value));
    }
    let Some(path) = variable(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    // What stands in the file is in no message, whatever it is.
    let wrong = |what: String| {
        Failure::new(Exit::Usage, format!("{name}_FILE: {path} {what}"))
            .next(format!("name a file that holds it and nothing else, or set {name}"))
    };
    let mut text = String::new();
    let file = fs::File::open(&path).map_err(|e| wrong(format!("can't be read: {e}")))?;
    file.take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|e| wrong(format!("can't be read: {e}")))?;
    if text.len() as u64 > LONGEST {
        return Err(wrong("is too long for a secret".to_owned()));
    }
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(wrong("is empty".to_owned())),
        secret => Ok(Some(secret.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Option<String>> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        find_secret("SECRET", variable)
    }

    #[test]
    fn a_variable_wins_over_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "from the file\n").unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(found(&[]).unwrap(), None);
        assert_eq!(found(&[("SECRET_FILE", path)]).unwrap().unwrap(), "from the file");
        assert_eq!(found(&[("SECRET_FILE", path), ("SECRET", "a")]).unwrap().unwrap(), "a");
    }

    #[test]
    fn a_file_that_holds_no_secret_is_told_and_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (text, says) in [("\n", "is empty"), (&"s3cret".repeat(20_000), "too long")] {
            fs::write(&path, text).unwrap();
            let failure = found(&[("SECRET_FILE", path.to_str().unwrap())]).unwrap_err();
            assert!(failure.to_string().contains(says), "{failure}");
            assert!(!failure.to_string().contains("s3cret"), "{failure}");
        }
        let failure = found(&[("SECRET_FILE", "/nowhere/secret")]).unwrap_err();
        assert!(failure.to_string().contains("/nowhere/secret can't be read"), "{failure}");
    }
}
