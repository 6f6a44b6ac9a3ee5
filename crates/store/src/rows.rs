//! One record, one row: RowBinary written by hand, column by column, without a tree and without
//! serde. Each table's list of columns is the only place where columns, their types and their order
//! stand: the INSERT's column list, the check against the server and the encoder are made from it.

mod binary;
pub mod feedback;
pub mod ticket;

/// A table that takes rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Table {
    /// Tickets, written by [`ticket::append`].
    #[default]
    Tickets,
    /// Feedback, written by [`feedback::append`].
    Feedback,
}

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its type, as `system.columns` spells it.
    pub(crate) sql_type: &'static str,
}

impl Table {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Tickets, Self::Feedback];

    /// Its name in the database of the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Feedback => "feedback",
        }
    }

    /// The columns in the order a row holds them.
    pub(crate) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Tickets => ticket::COLUMNS,
            Self::Feedback => feedback::COLUMNS,
        }
    }

    /// `INSERT INTO … (columns) FORMAT RowBinary`, with the database's placeholder.
    pub(crate) fn insert_statement(self) -> String {
        let names: Vec<_> = self.columns().iter().map(|column| column.name).collect();
        format!("INSERT INTO {{store}}.{} ({}) FORMAT RowBinary", self.name(), names.join(", "))
    }
}

macro_rules! columns {
    (|$out:ident, $row:ident: $source:ty| $($name:ident: $sql_type:literal => $write:expr;)*) => {
        pub(super) const COLUMNS: &[super::Column] =
            &[$(super::Column { name: stringify!($name), sql_type: $sql_type }),*];

        fn write_row($out: &mut Vec<u8>, $row: &$source) {
            $($write;)*
        }
    };
}
use columns;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_names_every_column_once() {
        let statement = Table::Tickets.insert_statement();
        assert!(statement.starts_with("INSERT INTO {store}.tickets (tenant, tenant_since, "));
        assert!(statement.ends_with("expires_at) FORMAT RowBinary"));
        for table in Table::ALL {
            let mut names: Vec<_> = table.columns().iter().map(|c| c.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns().len());
        }
    }
}
