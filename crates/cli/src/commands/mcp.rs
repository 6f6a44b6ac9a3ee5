//! `ticketlens mcp`: tickets as tools of a language model, over standard input and output.

use clap::Args;
use ticketlens_mcp::{Channel, Tools, stdio};

use crate::{
    exit::{Exit, Failure, Result},
    interrupt::Interrupt,
    target::{Purpose, Target, TargetArgs},
};

/// Which receiver.
#[derive(Args, Debug)]
#[command(after_help = "\
A client of the Model Context Protocol (MCP) starts this and talks to it over its standard input and
output; it ends when its input does. The tools only read, and see what the key may see: give it a key
of scope `read`. Beside a running `ticketlens dev`, its read key is used.

Claude Code:
  claude mcp add tickets --env TICKETLENS_ENDPOINT=https://tickets.example.com:4317 \\
    --env TICKETLENS_KEY=tl_acme_… -- ticketlens mcp

Claude Desktop (claude_desktop_config.json), and others that read the same form:
  {
    \"mcpServers\": {
      \"tickets\": {
        \"command\": \"ticketlens\",
        \"args\": [\"mcp\"],
        \"env\": {
          \"TICKETLENS_ENDPOINT\": \"https://tickets.example.com:4317\",
          \"TICKETLENS_KEY_FILE\": \"/home/me/.config/ticketlens/read.key\"
        }
      }
    }
  }

A receiver serves the same tools at /mcp of its HTTP port (docs/mcp.md).

Examples:
  ticketlens mcp                        beside a `ticketlens dev` in this folder
  ticketlens mcp --data /data/tickets   beside one in another")]
pub struct McpArgs {
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: McpArgs) -> Result<Exit> {
    let mut interrupt = Interrupt::listen()?;
    let channel = tokio::select! {
        channel = connected(&args.target) => channel?,
        () = interrupt.asked() => return Ok(Exit::Interrupted),
    };
    tokio::select! {
        served = stdio::serve(Tools::new(channel)) => match served {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(Failure::new(Exit::Failed, error.to_string()).next(
                "an MCP client starts this command and speaks first; `ticketlens mcp --help` shows \
                 how to register it",
            )),
        },
        () = interrupt.asked() => Ok(Exit::Interrupted),
    }
}

/// Connects before the client is answered: it is told at once where nothing answers.
async fn connected(target: &TargetArgs) -> Result<Channel> {
    Ok(Channel::new(Target::find(target, Purpose::Read)?.connect().await?))
}
