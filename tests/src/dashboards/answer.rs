//! An answer as text, cell by cell, with the columns' types.

use crate::Login;

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// ClickHouse's type.
    pub kind: String,
}

/// Rows and columns. NULL is `\N`, and NaN is `nan`: JSON would make both null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Login {
    /// Asks for a table.
    ///
    /// # Errors
    ///
    /// What the database says against it.
    pub fn table(&self, sql: &str) -> Result<Table, String> {
        let answer = self.ask("&default_format=TabSeparatedWithNamesAndTypes", sql);
        if answer.status != 200 {
            return Err(answer.body);
        }
        let line = |line: &str| line.split('\t').map(plain).collect::<Vec<_>>();
        let mut lines = answer.body.lines().map(line);
        let (names, kinds) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let columns = names.into_iter().zip(kinds).map(|(name, kind)| Column { name, kind });
        Ok(Table { columns: columns.collect(), rows: lines.collect() })
    }
}

impl Table {
    /// The cells of a column.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    pub fn column(&self, name: &str) -> Vec<&str> {
        let at = self.columns.iter().position(|column| column.name == name);
        let at = at.unwrap_or_else(|| panic!("a column {name} in {:?}", self.columns));
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }
}

/// A cell without its escapes.
fn plain(cell: &str) -> String {
    if cell == "\\N" {
        return cell.to_owned();
    }
    let mut out = String::with_capacity(cell.len());
    let mut signs = cell.chars();
    while let Some(sign) = signs.next() {
        match (sign, sign == '\\') {
            (_, true) => match signs.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('b') => out.push('\u{8}'),
                Some('f') => out.push('\u{c}'),
                Some('0') => out.push('\0'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (sign, false) => out.push(sign),
        }
    }
    out
}
