//! Backup and restore, with ClickHouse's own statements: both databases in one, so that they match.
//!
//! They may take hours: each is begun, and its state is asked for until it is over. Where a backup goes
//! is a disk that ClickHouse's configuration allows backups on.

use std::{fmt, str::FromStr};

use crate::{Fault, Store, fault::of_answer};

/// Why there is no backup, or nothing was restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// ClickHouse does not know it: it was restarted since it began.
    #[error("clickhouse knows of no such backup; was it restarted meanwhile?")]
    Unknown,
    /// A restore is for an empty instance.
    #[error("the databases `{views}` and `{tables}` are there already; a restore makes them")]
    NotEmpty {
        /// Database of the views.
        views: String,
        /// Database of the tables.
        tables: String,
    },
    /// ClickHouse did not do it.
    #[error("clickhouse did not do it")]
    Fault(#[from] Fault),
}

impl BackupError {
    /// Whether it may succeed in a while.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Fault(fault) if fault.is_retryable())
    }

    /// What a person can do about it, where it is a thing of ClickHouse's configuration or of the place.
    pub fn advice(&self) -> Option<&'static str> {
        let Self::Fault(Fault::Refused { code, .. }) = self else { return None };
        Some(match code {
            // BAD_ARGUMENTS, UNKNOWN_DISK, INVALID_CONFIG_PARAMETER
            36 | 318 | 479 => {
                "ClickHouse's configuration must name that disk under storage_configuration, and \
                 under backups as allowed_disk"
            }
            497 => "ClickHouse's user needs the right BACKUP on both databases",
            598 => "there is a backup of that name already; choose another",
            599 => "there is no whole backup of that name on that disk",
            // CANNOT_UNPACK_ARCHIVE, BACKUP_DAMAGED
            601 | 643 => "the backup is not whole, or was changed",
            243 => "the disk is full",
            _ => return None,
        })
    }
}

/// Where a backup is: a disk of ClickHouse's configuration, and a name on it. Both are written into SQL
/// as they stand, which takes no parameters there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupPlace {
    disk: String,
    name: String,
}

/// The text can't be a disk's or a backup's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has 1 to 128 of a-z, A-Z, 0-9, `.`, `_` and `-`, and does not start with `.` or `-`")]
pub struct InvalidPlace;

impl BackupPlace {
    /// Checks both names. One that ends in `.zip` or `.tar` is one file, any other a folder.
    ///
    /// # Errors
    /// When a name is empty, too long or has other characters.
    pub fn new(disk: &str, name: &str) -> Result<Self, InvalidPlace> {
        let is_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_name = |text: &str| {
            (1..=128).contains(&text.len())
                && text.chars().all(is_char)
                && !text.starts_with(['.', '-'])
        };
        if !is_name(disk) || !is_name(name) {
            return Err(InvalidPlace);
        }
        Ok(Self { disk: disk.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for BackupPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disk('{}', '{}')", self.disk, self.name)
    }
}

/// A backup or restore that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupId(String);

/// The text is no id of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a UUID")]
pub struct InvalidBackupId;

impl FromStr for BackupId {
    type Err = InvalidBackupId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id: uuid::Uuid = text.parse().map_err(|_| InvalidBackupId)?;
        Ok(Self(id.to_string()))
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupState {
    /// Under way.
    Running,
    /// Over, and whole.
    Done {
        /// Bytes, as they were stored.
        bytes: u64,
    },
    /// Over, without success.
    Failed(BackupError),
}

impl Store {
    /// Begins a backup of everything: tickets, counts, tenants, digests of keys, views. What was
    /// acknowledged before is in it.
    pub async fn start_backup(&self, place: &BackupPlace) -> Result<BackupId, BackupError> {
        let sql = format!("BACKUP DATABASE {{store}}, DATABASE {{views}} TO {place} ASYNC");
        self.begun(&sql).await
    }

    /// Begins to restore one; only where neither database is there.
    pub async fn start_restore(&self, place: &BackupPlace) -> Result<BackupId, BackupError> {
        let views = self.config.database.views();
        let there = "SELECT count() FROM system.databases WHERE name IN {names:Array(String)}";
        let there = self.sql(there).param("names", vec![views, &*self.tables]);
        if self.in_time(there.fetch_one::<u64>()).await? > 0 {
            let tables = self.tables.to_string();
            return Err(BackupError::NotEmpty { views: views.to_owned(), tables });
        }
        let sql = format!("RESTORE DATABASE {{store}}, DATABASE {{views}} FROM {place} ASYNC");
        self.begun(&sql).await
    }

    async fn begun(&self, sql: &str) -> Result<BackupId, BackupError> {
        // Its id, and the state as an Enum8.
        let (id, _): (String, i8) = self.in_time(self.sql(sql).fetch_one()).await?;
        id.parse().map_err(|_| Fault::Unreadable.into())
    }

    /// How far a backup or a restore is.
    pub async fn backup_state(&self, id: &BackupId) -> Result<BackupState, BackupError> {
        let sql = "SELECT toString(status), error, total_size FROM system.backups \
                   WHERE id = {id:String}";
        let found = self.sql(sql).param("id", &id.0).fetch_optional::<(String, String, u64)>();
        let (status, error, bytes) = self.in_time(found).await?.ok_or(BackupError::Unknown)?;
        Ok(match status.as_str() {
            "CREATING_BACKUP" | "RESTORING" => BackupState::Running,
            "BACKUP_CREATED" | "RESTORED" => BackupState::Done { bytes },
            _ => {
                // Name and code stand before the stack.
                let says = error.split(", Stack trace").next().unwrap_or_default();
                BackupState::Failed(of_answer(says).into())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_names_get_into_sql() {
        let place = BackupPlace::new("backups", "2026-11-29_a.tar").unwrap();
        assert_eq!(place.to_string(), "Disk('backups', '2026-11-29_a.tar')");
        let long = "a".repeat(129);
        for bad in ["", "a'b", "a b", "../a", "a/b", ".a", "-a", "a\\b", "ä", &long] {
            assert_eq!(BackupPlace::new("backups", bad), Err(InvalidPlace), "{bad}");
            assert_eq!(BackupPlace::new(bad, "a"), Err(InvalidPlace), "{bad}");
        }
    }

    #[test]
    fn an_id_is_a_uuid() {
        assert!("7aee4bc5-0b2a-47cd-85a7-99cc6913b403".parse::<BackupId>().is_ok());
        for bad in ["", "x", "7aee4bc5' OR 1"] {
            assert_eq!(bad.parse::<BackupId>(), Err(InvalidBackupId), "{bad}");
        }
    }
}
