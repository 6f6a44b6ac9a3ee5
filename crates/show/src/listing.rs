//! Listings: a heading, and a line for each row, whatever is in it.
//!
//! On a terminal a row is one line: where it is too wide, columns are shortened, and then left out,
//! the least important first. In a pipe and with `--wide` nothing is cut and no line is broken.

mod layout;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::{
    paint::{DIM, of_status, paint},
    safe,
    width::fit,
};

pub use layout::Room;
use layout::{GAP, Need, widths};

/// In place of nothing, so that a row has as many words as the heading.
const NOTHING: &str = "-";

/// A column: its heading, and what happens to it where room is short.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    heading: &'static str,
    is_shown: bool,
    is_kept: bool,
    is_right: bool,
    drop_at: Option<u8>,
}

impl Column {
    /// A column that may be shortened, and stays.
    pub const fn new(heading: &'static str) -> Self {
        Self { heading, is_shown: true, is_kept: false, is_right: false, drop_at: None }
    }

    /// Not shortened while another column can give way: ids, times, numbers.
    #[must_use]
    pub const fn keep(self) -> Self {
        Self { is_kept: true, ..self }
    }

    /// May be left out, the column with the lowest number first. One without any text goes before.
    #[must_use]
    pub const fn may_drop(self, order: u8) -> Self {
        Self { drop_at: Some(order), ..self }
    }

    /// Numbers, aligned at their ends.
    #[must_use]
    pub const fn right(self) -> Self {
        Self { is_right: true, ..self }
    }

    /// Shown only if so, even where there is room. Rows have its cell all the same.
    #[must_use]
    pub const fn only_if(self, is_shown: bool) -> Self {
        Self { is_shown, ..self }
    }
}

/// Anyone's text in a row.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A status in its colour.
    #[must_use]
    pub fn status(text: &str) -> Self {
        Self { style: of_status(text), ..text.into() }
    }

    /// In that style.
    #[must_use]
    pub fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: safe::line(text.as_ref()).into_owned(), style: Style::new() }
    }
}

/// Rows under headings.
#[derive(Clone, Debug)]
pub struct Listing<const N: usize> {
    columns: [Column; N],
    rows: Vec<[Cell; N]>,
}

/// A listing as text, and what of it there was no room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Lines, each ended. Its colours are always there; the stream takes them out.
    pub text: String,
    /// Headings of columns that were left out.
    pub left_out: Vec<&'static str>,
    /// Whether any cell was shortened.
    pub is_cut: bool,
}

impl<const N: usize> Listing<N> {
    /// A listing without rows yet.
    #[must_use]
    pub const fn new(columns: [Column; N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Appends a row.
    pub fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    /// The listing as text.
    #[must_use]
    pub fn render(&self, room: Room) -> Rendered {
        let needs: Vec<_> = (0..N).map(|n| self.need(n)).collect();
        let widths = widths(&needs, room);
        let mut out = Rendered { text: String::new(), left_out: Vec::new(), is_cut: false };
        for ((column, need), width) in self.columns.iter().zip(&needs).zip(&widths) {
            match width {
                Some(width) => out.is_cut |= *width < need.widest,
                None if column.is_shown => out.left_out.push(column.heading),
                None => {}
            }
        }
        let heading = self.columns.map(|c| Cell::from(c.heading).styled(DIM));
        self.line(&mut out.text, &widths, &heading);
        for row in &self.rows {
            self.line(&mut out.text, &widths, row);
        }
        out
    }

    fn need(&self, n: usize) -> Need {
        let column = self.columns[n];
        let widest = self.rows.iter().map(|row| row[n].text.width()).max().unwrap_or(0);
        let heading = column.heading.width();
        Need {
            is_shown: column.is_shown,
            is_empty: widest == 0,
            widest: widest.max(heading),
            heading,
            is_kept: column.is_kept,
            drop_at: column.drop_at,
        }
    }

    fn line(&self, out: &mut String, widths: &[Option<usize>], cells: &[Cell; N]) {
        let shown = self.columns.iter().zip(cells).zip(widths);
        let shown: Vec<_> = shown.filter_map(|(of, width)| Some((of, (*width)?))).collect();
        let last = shown.len().saturating_sub(1);
        for (n, ((column, cell), width)) in shown.into_iter().enumerate() {
            let (text, style) = match cell.text.as_str() {
                "" => (NOTHING, DIM),
                text => (text, cell.style),
            };
            let text = fit(text, width);
            let pad = width.saturating_sub(text.width());
            let (before, after) = if column.is_right { (pad, 0) } else { (0, pad) };
            // Nothing stands to the right of the last column: it needs no blanks.
            let after = if n == last { 0 } else { after + GAP };
            out.push_str(&format!("{:before$}{}{:after$}", "", paint(style, text), ""));
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests;
