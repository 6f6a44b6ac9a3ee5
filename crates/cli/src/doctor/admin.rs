//! The receiver's API, for what an admin key may see.

use ticketlens_api::{
    Checkup, GetCheckupRequest, GetMaintenanceRequest, GetStorageRequest, ListKeysRequest,
    time::timestamp,
};
use ticketlens_show::safe;
use tonic::{Code, Status};

use super::{
    check::{Check, needs_newer_receiver},
    disk, keys, receiver,
};
use crate::{
    api::{self, Admin, Tickets, refused},
    exit::{Exit, Failure, Result},
    target::Target,
};

const NAME: &str = "receiver.api";
const NEEDS_API: &str = "needs an answer of the receiver's API";

/// The receiver's API, or what it takes.
pub struct Api {
    channel: std::result::Result<(Admin, Tickets), String>,
    /// Whether it answers, and this key.
    pub check: Check,
}

impl Api {
    /// Connects, and finds out whether the key may do this.
    pub async fn open(target: std::result::Result<Target, String>) -> Self {
        let target = match target {
            Ok(target) => target,
            Err(needs) => {
                return Self { check: Check::skipped(NAME, &*needs), channel: Err(needs) };
            }
        };
        match Self::connect(&target).await {
            Ok(channel) => {
                let check = Check::ok(NAME, format!("answers an admin key at {}", target.endpoint));
                Self { channel: Ok(channel), check }
            }
            Err(failure) => {
                let check = unanswered(&failure, &target.key.source);
                Self { channel: Err(NEEDS_API.to_owned()), check }
            }
        }
    }

    async fn connect(target: &Target) -> Result<(Admin, Tickets)> {
        let channel = target.connect().await?;
        let mut admin = Admin::new(channel.clone());
        // Whether the key may do this is known at once, also while the database is away.
        let asked = admin.get_maintenance(GetMaintenanceRequest {}).await;
        asked.map_err(|status| refused(&status))?;
        Ok((admin, api::tickets(channel)))
    }

    /// Since when the receiver takes nothing.
    pub async fn maintenance(&self) -> Check {
        let (admin, _) = match &self.channel {
            Ok(channel) => channel,
            Err(needs) => return Check::skipped(receiver::MAINTENANCE, needs),
        };
        let asked = admin.clone().get_maintenance(GetMaintenanceRequest {}).await;
        match asked {
            Ok(state) => {
                let since = state.into_inner().since.as_ref().and_then(timestamp);
                receiver::maintenance(since)
            }
            Err(status) => Check::skipped(receiver::MAINTENANCE, needs(&status)),
        }
    }

    /// What ClickHouse tells the receiver.
    pub async fn checkup(&self) -> std::result::Result<Checkup, String> {
        let (admin, _) = self.channel.as_ref().map_err(Clone::clone)?;
        let told = admin.clone().get_checkup(GetCheckupRequest {}).await;
        told.map(tonic::Response::into_inner).map_err(|status| needs(&status))
    }

    /// Keys that were not revoked.
    pub async fn keys(&self) -> std::result::Result<Vec<keys::Key>, String> {
        let (admin, _) = self.channel.as_ref().map_err(Clone::clone)?;
        let listed = admin.clone().list_keys(ListKeysRequest::default()).await;
        let listed = listed.map_err(|status| needs(&status))?.into_inner();
        Ok(listed.keys.into_iter().filter_map(keys::Key::of_message).collect())
    }

    /// The database's disk; `None` where its login may not see it.
    pub async fn disk(&self) -> std::result::Result<Option<disk::Disk>, String> {
        let (_, tickets) = self.channel.as_ref().map_err(Clone::clone)?;
        let request = GetStorageRequest { by: "status".to_owned(), ..Default::default() };
        let storage = tickets.clone().get_storage(request).await;
        let storage = storage.map_err(|status| needs(&status))?.into_inner();
        let growth = storage.growth.and_then(|growth| growth.bytes_a_day);
        let of = |disk: ticketlens_api::StorageDisk| disk::Disk {
            free: disk.free_bytes,
            total: disk.total_bytes,
            growth,
        };
        Ok(storage.disk.map(of))
    }
}

/// There is no answer, or none to this key.
fn unanswered(failure: &Failure, source: &str) -> Check {
    if failure.exit != Exit::Refused {
        let next = failure.advice().unwrap_or("the receiver's log says more");
        return Check::problem(NAME, failure.what(), next);
    }
    // A receiver tells a sender what a sender's key looks like; and who holds no key that works can
    // neither list keys nor make one by way of it.
    let found = failure.what().replace(SENDERS, ADMINS);
    let next = format!(
        "the key came from {}; an admin key looks like {ADMINS}. `ticketlens key create --scope admin \
         --offline` makes one without asking the receiver, and says what to put into its configuration",
        safe::line(source)
    );
    Check::problem(NAME, found, next)
}

/// The forms of keys, as docs/keys.md has them.
const SENDERS: &str = "tl_<tenant>_<id>_<secret>";
const ADMINS: &str = "tladmin_<id>_<secret>";

/// What a look would have taken.
fn needs(status: &Status) -> String {
    if status.code() == Code::Unimplemented {
        return needs_newer_receiver();
    }
    format!("{NEEDS_API}: {}", refused(status).what())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_no_admin_key_is_told_what_one_looks_like_and_asked_for_none() {
        let what = "the key is mistyped or cut off; it looks like tl_<tenant>_<id>_<secret>";
        let refused = Failure::new(Exit::Refused, what).next("`ticketlens key list` shows keys");
        let check = unanswered(&refused, "TICKETLENS_KEY");
        assert!(check.found.ends_with("it looks like tladmin_<id>_<secret>"), "{check:?}");
        let next = check.next.unwrap();
        assert!(next.starts_with("the key came from TICKETLENS_KEY; an admin key"), "{next}");
        assert!(!next.contains("key list"), "{next}");
        let away = Failure::new(Exit::Unreachable, "no receiver answers").next("check the address");
        assert_eq!(unanswered(&away, "").next.unwrap(), "check the address");
    }

    #[test]
    fn what_an_older_receiver_does_not_have_is_told_as_that() {
        assert!(needs(&Status::unimplemented("")).starts_with("needs a receiver of this version"));
        let refused = needs(&Status::permission_denied("it needs scope admin"));
        assert_eq!(refused, "needs an answer of the receiver's API: it needs scope admin");
    }
}
