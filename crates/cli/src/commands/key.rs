//! `ticketlens key`: create, list, rotate and revoke keys.

use std::collections::BTreeSet;

use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use ticketlens_api::{
    CreateKeyRequest, Key, ListAuditRequest, ListKeysRequest, RevokeKeyRequest, json,
};
use ticketlens_show::{self as show, safe};
use ticketlens_store::NewKey;

use super::{
    key_listing,
    rotate::{self, RotateArgs},
};
use crate::{
    api::{Admin, expect_tenant, refused},
    exit::{Exit, Failure, Result},
    target::{TargetArgs, admin},
    terminal::{note, print, print_json, print_whole},
    when,
};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScopeArg {
    /// Send its tenant's tickets.
    Ingest,
    /// Read its tenant's tickets.
    Read,
    /// Read all tickets; manage tenants and keys.
    Admin,
    /// Give feedback on its tenant's tickets, and nothing else: a help desk's webhook.
    Feedback,
}

impl ScopeArg {
    fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
            Self::Feedback => "feedback",
        }
    }
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key. It is printed once, on stdout; only its digest is stored.
    #[command(after_help = "\
Examples:
  ticketlens key create --tenant acme --scope ingest > acme.key
  ticketlens key create --tenant acme --scope read --expires 90d --note grafana
  ticketlens key create --tenant acme --scope feedback --note zendesk
  ticketlens key create --scope admin --offline     the first key of a new receiver")]
    Create {
        /// The tenant; admin keys have none.
        #[arg(long, value_name = "NAME")]
        #[arg(required_if_eq_any([("scope", "ingest"), ("scope", "read")]))]
        tenant: Option<String>,
        /// What it may do.
        #[arg(long, value_enum)]
        scope: ScopeArg,
        /// A note for people, e.g. where it is used.
        #[arg(long, default_value = "")]
        note: String,
        /// When it stops working: 30d (from now), 2027-01-01 (its first moment, UTC),
        /// 2027-01-01T18:00 (UTC), 2027-01-01T18:00+01:00. Never, unless set.
        #[arg(long, value_name = "TIME", value_parser = when::future)]
        expires: Option<Timestamp>,
        /// Make an admin key without a receiver, and print the line for a receiver's configuration.
        #[arg(long, conflicts_with_all = ["tenant", "note", "expires"])]
        offline: bool,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// List keys: ids, scopes, dates and last use, never the keys themselves.
    #[command(after_help = "\
A receiver writes down when keys were last used every three minutes, and not for each request: what
another receiver knows comes that much later. \"-\" was not used since uses are recorded.

Examples:
  ticketlens key list --tenant acme
  ticketlens key list --json | jq 'select(.revoked_at == null and .last_used_at == null)'")]
    List {
        /// Only keys of this tenant.
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// All columns and whole cells, however narrow the terminal is.
        #[arg(long)]
        wide: bool,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Make a successor for a key, and have the old one end after an overlap.
    Rotate(RotateArgs),
    /// Revoke a key for good.
    #[command(after_help = "\
It is refused at once by this receiver, and within five seconds by every other (unless their
key_refresh_seconds is longer) while the database answers.

Example:
  ticketlens key revoke 3k9x2m7q")]
    Revoke {
        /// The key's id: eight characters, see `key list`.
        id: String,
        /// One JSON document.
        #[arg(long)]
        json: bool,
        /// Which receiver.
        #[command(flatten)]
        target: TargetArgs,
    },
}

/// Does it.
pub async fn run(command: KeyCommand) -> Result<Exit> {
    match command {
        KeyCommand::Create { scope, offline: true, json, .. } => offline(scope, json)?,
        KeyCommand::Create { tenant, scope, note, expires, json, target, .. } => {
            let expires_at = expires.map(|at| prost_types::Timestamp {
                seconds: at.as_second(),
                nanos: at.subsec_nanosecond(),
            });
            let request = CreateKeyRequest {
                tenant: tenant.unwrap_or_default(),
                scope: scope.name().to_owned(),
                note,
                expires_at,
            };
            let created = admin(&target).await?.create_key(request).await;
            let created = created.map_err(|s| refused(&s))?.into_inner();
            let key = created.key.unwrap_or_default();
            let text = if json {
                let mut document = json::key(&key);
                document["key"] = created.secret.into();
                safe::json(&document.to_string()).into_owned()
            } else {
                safe::line(&created.secret).into_owned()
            };
            print_whole(&format!("{text}\n")).map_err(|failure| {
                let id = safe::line(&key.id);
                failure
                    .next(format!("key {id} works and nobody has it: ticketlens key revoke {id}"))
            })?;
            note_kept(&key);
        }
        KeyCommand::List { tenant, wide, json, target } => {
            let mut admin = admin(&target).await?;
            if let Some(name) = &tenant {
                expect_tenant(&mut admin, name).await?;
            }
            let request = ListKeysRequest { tenant: tenant.unwrap_or_default() };
            let listed = admin.list_keys(request).await;
            let keys = listed.map_err(|s| refused(&s))?.into_inner().keys;
            if json {
                keys.iter().try_for_each(|key| print_json(&json::key(key).to_string()))?;
            } else {
                let rotated = rotated(&mut admin, &keys).await?;
                key_listing::print(&keys, &rotated, wide)?;
            }
        }
        KeyCommand::Rotate(args) => return rotate::run(args).await,
        KeyCommand::Revoke { id, json, target } => {
            let mut admin = admin(&target).await?;
            let was_revoked = is_revoked(&mut admin, &id).await?;
            let revoked = admin.revoke_key(RevokeKeyRequest { id }).await;
            let key = revoked.map_err(|s| refused(&s))?.into_inner();
            let id = safe::line(&key.id);
            match was_revoked {
                _ if json => print_json(&json::key(&key).to_string())?,
                false => print(&format!("revoked {id}\n"))?,
                true => {
                    let at = show::time(key.revoked_at.as_ref());
                    print(&format!("{id} was revoked already, {at}\n"))?;
                }
            }
        }
    }
    Ok(Exit::Done)
}

/// Whether it was revoked before.
async fn is_revoked(admin: &mut Admin, id: &str) -> Result<bool> {
    let listed = admin.list_keys(ListKeysRequest::default()).await.map_err(|s| refused(&s))?;
    let keys = listed.into_inner().keys;
    Ok(keys.iter().any(|key| key.id == id && key.revoked_at.is_some()))
}

/// Ids of the keys that end because they have a successor: the audit tells.
async fn rotated(admin: &mut Admin, keys: &[Key]) -> Result<BTreeSet<String>> {
    let mut rotated = BTreeSet::new();
    if keys.iter().all(|key| key.expires_at.is_none()) {
        return Ok(rotated);
    }
    let mut request = ListAuditRequest { act: "key.rotate".to_owned(), ..Default::default() };
    loop {
        let page = admin.list_audit(request.clone()).await.map_err(|s| refused(&s))?.into_inner();
        let done = page.acts.into_iter().filter(|act| act.outcome == "done");
        rotated.extend(done.map(|act| act.subject));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(rotated);
        }
    }
}

fn note_kept(key: &Key) {
    let id = safe::line(&key.id);
    let until = match key.expires_at.as_ref() {
        Some(at) => format!(" It works until {}.", show::time(Some(at))),
        None => String::new(),
    };
    note(&format!(
        "Key {id} ({}) was made. It is not shown again: store it where its user reads it \
         (TICKETLENS_KEY).{until} `ticketlens key revoke {id}` revokes it.",
        safe::line(&key.scope),
    ));
}

/// A key nobody has to be asked for: who can write the receiver's configuration decides on it.
fn offline(scope: ScopeArg, as_json: bool) -> Result<()> {
    if scope != ScopeArg::Admin {
        return Err(Failure::new(Exit::Usage, "only an admin key can be made offline").next(
            "use it to make the others: ticketlens key create --tenant NAME --scope ingest",
        ));
    }
    let made = NewKey::bootstrap().map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    let digest = made.digest().to_string();
    if as_json {
        let document = serde_json::json!({
            "key": made.secret.expose_secret(), "scope": "admin", "admin_key_sha256": digest,
        });
        return print_json(&document.to_string());
    }
    print(&format!("{}\n", made.secret.expose_secret()))?;
    note("This admin key is not shown again. To make a receiver accept it, add this line to its");
    note("configuration (the file of `ticketlens serve`), and restart it:");
    note(&format!("\n  admin_key_sha256 = \"{digest}\"\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Cli;

    #[test]
    fn a_key_of_a_tenant_needs_its_name_and_an_admin_key_none() {
        let parse = |args: &[&str]| {
            Cli::try_parse_from([&["ticketlens", "key", "create"], args].concat()).is_ok()
        };
        assert!(parse(&["--scope", "ingest", "--tenant", "acme"]));
        assert!(parse(&["--scope", "admin"]));
        assert!(parse(&["--scope", "admin", "--offline"]));
        assert!(!parse(&["--scope", "ingest"]));
        assert!(!parse(&["--scope", "admin", "--offline", "--tenant", "acme"]));
    }
}
