//! `ticketlens completions`: what a shell has to know to complete our command line.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::{
    exit::{Exit, Result},
    terminal::print,
};

/// For which shell.
#[derive(Args, Debug)]
#[command(after_help = "\
install.sh installs these for bash, zsh and fish.

Examples:
  ticketlens completions bash > ~/.local/share/bash-completion/completions/ticketlens
  ticketlens completions zsh > ~/.zfunc/_ticketlens          # a folder of your fpath
  ticketlens completions fish > ~/.config/fish/completions/ticketlens.fish
  ticketlens completions powershell | Out-String | Invoke-Expression")]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the script for this command line.
pub fn run(args: &CompletionsArgs, mut program: Command) -> Result<Exit> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, name, &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
