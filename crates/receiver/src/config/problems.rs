//! What is wrong with a configuration: all of it, beside what could be checked.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use super::TlsConfig;

/// Everything that is wrong with a configuration. Names settings; never quotes a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidConfig {
    /// One line for each.
    pub problems: Vec<String>,
    /// What it says of TLS, where that is whole: its files can be looked at beside the rest.
    pub tls: Option<TlsConfig>,
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

/// Collects problems beside what could be checked.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    /// With those that are known.
    pub(super) fn new(known: Vec<String>) -> Self {
        Self(known)
    }

    /// One line for each.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, setting: &str, what: impl fmt::Display) {
        self.0.push(format!("{setting}: {what}"));
    }

    pub(super) fn check<T, E: fmt::Display>(
        &mut self,
        setting: &str,
        checked: Result<T, E>,
    ) -> Option<T> {
        checked.map_err(|error| self.add(setting, error)).ok()
    }

    pub(super) fn parse<T: FromStr<Err: fmt::Display>>(
        &mut self,
        setting: &str,
        text: Option<&String>,
        target: &mut T,
    ) {
        if let Some(value) = text.and_then(|text| self.check(setting, text.parse())) {
            *target = value;
        }
    }

    pub(super) fn number(
        &mut self,
        setting: &str,
        value: Option<u64>,
        bounds: RangeInclusive<u64>,
        set: impl FnOnce(u64),
    ) {
        match value {
            Some(value) if bounds.contains(&value) => set(value),
            Some(_) => {
                self.add(setting, format!("must be from {} to {}", bounds.start(), bounds.end()));
            }
            None => {}
        }
    }

    pub(super) fn seconds(
        &mut self,
        setting: &str,
        value: Option<u64>,
        bounds: RangeInclusive<u64>,
        target: &mut Duration,
    ) {
        self.number(setting, value, bounds, |seconds| *target = Duration::from_secs(seconds));
    }
}
