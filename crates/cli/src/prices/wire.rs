//! Prices as they go to the receiver and come from it.

use ticketlens_api::{
    ImportPricesRequest, ImportPricesResponse, ListPricesRequest, PriceEntry as Message, json,
};
use ticketlens_prices::{Price, PriceEntry, start_list};
use tonic::{Code, Status};

use crate::{
    api::{Admin, refused},
    exit::{Exit, Failure, Result},
};

/// How often a list is read that changes meanwhile.
const MOST_READINGS: usize = 5;

/// Entries of the list, and its version.
pub struct Listed {
    /// In the order of their keys.
    pub entries: Vec<PriceEntry>,
    /// When the list changed last.
    pub as_of: Option<prost_types::Timestamp>,
}

/// All entries of a provider, or of all, whose model has this text in it, of one version.
pub async fn entries(admin: &mut Admin, provider: &str, model: &str) -> Result<Listed> {
    for _ in 0..MOST_READINGS {
        if let Some(listed) = read(admin, provider, model).await? {
            return Ok(listed);
        }
    }
    let what = "the list of prices changes again and again while it is read";
    Err(Failure::new(Exit::Failed, what).next("try again when whoever changes it is done"))
}

/// `None` where it changed while it was read.
async fn read(admin: &mut Admin, provider: &str, model: &str) -> Result<Option<Listed>> {
    let (provider, model) = (provider.to_owned(), model.to_owned());
    let mut request = ListPricesRequest { provider, model, ..ListPricesRequest::default() };
    let mut entries = Vec::new();
    loop {
        let page = match admin.list_prices(request.clone()).await {
            Err(status) if status.code() == Code::Aborted => return Ok(None),
            answer => answer.map_err(|s| refused(&s))?.into_inner(),
        };
        for message in page.entries {
            entries.push(entry(message)?);
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(Some(Listed { entries, as_of: page.as_of }));
        }
    }
}

/// The list that this program brings along.
pub fn brought_along() -> Result<Vec<PriceEntry>> {
    start_list().map_err(|e| {
        Failure::new(
            Exit::Failed,
            format!("the list that this program brings along is damaged: {e}"),
        )
        .next("install the program again")
    })
}

/// Has the receiver put entries into its list.
pub async fn import(
    admin: &mut Admin,
    entries: &[(usize, PriceEntry)],
    replace_all: bool,
    dry_run: bool,
) -> Result<ImportPricesResponse, Status> {
    let entries = entries.iter().map(|(_, entry)| message(entry)).collect();
    let request = ImportPricesRequest { entries, replace_all, dry_run };
    Ok(admin.import_prices(request).await?.into_inner())
}

/// An entry that the receiver sent.
pub fn entry(message: Message) -> Result<PriceEntry> {
    let unread = |e| {
        Failure::new(Exit::Failed, format!("a price that the receiver sent can't be read: {e}"))
            .next("is it of another version than this program?")
    };
    let document = serde_json::to_value(json::PriceEntry::from(message)).map_err(unread)?;
    serde_json::from_value(document).map_err(unread)
}

/// An entry to send.
pub fn message(entry: &PriceEntry) -> Message {
    let text = |price: Option<Price>| price.map(|price| price.to_string());
    Message {
        provider: entry.provider.clone(),
        model: entry.model.clone(),
        service_tier: entry.service_tier.clone(),
        above_input_tokens: entry.above_input_tokens,
        valid_from: seconds(entry.valid_from),
        currency: entry.currency.to_string(),
        input: entry.input.to_string(),
        output: entry.output.to_string(),
        cache_read: text(entry.cache_read),
        cache_write: text(entry.cache_write),
        reasoning: text(entry.reasoning),
        source: entry.source.clone(),
    }
}

/// A time of Unix seconds; none for 0, which is always.
pub fn seconds(seconds: u64) -> Option<prost_types::Timestamp> {
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_start_list_comes_back_as_it_went() {
        for sent in start_list().unwrap() {
            assert_eq!(entry(message(&sent)).unwrap(), sent);
        }
    }

    #[test]
    fn what_is_listed_as_json_is_what_an_import_takes() {
        for sent in start_list().unwrap() {
            let ours = serde_json::to_value(json::PriceEntry::from(message(&sent))).unwrap();
            assert_eq!(ours, serde_json::to_value(&sent).unwrap());
        }
    }
}
