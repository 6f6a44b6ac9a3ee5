//! The audit: an act is told before it is done and after, to the provider and to the tenant it concerns.

use ticketlens_store::{
    Act, Actor, AuditEntry, AuditError, AuditFilter, AuditReader, AuditedAct, Outcome, Store,
    Visibility,
};
use ticketlens_ticket::Timestamp;

use crate::engine::{raw, store, tenant, value};

fn by_program(act: Act) -> AuditEntry {
    AuditEntry::new(act, Actor::Program { part: "test" })
}

fn whose(name: &str) -> Visibility {
    Visibility::Tenant(name.parse().unwrap())
}

async fn listed(store: &Store, reader: AuditReader, whose: &Visibility) -> Vec<AuditedAct> {
    store.list_audit(reader, whose, &AuditFilter::default(), 1000, None).await.unwrap().acts
}

async fn told(store: &Store) -> Vec<AuditedAct> {
    listed(store, AuditReader::Provider, &Visibility::All).await
}

#[tokio::test]
async fn an_act_is_one_entry_with_how_it_ended() {
    let store = store("audited").await;
    tenant(&store, "acme").await;
    let entry =
        by_program(Act::TicketsErase).of("acme".parse().unwrap()).changing("by", "customer");
    let begun = store.begin_act(entry.clone()).await.unwrap();
    let [under_way] = &told(&store).await[..] else { panic!() };
    assert_eq!((under_way.outcome.as_str(), under_way.ended_at), ("begun", None));
    begun.ended(&store, Outcome::Done { affected: 7 }).await.unwrap();
    let [done] = &told(&store).await[..] else { panic!() };
    assert_eq!((done.outcome.as_str(), done.affected), ("done", 7));
    assert_eq!((done.actor.as_str(), done.origin.as_str()), ("program", "test"));
    assert_eq!(done.changed, [("by".to_owned(), "customer".to_owned())]);
    assert_eq!((&done.id, done.at), (&under_way.id, under_way.at));
    assert!(done.ended_at.unwrap() >= done.at);

    let begun = store.begin_act(entry).await.unwrap();
    begun.ended(&store, Outcome::Failed { reason: "unavailable" }).await.unwrap();
    let acts = told(&store).await;
    assert_eq!((acts[0].outcome.as_str(), acts[0].reason.as_str()), ("failed", "unavailable"));
    // Two rows each, and none was replaced.
    assert_eq!(value(&store, "SELECT count() FROM audited_store.audit").await, "4");
}

/// The database takes no row of the audit: before the act it is not done, after it it stays begun.
#[tokio::test]
async fn what_cannot_be_told_is_not_begun_and_what_was_done_is_never_lost() {
    let store = store("audit_fault").await;
    let away = "RENAME TABLE audit_fault_store.audit TO audit_fault_store.away";
    let back = "RENAME TABLE audit_fault_store.away TO audit_fault_store.audit";
    raw(&store, away).await.unwrap();
    let refused = store.begin_act(by_program(Act::BackupCreate)).await.unwrap_err();
    assert!(matches!(refused, AuditError::NotBegun(_)) && refused.is_retryable(), "{refused}");
    raw(&store, back).await.unwrap();
    assert!(told(&store).await.is_empty());

    let begun = store.begin_act(by_program(Act::BackupCreate)).await.unwrap();
    raw(&store, away).await.unwrap();
    let lost = begun.ended(&store, Outcome::Done { affected: 1 }).await.unwrap_err();
    assert!(matches!(lost, AuditError::NotEnded(_)) && !lost.is_retryable(), "{lost}");
    raw(&store, back).await.unwrap();
    let [act] = &told(&store).await[..] else { panic!() };
    assert_eq!((act.act.as_str(), act.outcome.as_str()), ("backup.create", "begun"));
}

#[tokio::test]
async fn a_tenant_sees_its_own_and_nothing_of_a_former_one_of_its_name() {
    let store = store("audit_lives").await;
    let acme = || "acme".parse().unwrap();
    for subject in ["first", "second"] {
        let begun = store.begin_act(by_program(Act::TenantCreate).of(acme()).on(subject)).await;
        tenant(&store, "acme").await;
        begun.unwrap().ended(&store, Outcome::Done { affected: 0 }).await.unwrap();
        let seen = listed(&store, AuditReader::Tenant, &whose("acme")).await;
        assert_eq!(seen.iter().map(|act| act.subject.as_str()).collect::<Vec<_>>(), [subject]);
        let begun = store.begin_act(by_program(Act::TenantDelete).of(acme()).on(subject)).await;
        store.delete_tenant(&acme()).await.unwrap();
        begun.unwrap().ended(&store, Outcome::Done { affected: 0 }).await.unwrap();
        assert!(listed(&store, AuditReader::Tenant, &whose("acme")).await.is_empty());
    }
    store.record_audit(by_program(Act::StoreMigrate), 1).await.unwrap();
    assert_eq!(told(&store).await.len(), 5);
    assert_eq!(listed(&store, AuditReader::Provider, &whose("acme")).await.len(), 4);
    assert!(listed(&store, AuditReader::Provider, &whose("globex")).await.is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_and_filters_select() {
    let store = store("audit_pages").await;
    let began = Timestamp::now();
    for n in 0..5 {
        let act = if n % 2 == 0 { Act::KeyCreate } else { Act::KeyRevoke };
        store.record_audit(by_program(act).on(n), 0).await.unwrap();
    }
    let (mut after, mut subjects) = (None, Vec::new());
    loop {
        let filter = AuditFilter { since: Some(began), ..AuditFilter::default() };
        let page = store
            .list_audit(AuditReader::Provider, &Visibility::All, &filter, 2, after.as_ref())
            .await
            .unwrap();
        subjects.extend(page.acts.into_iter().map(|act| act.subject));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(subjects, ["4", "3", "2", "1", "0"]);
    let count = async |filter| {
        let all = &Visibility::All;
        store.list_audit(AuditReader::Provider, all, &filter, 100, None).await.unwrap().acts.len()
    };
    assert_eq!(count(AuditFilter { act: Some(Act::KeyRevoke), ..AuditFilter::default() }).await, 2);
    assert_eq!(count(AuditFilter { until: Some(began), ..AuditFilter::default() }).await, 0);
}

/// Denied calls are one entry each with how often; whoever may not do it fills no disk.
#[tokio::test]
async fn denials_are_told_with_how_often() {
    let store = store("audit_denied").await;
    tenant(&store, "acme").await;
    let denied = by_program(Act::TenantDelete).of("acme".parse().unwrap());
    store.record_denials(vec![(denied, 12_000)]).await.unwrap();
    store.record_denials(Vec::new()).await.unwrap();
    let [act] = &listed(&store, AuditReader::Tenant, &whose("acme")).await[..] else { panic!() };
    assert_eq!((act.outcome.as_str(), act.affected), ("denied", 12_000));
}

#[tokio::test]
async fn rows_go_by_their_age_alone() {
    let store = store("audit_age").await;
    let ttl = "SELECT engine_full LIKE '%TTL toDateTime(at) + toIntervalDay(400)%' FROM system.tables \
               WHERE database = 'audit_age_store' AND name = 'audit'";
    assert_eq!(value(&store, ttl).await, "1");
    store.record_audit(by_program(Act::KeyCreate), 0).await.unwrap();
    let old = "INSERT INTO audit_age_store.audit \
               SELECT * REPLACE (at - INTERVAL 401 DAY AS at) FROM audit_age_store.audit";
    raw(&store, old).await.unwrap();
    assert_eq!(told(&store).await.len(), 1);
}
