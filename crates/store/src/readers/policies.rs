//! The row policies there are, and whether they hold a definer to its rows.

use clickhouse::Row;
use serde::Deserialize;

use super::{
    error::{ReaderError, failed},
    guarded::{GUARDED, Guarded},
    reader::Reader,
};
use crate::Store;

/// A row policy on one of our tables, as `system.row_policies` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Row, Deserialize)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) table: String,
    filter: String,
    is_restrictive: u8,
    apply_to_all: u8,
    apply_to: Vec<String>,
    apply_to_all_except: Vec<String>,
}

impl Policy {
    fn applies_to(&self, user: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|name| name == user);
        if self.apply_to_all == 1 {
            !is_in(&self.apply_to_all_except)
        } else {
            is_in(&self.apply_to)
        }
    }

    fn says(&self, filter: &str) -> bool {
        squeezed(&self.filter) == squeezed(filter)
    }
}

/// A condition without blanks and brackets: servers write them down in ways of their own.
fn squeezed(condition: &str) -> String {
    condition.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect()
}

/// Whether the reader's definer sees its rows in a table and no others. ClickHouse shows a row that
/// any permissive policy lets through, and every restrictive one: so it takes one restrictive policy
/// of ours, or that all permissive ones are ours. A definer without any sees every row.
pub(super) fn hold(policies: &[Policy], reader: &Reader, guarded: &Guarded) -> bool {
    let filter = reader.filter(guarded.tenant_column);
    let mut theirs = policies
        .iter()
        .filter(|policy| policy.table == guarded.table && policy.applies_to(reader.definer()));
    let restricted = theirs.clone().any(|p| p.is_restrictive == 1 && p.says(&filter));
    let mut permissive = theirs.clone().filter(|p| p.is_restrictive == 0).peekable();
    let only_ours = permissive.peek().is_some() && permissive.all(|p| p.says(&filter));
    match reader.tenant() {
        Some(_) => restricted || only_ours,
        // Nothing is to be held back; it must be let through.
        None => theirs.any(|p| p.is_restrictive == 0 && p.says(&filter)),
    }
}

impl Store {
    /// Every row policy on the tables.
    pub(super) async fn policies(&self) -> Result<Vec<Policy>, ReaderError> {
        let sql = "SELECT short_name AS name, table, ifNull(select_filter, '') AS filter, \
                   toUInt8(is_restrictive) AS is_restrictive, toUInt8(apply_to_all) AS apply_to_all, \
                   apply_to_list AS apply_to, apply_to_except AS apply_to_all_except \
                   FROM system.row_policies WHERE database = {database:String} ORDER BY table, name";
        let query = self.sql(sql).param("database", &*self.tables);
        self.in_time(query.fetch_all()).await.map_err(failed("reading the row policies"))
    }

    /// Whether policies hold the definer to its rows in every base table.
    pub(super) async fn check_policies(&self, reader: &Reader) -> Result<(), ReaderError> {
        let policies = self.policies().await?;
        match GUARDED.iter().find(|guarded| !hold(&policies, reader, guarded)) {
            None => Ok(()),
            Some(guarded) => Err(ReaderError::Unguarded {
                definer: reader.definer().to_owned(),
                table: guarded.table,
            }),
        }
    }
}

#[cfg(test)]
impl Policy {
    /// To all, where nobody is named.
    pub(super) fn of(
        name: &str,
        table: &str,
        filter: &str,
        restrictive: bool,
        to: &[&str],
    ) -> Self {
        Self {
            name: name.into(),
            table: table.into(),
            filter: filter.into(),
            is_restrictive: restrictive.into(),
            apply_to_all: to.is_empty().into(),
            apply_to: to.iter().map(|&user| user.to_owned()).collect(),
            apply_to_all_except: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Visibility;

    fn policy(filter: &str, restrictive: bool, to: &[&str]) -> Policy {
        Policy::of("p", "tickets", filter, restrictive, to)
    }

    #[test]
    fn a_definer_is_held_by_a_restrictive_policy_or_by_its_own_alone() {
        let database = "ticketlens".parse().unwrap();
        let acme = Reader::new(&database, Visibility::Tenant("acme".parse().unwrap()));
        let to = [acme.definer()];
        let holds = |policies: &[Policy]| hold(policies, &acme, &GUARDED[0]);
        let ours = "(tenant = 'acme')";
        assert!(holds(&[policy(ours, true, &to), policy("1", false, &[])]));
        assert!(holds(&[policy(ours, false, &to)]));
        assert!(!holds(&[]));
        assert!(!holds(&[policy(ours, false, &to), policy("1", false, &[])]));
        assert!(!holds(&[policy(ours, true, &["somebody_else"]), policy("1", false, &[])]));
        assert!(!holds(&[policy("tenant = 'globex'", true, &to), policy("1", false, &[])]));
        assert!(!holds(&[Policy { table: "rejections".into(), ..policy(ours, true, &to) }]));

        let provider = Reader::new(&database, Visibility::All);
        assert!(hold(&[policy("1", false, &[])], &provider, &GUARDED[0]));
        assert!(!hold(&[policy(ours, false, &to)], &provider, &GUARDED[0]));
    }
}
