//! The command line: what the program can be asked to do.

use clap::{CommandFactory, Parser, Subcommand, builder::Resettable};

use crate::{commands, exit::EXIT_CODES, log::LogFormat, version};

/// TicketLens: see what your AI did with every ticket.
///
/// A workflow, the program that runs your agent, sends one structured log for each finished ticket.
/// TicketLens stores it, and shows what the agent thought, called, found and answered.
#[derive(Debug, Parser)]
#[command(name = "ticketlens", version = version::SHORT, long_version = version::long())]
#[command(propagate_version = true, after_help = examples())]
pub struct Cli {
    /// Log lines on stderr as text or json [env: TICKETLENS_LOG_FORMAT] [default: text].
    // In the help of every command: one line, which says all.
    #[arg(long, global = true, value_enum, default_value_t, env = "TICKETLENS_LOG_FORMAT")]
    #[arg(value_name = "FORMAT", hide_possible_values = true, hide_env = true)]
    #[arg(hide_default_value = true)]
    pub log_format: LogFormat,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Everything the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything on this machine: a database, the receiver, and a tenant with keys.
    Dev(commands::dev::DevArgs),
    /// Print the variables a workflow needs to send to the `dev` that runs here.
    Env(commands::env::EnvArgs),
    /// Print a few ticket logs to try things with.
    Example(commands::example::ExampleArgs),
    /// Send ticket logs, and feedback on tickets, from a file.
    Send(commands::send::SendArgs),
    /// Show what would be sent of a file of ticket logs, before and after redaction.
    Redact(commands::redact::RedactArgs),
    /// Print what tickets recorded OpenTelemetry spans of an agent become.
    Spans(commands::spans::SpansArgs),
    /// List, count, open, measure, erase and purge tickets.
    #[command(subcommand)]
    Tickets(Box<commands::tickets::TicketsCommand>),
    /// Give feedback on tickets, and list it: ratings, evaluations.
    #[command(subcommand)]
    Feedback(commands::feedback::FeedbackCommand),
    /// Show what a month's tickets were worth, and set what a resolved ticket saves.
    #[command(subcommand)]
    Value(commands::value::ValueCommand),
    /// Write what a month's tickets were worth as one HTML file, to be sent to a client.
    Report(commands::report::ReportArgs),
    /// Add, change and remove tenants.
    #[command(subcommand)]
    Tenant(commands::tenant::TenantCommand),
    /// Create, list, rotate and revoke keys.
    #[command(subcommand)]
    Key(commands::key::KeyCommand),
    /// List, import and change the prices of models, by which tickets' costs are computed.
    #[command(subcommand)]
    Prices(commands::prices::PricesCommand),
    /// Show what was done to an installation, when and by whom.
    #[command(subcommand)]
    Audit(commands::audit::AuditCommand),
    /// Give each tenant a Grafana organisation that shows its own tickets.
    #[command(subcommand)]
    Grafana(commands::grafana::GrafanaCommand),
    /// Have a receiver take nothing for a while: drain it, say what is under way, go on.
    #[command(subcommand)]
    Maintenance(commands::maintenance::MaintenanceCommand),
    /// Find out what is wrong with a running system, and what to do about it.
    Doctor(Box<commands::doctor::DoctorArgs>),
    /// Serve tickets to a language model as tools (MCP), over standard input and output.
    Mcp(commands::mcp::McpArgs),
    /// Send the tickets of a sample agent to any receiver.
    Demo(commands::demo::DemoArgs),
    /// Run the receiver against a ClickHouse of your own.
    Serve(commands::serve::ServeArgs),
    /// Check a receiver's configuration without connecting to anything.
    CheckConfig(commands::check_config::CheckConfigArgs),
    /// Keep everything that is stored elsewhere, and bring it back.
    #[command(subcommand)]
    Backup(commands::backup::BackupCommand),
    /// Bring the database's tables up to date.
    Migrate(commands::migrate::MigrateArgs),
    /// Print what a shell needs to complete commands and flags.
    Completions(commands::completions::CompletionsArgs),
    /// Print the manual page, or write one for each command.
    Man(commands::man::ManArgs),
}

/// The command line with variables that are set and empty left out, as OpenTelemetry's are ("Environment
/// Variable Specification") and as compose files leave them.
pub fn command() -> clap::Command {
    without_empty(Cli::command()).mut_subcommands(in_paragraphs)
}

/// The help behind the arguments with each paragraph in one line, which clap wraps as the terminal is
/// wide: wrapped in the source as well, it would break twice.
fn in_paragraphs(command: clap::Command) -> clap::Command {
    let command = match command.get_after_help().map(|text| unwrapped(&text.to_string())) {
        Some(text) => command.after_help(text),
        None => command,
    };
    command.mut_subcommands(in_paragraphs)
}

/// Lines that are indented, and those after a heading, stay.
fn unwrapped(text: &str) -> String {
    let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        let goes_on = is_prose(line) && lines.peek().is_some_and(|next| is_prose(next));
        out.push(if goes_on { ' ' } else { '\n' });
    }
    out.truncate(out.trim_end().len());
    out
}

fn without_empty(command: clap::Command) -> clap::Command {
    let is_empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|v| v.is_empty());
    let command = command.mut_args(|argument| match argument.get_env().is_some_and(is_empty) {
        true => argument.env(Resettable::Reset),
        false => argument,
    });
    command.mut_subcommands(without_empty)
}

fn examples() -> String {
    format!(
        "\
Start here:
  ticketlens dev --demo 200              run everything, with a day's tickets of a sample agent
  ticketlens tickets show SUP-1001       from another terminal: what it did with one of them
  ticketlens example > runs.jsonl        sample ticket logs to adapt
  ticketlens redact runs.jsonl           what would be sent, and what would not
  ticketlens send runs.jsonl             send them
  ticketlens spans traces.json --show    or: the tickets that your agent's spans would become
  ticketlens tickets list --since 2h     look at what is stored

Documents: README.md and docs/, installed in share/doc/ticketlens beside the program's bin.
Logs: TICKETLENS_LOG or RUST_LOG choose what is logged, e.g. info or ticketlens_receiver=debug.

{EXIT_CODES}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_paragraph_of_help_is_one_line_and_examples_stay() {
        let text = "One\ntwo.\n\nThree:\n  four\n  five\n\nExamples:\n  six";
        assert_eq!(unwrapped(text), text.replacen("One\ntwo", "One two", 1));
    }

    #[test]
    fn every_command_teaches_by_example() {
        fn check(command: &clap::Command) {
            if command.is_hide_set() || command.get_name() == "help" {
                return;
            }
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says what it does");
            if command.get_subcommands().next().is_none() {
                assert!(command.get_after_help().is_some(), "{name} has examples");
            }
            for argument in command.get_arguments().filter(|a| !a.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{name} {} has help", argument.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        let mut command = Cli::command();
        command.build();
        check(&command);
    }

    #[test]
    fn a_secret_that_is_set_never_stands_in_help() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let Some(variable) = argument.get_env().and_then(|name| name.to_str()) else {
                    continue;
                };
                let is_secret = ["KEY", "PASSWORD", "TOKEN"].iter().any(|w| variable.contains(w));
                assert!(!is_secret || argument.is_hide_env_values_set(), "{variable}");
            }
            command.get_subcommands().for_each(check);
        }
        let mut command = Cli::command();
        command.build();
        check(&command);
    }
}
