//! The list of prices: listed from memory, changed in the store, and in force here before a change is
//! answered.

use ticketlens_api::v1;
use ticketlens_prices::{EntryKey, InvalidBook, PriceEntry, provider_of};
use ticketlens_store::{Act, AuditEntry, PricesChanged, PricesError, Replace};
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::{
    acts,
    admin::Admin,
    audit::{Told, audited},
    messages::{time, timestamp},
    scope::{Caller, invalid, store_failed},
};
use crate::{auth::KeySource, prices::PricesInForce};

/// The most entries on a page.
const MOST_ON_A_PAGE: u32 = 1000;

impl<S: KeySource> Admin<S> {
    /// A page of the list.
    pub(super) async fn price_page(
        &self,
        request: v1::ListPricesRequest,
    ) -> Result<v1::ListPricesResponse, Status> {
        let size = match request.page_size {
            0 => MOST_ON_A_PAGE,
            size if size <= MOST_ON_A_PAGE => size,
            _ => return Err(invalid("page_size", "1 to 1000, or 0 for 1000")),
        };
        // What another receiver has changed is listed at once.
        self.prices.look(&self.store).await.map_err(failed)?;
        let prices = self.prices.current();
        let from = match request.page_token.as_str() {
            "" => 0,
            token => place(token, &prices)?,
        };
        let provider = match request.provider.as_str() {
            "" => None,
            name => Some(provider_of(name).unwrap_or(name)),
        };
        let model = request.model.to_ascii_lowercase();
        let is_listed = |entry: &&PriceEntry| {
            provider.is_none_or(|name| entry.provider == name) && entry.model.contains(&model)
        };
        let all: Vec<_> = prices.book.entries().iter().filter(is_listed).collect();
        let page = all.iter().skip(from).take(size as usize);
        let entries: Vec<_> = page.map(|entry| message(entry)).collect();
        let next = from.saturating_add(entries.len());
        let next_page_token = if next < all.len() { token(&prices, next) } else { String::new() };
        Ok(v1::ListPricesResponse {
            entries,
            next_page_token,
            count: u32::try_from(all.len()).unwrap_or(u32::MAX),
            as_of: prices.as_of.map(timestamp),
        })
    }

    /// Puts many entries into the list, or says what that would do.
    pub(super) async fn put_prices(
        &self,
        caller: Caller,
        request: v1::ImportPricesRequest,
    ) -> Result<v1::ImportPricesResponse, Status> {
        let v1::ImportPricesRequest { entries, replace_all, dry_run } = request;
        let read = |(at, entry)| entry_of(entry, &format!("entries[{at}]."));
        let entries = entries.into_iter().enumerate().map(read);
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let replace = if replace_all { Replace::All } else { Replace::ByKey };
        if dry_run {
            let would = self.store.preview_prices(&entries, replace).await;
            return Ok(imported(&would.map_err(failed)?));
        }
        let _alone = self.prices.changing.lock().await;
        let entry = AuditEntry::new(Act::PricesImport, caller.actor())
            .changing_all(acts::import(replace_all, None));
        let changed = audited(&self.store, entry, async {
            let changed = self.store.put_prices(&entries, replace).await.map_err(failed)?;
            let affected = changed.added + changed.changed + changed.removed;
            let told = Some(acts::import(replace_all, Some(&changed)));
            Ok((changed, Told { affected, subject: None, changed: told }))
        })
        .await?;
        self.prices_in_force().await;
        Ok(imported(&changed))
    }

    /// Puts one entry into the list.
    pub(super) async fn put_price(
        &self,
        caller: Caller,
        request: v1::SetPriceRequest,
    ) -> Result<v1::SetPriceResponse, Status> {
        let entry = request.entry.ok_or_else(|| invalid("entry", "is missing"))?;
        let entry = entry_of(entry, "")?;
        entry.check().map_err(|why| Status::invalid_argument(why.to_string()))?;
        let _alone = self.prices.changing.lock().await;
        // What it was is told in the audit.
        self.prices.look(&self.store).await.map_err(failed)?;
        let prices = self.prices.current();
        let before = prices.book.entries().iter().find(|there| there.key() == entry.key());
        let told = AuditEntry::new(Act::PriceSet, caller.actor())
            .on(acts::price_key(&entry.key()))
            .changing_all(acts::price(before, &entry));
        let changed = audited(&self.store, told, async {
            let put = std::slice::from_ref(&entry);
            let changed = self.store.put_prices(put, Replace::ByKey).await.map_err(failed)?;
            Ok((changed, Told::affecting(changed.added + changed.changed)))
        })
        .await?;
        self.prices_in_force().await;
        Ok(v1::SetPriceResponse {
            entry: Some(message(&entry)),
            before: before.map(message),
            as_of: changed.as_of.map(timestamp),
        })
    }

    /// Takes one entry out of the list, also one that can't be read.
    pub(super) async fn drop_price(
        &self,
        caller: Caller,
        request: v1::RemovePriceRequest,
    ) -> Result<v1::RemovePriceResponse, Status> {
        let key = request.key.ok_or_else(|| invalid("key", "is missing"))?;
        let valid_from = valid_from(key.valid_from, "")?;
        let v1::PriceKey { provider, model, service_tier, above_input_tokens, .. } = &key;
        let above_input_tokens = *above_input_tokens;
        let key = EntryKey { provider, model, service_tier, above_input_tokens, valid_from };
        let _alone = self.prices.changing.lock().await;
        let told = AuditEntry::new(Act::PriceRemove, caller.actor()).on(acts::price_key(&key));
        let changed = audited(&self.store, told, async {
            let changed = self.store.remove_prices(&[key]).await.map_err(failed)?;
            match changed.removed {
                0 => Err(failed(PricesError::NotFound)),
                removed => Ok((changed, Told::affecting(removed))),
            }
        })
        .await?;
        self.prices_in_force().await;
        Ok(v1::RemovePriceResponse { as_of: changed.as_of.map(timestamp) })
    }

    /// Puts a change in force here. Where that fails, the regular look does it later, and the log
    /// says so.
    async fn prices_in_force(&self) {
        let _ = self.prices.look(&self.store).await;
    }
}

pub(super) fn failed(error: PricesError) -> Status {
    match &error {
        PricesError::NotFound => Status::not_found(error.to_string()),
        PricesError::Invalid(InvalidBook::Entry { at, why }) => {
            Status::invalid_argument(format!("entries[{at}].{why}"))
        }
        PricesError::Invalid(InvalidBook::Twice { at, first }) => {
            invalid(&format!("entries[{at}]"), format!("is for the same calls as entries[{first}]"))
        }
        PricesError::Invalid(_) => invalid("entries", &error),
        // Whoever may change the list is told which entry is in the way.
        PricesError::Unreadable { .. } => Status::failed_precondition(error.to_string()),
        _ => store_failed(&error, error.is_retryable()),
    }
}

fn imported(changed: &PricesChanged) -> v1::ImportPricesResponse {
    // A list's entries, and those of one before.
    let number = |of: u64| u32::try_from(of).unwrap_or(u32::MAX);
    v1::ImportPricesResponse {
        added: number(changed.added),
        changed: number(changed.changed),
        same: number(changed.same),
        removed: number(changed.removed),
        as_of: changed.as_of.map(timestamp),
    }
}

/// Where a page begins, in the list of a version.
fn token(prices: &PricesInForce, place: usize) -> String {
    format!("{}-{place}", version(prices))
}

fn place(token: &str, prices: &PricesInForce) -> Result<usize, Status> {
    let read =
        token.split_once('-').and_then(|(of, at)| Some((of.parse().ok()?, at.parse().ok()?)));
    match read {
        Some((of, place)) if of == version(prices) => Ok(place),
        Some::<(u64, usize)>(_) => {
            Err(Status::aborted("page_token: the list has changed since; begin again without one"))
        }
        None => Err(invalid("page_token", "is none that a list returned; begin without one")),
    }
}

fn version(prices: &PricesInForce) -> u64 {
    prices.as_of.map_or(0, Timestamp::as_unix_nanos)
}

fn message(entry: &PriceEntry) -> v1::PriceEntry {
    let text = |price: Option<ticketlens_prices::Price>| price.map(|price| price.to_string());
    let valid_from = (entry.valid_from > 0).then(|| prost_types::Timestamp {
        seconds: i64::try_from(entry.valid_from).unwrap_or(i64::MAX),
        nanos: 0,
    });
    v1::PriceEntry {
        provider: entry.provider.clone(),
        model: entry.model.clone(),
        service_tier: entry.service_tier.clone(),
        above_input_tokens: entry.above_input_tokens,
        valid_from,
        currency: entry.currency.to_string(),
        input: entry.input.to_string(),
        output: entry.output.to_string(),
        cache_read: text(entry.cache_read),
        cache_write: text(entry.cache_write),
        reasoning: text(entry.reasoning),
        source: entry.source.clone(),
    }
}

/// An entry that reads as one; whether a list may hold it is for the list to say. Errors name a field
/// behind `of`.
fn entry_of(entry: v1::PriceEntry, of: &str) -> Result<PriceEntry, Status> {
    let price = |field: &str, text: String| {
        text.parse().map_err(|why| invalid(&format!("{of}{field}"), why))
    };
    let optional = |field: &str, text: Option<String>| text.map(|t| price(field, t)).transpose();
    let currency = entry.currency.parse();
    Ok(PriceEntry {
        currency: currency.map_err(|why| invalid(&format!("{of}currency"), why))?,
        input: price("input", entry.input)?,
        output: price("output", entry.output)?,
        cache_read: optional("cache_read", entry.cache_read)?,
        cache_write: optional("cache_write", entry.cache_write)?,
        reasoning: optional("reasoning", entry.reasoning)?,
        valid_from: valid_from(entry.valid_from, of)?,
        provider: entry.provider,
        model: entry.model,
        service_tier: entry.service_tier,
        above_input_tokens: entry.above_input_tokens,
        source: entry.source,
    })
}

/// Seconds of Unix time; 0 where it is absent.
fn valid_from(at: Option<prost_types::Timestamp>, of: &str) -> Result<u64, Status> {
    let field = format!("{of}valid_from");
    if at.is_some_and(|at| at.nanos != 0) {
        return Err(invalid(&field, "is a whole second"));
    }
    let at = time(&field, at)?;
    Ok(at.map_or(0, |at| at.as_unix_nanos() / 1_000_000_000))
}

#[cfg(test)]
mod tests {
    use ticketlens_prices::start_list;
    use tonic::Code;

    use super::*;

    #[test]
    fn every_entry_is_read_back_from_its_message() {
        for entry in start_list().unwrap() {
            assert_eq!(entry_of(message(&entry), "").unwrap(), entry);
        }
    }

    #[test]
    fn what_does_not_read_is_named_by_field() {
        let entry = || message(&start_list().unwrap()[0]);
        let nanos = prost_types::Timestamp { seconds: 1, nanos: 1 };
        for (entry, says) in [
            (v1::PriceEntry { currency: "usd".into(), ..entry() }, "entries[3].currency: a curr"),
            (v1::PriceEntry { input: "1,5".into(), ..entry() }, "entries[3].input: "),
            (v1::PriceEntry { output: String::new(), ..entry() }, "entries[3].output: "),
            (v1::PriceEntry { reasoning: Some("-1".into()), ..entry() }, "entries[3].reasoning: "),
            (v1::PriceEntry { valid_from: Some(nanos), ..entry() }, "entries[3].valid_from: is a"),
        ] {
            let status = entry_of(entry, "entries[3].").unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument);
            assert!(status.message().starts_with(says), "{}", status.message());
        }
    }

    #[test]
    fn a_page_of_another_list_is_told_from_no_page() {
        let of = |nanos| PricesInForce {
            as_of: Some(Timestamp::from_unix_nanos(nanos)),
            ..PricesInForce::default()
        };
        assert_eq!(place(&token(&of(7), 5), &of(7)).unwrap(), 5);
        assert_eq!(place(&token(&of(7), 5), &of(8)).unwrap_err().code(), Code::Aborted);
        for text in ["7", "-", "7-", "7-x", "x-1", "7-1-1"] {
            assert_eq!(place(text, &of(7)).unwrap_err().code(), Code::InvalidArgument, "{text}");
        }
    }
}
