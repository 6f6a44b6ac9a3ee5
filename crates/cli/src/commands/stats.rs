//! `ticketlens tickets stats`: what is stored, how fast it grows, and when the disk is full.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use ticketlens_api::{GetStorageRequest, GetStorageResponse, StorageTotals, json};
use ticketlens_show::{
    self as show,
    listing::{Column, Listing},
};

use crate::{
    api::refused,
    exit::{Exit, Result},
    target::{self, TargetArgs},
    terminal::{note, print, print_json, print_listing, spinner},
};

/// What to measure.
#[derive(Args, Debug)]
#[command(after_help = "\
Rows are those of the table: also tickets past their time, and copies of one that was sent again,
until the database merges them away. Bytes of all tickets together are the database's own count.
Those of a tenant, status, workflow or day are a share of it, by what their rows hold before
compression: on disk, rows of all tenants share files. A `read` key sees its own tenant's share.

Growth is the mean of the last seven full days (UTC), of what was received and is still there. Until
the disk is full: at this growth, and as if nothing went. Retention takes tickets away again.

Examples:
  ticketlens tickets stats
  ticketlens tickets stats --by day --tenant acme
  ticketlens tickets stats --disk 100GB
  ticketlens tickets stats --by workflow --json | jq '.groups[0]'")]
pub struct StatsArgs {
    /// Of this tenant; with an admin key, by default of all.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Tell rows and bytes apart by this; a day is that of receipt (UTC).
    #[arg(long, value_enum, default_value_t)]
    by: By,
    /// How many days until a disk of this size is full of tickets: 100GB, 2TB, 512GiB. By default the
    /// database's disk, as much as is free on it.
    #[arg(long, value_name = "SIZE")]
    disk: Option<Size>,
    /// All columns and whole cells, however narrow the terminal is.
    #[arg(long)]
    wide: bool,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// What rows and bytes are told apart by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum By {
    #[default]
    Tenant,
    Status,
    Day,
    Workflow,
}

impl By {
    const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Status => "status",
            Self::Day => "day",
            Self::Workflow => "workflow",
        }
    }
}

/// A size of a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size(u64);

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const INVALID: &str = "a size and its unit, e.g. 100GB, 1.5TB or 512GiB";
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(INVALID)?;
        let number: f64 = text[..end].parse().map_err(|_| INVALID)?;
        let unit: f64 = match text[end..].trim().to_ascii_lowercase().as_str() {
            "mb" => 1e6,
            "gb" => 1e9,
            "tb" => 1e12,
            "pb" => 1e15,
            "mib" => 1_048_576.0,
            "gib" => 1_073_741_824.0,
            "tib" => 1_099_511_627_776.0,
            _ => return Err(INVALID),
        };
        let bytes = number * unit;
        if !(1.0..1e18).contains(&bytes) {
            return Err(INVALID);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        Ok(Self(bytes as u64))
    }
}

/// Does it.
pub async fn run(args: StatsArgs) -> Result<Exit> {
    let tenant = args.tenant.unwrap_or_default();
    let mut tickets = target::tickets_for_long_work(&args.target, &tenant).await?;
    let looking = spinner();
    looking.set_message("measuring");
    let request = GetStorageRequest { tenant, by: args.by.name().to_owned() };
    let answer = tickets.get_storage(request).await;
    looking.finish_and_clear();
    let storage = answer.map_err(|s| refused(&s))?.into_inner();
    let days = days_until_full(&storage, args.disk);
    if args.json {
        let mut document = serde_json::json!(json::Storage::from(storage));
        document["by"] = args.by.name().into();
        document["days_until_full"] = days.into();
        print_json(&document.to_string())?;
        return Ok(Exit::Done);
    }
    print(&summary(&storage, args.disk, days))?;
    if !storage.groups.is_empty() {
        print("\n")?;
        print_listing(&groups(&storage, args.by), args.wide)?;
    }
    if storage.groups_left_out > 0 {
        note(&format!("{} more are not shown", show::count(storage.groups_left_out)));
    }
    if storage.total.as_ref().is_some_and(|total| total.bytes.is_none()) {
        note(
            "the database does not tell what tickets take: its user needs the right to read \
             system.parts and system.disks",
        );
    }
    Ok(Exit::Done)
}

/// At the growth there is. What is stored counts towards a disk that is given; the database's own has
/// so much free.
fn days_until_full(storage: &GetStorageResponse, disk: Option<Size>) -> Option<u64> {
    let growth = storage.growth.as_ref()?.bytes_a_day.filter(|bytes| *bytes >= 1.0)?;
    let of = storage.disk.as_ref();
    let left = match disk {
        Some(Size(size)) => {
            let total = || storage.total.as_ref().and_then(|total| total.bytes);
            size.saturating_sub(of.map(|disk| disk.database_bytes).or_else(total)?)
        }
        None => of?.free_bytes?,
    };
    #[expect(clippy::cast_precision_loss, reason = "days")]
    let days = left as f64 / growth;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    Some(days as u64)
}

fn summary(storage: &GetStorageResponse, disk: Option<Size>, days: Option<u64>) -> String {
    let total = storage.total.unwrap_or_default();
    let mut lines = vec![("tickets", show::count(storage.tickets))];
    lines.push(("rows", show::count(total.rows)));
    lines.push(("on disk", on_disk(&total, storage.is_share)));
    if let Some(disk) = &storage.disk {
        lines.push(("database", format!("{} in all tables", show::bytes(disk.database_bytes))));
    }
    if storage.oldest.is_some() {
        let executed = |at| format!("{} (executed)", show::time(at));
        lines.push(("oldest", executed(storage.oldest.as_ref())));
        lines.push(("newest", executed(storage.newest.as_ref())));
    }
    lines.push(("growth", growth(storage)));
    if let Some(line) = full(storage, disk, days) {
        lines.push(("full", line));
    }
    lines.into_iter().map(|(name, text)| format!("{name:<10}{text}\n")).collect()
}

fn on_disk(total: &StorageTotals, is_share: bool) -> String {
    let (Some(bytes), Some(raw)) = (total.bytes, total.uncompressed_bytes) else {
        return "unknown".to_owned();
    };
    let about = if is_share { "about " } else { "" };
    let ratio = match ratio(bytes, raw) {
        Some(ratio) => format!("; {} before compression, {ratio}", show::bytes(raw)),
        None => String::new(),
    };
    let share = if is_share { " (a share)" } else { "" };
    format!("{about}{}{share}{ratio}", show::bytes(bytes))
}

/// How many times smaller: `4.2 times`.
fn ratio(bytes: u64, raw: u64) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    (bytes > 0 && raw > 0).then(|| format!("{:.1} times", raw as f64 / bytes as f64))
}

fn growth(storage: &GetStorageResponse) -> String {
    let Some(growth) = &storage.growth else {
        return "not known before a full day (UTC) is over".to_owned();
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let whole = |n: f64| n.round() as u64;
    let bytes = growth.bytes_a_day.map(|bytes| format!(", about {}", show::bytes(whole(bytes))));
    format!(
        "{} rows{} received a day (mean of {} full day{})",
        show::count(whole(growth.rows_a_day)),
        bytes.unwrap_or_default(),
        growth.days,
        if growth.days == 1 { "" } else { "s" }
    )
}

/// When, and of which disk.
fn full(storage: &GetStorageResponse, disk: Option<Size>, days: Option<u64>) -> Option<String> {
    let which = match (disk, &storage.disk) {
        (Some(Size(size)), _) => format!("a disk of {}", show::bytes(size)),
        (None, Some(disk)) => match disk.free_bytes {
            Some(free) => format!("the database's disk ({} free)", show::bytes(free)),
            None => return None,
        },
        (None, None) => return None,
    };
    Some(match days {
        Some(days) => format!("in {} days at this growth: {which}", show::count(days)),
        None => format!("no estimate without growth: {which}"),
    })
}

fn groups(storage: &GetStorageResponse, by: By) -> Listing<4> {
    let mut listing = Listing::new([
        Column::new(by.name()),
        Column::new("rows").keep().right(),
        Column::new("bytes (share)").keep().right(),
        Column::new("before compression").keep().right().may_drop(1),
    ]);
    let bytes = |bytes: Option<u64>| bytes.map(show::bytes).unwrap_or_default();
    for group in &storage.groups {
        let total = group.total.unwrap_or_default();
        listing.row([
            (&group.name).into(),
            show::count(total.rows).into(),
            bytes(total.bytes).into(),
            bytes(total.uncompressed_bytes).into(),
        ]);
    }
    listing
}

#[cfg(test)]
mod tests {
    use ticketlens_api::{StorageDisk, StorageGrowth};

    use super::*;

    #[test]
    fn sizes_have_units() {
        let size = |text: &str| text.parse::<Size>().map(|Size(bytes)| bytes);
        assert_eq!(size("100GB"), Ok(100_000_000_000));
        assert_eq!(size(" 1.5 tb "), Ok(1_500_000_000_000));
        assert_eq!(size("2GiB"), Ok(2_147_483_648));
        for bad in ["", "100", "GB", "-1GB", "1e3GB", "0GB", "100 apples", "9999999PB", "1.2.3GB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_given_disk_holds_what_is_stored_and_the_databases_own_has_so_much_free() {
        let growth = StorageGrowth { days: 7, rows_a_day: 1.0, bytes_a_day: Some(10.0) };
        let disk =
            StorageDisk { database_bytes: 400, free_bytes: Some(2_000), total_bytes: Some(9_000) };
        let storage = GetStorageResponse {
            growth: Some(growth),
            disk: Some(disk),
            ..GetStorageResponse::default()
        };
        assert_eq!(days_until_full(&storage, None), Some(200));
        assert_eq!(days_until_full(&storage, Some(Size(1_000))), Some(60));
        assert_eq!(days_until_full(&storage, Some(Size(100))), Some(0));
        let still = GetStorageResponse { growth: None, ..storage };
        assert_eq!(days_until_full(&still, None), None);
    }
}
