//! The audit of what is done through the API: who, from where, what changed, how many; and what it
//! says where the database takes no row of it.

use ticketlens_api::{
    AuditedAct, CreateKeyRequest, CreateTenantRequest, DeleteTenantRequest, EraseTicketsRequest,
    ListAuditRequest, ListTenantsRequest, RevokeKeyRequest, RotateKeyRequest, UpdateTenantRequest,
    admin_service_client::AdminServiceClient, erase_tickets_request::What,
};
use ticketlens_store::Scope;
use tonic::{Code, Status, transport::Channel};

use crate::{
    records::{request, ticket},
    rig::{self, Rig, with_key},
};

struct Provider {
    rig: Rig,
    admin: AdminServiceClient<Channel>,
}

impl Provider {
    async fn start(database: &str) -> Self {
        let rig = rig::start(database).await;
        let admin = AdminServiceClient::new(rig.channel().await);
        Self { rig, admin }
    }

    async fn audit(&mut self, key: &str, tenant: &str) -> Result<Vec<AuditedAct>, Status> {
        let request = ListAuditRequest { tenant: tenant.into(), ..ListAuditRequest::default() };
        let listed = self.admin.list_audit(with_key(request, key)).await?;
        Ok(listed.into_inner().acts)
    }

    async fn all(&mut self) -> Vec<AuditedAct> {
        let key = self.rig.admin.clone();
        self.audit(&key, "").await.unwrap()
    }

    async fn create_key(&mut self, tenant: &str) -> Result<String, Status> {
        let (tenant, scope) = (tenant.to_owned(), "read".to_owned());
        let request = CreateKeyRequest { tenant, scope, ..CreateKeyRequest::default() };
        let created = self.admin.create_key(with_key(request, &self.rig.admin)).await?;
        Ok(created.into_inner().key.unwrap().id)
    }
}

fn id_of(key: &str) -> &str {
    key.rsplit('_').nth(1).unwrap()
}

fn names(acts: &[AuditedAct]) -> Vec<&str> {
    acts.iter().map(|act| act.act.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_is_told_with_who_what_and_how_many_and_no_content() {
    let mut provider = Provider::start("audit_acts").await;
    let rig = &provider.rig;
    let admin = &mut provider.admin;
    let key = rig.admin.clone();
    rig.export(request(vec![ticket("secret-4711")])).await.unwrap();
    let created = CreateTenantRequest { name: "globex".into(), ..CreateTenantRequest::default() };
    admin.create_tenant(with_key(created.clone(), &key)).await.unwrap();
    admin.create_tenant(with_key(created, &key)).await.unwrap_err();
    let update = UpdateTenantRequest {
        name: "acme".into(),
        trace_days: Some(7),
        max_records_per_day: Some(5000),
        ..UpdateTenantRequest::default()
    };
    admin.update_tenant(with_key(update, &key)).await.unwrap();
    let what = Some(What::TicketId("secret-4711".into()));
    let erase = EraseTicketsRequest { tenant: "acme".into(), what };
    admin.erase_tickets(with_key(erase, &key)).await.unwrap();
    let ingest = id_of(&rig.ingest).to_owned();
    let rotate = RotateKeyRequest { id: ingest.clone(), ..RotateKeyRequest::default() };
    let rotated = admin.rotate_key(with_key(rotate, &key)).await.unwrap().into_inner();
    let revoke = RevokeKeyRequest { id: ingest.clone() };
    admin.revoke_key(with_key(revoke.clone(), &key)).await.unwrap();
    admin.revoke_key(with_key(revoke, &key)).await.unwrap();
    let delete = DeleteTenantRequest { name: "globex".into() };
    admin.delete_tenant(with_key(delete, &key)).await.unwrap();

    let mut acts = provider.all().await;
    acts.reverse();
    let told: Vec<_> = acts
        .iter()
        .map(|act| (act.act.as_str(), act.tenant.as_str(), act.outcome.as_str(), act.affected))
        .collect();
    assert_eq!(
        told,
        [
            ("tenant.create", "globex", "done", 1),
            ("tenant.create", "globex", "failed", 0),
            ("tenant.update", "acme", "done", 1),
            ("tickets.erase", "acme", "done", 1),
            ("key.rotate", "acme", "done", 1),
            ("key.revoke", "acme", "done", 1),
            ("key.revoke", "acme", "done", 0),
            ("tenant.delete", "globex", "done", 0),
        ]
    );
    for act in &acts {
        assert_eq!((act.actor.as_str(), act.key_id.as_str()), ("key", id_of(&key)));
        assert_eq!(act.origin, "127.0.0.1");
    }
    assert_eq!(acts[1].reason, "already_exists");
    let changed = |at: usize, name: &str| acts[at].changed[name].clone();
    assert_eq!(changed(0, "trace_days"), "30");
    assert_eq!((changed(2, "trace_days"), acts[2].changed.len()), ("30 → 7".to_owned(), 2));
    assert_eq!(changed(3, "by"), "ticket");
    assert_eq!(acts[4].subject, ingest);
    let successor = rotated.key.unwrap().id;
    assert_eq!(changed(4, "successor"), successor);
    assert!(changed(4, "expires_at").starts_with("never → 20"), "{:?}", acts[4]);
    let everything = format!("{acts:?}");
    assert!(!everything.contains("secret-4711") && !everything.contains(&rotated.secret[24..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_its_own_acts_a_page_at_a_time_and_nobody_elses() {
    let mut provider = Provider::start("audit_scope").await;
    let other = rig::tenant(&provider.rig.store, "globex", Scope::Read).await;
    for tenant in ["acme", "globex", "acme"] {
        provider.create_key(tenant).await.unwrap();
    }
    let read = provider.rig.read.clone();
    let own = provider.audit(&read, "").await.unwrap();
    assert_eq!(own.iter().map(|act| act.tenant.as_str()).collect::<Vec<_>>(), ["acme", "acme"]);
    assert_eq!(provider.audit(&read, "acme").await.unwrap(), own);
    let there = provider.audit(&read, "globex").await.unwrap_err();
    let not_there = provider.audit(&read, "nobody").await.unwrap_err();
    assert_eq!(there.code(), Code::PermissionDenied);
    assert_eq!(there.message(), not_there.message());
    assert_eq!(provider.audit(&other, "").await.unwrap().len(), 1);
    let ingest = provider.rig.ingest.clone();
    assert_eq!(provider.audit(&ingest, "").await.unwrap_err().code(), Code::PermissionDenied);

    let (mut token, mut paged) = (String::new(), Vec::new());
    loop {
        let request = ListAuditRequest { page_size: 1, page_token: token, ..Default::default() };
        let page = provider.admin.list_audit(with_key(request, &read)).await.unwrap().into_inner();
        paged.extend(page.acts);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, own);
    for wrong in [
        ListAuditRequest { act: "key.destroy".into(), ..Default::default() },
        ListAuditRequest { page_size: 1001, ..Default::default() },
        ListAuditRequest { page_token: "x".into(), ..Default::default() },
    ] {
        let refused = provider.admin.list_audit(with_key(wrong, &read)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_that_cannot_be_told_and_what_is_done_is_told_as_begun() {
    let mut provider = Provider::start("audit_faults").await;
    let before = provider.rig.store.list_keys(None).await.unwrap();
    let table = "audit_faults_store.audit";
    provider.rig.sql(&format!("RENAME TABLE {table} TO {table}_away")).await;
    let refused = provider.create_key("acme").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert_eq!(provider.rig.store.list_keys(None).await.unwrap().len(), before.len());
    provider.rig.sql(&format!("RENAME TABLE {table}_away TO {table}")).await;
    assert!(provider.all().await.is_empty());

    // The end can't be written: who made the key has it, and the audit knows that it began.
    let guard = format!("ALTER TABLE {table} ADD CONSTRAINT begun CHECK outcome = 'begun'");
    provider.rig.sql(&guard).await;
    provider.create_key("acme").await.unwrap();
    let acts = provider.all().await;
    assert_eq!(names(&acts), ["key.create"]);
    assert_eq!((acts[0].outcome.as_str(), acts[0].ended_at), ("begun", None));
    assert_eq!(provider.rig.store.list_keys(None).await.unwrap().len(), before.len() + 1);
}

/// However many there are, they are one entry a key, written with the uses of keys.
#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_key_that_may_not_are_told_once_with_how_many() {
    let mut provider = Provider::start("audit_denied").await;
    for _ in 0..40 {
        let call = with_key(ListTenantsRequest {}, &provider.rig.read);
        let denied = provider.admin.list_tenants(call).await.unwrap_err();
        assert_eq!(denied.code(), Code::PermissionDenied);
    }
    let (read, Provider { mut rig, .. }) = (provider.rig.read.clone(), provider);
    let next = rig::beside(&rig).await;
    rig.stop();
    rig.ended().await;
    let admin = AdminServiceClient::new(next.channel().await);
    let mut provider = Provider { rig: next, admin };
    let own = provider.audit(&read, "").await.unwrap();
    assert_eq!(names(&own), ["admin.call"]);
    let told = (own[0].outcome.as_str(), own[0].affected, own[0].key_id.as_str());
    assert_eq!(told, ("denied", 40, id_of(&read)));
}
