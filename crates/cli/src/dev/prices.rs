//! The prices of a first start: public ones, so that what tickets cost is there to be seen.

use ticketlens_api::ListPricesRequest;

use crate::{
    api::{Admin, refused},
    exit::Result,
    prices::{brought_along, import},
};

/// Imports the list that the program brings along where there never was an entry. A provider's own
/// receiver begins without: which prices are paid is the provider's to say.
pub async fn first_prices(admin: &mut Admin) -> Result<()> {
    let listed = admin.list_prices(ListPricesRequest { page_size: 1, ..Default::default() }).await;
    if listed.map_err(|s| refused(&s))?.into_inner().as_of.is_some() {
        return Ok(());
    }
    let entries: Vec<_> = brought_along()?.into_iter().map(|entry| (0, entry)).collect();
    import(admin, &entries, false, false).await.map_err(|s| refused(&s))?;
    tracing::info!(
        name: "prices.first", entries = entries.len(), "the first start imported public prices"
    );
    Ok(())
}
