//! `ticketlens key rotate`: a successor for a key, and time to bring it to where it is used.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use ticketlens_api::{Key, RotateKeyRequest, RotateKeyResponse, json, time::timestamp};
use ticketlens_show::{self as show, safe};

use crate::{
    api::refused,
    exit::{Exit, Result},
    target::{TargetArgs, admin},
    terminal::{note, print_whole},
    when,
};

/// Which key, and how.
#[derive(Args, Debug)]
#[command(after_help = "\
The new key may do what the old one may, and is printed once, on stdout. Both work during the
overlap: bring the new one to where the old one is used, then look at `ticketlens key list` for
whether the old one still is. Revoke it early with `ticketlens key revoke`.

Making the new key and ending the old one are one step. If this command is interrupted before it
prints, the new key is lost and the old one works until the overlap is over: rotate it again, and
revoke the key that nobody has.

Examples:
  ticketlens key rotate 3k9x2m7q > acme.key
  ticketlens key rotate 3k9x2m7q --overlap 7d --expires 90d
  ticketlens key rotate 3k9x2m7q --overlap 0     it leaked: the old one ends at once")]
pub struct RotateArgs {
    /// The key's id: eight characters, see `key list`.
    id: String,
    /// How long the old key still works: 24h, 7d, 0. Never longer than it would have.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = when::length_ahead)]
    overlap: Duration,
    /// Another note for the new key; unless set, the old one's.
    #[arg(long)]
    note: Option<String>,
    /// When the new key stops working: 90d, 2027-01-01. Unless set, after as long as the old one was
    /// made for.
    #[arg(long, value_name = "TIME", value_parser = when::future)]
    expires: Option<Timestamp>,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// Which receiver.
    #[command(flatten)]
    target: TargetArgs,
}

/// Does it.
pub async fn run(args: RotateArgs) -> Result<Exit> {
    let RotateArgs { id, overlap, note, expires, json, target } = args;
    let request = RotateKeyRequest {
        id,
        overlap: prost_types::Duration::try_from(overlap).ok(),
        note,
        expires_at: expires.map(|at| prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        }),
    };
    let rotated = admin(&target).await?.rotate_key(request).await;
    let RotateKeyResponse { key, secret, old } = rotated.map_err(|s| refused(&s))?.into_inner();
    let (new, old) = (key.unwrap_or_default(), old.unwrap_or_default());
    let text = if json {
        let mut document = json::key(&new);
        document["key"] = secret.into();
        document["rotated"] = json::key(&old);
        safe::json(&document.to_string()).into_owned()
    } else {
        safe::line(&secret).into_owned()
    };
    print_whole(&format!("{text}\n")).map_err(|failure| {
        let (new, old) = (safe::line(&new.id), safe::line(&old.id));
        failure.next(format!(
            "key {new} works and nobody has it: ticketlens key revoke {new}, then rotate {old} again"
        ))
    })?;
    told(&new, &old);
    Ok(Exit::Done)
}

fn told(new: &Key, old: &Key) {
    let (id, of) = (safe::line(&new.id), safe::line(&old.id));
    let until = match new.expires_at.as_ref() {
        Some(at) => format!(" It works until {}.", show::time(Some(at))),
        None => String::new(),
    };
    let end = old.expires_at.as_ref();
    let is_over = end.and_then(timestamp).is_some_and(|end| end <= Timestamp::now());
    let ends = match is_over {
        true => format!("{of} has stopped working."),
        false => format!(
            "{of} works until {}; `ticketlens key list` shows when it was last used.",
            show::time(end)
        ),
    };
    note(&format!(
        "Key {id} ({}) follows {of}. It is not shown again: store it where its user reads it \
         (TICKETLENS_KEY).{until} {ends}",
        safe::line(&new.scope),
    ));
}
