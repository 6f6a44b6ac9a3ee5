//! Users, policies, profiles and grants on a server with ClickHouse's own access control: what there
//! is, what is missing, and the statements between the two.
//!
//! The order is the protection. Making: everyone else's policy, the definer without any right, its
//! own policies, only then its rights, the views, the login last. Removing goes the other way round.
//! Whatever step fails, nobody sees more than before, and the next run goes on from there.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Row;
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    access_statements::{self as statements, Setting, Statement},
    error::{ReaderError, failed},
    guarded::GUARDED,
    policies::{self, Policy},
    reader::Reader,
    views::Change,
};
use crate::Store;

/// What a server says of users and rights; of ours, and of who is in our way.
#[derive(Clone, Debug, Default)]
pub(super) struct Rights {
    users: BTreeSet<String>,
    policies: Vec<Policy>,
    /// What each user may do where: `SELECT ON db.table`, or more than that.
    grants: BTreeMap<String, BTreeSet<String>>,
    /// Lines of each settings profile.
    profiles: BTreeMap<String, Vec<Line>>,
    /// The profiles each user has.
    profiles_of: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Row, Deserialize)]
struct Line {
    profile: String,
    user: String,
    setting: String,
    value: Option<String>,
    least: Option<String>,
    most: Option<String>,
    writability: String,
    inherits: String,
}

impl Line {
    fn is(&self, setting: &Setting) -> bool {
        let bounds = setting.bounds.map(|(least, most)| (Some(least), Some(most)));
        self.setting == setting.name
            && self.value.as_deref() == setting.value
            && (self.least.as_deref(), self.most.as_deref()) == bounds.unwrap_or_default()
            && self.writability == setting.writability.unwrap_or_default()
    }
}

#[derive(Row, Deserialize)]
struct GrantRow {
    user: String,
    right: String,
}

impl Rights {
    /// What is missing before the views can be made.
    pub(super) fn before_views(&self, reader: &Reader) -> Result<Vec<Statement>, ReaderError> {
        self.nobody_elses_policies(reader)?;
        let database = reader.source();
        let mut plan = Vec::new();
        for (name, settings) in statements::profiles(database) {
            match self.profiles.get(&name) {
                None => plan.push(statements::create_profile(&name, settings)),
                Some(lines) if !is_like(lines, settings) => {
                    plan.push(statements::alter_profile(&name, settings));
                }
                Some(_) => {}
            }
        }
        for guarded in GUARDED {
            if !self.has_policy(&statements::everyone(database), guarded.table) {
                plan.push(statements::create_everyone(database, guarded));
            }
        }
        let definer = reader.definer();
        if !self.users.contains(definer) {
            // Of no password anyone will ever have.
            let nobody = digest(&format!("{definer}{}", uuid::Uuid::new_v4()));
            plan.push(statements::create_definer(reader, &nobody));
        }
        plan.extend(self.profile_of(definer, &statements::definer_profile(database)));
        if reader.tenant().is_some() {
            for guarded in GUARDED {
                if !policies::hold(&self.policies, reader, guarded) {
                    let exists = self.has_policy(reader.name(), guarded.table);
                    plan.push(statements::policy(reader, guarded, exists));
                }
            }
        }
        plan.extend(self.grants_of(definer, &statements::definer_reads(reader)));
        Ok(plan)
    }

    /// What is missing once the views are there.
    pub(super) fn after_views(
        &self,
        reader: &Reader,
        password: Option<&SecretString>,
    ) -> Vec<Statement> {
        let mut plan = Vec::new();
        let exists = self.users.contains(reader.name());
        if let Some(password) = password {
            let digest = digest(password.expose_secret());
            plan.push(if exists {
                statements::set_password(reader, &digest)
            } else {
                statements::create_login(reader, &digest)
            });
        }
        plan.extend(self.profile_of(reader.name(), &statements::reader_profile(reader.source())));
        plan.extend(self.grants_of(reader.name(), &statements::login_reads(reader)));
        plan
    }

    /// A policy of somebody else's might hold readers of theirs; ours for everyone would undo it.
    fn nobody_elses_policies(&self, reader: &Reader) -> Result<(), ReaderError> {
        let database = reader.source();
        let ours = |name: &str| {
            name == statements::everyone(database) || name.starts_with(&format!("{database}_t_"))
        };
        match self.policies.iter().find(|policy| !ours(&policy.name)) {
            None => Ok(()),
            Some(policy) => Err(ReaderError::ForeignPolicy {
                name: policy.name.clone(),
                table: format!("{}.{}", database.store(), policy.table),
            }),
        }
    }

    fn has_policy(&self, name: &str, table: &str) -> bool {
        self.policies.iter().any(|policy| policy.name == name && policy.table == table)
    }

    fn profile_of(&self, user: &str, profile: &str) -> Option<Statement> {
        // A user that is only about to be made is made with it.
        let has = self.profiles_of.get(user).is_some_and(|has| has == &[profile.to_owned()]);
        let needs = self.users.contains(user) && !has;
        needs.then(|| statements::set_profile(user, profile))
    }

    fn grants_of(&self, user: &str, reads: &[String]) -> Option<Statement> {
        let wanted: BTreeSet<_> = reads.iter().map(|on| format!("SELECT ON {on}")).collect();
        (self.grants.get(user) != Some(&wanted)).then(|| statements::grant(user, reads))
    }
}

impl Reader {
    /// Every statement that makes this reader where there is nothing yet, in order, but for those
    /// that make the views: they repeat the contract's, and come before the login.
    ///
    /// # Errors
    /// None on an empty server; the type is that of [`Store::provision_reader`].
    pub fn statements(&self, password: &SecretString) -> Result<Vec<Statement>, ReaderError> {
        let nothing = Rights::default();
        let mut plan = nothing.before_views(self)?;
        plan.extend(nothing.after_views(self, Some(password)));
        Ok(plan)
    }
}

fn is_like(lines: &[Line], settings: &[Setting]) -> bool {
    lines.len() == settings.len()
        && settings.iter().all(|setting| lines.iter().any(|line| line.is(setting)))
}

fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

impl Store {
    /// Makes a reader on a server with ClickHouse's own access control, or puts right what differs:
    /// profiles, policies, definer, views, login, rights. Without a password the login keeps the one
    /// it has. Does nothing the second time, unless there is a password to set.
    ///
    /// # Errors
    /// [`ReaderError`]; what was done stays, shows nobody more than before, and the next run goes on.
    pub async fn provision_reader(
        &self,
        reader: &Reader,
        password: Option<&SecretString>,
    ) -> Result<Change, ReaderError> {
        self.needs_access_management().await?;
        let rights = self.rights(reader).await?;
        let exists = rights.users.contains(reader.name());
        if !exists && password.is_none() {
            return Err(ReaderError::NoPassword);
        }
        let before = rights.before_views(reader)?;
        self.run_all(&before).await?;
        let views = self.publish_views(reader).await?;
        let after = rights.after_views(reader, password);
        self.run_all(&after).await?;
        Ok(match (exists, before.is_empty() && after.is_empty()) {
            (false, _) => Change::Made,
            (true, true) => views,
            (true, false) => Change::Updated,
        })
    }

    /// Takes a reader away: login, views, definer, policies, and with the last one what they share.
    ///
    /// # Errors
    /// [`ReaderError`]; may be called again until it succeeds.
    pub async fn remove_reader(&self, reader: &Reader) -> Result<Change, ReaderError> {
        self.needs_access_management().await?;
        let rights = self.rights(reader).await?;
        let had_login = rights.users.contains(reader.name());
        if had_login {
            self.run_all(&[statements::drop_user(reader.name())]).await?;
        }
        let views = self.withdraw_views(reader).await?;
        let mut rest = Vec::new();
        if rights.users.contains(reader.definer()) {
            rest.push(statements::drop_user(reader.definer()));
        }
        let source = reader.source();
        for guarded in GUARDED.iter().filter(|g| rights.has_policy(reader.name(), g.table)) {
            rest.push(statements::drop_policy(reader.name(), source, guarded));
        }
        if self.published_readers().await?.is_empty() {
            let everyone = statements::everyone(source);
            for guarded in GUARDED.iter().filter(|g| rights.has_policy(&everyone, g.table)) {
                rest.push(statements::drop_policy(&everyone, source, guarded));
            }
            let profiles = statements::profiles(source).map(|(name, _)| name);
            let there = profiles.iter().filter(|name| rights.profiles.contains_key(*name));
            rest.extend(there.map(|name| statements::drop_profile(name)));
        }
        self.run_all(&rest).await?;
        let unchanged = !had_login && rest.is_empty() && views == Change::Unchanged;
        Ok(if unchanged { Change::Unchanged } else { Change::Removed })
    }

    /// Whether the reader's login is there.
    ///
    /// # Errors
    /// When ClickHouse does not answer, or does not let its users be looked at.
    pub async fn has_login(&self, reader: &Reader) -> Result<bool, ReaderError> {
        Ok(self.users(&[reader.name()]).await?.contains(reader.name()))
    }

    async fn run_all(&self, plan: &[Statement]) -> Result<(), ReaderError> {
        for Statement { doing, sql } in plan {
            self.run(sql).await.map_err(failed(doing))?;
        }
        Ok(())
    }

    /// Before anything is done: a server whose users stand in a file would refuse half way.
    async fn needs_access_management(&self) -> Result<(), ReaderError> {
        let sql = "SELECT countIf(type NOT IN ('users_xml', 'users.xml', 'ldap')) \
                   FROM system.user_directories";
        let writable = self.in_time(self.sql(sql).fetch_one::<u64>()).await;
        match writable.map_err(failed("reading where users are kept"))? {
            0 => Err(ReaderError::UsersInAFile),
            _ => Ok(()),
        }
    }

    async fn users(&self, names: &[&str]) -> Result<BTreeSet<String>, ReaderError> {
        let sql = "SELECT name FROM system.users WHERE name IN {names:Array(String)}";
        let query = self.sql(sql).param("names", names);
        let names = self.in_time(query.fetch_all::<String>()).await;
        Ok(names.map_err(failed("reading the users"))?.into_iter().collect())
    }

    pub(super) async fn rights(&self, reader: &Reader) -> Result<Rights, ReaderError> {
        let users = [reader.name(), reader.definer()];
        let profiles = statements::profiles(reader.source()).map(|(name, _)| name);
        let sql = "SELECT assumeNotNull(user_name) AS user, concat(toString(access_type), ' ON ', \
                   ifNull(database, '*'), '.', ifNull(table, '*'), ifNull(concat('.', column), ''), \
                   if(is_partial_revoke, ' not', ''), if(grant_option, ' and grant', '')) AS right \
                   FROM system.grants WHERE user_name IN {users:Array(String)}";
        let query = self.sql(sql).param("users", users);
        let rows: Vec<GrantRow> =
            self.in_time(query.fetch_all()).await.map_err(failed("reading the grants"))?;
        let mut rights = Rights { users: self.users(&users).await?, ..Rights::default() };
        for row in rows {
            rights.grants.entry(row.user).or_default().insert(row.right);
        }
        let sql = "SELECT ifNull(profile_name, '') AS profile, ifNull(user_name, '') AS user, \
                   ifNull(setting_name, '') AS setting, value, min AS least, max AS most, \
                   ifNull(toString(writability), '') AS writability, \
                   ifNull(inherit_profile, '') AS inherits FROM system.settings_profile_elements \
                   WHERE profile_name IN {profiles:Array(String)} OR user_name IN {users:Array(String)}";
        let query = self.sql(sql).param("profiles", profiles.as_slice()).param("users", users);
        let lines: Vec<Line> =
            self.in_time(query.fetch_all()).await.map_err(failed("reading the profiles"))?;
        for line in lines {
            if line.user.is_empty() {
                rights.profiles.entry(line.profile.clone()).or_default().push(line);
            } else {
                rights.profiles_of.entry(line.user).or_default().push(line.inherits);
            }
        }
        rights.policies = self.policies().await?;
        Ok(rights)
    }
}

#[cfg(test)]
mod tests;
