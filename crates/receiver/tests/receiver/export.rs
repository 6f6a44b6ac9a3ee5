//! Export: within what a key may see, a page after the other.

use ticketlens_api::{
    ExportTicketsRequest, ExportTicketsResponse, ListTicketsRequest, TicketFilter,
    ticket_service_client::TicketServiceClient,
};
use ticketlens_store::Scope;
use tonic::{Code, Status};

use crate::{
    records::{large, request, ticket},
    rig::{self, Rig, with_key},
};

async fn export(
    rig: &Rig,
    key: &str,
    tenant: &str,
    page_size: u32,
    page_token: &str,
) -> Result<ExportTicketsResponse, Status> {
    let filter = Some(TicketFilter { tenant: tenant.to_owned(), ..TicketFilter::default() });
    let message = ExportTicketsRequest { filter, page_size, page_token: page_token.to_owned() };
    let client = TicketServiceClient::new(rig.channel().await);
    let mut client = client.max_decoding_message_size(64 << 20);
    client.export_tickets(with_key(message, key)).await.map(tonic::Response::into_inner)
}

fn ids(page: &ExportTicketsResponse) -> Vec<&str> {
    page.tickets.iter().map(|t| t.summary.as_ref().unwrap().ticket_id.as_str()).collect()
}

#[tokio::test]
async fn a_key_exports_what_it_may_see_and_goes_on_with_an_exports_cursor() {
    let rig = rig::start("export_scopes").await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    rig.export(request(vec![ticket("a"), large("b", 1 << 20)])).await.unwrap();
    rig.logs().await.export(with_key(request(vec![ticket("c")]), &other)).await.unwrap();

    let first = export(&rig, &rig.read, "", 1, "").await.unwrap();
    assert_eq!((first.tickets.len(), first.more), (1, true));
    let second = export(&rig, &rig.read, "", 1, &first.next_page_token).await.unwrap();
    assert_eq!((second.tickets.len(), second.more), (1, false));
    let mut both = [ids(&first), ids(&second)].concat();
    both.sort_unstable();
    assert_eq!(both, ["a", "b"]);
    let none = export(&rig, &rig.read, "", 1, &second.next_page_token).await.unwrap();
    assert_eq!((none.tickets.len(), none.more), (0, false));
    assert_eq!(none.next_page_token, second.next_page_token, "later it goes on there");

    let theirs = export(&rig, &rig.read, "other", 0, "").await.unwrap_err();
    assert_eq!(theirs.code(), Code::PermissionDenied);
    let sender = export(&rig, &other, "", 0, "").await.unwrap_err();
    assert_eq!(sender.code(), Code::PermissionDenied);
    let admin = rig::key(&rig.store, None, Scope::Admin).await;
    assert_eq!(export(&rig, &admin, "", 0, "").await.unwrap().tickets.len(), 3);
    assert_eq!(ids(&export(&rig, &admin, "other", 0, "").await.unwrap()), ["c"]);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_by_name() {
    let rig = rig::start("export_refusals").await;
    rig.export(request(vec![ticket("a"), ticket("b")])).await.unwrap();
    let size = export(&rig, &rig.read, "", 101, "").await.unwrap_err();
    assert!(size.message().starts_with("page_size: "), "{size}");
    let mut client = TicketServiceClient::new(rig.channel().await);
    let list = ListTicketsRequest { page_size: 1, ..ListTicketsRequest::default() };
    let list = client.list_tickets(with_key(list, &rig.read)).await.unwrap().into_inner();
    for token in ["nonsense", &list.next_page_token] {
        let refused = export(&rig, &rig.read, "", 0, token).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with("page_token: "), "{refused}");
    }
}
