//! stub
use crate::exit::{Exit, Result};
use clap::Args;
/// stub
#[derive(Args, Debug)]
#[command(after_help = "stub")]
pub struct CheckConfigArgs {}
/// stub
pub async fn run(_args: CheckConfigArgs) -> Result<Exit> {
    Ok(Exit::Done)
}
