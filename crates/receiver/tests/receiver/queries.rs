//! The query and admin API: who sees what.

use ticketlens_api::{
    CountTicketsRequest, CreateKeyRequest, CreateTenantRequest, DeleteTenantRequest,
    EraseTicketsRequest, GetOverviewRequest, GetTicketRequest, ListKeysRequest, ListTenantsRequest,
    ListTicketsRequest, RevokeKeyRequest, TicketFilter, UpdateTenantRequest,
    admin_service_client::AdminServiceClient, erase_tickets_request::What,
    ticket_service_client::TicketServiceClient,
};
use ticketlens_store::Scope;
use tonic::{Code, Status, transport::Channel};

use crate::{
    records::{changed, request, text, ticket},
    rig::{self, Rig, with_key},
};

async fn two_tenants(database: &str) -> (Rig, TicketServiceClient<Channel>) {
    let rig = rig::start(database).await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    rig.export(request(vec![ticket("a"), changed("b", "ticket.status", Some(text("FAILED")))]))
        .await
        .unwrap();
    let call = with_key(request(vec![ticket("c")]), &other);
    rig.logs().await.export(call).await.unwrap();
    let client = TicketServiceClient::new(rig.channel().await);
    (rig, client)
}

fn of(tenant: &str) -> Option<TicketFilter> {
    Some(TicketFilter { tenant: tenant.into(), ..TicketFilter::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_its_own_tenant_and_an_admin_all() {
    let (rig, mut client) = two_tenants("queries_scope").await;
    let mut count = async |key: &str, tenant: &str| {
        let call = with_key(CountTicketsRequest { filter: of(tenant) }, key);
        client.count_tickets(call).await.map(|answer| answer.into_inner().count)
    };
    assert_eq!(count(&rig.read, "").await.unwrap(), 2);
    assert_eq!(count(&rig.read, "acme").await.unwrap(), 2);
    assert_eq!(count(&rig.admin, "").await.unwrap(), 3);
    assert_eq!(count(&rig.admin, "other").await.unwrap(), 1);
    assert_eq!(count(&rig.admin, "nobody").await.unwrap(), 0);

    // Another tenant, whether it exists or not, is the same answer.
    let there = count(&rig.read, "other").await.unwrap_err();
    let not_there = count(&rig.read, "nobody").await.unwrap_err();
    assert_eq!(there.code(), Code::PermissionDenied);
    assert_eq!(there.message(), not_there.message());
    let ingest = count(&rig.ingest, "").await.unwrap_err();
    assert_eq!(ingest.code(), Code::PermissionDenied);
    assert!(ingest.message().contains("read or admin"), "{ingest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ticket_with_its_trace_and_nobody_elses() {
    let (rig, mut client) = two_tenants("queries_get").await;
    let mut get = async |key: &str, ticket_id: &str| {
        let message = GetTicketRequest { ticket_id: ticket_id.into(), ..Default::default() };
        client.get_ticket(with_key(message, key)).await.map(tonic::Response::into_inner)
    };
    let own = get(&rig.read, "a").await.unwrap();
    let summary = own.summary.unwrap();
    assert_eq!((summary.tenant.as_str(), summary.status.as_str()), ("acme", "SUCCESS"));
    assert_eq!(summary.workflow, "support-agent");
    assert_eq!(summary.duration.unwrap(), prost_types::Duration { seconds: 1, nanos: 500_000_000 });
    assert!(own.trace_json.contains("done"), "{}", own.trace_json);

    let (others, nobodys) = (get(&rig.read, "c").await, get(&rig.read, "zzz").await);
    let (others, nobodys): (Status, Status) = (others.unwrap_err(), nobodys.unwrap_err());
    assert_eq!((others.code(), others.message()), (Code::NotFound, nobodys.message()));
    get(&rig.admin, "c").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_all_says_whose_ticket_where_several_have_the_number() {
    let rig = rig::start("queries_same_number").await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    // The same execution too, as when one file is sent with both keys.
    rig.export(request(vec![ticket("a"), ticket("own")])).await.unwrap();
    let call = with_key(request(vec![ticket("a")]), &other);
    rig.logs().await.export(call).await.unwrap();
    let mut client = TicketServiceClient::new(rig.channel().await);
    let mut get = async |key: &str, id: &str, tenant: &str, execution: &str| {
        let message = GetTicketRequest {
            ticket_id: id.into(),
            tenant: tenant.into(),
            execution_id: execution.into(),
        };
        client.get_ticket(with_key(message, key)).await.map(tonic::Response::into_inner)
    };
    let asked = get(&rig.admin, "a", "", "").await.unwrap_err();
    assert_eq!(asked.code(), Code::InvalidArgument);
    assert!(asked.message().contains("several have this ticket (acme, other)"), "{asked}");
    let mut executions = Vec::new();
    for (key, tenant, whose) in
        [(&rig.admin, "acme", "acme"), (&rig.admin, "other", "other"), (&rig.read, "", "acme")]
    {
        let found = get(key, "a", tenant, "").await.unwrap();
        let summary = found.summary.unwrap();
        assert_eq!((summary.tenant.as_str(), found.executions.len()), (whose, 0), "{tenant}");
        executions.push(summary.execution_id);
    }
    let named = get(&rig.admin, "a", "", &executions[0]).await;
    match executions[0] == executions[1] {
        true => assert_eq!(named.unwrap_err().code(), Code::InvalidArgument),
        false => assert_eq!(named.unwrap().summary.unwrap().tenant, "acme"),
    }
    assert_eq!(get(&rig.admin, "own", "", "").await.unwrap().summary.unwrap().tenant, "acme");
    assert_eq!(get(&rig.admin, "none", "", "").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_and_bad_arguments_are_told() {
    let (rig, mut client) = two_tenants("queries_list").await;
    let mut list = async |message: ListTicketsRequest| {
        client.list_tickets(with_key(message, &rig.admin)).await.map(tonic::Response::into_inner)
    };
    let mut seen = Vec::new();
    let mut message = ListTicketsRequest { page_size: 2, ..Default::default() };
    loop {
        let page = list(message.clone()).await.unwrap();
        seen.extend(page.tickets.into_iter().map(|ticket| ticket.ticket_id));
        if page.next_page_token.is_empty() {
            break;
        }
        message.page_token = page.next_page_token;
    }
    seen.sort();
    assert_eq!(seen, ["a", "b", "c"]);
    for (message, argument) in [
        (ListTicketsRequest { page_size: 1001, ..Default::default() }, "page_size"),
        (ListTicketsRequest { page_token: "x".into(), ..Default::default() }, "page_token"),
        (ListTicketsRequest { filter: of("No Such"), ..Default::default() }, "tenant"),
    ] {
        let status = list(message).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(argument), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overview_of_what_one_may_see() {
    let (rig, mut client) = two_tenants("queries_overview").await;
    let call = with_key(GetOverviewRequest::default(), &rig.read);
    let overview = client.get_overview(call).await.unwrap().into_inner();
    assert_eq!((overview.total, overview.success_rate), (2, Some(0.5)));
    let statuses: Vec<_> = overview.by_status.iter().map(|s| (s.name.as_str(), s.count)).collect();
    assert!(statuses.contains(&("SUCCESS", 1)) && statuses.contains(&("FAILED", 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_tenants_and_keys_that_work_at_once_and_end_at_once() {
    let rig = rig::start("queries_admin").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let create = CreateTenantRequest { name: "globex".into(), ..Default::default() };
    let tenant = admin.create_tenant(with_key(create.clone(), &rig.admin)).await.unwrap();
    let tenant = tenant.into_inner();
    assert_eq!((tenant.capture.as_str(), tenant.trace_days), ("FULL_TRACE", 30));
    let again = admin.create_tenant(with_key(create, &rig.admin)).await.unwrap_err();
    assert_eq!(again.code(), Code::AlreadyExists);
    let update = UpdateTenantRequest {
        name: "globex".into(),
        capture: Some("TIMELINE".into()),
        ..Default::default()
    };
    let tenant = admin.update_tenant(with_key(update, &rig.admin)).await.unwrap().into_inner();
    assert_eq!(tenant.capture, "TIMELINE");
    let tenants = admin.list_tenants(with_key(ListTenantsRequest {}, &rig.admin)).await.unwrap();
    assert_eq!(tenants.into_inner().tenants.len(), 2);

    let create =
        CreateKeyRequest { tenant: "globex".into(), scope: "ingest".into(), ..Default::default() };
    let made = admin.create_key(with_key(create, &rig.admin)).await.unwrap().into_inner();
    let mut logs = rig.logs().await;
    logs.export(with_key(request(vec![ticket("a")]), &made.secret)).await.unwrap();
    let listed = ListKeysRequest { tenant: "globex".into() };
    let keys = admin.list_keys(with_key(listed, &rig.admin)).await.unwrap().into_inner().keys;
    assert_eq!(keys.len(), 1);
    let id = made.key.unwrap().id;
    admin.revoke_key(with_key(RevokeKeyRequest { id }, &rig.admin)).await.unwrap();
    let call = with_key(request(vec![ticket("b")]), &made.secret);
    assert!(logs.export(call).await.unwrap_err().message().contains("revoked"));

    let remove = DeleteTenantRequest { name: "globex".into() };
    let gone = admin.delete_tenant(with_key(remove, &rig.admin)).await.unwrap().into_inner();
    assert_eq!((gone.tickets, gone.keys_revoked), (1, 0));
    assert_eq!(rig.count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_administers() {
    let rig = rig::start("queries_only").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    for key in [&rig.read, &rig.ingest] {
        let status = admin.list_tenants(with_key(ListTenantsRequest {}, key)).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
        assert!(status.message().contains("admin"), "{status}");
    }
    let status = admin.list_tenants(ListTenantsRequest {}).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_one_tenants_and_nobody_elses() {
    let (rig, mut tickets) = two_tenants("queries_erase").await;
    let mut admin = AdminServiceClient::new(rig.channel().await);
    let mut erase = async |key: &str, tenant: &str, what: Option<What>| {
        let message = EraseTicketsRequest { tenant: tenant.into(), what };
        admin.erase_tickets(with_key(message, key)).await.map(|answer| answer.into_inner().erased)
    };
    let ticket = |id: &str| Some(What::TicketId(id.into()));
    let customer = |hash: &str| Some(What::Customer(hash.into()));

    // Another tenant's ticket of that number is not this tenant's.
    assert_eq!(erase(&rig.admin, "acme", ticket("c")).await.unwrap(), 0);
    assert_eq!(erase(&rig.admin, "acme", ticket("a")).await.unwrap(), 1);
    assert_eq!(erase(&rig.admin, "acme", ticket("a")).await.unwrap(), 0);
    assert_eq!(erase(&rig.admin, "acme", customer("hmac:0000000000000000")).await.unwrap(), 0);
    let all = with_key(CountTicketsRequest { filter: None }, &rig.admin);
    assert_eq!(tickets.count_tickets(all).await.unwrap().into_inner().count, 2);

    for (key, tenant, what, code) in [
        (&rig.read, "acme", ticket("b"), Code::PermissionDenied),
        (&rig.admin, "", ticket("b"), Code::InvalidArgument),
        (&rig.admin, "nobody", ticket("b"), Code::NotFound),
        (&rig.admin, "acme", None, Code::InvalidArgument),
        (&rig.admin, "acme", ticket(""), Code::InvalidArgument),
        (&rig.admin, "acme", customer("jane@example.org"), Code::InvalidArgument),
    ] {
        assert_eq!(erase(key, tenant, what).await.unwrap_err().code(), code);
    }
}
