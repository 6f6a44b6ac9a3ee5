//! stub
use crate::exit::{Exit, Result};
use clap::Args;
/// stub
#[derive(Args, Debug)]
#[command(after_help = "stub")]
pub struct ServeArgs {}
/// stub
pub async fn run(_args: ServeArgs) -> Result<Exit> {
    Ok(Exit::Done)
}
