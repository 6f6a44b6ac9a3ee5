//! `ticketlens report`: what a month was worth, as a file that a client can be sent.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use ticketlens_api::{Value, json};
use ticketlens_show::safe;

use super::value::month::{MonthArgs, of};
use crate::{
    exit::{Exit, Failure, Result},
    target::TargetArgs,
    terminal::{note, print, print_whole},
};

/// Which month, and where to.
#[derive(Args, Debug)]
#[command(after_help = "\
The file needs nothing beside it: charts are in it, no script, nothing from anywhere. It prints on
paper, and is as dark as its reader's screen. Nothing is overwritten. A month that is not over is
reported so far, one that has not begun not at all.

Examples:
  ticketlens report --tenant acme --month 2026-11
  ticketlens report --tenant acme --month 2026-11 --output november.html
  ticketlens report --tenant acme --month 2026-11 --json
  ticketlens report --month 2026-11 --output - > november.html")]
pub struct ReportArgs {
    #[command(flatten)]
    month: MonthArgs,
    /// The file, which must not be there yet; - writes to standard output
    /// [default: TENANT-MONTH.html].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The figures as one JSON document in place of HTML [default file: TENANT-MONTH.json].
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(args: ReportArgs) -> Result<Exit> {
    if let Some(file) = args.output.as_deref().filter(|file| *file != Path::new("-")) {
        // Told before the month is reckoned.
        expect_none(file)?;
    }
    let asked = of(args.month, &args.target).await?;
    let value = &asked.value;
    let ending = if args.json { "json" } else { "html" };
    let named = || PathBuf::from(format!("{}-{}.{ending}", value.tenant, value.month));
    let file = args.output.unwrap_or_else(named);
    let document = match args.json {
        true => as_json(value.clone())?,
        false => ticketlens_report::html(value),
    };
    if file == Path::new("-") {
        print_whole(&document)?;
    } else {
        write(&file, &document)?;
        print(&format!("wrote {}\n", file.display()))?;
    }
    if value.figures.as_ref().is_none_or(|figures| figures.tickets == 0) {
        let (tenant, month) = (safe::line(&value.tenant), safe::line(&value.month));
        note(&format!(
            "{tenant} has no tickets in {month}, and the report says so; is it the month you mean \
             (--month)?"
        ));
    }
    asked.note_what_is_missing();
    Ok(Exit::Done)
}

fn as_json(value: Value) -> Result<String> {
    let text = serde_json::to_string_pretty(&json::MonthValue::from(value));
    let text = text.map_err(|error| {
        Failure::new(Exit::Failed, format!("the month can't be told in JSON ({error})"))
    })?;
    Ok(text + "\n")
}

fn exists(file: &Path) -> Failure {
    Failure::new(Exit::Usage, format!("{} is there already", file.display()))
        .next("name another file with --output, or remove it")
}

fn expect_none(file: &Path) -> Result<()> {
    match file.symlink_metadata() {
        Ok(_) => Err(exists(file)),
        Err(_) => Ok(()),
    }
}

/// Writes a file that was not there. Half of one is not left.
fn write(file: &Path, document: &str) -> Result<()> {
    let failed = |error: io::Error| {
        Failure::new(Exit::Failed, format!("{} can't be written ({error})", file.display()))
            .next("name a file in a folder that is there, and that you may write to, with --output")
    };
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    let mut made = made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(file),
        _ => failed(error),
    })?;
    made.write_all(document.as_bytes()).and_then(|()| made.sync_all()).map_err(|error| {
        // What is left of it can be removed by hand, too.
        let _ = fs::remove_file(file);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("acme-2026-11.html");
        write(&file, "one").unwrap();
        let again = write(&file, "two").unwrap_err();
        assert_eq!(again.exit, Exit::Usage);
        assert!(again.to_string().contains("is there already\n  name another file"), "{again}");
        assert_eq!(fs::read(&file).unwrap(), b"one");
        assert!(expect_none(&file).is_err());
        let nowhere = write(&folder.path().join("no/folder.html"), "").unwrap_err();
        assert_eq!(nowhere.exit, Exit::Failed);
    }
}
