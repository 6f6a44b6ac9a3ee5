//! A tenant: its name, how much of its traces is stored, and for how long.

use std::{
    fmt,
    num::{NonZeroU32, NonZeroU64},
    str::FromStr,
};

use ticketlens_ticket::{Capture, Subject, Timestamp};

use crate::{
    DenyKeys, InvalidTenant, MOST_BYTES_PER_SECOND, MOST_DAYS, MOST_RECORDS_PER_DAY,
    tenant_bounds::DISPLAY_NAME_BYTES,
};

/// Days a trace is kept unless said otherwise.
pub const TRACE_DAYS: u32 = 30;
/// Days a ticket's metrics are kept unless said otherwise.
pub const METRICS_DAYS: u32 = 400;

/// A tenant's name, `[a-z][a-z0-9-]{0,30}`: the name is the identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantName(Box<str>);

impl TenantName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TenantName {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars();
        let starts = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let goes_on = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if starts && goes_on && text.len() <= 31 {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTenant::Name)
        }
    }
}

/// What a tenant may send; without one, as much as the receiver takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TenantLimits {
    /// Records a second.
    pub records_per_second: Option<NonZeroU32>,
    /// Bytes of requests a second, decoded: as they are after decompression.
    pub bytes_per_second: Option<NonZeroU64>,
    /// Records a day, which begins at midnight UTC.
    pub records_per_day: Option<NonZeroU64>,
}

impl TenantLimits {
    fn check(&self) -> Result<(), InvalidTenant> {
        let within = |limit: Option<NonZeroU64>, most| limit.is_none_or(|n| n.get() <= most);
        let all = within(self.bytes_per_second, MOST_BYTES_PER_SECOND)
            && within(self.records_per_day, MOST_RECORDS_PER_DAY);
        if all { Ok(()) } else { Err(InvalidTenant::Limits) }
    }
}

/// A tenant from when it was added to when it is removed. Another that is given its name later has
/// another life, and sees nothing of this one's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantLife {
    /// The tenant's name.
    pub name: TenantName,
    /// When it was added, in whole microseconds.
    pub since: Timestamp,
}

/// A tenant and its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSettings {
    /// The name, which is the identity.
    pub name: TenantName,
    /// For people.
    pub display_name: String,
    /// The most that is stored of this tenant's traces.
    pub capture: Capture,
    /// Days a trace is kept, from when it was received.
    pub trace_days: u32,
    /// Days a ticket's metrics are kept, from when it was received.
    pub metrics_days: u32,
    /// Keys whose values are removed, whatever its workflows send.
    pub deny_keys: DenyKeys,
    /// Whether what was asked, said and answered is not stored.
    pub drop_messages: bool,
    /// What is stored of a subject line.
    pub subject: Subject,
    /// What it may send.
    pub limits: TenantLimits,
    /// When the tenant was added. It tells this tenant from one of its name that was removed.
    pub created_at: Timestamp,
}

impl TenantSettings {
    /// A new tenant with the defaults: everything captured, traces for 30 days, metrics for 400.
    pub fn new(name: TenantName) -> Self {
        Self {
            display_name: name.as_str().to_owned(),
            name,
            capture: Capture::default(),
            trace_days: TRACE_DAYS,
            metrics_days: METRICS_DAYS,
            deny_keys: DenyKeys::default(),
            drop_messages: false,
            subject: Subject::default(),
            limits: TenantLimits::default(),
            created_at: Timestamp::now(),
        }
    }

    /// Which of the tenants that had this name it is.
    pub fn life(&self) -> TenantLife {
        let micros = self.created_at.as_unix_nanos() / 1_000;
        let since = Timestamp::from_unix_nanos(micros.saturating_mul(1_000));
        TenantLife { name: self.name.clone(), since }
    }

    /// Whether the settings can be in force.
    pub fn check(&self) -> Result<(), InvalidTenant> {
        let text = &self.display_name;
        if text.len() > DISPLAY_NAME_BYTES || text.chars().any(char::is_control) {
            return Err(InvalidTenant::DisplayName);
        }
        let bounds = 1..=MOST_DAYS;
        if !bounds.contains(&self.trace_days) || !bounds.contains(&self.metrics_days) {
            return Err(InvalidTenant::Days);
        }
        if self.trace_days > self.metrics_days {
            return Err(InvalidTenant::TraceOutlivesMetrics);
        }
        self.limits.check()
    }
}

/// Changes to a tenant; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantChange {
    /// A new display name.
    pub display_name: Option<String>,
    /// A new capture level.
    pub capture: Option<Capture>,
    /// A new retention of traces, for tickets received from now on.
    pub trace_days: Option<u32>,
    /// A new retention of metrics, for tickets received from now on.
    pub metrics_days: Option<u32>,
    /// Other keys to deny, for tickets received from now on.
    pub deny_keys: Option<DenyKeys>,
    /// Whether messages are dropped, of tickets received from now on.
    pub drop_messages: Option<bool>,
    /// What is stored of a subject line, of tickets received from now on.
    pub subject: Option<Subject>,
    /// Another limit of records a second; 0 takes it away, as with the next two.
    pub records_per_second: Option<u32>,
    /// Another limit of bytes a second.
    pub bytes_per_second: Option<u64>,
    /// Another limit of records a day.
    pub records_per_day: Option<u64>,
}

impl TenantChange {
    /// A tenant as it would be, checked or not.
    #[must_use]
    pub fn applied_to(self, mut tenant: TenantSettings) -> TenantSettings {
        self.apply(&mut tenant);
        tenant
    }

    /// Applies the change.
    pub(crate) fn apply(self, tenant: &mut TenantSettings) {
        if let Some(display_name) = self.display_name {
            tenant.display_name = display_name;
        }
        if let Some(capture) = self.capture {
            tenant.capture = capture;
        }
        if let Some(days) = self.trace_days {
            tenant.trace_days = days;
        }
        if let Some(days) = self.metrics_days {
            tenant.metrics_days = days;
        }
        if let Some(keys) = self.deny_keys {
            tenant.deny_keys = keys;
        }
        if let Some(drop) = self.drop_messages {
            tenant.drop_messages = drop;
        }
        if let Some(subject) = self.subject {
            tenant.subject = subject;
        }
        if let Some(limit) = self.records_per_second {
            tenant.limits.records_per_second = NonZeroU32::new(limit);
        }
        if let Some(limit) = self.bytes_per_second {
            tenant.limits.bytes_per_second = NonZeroU64::new(limit);
        }
        if let Some(limit) = self.records_per_day {
            tenant.limits.records_per_day = NonZeroU64::new(limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["a", "skyline-air", "x1", &format!("a{}", "b".repeat(30))] {
            assert_eq!(good.parse::<TenantName>().unwrap().as_str(), good);
        }
        for bad in ["", "A", "1a", "-a", "a_b", "a b", "ä", &"a".repeat(32)] {
            assert_eq!(bad.parse::<TenantName>(), Err(InvalidTenant::Name), "{bad}");
        }
    }

    #[test]
    fn retention_has_bounds() {
        let check = |trace_days, metrics_days| {
            let tenant = TenantSettings::new("a".parse().unwrap());
            TenantSettings { trace_days, metrics_days, ..tenant }.check()
        };
        assert_eq!(check(30, 400), Ok(()));
        assert_eq!(check(0, 400), Err(InvalidTenant::Days));
        assert_eq!(check(30, MOST_DAYS + 1), Err(InvalidTenant::Days));
        assert_eq!(check(31, 30), Err(InvalidTenant::TraceOutlivesMetrics));
    }

    #[test]
    fn limits_have_bounds_and_go_with_nought() {
        let mut tenant = TenantSettings::new("a".parse().unwrap());
        let change = |bytes, records| TenantChange {
            bytes_per_second: Some(bytes),
            records_per_day: Some(records),
            ..TenantChange::default()
        };
        change(MOST_BYTES_PER_SECOND, MOST_RECORDS_PER_DAY).apply(&mut tenant);
        assert_eq!(tenant.check(), Ok(()));
        for (bytes, records) in [(MOST_BYTES_PER_SECOND + 1, 1), (1, MOST_RECORDS_PER_DAY + 1)] {
            change(bytes, records).apply(&mut tenant);
            assert_eq!(tenant.check(), Err(InvalidTenant::Limits));
        }
        TenantChange { records_per_second: Some(7), ..change(0, 0) }.apply(&mut tenant);
        assert_eq!(tenant.check(), Ok(()));
        let records_per_second = NonZeroU32::new(7);
        assert_eq!(tenant.limits, TenantLimits { records_per_second, ..TenantLimits::default() });
    }
}
