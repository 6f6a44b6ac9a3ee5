//! The platforms that a release is made for, by Rust's name of them.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// The oldest C library that a Linux build has to run with: what RHEL 8 and Debian 10 have.
pub const OLDEST_GLIBC: &str = "2.28";

/// One platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Rust's name, e.g. `x86_64-unknown-linux-gnu`.
    pub triple: String,
}

impl Platform {
    /// A platform that the program is made for.
    ///
    /// # Errors
    /// Of another: musl among them, as the engine needs glibc.
    pub fn named(triple: &str) -> Result<Self> {
        const KNOWN: [&str; 4] = [
            "x86_64-unknown-linux-gnu",
            "aarch64-unknown-linux-gnu",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
        ];
        if !KNOWN.contains(&triple) {
            bail!("nothing is released for {triple}; there are {}", KNOWN.join(", "));
        }
        Ok(Self { triple: triple.to_owned() })
    }

    /// The machine's own.
    pub fn of_this_machine() -> Result<Self> {
        let output = Command::new("rustc").arg("-vV").output().context("could not run `rustc`")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let host = said.lines().find_map(|line| line.strip_prefix("host: "));
        Self::named(host.context("`rustc -vV` names no host")?)
    }

    pub fn is_linux(&self) -> bool {
        self.triple.contains("-linux-")
    }

    /// Operating system and processor, as the engine's folder has them (`linux-x86_64`).
    pub fn os_and_arch(&self) -> String {
        let arch = self.triple.split('-').next().unwrap_or_default();
        format!("{}-{arch}", if self.is_linux() { "linux" } else { "macos" })
    }

    /// As an image's build names the processor, in `TARGETARCH`.
    pub fn image_arch(&self) -> Option<&'static str> {
        match self.triple.split('-').next() {
            Some("x86_64") if self.is_linux() => Some("amd64"),
            Some("aarch64") if self.is_linux() => Some("arm64"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_the_names_that_others_give_it() {
        let arm = Platform::named("aarch64-unknown-linux-gnu").unwrap();
        assert_eq!(
            (arm.os_and_arch().as_str(), arm.image_arch()),
            ("linux-aarch64", Some("arm64"))
        );
        let mac = Platform::named("x86_64-apple-darwin").unwrap();
        assert_eq!((mac.os_and_arch().as_str(), mac.image_arch()), ("macos-x86_64", None));
        let error = Platform::named("x86_64-unknown-linux-musl").unwrap_err().to_string();
        assert!(error.contains("x86_64-unknown-linux-gnu"), "{error}");
    }
}
