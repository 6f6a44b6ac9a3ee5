//! What a month was worth by every door: the same by each, and nobody else's.

use http::Method;
use serde_json::json;
use ticketlens_api::{
    GetValueRequest, ListAuditRequest, ListValueRatesRequest, Money, RemoveValueRateRequest,
    SetValueRateRequest, Value, ValueRate, admin_service_client::AdminServiceClient,
    ticket_service_client::TicketServiceClient,
};
use ticketlens_store::Scope;
use tonic::{Code, Status, transport::Channel};

use crate::{
    records::{attribute, changed, feedback, request, text, ticket},
    rig::{self, Rig, with_key},
    web::Answer,
};

/// Two tenants, of which one has a ticket that was executed twice, and one with a cost of its own.
async fn two_tenants(database: &str) -> Rig {
    let rig = rig::start(database).await;
    let other = rig::tenant(&rig.store, "other", Scope::Ingest).await;
    let mut dear = changed("b", "ticket.category", Some(text("=REFUND")));
    dear.attributes.push(attribute("ticket.cost", text("0.0123")));
    let failed = changed("a", "ticket.status", Some(text("FAILED")));
    let own = vec![failed, dear, feedback("b", "csat", 4.0, "")];
    rig.export(request(own)).await.unwrap();
    rig.export(request(vec![ticket("a")])).await.unwrap();
    let theirs = vec![changed("x", "ticket.status", Some(text("FAILED")))];
    rig.logs().await.export(with_key(request(theirs), &other)).await.unwrap();
    rig
}

async fn value(rig: &Rig, key: &str, tenant: &str, month: &str) -> Result<Value, Status> {
    let asked = GetValueRequest { tenant: tenant.into(), month: month.into() };
    let mut client = TicketServiceClient::new(rig.channel().await);
    client.get_value(with_key(asked, key)).await.map(tonic::Response::into_inner)
}

async fn rest(rig: &Rig, path: &str, key: &str, accept: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("accept", accept)];
    rig.send(Method::GET, path, &headers, "").await
}

async fn admin(rig: &Rig) -> AdminServiceClient<Channel> {
    AdminServiceClient::new(rig.channel().await)
}

fn rate(category: &str, minutes: f64, hourly: &str) -> SetValueRateRequest {
    let hourly = Some(Money { currency: "USD".into(), amount: hourly.into() });
    let rate = ValueRate { category: category.into(), minutes, hourly };
    SetValueRateRequest { tenant: "acme".into(), rate: Some(rate) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_told_alike_by_each_door_and_to_its_own_tenant() {
    let rig = two_tenants("value_doors").await;
    let mut admin = admin(&rig).await;
    admin.set_value_rate(with_key(rate("", 12.0, "40"), &rig.admin)).await.unwrap();
    let told = value(&rig, &rig.read, "", "").await.unwrap();
    let figures = told.figures.clone().unwrap();
    assert_eq!((told.tenant.as_str(), told.before), ("acme", None));
    assert_eq!((figures.tickets, figures.resolved, figures.executions), (2, 2, 3));
    assert_eq!(figures.costs, [Money { currency: "USD".into(), amount: "0.0123".into() }]);
    assert_eq!((figures.csat, figures.minutes_saved), (Some(4.0), Some(24.0)));
    assert_eq!(figures.worth, [Money { currency: "USD".into(), amount: "16".into() }]);
    assert_eq!(told.rates.len(), 1);
    let by_provider = value(&rig, &rig.admin, "acme", &told.month).await.unwrap();
    assert_eq!(by_provider.figures, Some(figures));

    let document = rest(&rig, "/v1/value", &rig.read, "*/*").await;
    assert_eq!(document.headers["content-type"], "application/json");
    let document = document.json();
    assert_eq!(document["figures"]["costs"], json!([{ "currency": "USD", "amount": "0.0123" }]));
    assert_eq!(document["figures"]["net"], json!({ "currency": "USD", "amount": "15.9877" }));
    assert_eq!(document["categories"].as_array().unwrap().len(), 2);
    for (path, accept) in [("/v1/value?format=csv", "*/*"), ("/v1/value", "text/csv;q=1")] {
        let table = rest(&rig, path, &rig.read, accept).await;
        assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
        let kept = format!("attachment; filename=\"acme-{}.csv\"", told.month);
        assert_eq!(table.headers["content-disposition"], kept);
        let table = table.text();
        assert!(
            table
                .lines()
                .next()
                .unwrap()
                .ends_with(",minutes_saved,no_net,cost_USD,worth_USD,net_USD")
        );
        let total = format!("acme,{},total,,2,2,0,0,3,0,0,4,1,24,,0.0123,16,15.9877", told.month);
        assert!(table.contains(&total), "{table}");
        assert!(table.contains(",category,'=REFUND,1,1,"), "{table}");
    }
    let asked = rest(&rig, "/v1/value?format=json", &rig.read, "text/csv").await;
    assert_eq!(asked.headers["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_of_one_tenant_and_no_others() {
    let rig = two_tenants("value_refused").await;
    for (key, tenant, month, code, says) in [
        (&rig.read, "other", "", Code::PermissionDenied, "sees only its own tenant"),
        (&rig.ingest, "", "", Code::PermissionDenied, "scope"),
        (&rig.admin, "", "", Code::InvalidArgument, "tenant: name one"),
        (&rig.admin, "nobody", "", Code::NotFound, "tenant"),
        (
            &rig.read,
            "",
            "November",
            Code::InvalidArgument,
            "month: must be a year from 1970 to 2299 and a month",
        ),
        (&rig.read, "", "2026-13", Code::InvalidArgument, "month: "),
    ] {
        let refused = value(&rig, key, tenant, month).await.unwrap_err();
        assert_eq!(refused.code(), code, "{tenant} {month}: {refused}");
        assert!(refused.message().contains(says), "{refused}");
    }
    let empty = value(&rig, &rig.read, "", "2020-02").await.unwrap();
    assert_eq!(empty.figures.unwrap().tickets, 0);
    for (path, status) in [
        ("/v1/value?tenant=other", 403),
        ("/v1/value?month=2026", 400),
        ("/v1/value?format=xlsx", 400),
        ("/v1/value?months=2026-11", 400),
    ] {
        assert_eq!(rest(&rig, path, &rig.read, "*/*").await.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_an_admins_and_each_change_is_told_in_the_audit() {
    let rig = two_tenants("value_rates_doors").await;
    let mut client = admin(&rig).await;
    for key in [&rig.read, &rig.ingest] {
        let set = client.set_value_rate(with_key(rate("", 1.0, "1"), key)).await.unwrap_err();
        assert_eq!(set.code(), Code::PermissionDenied);
        let list = ListValueRatesRequest { tenant: "acme".into() };
        let list = client.list_value_rates(with_key(list, key)).await.unwrap_err();
        assert_eq!(list.code(), Code::PermissionDenied);
    }
    for wrong in [rate("", -1.0, "1"), rate("a\nb", 1.0, "1"), rate("", 1.0, "1,5")] {
        let refused = client.set_value_rate(with_key(wrong, &rig.admin)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
    for minutes in [12.0, 10.0] {
        let set = client.set_value_rate(with_key(rate("A", minutes, "38.50"), &rig.admin)).await;
        assert_eq!(set.unwrap().into_inner().hourly.unwrap().amount, "38.5");
    }
    let list = || ListValueRatesRequest { tenant: "acme".into() };
    let listed = client.list_value_rates(with_key(list(), &rig.admin)).await.unwrap().into_inner();
    assert_eq!((listed.rates.len(), listed.rates[0].minutes), (1, 10.0));
    let remove = |category: &str| {
        let remove = RemoveValueRateRequest { tenant: "acme".into(), category: category.into() };
        with_key(remove, &rig.admin)
    };
    assert_eq!(client.remove_value_rate(remove("B")).await.unwrap_err().code(), Code::NotFound);
    client.remove_value_rate(remove("A")).await.unwrap();
    let listed = client.list_value_rates(with_key(list(), &rig.admin)).await.unwrap().into_inner();
    assert_eq!(listed.rates, []);

    let audit = with_key(ListAuditRequest::default(), &rig.read);
    let audit = client.list_audit(audit).await.unwrap().into_inner().acts;
    let told: Vec<_> = audit
        .iter()
        .filter(|act| act.act.starts_with("rate."))
        .map(|act| (act.act.as_str(), act.changed["rate"].as_str(), act.outcome.as_str()))
        .collect();
    let (first, second) = ("12 min, 38.5 USD an hour", "10 min, 38.5 USD an hour");
    assert_eq!(
        told,
        [
            ("rate.remove", &*format!("{second} → none"), "done"),
            ("rate.set", &*format!("{first} → {second}"), "done"),
            ("rate.set", &*format!("none → {first}"), "done"),
        ]
    );
    assert!(
        audit.iter().all(|act| !act.act.starts_with("rate.") || act.changed["category"] == "A")
    );
}
