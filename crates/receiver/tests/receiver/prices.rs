//! The list of prices through the API: whole or not at all, by field, and in force where it was changed.

use ticketlens_api::{
    ImportPricesRequest, ImportPricesResponse, ListPricesRequest, ListPricesResponse, PriceEntry,
    PriceKey, RemovePriceRequest, SetPriceRequest, admin_service_client::AdminServiceClient,
};
use tonic::{Code, Status, transport::Channel};

use crate::rig::{self, Rig, with_key};

struct Provider {
    admin: AdminServiceClient<Channel>,
    key: String,
}

impl Provider {
    async fn of(rig: &Rig) -> Self {
        let admin = AdminServiceClient::new(rig.channel().await);
        Self { admin, key: rig.admin.clone() }
    }

    async fn list(&mut self, request: ListPricesRequest) -> Result<ListPricesResponse, Status> {
        let listed = self.admin.list_prices(with_key(request, &self.key)).await?;
        Ok(listed.into_inner())
    }

    async fn all(&mut self) -> ListPricesResponse {
        self.list(ListPricesRequest::default()).await.unwrap()
    }

    async fn import(
        &mut self,
        entries: Vec<PriceEntry>,
        replace_all: bool,
        dry_run: bool,
    ) -> Result<ImportPricesResponse, Status> {
        let request = ImportPricesRequest { entries, replace_all, dry_run };
        let imported = self.admin.import_prices(with_key(request, &self.key)).await?;
        Ok(imported.into_inner())
    }
}

fn entry(model: &str) -> PriceEntry {
    PriceEntry {
        provider: "openai".into(),
        model: model.into(),
        currency: "USD".into(),
        input: "2.5".into(),
        output: "10".into(),
        cache_read: Some("1.25".into()),
        ..PriceEntry::default()
    }
}

fn many(count: usize) -> Vec<PriceEntry> {
    (0..count).map(|n| entry(&format!("m{n:05}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_listed_when_it_is_answered_by_every_receiver() {
    let first = rig::start("prices_api").await;
    let mut one = Provider::of(&first).await;
    assert_eq!(one.all().await, ListPricesResponse::default());
    let second = rig::beside(&first).await;
    let mut other = Provider::of(&second).await;
    let imported = one.import(many(3), false, false).await.unwrap();
    assert_eq!((imported.added, imported.as_of.is_some()), (3, true));
    for provider in [&mut one, &mut other] {
        let listed = provider.all().await;
        assert_eq!((listed.entries, listed.as_of), (many(3), imported.as_of));
    }
    let dear = PriceEntry { input: "3.000".into(), ..entry("m00001") };
    let set = SetPriceRequest { entry: Some(dear.clone()) };
    let set = other.admin.set_price(with_key(set, &other.key)).await.unwrap().into_inner();
    let dear = PriceEntry { input: "3".into(), ..dear };
    assert_eq!((set.entry, set.before), (Some(dear.clone()), Some(entry("m00001"))));
    assert_eq!(one.all().await.entries[1], dear);
    let model = "m00000".to_owned();
    let key = Some(PriceKey { provider: "openai".into(), model, ..PriceKey::default() });
    let remove = RemovePriceRequest { key };
    one.admin.remove_price(with_key(remove.clone(), &one.key)).await.unwrap();
    let again = one.admin.remove_price(with_key(remove, &one.key)).await.unwrap_err();
    assert_eq!(again.code(), Code::NotFound);
    let listed = other.all().await;
    assert_eq!(listed.entries, [dear, entry("m00002")]);
    // Of readers' business it is none.
    let request = with_key(ListPricesRequest::default(), &first.read);
    let denied = one.admin.list_prices(request).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_list_is_one_call_and_what_is_wrong_has_its_place() {
    let rig = rig::start("prices_whole").await;
    let mut provider = Provider::of(&rig).await;
    let would = provider.import(many(20_000), true, true).await.unwrap();
    assert_eq!((would.added, would.as_of), (20_000, None));
    assert_eq!(provider.all().await.count, 0);
    let done = provider.import(many(20_000), true, false).await.unwrap();
    assert_eq!(done.added, 20_000);
    for (wrong, says) in [
        (PriceEntry { currency: "usd".into(), ..entry("x") }, "entries[1].currency: "),
        (PriceEntry { input: "free".into(), ..entry("x") }, "entries[1].input: "),
        (entry("X"), "entries[1].model "),
        (entry("m00000"), "entries[1]: is for the same calls as entries[0]"),
    ] {
        let refused = provider.import(vec![entry("m00000"), wrong], true, false).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().starts_with(says), "{}", refused.message());
    }
    let more = provider.import(vec![entry("one-more")], false, false).await.unwrap_err();
    assert!(more.message().starts_with("entries: more than 20000"), "{}", more.message());
    let source = "x".repeat(500);
    let large = many(20_000).into_iter().map(|e| PriceEntry { source: source.clone(), ..e });
    let large = provider.import(large.collect(), true, false).await.unwrap_err();
    assert!(!matches!(large.code(), Code::Ok | Code::Internal), "{large:?}");
    let kept = provider.all().await;
    assert_eq!((kept.count, kept.as_of), (20_000, done.as_of));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_of_one_list() {
    let rig = rig::start("prices_pages").await;
    let mut provider = Provider::of(&rig).await;
    provider.import(many(25), true, false).await.unwrap();
    let mut request = ListPricesRequest {
        provider: "openai".into(),
        model: "M0001".into(),
        page_size: 4,
        ..ListPricesRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = provider.list(request.clone()).await.unwrap();
        assert_eq!(page.count, 10);
        listed.extend(page.entries);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(listed, many(20)[10..]);
    provider.import(vec![entry("other")], false, false).await.unwrap();
    assert_eq!(provider.list(request.clone()).await.unwrap_err().code(), Code::Aborted);
    let odd = ListPricesRequest { page_token: "odd".into(), ..request.clone() };
    assert_eq!(provider.list(odd).await.unwrap_err().code(), Code::InvalidArgument);
    let long = ListPricesRequest { page_size: 1001, ..ListPricesRequest::default() };
    assert_eq!(provider.list(long).await.unwrap_err().code(), Code::InvalidArgument);
    // OpenTelemetry's names find them, too.
    let aliased = ListPricesRequest { provider: "azure.ai.openai".into(), ..Default::default() };
    assert_eq!(provider.list(aliased).await.unwrap().count, 0);
}
