//! The first tenant and its keys: made at the first start, kept in the data folder, made again only
//! when they no longer work.

use data_encoding::HEXLOWER;
use secrecy::ExposeSecret;
use ticketlens_api::{
    CreateKeyRequest, CreateTenantRequest, GetTenantRequest, Key, ListKeysRequest,
};
use ticketlens_store::{NewKey, Reader, Visibility};
use tonic::Code;

use super::logins::{database, new_login};
use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
    instance::{Instance, ReaderLogin, VERSION},
};

/// The tenant's name.
const TENANT: &str = "demo";

/// What a new data folder begins with: an admin key the receiver is told of in its configuration,
/// and none for the tenant yet.
pub fn first_instance() -> Result<Instance> {
    let failed = |what: String| Failure::new(Exit::Failed, what);
    let admin = NewKey::bootstrap().map_err(|e| failed(e.to_string()))?;
    Ok(Instance {
        version: VERSION,
        running: None,
        tenant: TENANT.to_owned(),
        ingest_key: String::new(),
        read_key: String::new(),
        admin_key: admin.secret.expose_secret().to_owned(),
        hash_key: random_hash_key()?,
        clickhouse_port: None,
        // The first tenant's too: the engine then starts with them, and needs no second start.
        readers: first_logins()?,
    })
}

/// What customers are hashed with where nobody said: 32 bytes, in hex.
pub fn random_hash_key() -> Result<String> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|e| Failure::new(Exit::Failed, format!("no randomness: {e}")))?;
    Ok(HEXLOWER.encode(&key))
}

fn first_logins() -> Result<Vec<ReaderLogin>> {
    let tenant = TENANT.parse().map(Visibility::Tenant).into_iter();
    let whose = std::iter::once(Visibility::All).chain(tenant);
    whose.map(|whose| new_login(&Reader::new(&database(), whose))).collect()
}

/// Makes the tenant where there is none.
pub async fn ensure_tenant(admin: &mut Admin, name: &str) -> Result<()> {
    match admin.get_tenant(GetTenantRequest { name: name.to_owned() }).await {
        Ok(_) => Ok(()),
        Err(status) if status.code() == Code::NotFound => {
            let request = CreateTenantRequest {
                name: name.to_owned(),
                display_name: "Demo".to_owned(),
                ..CreateTenantRequest::default()
            };
            admin.create_tenant(request).await.map(drop).map_err(|s| refused(&s))
        }
        Err(status) => Err(refused(&status)),
    }
}

/// Makes what is missing: the tenant, and keys in place of those that no longer work.
pub async fn provision(instance: &mut Instance, admin: &mut Admin) -> Result<()> {
    let name = instance.tenant.clone();
    ensure_tenant(admin, &name).await?;
    let listed = admin.list_keys(ListKeysRequest { tenant: name }).await;
    let known = listed.map_err(|s| refused(&s))?.into_inner().keys;
    for (scope, key) in [("ingest", &mut instance.ingest_key), ("read", &mut instance.read_key)] {
        if !works(key, &known) {
            *key = create(admin, &instance.tenant, scope).await?;
        }
    }
    Ok(())
}

async fn create(admin: &mut Admin, tenant: &str, scope: &str) -> Result<String> {
    let request = CreateKeyRequest {
        tenant: tenant.to_owned(),
        scope: scope.to_owned(),
        note: "made by ticketlens dev".to_owned(),
        expires_at: None,
    };
    let created = admin.create_key(request).await.map_err(|s| refused(&s))?;
    Ok(created.into_inner().secret)
}

/// Whether the database knows the key and it was not revoked. A key's text is
/// `tl_<tenant>_<id>_<secret>`.
fn works(key: &str, known: &[Key]) -> bool {
    let Some(id) = key.rsplit('_').nth(1) else { return false };
    known.iter().any(|k| k.id == id && k.revoked_at.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_works_that_is_known_and_not_revoked() {
        let revoked_at = Some(prost_types::Timestamp::default());
        let known = [
            Key { id: "aaaa".into(), ..Key::default() },
            Key { id: "bbbb".into(), revoked_at, ..Key::default() },
        ];
        assert!(works("tl_demo_aaaa_secret", &known));
        for key in ["tl_demo_bbbb_secret", "tl_demo_cccc_secret", "", "aaaa"] {
            assert!(!works(key, &known), "{key}");
        }
    }

    #[test]
    fn every_folder_begins_with_keys_of_its_own() {
        let (one, two) = (first_instance().unwrap(), first_instance().unwrap());
        assert_ne!(one.admin_key, two.admin_key);
        assert_ne!(one.hash_key, two.hash_key);
        assert_eq!(one.hash_key.len(), 64);
    }
}
