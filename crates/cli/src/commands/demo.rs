//! `ticketlens demo`: a sample agent's tickets, sent to any receiver.

use clap::Args;
use ticketlens_api::{CreateKeyRequest, RevokeKeyRequest};

use crate::{
    api::{self, Admin, refused},
    demo::{self, Day},
    dev::{ensure_tenant, random_hash_key},
    exit::{Exit, Result},
    grafana::{Places, provision_tenant, tenant_name},
    secrets::secret,
    target::{Purpose, Target, TargetArgs},
};

/// How many tickets, whose, and where.
#[derive(Args, Debug)]
#[command(after_help = "\
It needs an admin key: it makes the tenant where there is none, and a key that it revokes when it is
done. The people in the tickets do not exist.

Examples:
  ticketlens demo                                     to a `ticketlens dev` that runs here
  ticketlens demo --grafana --grafana-url http://127.0.0.1:3000
  ticketlens demo --tenant demo --tickets 1000 --endpoint https://tickets.example.com:4317")]
pub struct DemoArgs {
    /// The tenant the tickets belong to.
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub tenant: String,
    /// How many tickets.
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub tickets: u32,
    /// Seed of the random choices: the same seed makes the same tickets.
    #[arg(long, value_name = "NUMBER", default_value_t = 42)]
    pub seed: u64,
    /// Also make a Grafana organisation for the tenant.
    #[arg(long)]
    pub grafana: bool,
    /// Which Grafana and which ClickHouse.
    #[command(flatten)]
    pub places: Box<Places>,
    /// Which receiver.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Does it.
pub async fn run(args: DemoArgs) -> Result<Exit> {
    let target = Target::find(&args.target, Purpose::Admin)?;
    let channel = target.connect().await?;
    let mut admin = Admin::new(channel.clone());
    ensure_tenant(&mut admin, &args.tenant).await?;
    let request = CreateKeyRequest {
        tenant: args.tenant.clone(),
        scope: "ingest".to_owned(),
        note: "made by ticketlens demo".to_owned(),
        expires_at: None,
    };
    let made = admin.create_key(request).await.map_err(|s| refused(&s))?.into_inner();
    let hash_key = match target.hash_key {
        Some(key) => key,
        None => match secret("TICKETLENS_HASH_KEY")? {
            Some(key) => key,
            None => random_hash_key()?,
        },
    };
    let day = Day {
        tickets: args.tickets,
        seed: args.seed,
        endpoint: target.endpoint,
        key: made.secret,
        hash_key,
    };
    let ended = demo::run(day, api::tickets(channel)).await;
    let id = made.key.map(|key| key.id).unwrap_or_default();
    let revoked = admin.revoke_key(RevokeKeyRequest { id }).await;
    // Why the demonstration failed says more than that its key is still there.
    ended?;
    revoked.map_err(|s| refused(&s))?;
    if args.grafana {
        let name = tenant_name(&args.tenant)?;
        return provision_tenant(name, &args.places, &args.target.data(), false).await;
    }
    Ok(Exit::Done)
}
