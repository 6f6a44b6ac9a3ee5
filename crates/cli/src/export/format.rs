//! As what tickets are written.

use std::{io, path::Path};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use ticketlens_api::ExportedTicket;

use super::{cells, columns::Columns, line};

/// As what tickets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON lines, whole, as `ticketlens send` reads them.
    Jsonl,
    /// A table of what `tickets list --json` says, without traces.
    Csv,
    /// Typed columns of the same, with attributes and traces as JSON.
    Parquet,
}

impl Format {
    /// What a file's name asks for; JSON lines where it ends in nothing known.
    pub fn of(file: &Path) -> Self {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Self::from_str(ending, true).unwrap_or(Self::Jsonl)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// Whether a part of a file is worth something, and can be gone on with.
    pub fn is_of_lines(self) -> bool {
        self != Self::Parquet
    }

    /// What makes a file of pages of tickets.
    pub fn writer(self, for_terminal: bool) -> io::Result<Writer> {
        Ok(match self {
            Self::Jsonl => Writer::Lines,
            Self::Csv => Writer::Cells { for_terminal },
            Self::Parquet => Writer::Columns(Box::new(Columns::new()?)),
        })
    }
}

/// Makes bytes of a file of pages of tickets.
pub enum Writer {
    /// JSON lines.
    Lines,
    /// CSV.
    Cells {
        /// Whether a terminal shows it.
        for_terminal: bool,
    },
    /// Parquet.
    Columns(Box<Columns>),
}

impl Writer {
    /// What comes before the first ticket.
    pub fn head(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Cells { .. } => cells::header(),
            Self::Lines | Self::Columns(_) => Ok(Vec::new()),
        }
    }

    /// What is to be written after this page.
    pub fn page(&mut self, tickets: Vec<ExportedTicket>) -> io::Result<Vec<u8>> {
        match self {
            Self::Lines => line::page(tickets),
            Self::Cells { for_terminal } => cells::page(tickets, *for_terminal),
            Self::Columns(columns) => columns.page(tickets),
        }
    }

    /// What comes after the last ticket.
    pub fn end(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Lines | Self::Cells { .. } => Ok(Vec::new()),
            Self::Columns(columns) => columns.end(),
        }
    }
}
