//! Tenants, keys and erasure.

use bytes::Bytes;
use secrecy::ExposeSecret;
use ticketlens_store::{
    Costs, DenyKeys, Erased, Key, KeyError, KeyRefused, KeyRequest, NewKey, PageStart, Scope,
    Store, TenantChange, TenantDeleted, TenantError, TenantName, TenantSettings, TicketFilter,
    Visibility,
    rows::{self, Table},
};
use ticketlens_ticket::{Capture, Record, Subject, Timestamp};
use uuid::Uuid;

use crate::{
    engine::{self, raw, store, value},
    sample::{bare, execution, full, lately},
};

fn name(name: &str) -> TenantName {
    name.parse().unwrap()
}

fn request(tenant: &str, scope: Scope) -> KeyRequest {
    let tenant = (!tenant.is_empty()).then(|| name(tenant));
    KeyRequest { tenant, scope, note: "for tests".to_owned(), expires_at: None }
}

async fn with_tenants(database: &str, tenants: &[&str]) -> Store {
    let store = store(database).await;
    for tenant in tenants {
        store.create_tenant(&TenantSettings::new(name(tenant))).await.unwrap();
    }
    store
}

async fn insert(store: &Store, tenant: &str, records: &[Record<'_>]) {
    let tenant = engine::tenant(store, tenant).await;
    let mut out = Vec::new();
    for record in records {
        rows::ticket::append(&mut out, &tenant, Timestamp::now(), "", &Costs::default(), record);
    }
    store.insert(Table::Tickets, &[Bytes::from(out)], Uuid::new_v4()).await.unwrap();
}

#[tokio::test]
async fn a_tenant_is_added_changed_listed_and_removed() {
    let store = with_tenants("tenants", &["globex", "acme"]).await;
    let acme = TenantSettings::new(name("acme"));
    assert_eq!(store.create_tenant(&acme).await, Err(TenantError::Exists));
    let keys = vec!["badge".to_owned(), "seat".to_owned()];
    let change = TenantChange {
        display_name: Some("Acme & Söhne".to_owned()),
        capture: Some(Capture::Timeline),
        trace_days: Some(7),
        deny_keys: Some(DenyKeys::new(["seat", "badge"]).unwrap()),
        drop_messages: Some(true),
        subject: Some(Subject::InPlace),
        ..TenantChange::default()
    };
    let changed = store.update_tenant(&acme.name, change).await.unwrap();
    assert_eq!((changed.trace_days, changed.metrics_days), (7, 400));
    assert_eq!((changed.deny_keys.to_vec(), changed.drop_messages), (keys, true));
    assert_eq!(changed.subject, Subject::InPlace);
    assert_eq!(store.tenant(&acme.name).await.unwrap(), changed);
    let too_long = TenantChange { trace_days: Some(401), ..TenantChange::default() };
    let error = store.update_tenant(&acme.name, too_long).await.unwrap_err();
    assert!(matches!(error, TenantError::Invalid(_)), "{error:?}");
    let names = |list: Vec<TenantSettings>| list.into_iter().map(|t| t.name).collect::<Vec<_>>();
    assert_eq!(names(store.list_tenants().await.unwrap()), [name("acme"), name("globex")]);
    assert_eq!(store.tenant(&name("initech")).await, Err(TenantError::NotFound));
    store.delete_tenant(&acme.name).await.unwrap();
    assert_eq!(names(store.list_tenants().await.unwrap()), [name("globex")]);
    assert_eq!(value(&store, "SELECT groupArray(tenant) FROM tenants.tenants").await, "['globex']");
    // The name is free again.
    store.create_tenant(&acme).await.unwrap();
    assert_eq!(store.tenant(&acme.name).await.unwrap().trace_days, 30);
}

#[tokio::test]
async fn removing_a_tenant_takes_its_keys_and_tickets_and_nobody_elses() {
    let store = with_tenants("removed", &["acme", "globex"]).await;
    let key = store.create_key(request("acme", Scope::Ingest)).await.unwrap();
    let other = store.create_key(request("globex", Scope::Ingest)).await.unwrap();
    let at = lately();
    insert(&store, "acme", &[bare("A", 1, at), bare("B", 2, at)]).await;
    insert(&store, "acme", &[bare("A", 1, at)]).await;
    insert(&store, "globex", &[bare("A", 1, at)]).await;
    let gone = store.delete_tenant(&name("acme")).await.unwrap();
    assert_eq!(gone, TenantDeleted { tickets: 2, keys_revoked: 1 });
    let again = store.delete_tenant(&name("acme")).await.unwrap();
    assert_eq!(again, TenantDeleted { tickets: 0, keys_revoked: 0 });
    let ring = store.load_keyring(&[]).await.unwrap();
    let now = Timestamp::now();
    assert_eq!(ring.check(key.secret.expose_secret(), now), Err(KeyRefused::TenantRemoved));
    assert!(ring.check(other.secret.expose_secret(), now).is_ok());
    let left = store.count_tickets(&Visibility::All, &TicketFilter::default()).await.unwrap();
    assert_eq!(left, 1);
    // A new tenant of the old name: the old key stays shut out.
    store.create_tenant(&TenantSettings::new(name("acme"))).await.unwrap();
    let ring = store.load_keyring(&[]).await.unwrap();
    assert_eq!(ring.check(key.secret.expose_secret(), now), Err(KeyRefused::Revoked));
}

#[tokio::test]
async fn a_key_works_until_it_is_revoked() {
    let store = with_tenants("keys", &["acme"]).await;
    let new = store.create_key(request("acme", Scope::Read)).await.unwrap();
    let admin = store.create_key(request("", Scope::Admin)).await.unwrap();
    let bootstrap = NewKey::bootstrap().unwrap();
    let ring = store.load_keyring(&[bootstrap.digest()]).await.unwrap();
    let now = Timestamp::now();
    let principal = ring.check(new.secret.expose_secret(), now).unwrap();
    assert_eq!((principal.key_id, principal.scope), (new.key.id, Scope::Read));
    assert_eq!(principal.tenant.as_deref(), Some(&store.tenant(&name("acme")).await.unwrap()));
    assert_eq!(ring.check(admin.secret.expose_secret(), now).unwrap().tenant, None);
    assert_eq!(ring.check(bootstrap.secret.expose_secret(), now).unwrap().scope, Scope::Admin);

    let revoked = store.revoke_key(new.key.id).await.unwrap();
    assert!(revoked.revoked_at.is_some());
    assert_eq!(store.revoke_key(new.key.id).await.unwrap(), revoked);
    let ring = store.load_keyring(&[]).await.unwrap();
    assert_eq!(ring.check(new.secret.expose_secret(), now), Err(KeyRefused::Revoked));
    let listed: Vec<Key> = store.list_keys(Some(&name("acme"))).await.unwrap();
    assert_eq!(listed, [revoked]);
    assert_eq!(store.list_keys(None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn keys_that_make_no_sense_are_not_made() {
    let store = with_tenants("senseless", &["acme"]).await;
    let cases = [
        (request("", Scope::Ingest), KeyError::TenantNeeded),
        (request("acme", Scope::Admin), KeyError::TenantNotAllowed),
        (request("initech", Scope::Read), KeyError::NoTenant),
        (
            KeyRequest { expires_at: Some(lately()), ..request("acme", Scope::Read) },
            KeyError::ExpiresInThePast,
        ),
        (KeyRequest { note: "a\nb".to_owned(), ..request("acme", Scope::Read) }, KeyError::Note),
    ];
    for (request, error) in cases {
        assert_eq!(store.create_key(request).await.unwrap_err(), error);
    }
    assert!(store.list_keys(None).await.unwrap().is_empty());
    assert_eq!(store.revoke_key("00000000".parse().unwrap()).await, Err(KeyError::NotFound));
}

#[tokio::test]
async fn the_text_of_a_key_is_nowhere_in_the_database() {
    let store = with_tenants("nowhere", &["acme"]).await;
    let new = store.create_key(request("acme", Scope::Ingest)).await.unwrap();
    let text = new.secret.expose_secret();
    let random = text.rsplit_once('_').unwrap().1;
    let stored = raw(&store, "SELECT * FROM nowhere_store.keys").await.unwrap();
    assert!(stored.contains(new.key.id.as_str()) && !stored.contains(random));
}

#[tokio::test]
async fn a_customer_is_erased_from_views_and_disk() {
    let store = with_tenants("erased", &["acme", "globex"]).await;
    let at = lately();
    let other = Record { customer: "hmac:ffff".into(), ..full("C", 3, at) };
    // Sent again, and hashed with another key.
    let anew = Record { customer: "hmac:11bb".into(), ..full("B", 2, at) };
    insert(&store, "acme", &[full("A", 1, at), anew.clone(), other]).await;
    insert(&store, "acme", &[full("A", 1, at), full("B", 2, at)]).await;
    insert(&store, "acme", &[anew]).await;
    insert(&store, "globex", &[full("A", 1, at)]).await;
    let acme = Visibility::Tenant(name("acme"));
    assert_eq!(store.erase_customer(&acme, "").await.unwrap(), Erased::default());
    assert_eq!(store.erase_customer(&acme, "hmac:00aa").await.unwrap().executions, 2);
    let left = store
        .list_tickets(&Visibility::All, &TicketFilter::default(), 9, &PageStart::default())
        .await
        .unwrap();
    let left: Vec<_> = left.tickets.iter().map(|t| (&*t.tenant, &*t.ticket_id)).collect();
    assert_eq!(left.len(), 2);
    assert!(left.contains(&("acme", "C")) && left.contains(&("globex", "A")));
    // Rows that a lightweight delete only hid would show here.
    let hidden = "SELECT count() FROM erased_store.tickets \
                  SETTINGS apply_deleted_mask = 0";
    let line = raw(&store, hidden).await.unwrap();
    assert_eq!(line, "{\"count()\":2}");
}

#[tokio::test]
async fn one_execution_or_a_whole_ticket_is_erased() {
    let store = with_tenants("tickets_erased", &["acme"]).await;
    let at = lately();
    insert(&store, "acme", &[bare("A", 1, at), bare("A", 2, at), bare("A", 3, at)]).await;
    let (acme, globex) = (Visibility::Tenant(name("acme")), Visibility::Tenant(name("globex")));
    assert_eq!(store.erase_ticket(&globex, "A", None).await.unwrap().executions, 0);
    assert_eq!(store.erase_ticket(&acme, "A", Some(execution(2))).await.unwrap().executions, 1);
    assert_eq!(store.erase_ticket(&Visibility::All, "A", None).await.unwrap().executions, 2);
    let left = store.count_tickets(&acme, &TicketFilter::default()).await.unwrap();
    assert_eq!(left, 0);
}
