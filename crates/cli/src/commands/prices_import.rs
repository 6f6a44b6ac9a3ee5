//! `ticketlens prices import`: many prices at once, all of them or none.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use clap::{ArgGroup, Args};
use ticketlens_api::ImportPricesResponse;
use ticketlens_prices::PriceEntry;
use ticketlens_show::{self as show, safe};
use tonic::Status;

use crate::{
    api::refused,
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    prices::{PricesFile, brought_along, import},
    send,
    target::{TargetArgs, admin},
    terminal::{note, print, print_json, spinner},
};

/// The most that is read of a file. What a receiver takes is less.
const MOST_BYTES: u64 = 64 << 20;
/// Refused entries that are told one by one.
const TOLD: usize = 20;

/// Which prices, and what becomes of those that are there.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("prices").required(true).args(["file", "start_list"])))]
#[command(after_help = "\
A file has one JSON object a line, or an array of them, as docs/prices.md describes; `prices list --all \
--json` prints one. An entry replaces the one with its provider, model, service tier, size and \
valid_from; all others stay, unless --replace-all is given. If one entry is refused, nothing is \
imported.

The new prices hold for tickets that are received from now on. Stored tickets keep what they were \
priced at.

Examples:
  ticketlens prices import --start-list            the public prices that TicketLens brings along
  ticketlens prices import ours.json --dry-run     what would change
  ticketlens prices import ours.json
  ticketlens prices list --all --json > ours.jsonl && ticketlens prices import ours.jsonl")]
pub struct ImportArgs {
    /// A file of prices; - is standard input.
    pub file: Option<PathBuf>,
    /// The public prices that this program brings along, in US dollars.
    #[arg(long)]
    pub start_list: bool,
    /// Also remove every price that is not among them.
    #[arg(long)]
    pub replace_all: bool,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: ImportArgs) -> Result<Exit> {
    let entries = match &args.file {
        Some(file) => read(file)?,
        None => brought_along()?.into_iter().map(|entry| (0, entry)).collect(),
    };
    let mut admin = admin(&args.target).await?;
    let working = spinner();
    working.set_message(format!("{} prices", show::count(entries.len() as u64)));
    let imported = import(&mut admin, &entries, args.replace_all, args.dry_run).await;
    working.finish_and_clear();
    let imported = imported.map_err(|status| refused(&by_line(status, &entries)))?;
    if args.json {
        return document(&imported, args.dry_run).map(|()| Exit::Done);
    }
    print(&format!("{}\n", told(&imported)))?;
    if args.dry_run {
        note("nothing was changed");
    }
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<Vec<(usize, PriceEntry)>> {
    let interrupt = Interrupt::listen()?;
    let (input, _) = send::open(file, &interrupt)?;
    let shown = match file.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => safe::line(&file.display().to_string()).into_owned(),
    };
    let unusable = |what: String| Failure::new(Exit::Usage, format!("{shown} {what}"));
    let mut text = String::new();
    let read = input.take(MOST_BYTES + 1).read_to_string(&mut text);
    read.map_err(|e| unusable(format!("can't be read: {e}")))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(unusable(format!("has more than {}", show::bytes(MOST_BYTES))));
    }
    if text.trim().is_empty() {
        return Err(unusable("is empty".to_owned()).next(
            "a list without prices is `[]`, and empties the installation's with --replace-all",
        ));
    }
    let PricesFile { entries, refused } = PricesFile::read(&text);
    if refused.is_empty() {
        return Ok(entries);
    }
    for (line, what) in refused.iter().take(TOLD) {
        note(&format!("{shown}, line {line}: {}", safe::line(what)));
    }
    if refused.len() > TOLD {
        note(&format!("… and {} more", show::count((refused.len() - TOLD) as u64)));
    }
    let (wrong, all) = (refused.len() as u64, (refused.len() + entries.len()) as u64);
    let what = format!(
        "{} of {} entries are refused; nothing was imported",
        show::count(wrong),
        show::count(all)
    );
    Err(Failure::new(Exit::Usage, what)
        .next("correct them and import again: docs/prices.md has every field"))
}

/// What the receiver says of an entry, by its line in the file.
fn by_line(status: Status, entries: &[(usize, PriceEntry)]) -> Status {
    let place = status.message().strip_prefix("entries[").and_then(|rest| {
        let (at, what) = rest.split_once(']')?;
        let (line, _) = entries.get(at.parse::<usize>().ok()?)?;
        Some(format!("line {line}: {}", what.trim_start_matches(['.', ':', ' '])))
    });
    match place {
        Some(says) => Status::new(status.code(), says),
        None => status,
    }
}

fn told(imported: &ImportPricesResponse) -> String {
    let count = |of: u32| show::count(of.into());
    let mut told = format!(
        "{} new, {} changed, {} the same",
        count(imported.added),
        count(imported.changed),
        count(imported.same)
    );
    if imported.removed > 0 {
        told.push_str(&format!(", {} removed", count(imported.removed)));
    }
    told
}

fn document(imported: &ImportPricesResponse, dry_run: bool) -> Result<()> {
    let ImportPricesResponse { added, changed, same, removed, .. } = imported;
    let document = serde_json::json!({
        "added": added, "changed": changed, "same": same, "removed": removed, "dry_run": dry_run,
    });
    print_json(&document.to_string())
}

#[cfg(test)]
mod tests {
    use ticketlens_prices::start_list;

    use super::*;

    #[test]
    fn what_a_receiver_refuses_is_told_by_line() {
        let entries: Vec<_> = start_list().unwrap().into_iter().take(2).map(|e| (7, e)).collect();
        let says =
            |text: &str| by_line(Status::invalid_argument(text), &entries).message().to_owned();
        assert_eq!(says("entries[1].input: is no price"), "line 7: input: is no price");
        assert_eq!(says("entries[1]: is for the same"), "line 7: is for the same");
        for other in ["entries[9].input: is", "entries: more than", "entries[x"] {
            assert_eq!(says(other), other);
        }
    }

    #[test]
    fn what_was_removed_is_told_where_something_was() {
        let imported = ImportPricesResponse { added: 1_234, same: 2, ..Default::default() };
        assert_eq!(told(&imported), "1,234 new, 0 changed, 2 the same");
        let imported = ImportPricesResponse { removed: 3, ..imported };
        assert_eq!(told(&imported), "1,234 new, 0 changed, 2 the same, 3 removed");
    }
}
