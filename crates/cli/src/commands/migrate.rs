//! stub
use crate::exit::{Exit, Result};
use clap::Args;
/// stub
#[derive(Args, Debug)]
#[command(after_help = "stub")]
pub struct MigrateArgs {}
/// stub
pub async fn run(_args: MigrateArgs) -> Result<Exit> {
    Ok(Exit::Done)
}
