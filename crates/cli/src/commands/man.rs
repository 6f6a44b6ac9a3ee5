//! `ticketlens man`: the manual pages, made from what `--help` says.

use std::{fs, path::PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::{
    exit::{Exit, Failure, Result},
    terminal::print,
    version,
};

/// Where to.
#[derive(Args, Debug)]
#[command(after_help = "\
install.sh installs these: try `man ticketlens` and `man ticketlens-tickets-show`.

Examples:
  ticketlens man > ticketlens.1
  ticketlens man --to ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write a page for each command into this folder; without it the program's own page is printed.
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

/// Prints the program's page, or writes all of them.
pub fn run(args: &ManArgs, program: Command) -> Result<Exit> {
    // One page for every platform: the long version names the target. `help` has no page.
    let program = program.long_version(version::SHORT).disable_help_subcommand(true);
    let Some(folder) = &args.to else {
        let mut page = Vec::new();
        // Writing to memory does not fail.
        let _ = Man::new(program).render(&mut page);
        print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Done);
    };
    let written =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(program, folder));
    written.map_err(|e| {
        Failure::new(Exit::Failed, format!("can't write to {}: {e}", folder.display()))
    })?;
    Ok(Exit::Done)
}
