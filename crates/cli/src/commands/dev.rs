//! stub
use crate::exit::{Exit, Result};
use clap::Args;
/// stub
#[derive(Args, Debug)]
#[command(after_help = "stub")]
pub struct DevArgs {}
/// stub
pub async fn run(_args: DevArgs) -> Result<Exit> {
    Ok(Exit::Done)
}
