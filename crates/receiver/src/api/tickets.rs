//! `TicketService`: reading tickets within what the key may see.

use std::sync::Arc;

use ticketlens_api::v1;
use ticketlens_store::{
    MOST_ON_A_PAGE, MOST_TENANTS, PAGE_SIZE, PageStart, PageToken, QueryError, Sort, Store,
    TicketFilter, TicketPage, Visibility,
};
use ticketlens_ticket::ExecutionId;
use tonic::{Request, Response, Status, async_trait};

use super::{
    cursor, export, feedback, grouping, messages,
    reads::Room,
    scope::{self, invalid, principal, store_failed},
    search,
    selection::selected,
    value,
};
use crate::auth::{KeySource, Keys};

/// Answers `TicketService`.
#[derive(Debug)]
pub(crate) struct Tickets<S: KeySource> {
    pub(crate) keys: Arc<Keys<S>>,
    pub(crate) store: Store,
}

impl<S: KeySource> Tickets<S> {
    /// What a filter selects within what the key may see.
    async fn selection<T>(
        &self,
        request: &Request<T>,
        filter: Option<&v1::TicketFilter>,
    ) -> Result<(Visibility, TicketFilter), Status> {
        let principal = principal(&self.keys, request).await?;
        let none = v1::TicketFilter::default();
        let filter = filter.unwrap_or(&none);
        let seen = scope::seen(&self.keys, principal, &filter.tenant)?;
        Ok((seen, selected(filter)?))
    }
}

impl<S: KeySource> Tickets<S> {
    /// Whose ticket is meant. Tenants number their tickets each for itself: where several have this
    /// number, whoever sees them all says which.
    async fn of_one_tenant(
        &self,
        seen: Visibility,
        ticket_id: &str,
        execution_id: Option<ExecutionId>,
    ) -> Result<Visibility, Status> {
        if seen != Visibility::All {
            return Ok(seen);
        }
        let tenants = self.store.tenants_of_ticket(ticket_id, execution_id).await;
        let tenants = tenants.map_err(failed)?;
        match tenants.as_slice() {
            [] => Ok(seen),
            [one] => one.parse().map(Visibility::Tenant).map_err(|error| invalid("tenant", error)),
            several => {
                let more = if several.len() > MOST_TENANTS { ", …" } else { "" };
                let named = several[..several.len().min(MOST_TENANTS)].join(", ");
                let what = format!("several have this ticket ({named}{more}); name one");
                Err(invalid("tenant", what))
            }
        }
    }
}

/// What a token is bound to: times may be said anew (`--since 2h`).
fn timeless(filter: &TicketFilter) -> TicketFilter {
    TicketFilter { since: None, until: None, ..filter.clone() }
}

/// Where the page begins. A token goes on with the order and the filters of its list, and no others.
fn page_start(text: &str, sort: &str, filter: &TicketFilter) -> Result<PageStart, Status> {
    let sort = match sort {
        "" => Sort::default(),
        text => text.parse().map_err(|error| invalid("sort", error))?,
    };
    if text.is_empty() {
        return Ok(PageStart::First(sort));
    }
    let token: PageToken =
        cursor::token(text).parse().map_err(|error| invalid("page_token", error))?;
    if token.sort() != sort {
        let what = format!("is of a list sorted by {}; ask for the same `sort`", token.sort());
        return Err(invalid("page_token", what));
    }
    cursor::check(text, &token, &timeless(filter))?;
    Ok(PageStart::After(token))
}

fn failed(error: QueryError) -> Status {
    store_failed(&error, error.is_retryable())
}

#[async_trait]
impl<S: KeySource> v1::ticket_service_server::TicketService for Tickets<S> {
    async fn list_tickets(
        &self,
        request: Request<v1::ListTicketsRequest>,
    ) -> Result<Response<v1::ListTicketsResponse>, Status> {
        let (seen, filter) = self.selection(&request, request.get_ref().filter.as_ref()).await?;
        let v1::ListTicketsRequest { page_size, page_token, sort, .. } = request.into_inner();
        let page_size = match page_size {
            0 => PAGE_SIZE,
            size if size <= MOST_ON_A_PAGE => size,
            _ => return Err(invalid("page_size", "1 to 1000, or 0 for 50")),
        };
        let start = page_start(&page_token, &sort, &filter)?;
        let page = self.store.list_tickets(&seen, &filter, page_size, &start).await;
        let TicketPage { tickets, next } = page.map_err(failed)?;
        Ok(Response::new(v1::ListTicketsResponse {
            tickets: tickets.into_iter().map(messages::summary).collect(),
            next_page_token: next
                .map(|token| cursor::of(&token, &timeless(&filter)))
                .unwrap_or_default(),
        }))
    }

    async fn get_ticket(
        &self,
        request: Request<v1::GetTicketRequest>,
    ) -> Result<Response<v1::GetTicketResponse>, Status> {
        let principal = principal(&self.keys, &request).await?;
        let room = request.extensions().get::<Room>().cloned();
        let v1::GetTicketRequest { ticket_id, execution_id, tenant } = request.into_inner();
        let seen = scope::seen(&self.keys, principal, &tenant)?;
        if ticket_id.is_empty() {
            return Err(invalid("ticket_id", "is missing"));
        }
        let execution_id = match execution_id.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| invalid("execution_id", "is not a UUID"))?),
        };
        let seen = self.of_one_tenant(seen, &ticket_id, execution_id).await?;
        let found =
            self.store.find_ticket(&seen, &ticket_id, execution_id).await.map_err(failed)?;
        // The same answer whether there is none or it is another tenant's.
        let none = || Status::not_found("no such ticket among those this key may see");
        let found = found.ok_or_else(none)?;
        if let Some(room) = room {
            room.take(found.bytes()).await?;
        }
        let opened = self.store.open_ticket(found).await.map_err(failed)?;
        Ok(Response::new(messages::ticket(opened.ok_or_else(none)?)))
    }

    async fn count_tickets(
        &self,
        request: Request<v1::CountTicketsRequest>,
    ) -> Result<Response<v1::CountTicketsResponse>, Status> {
        let (seen, filter) = self.selection(&request, request.get_ref().filter.as_ref()).await?;
        let count = self.store.count_tickets(&seen, &filter).await.map_err(failed)?;
        Ok(Response::new(v1::CountTicketsResponse { count }))
    }

    async fn get_overview(
        &self,
        request: Request<v1::GetOverviewRequest>,
    ) -> Result<Response<v1::GetOverviewResponse>, Status> {
        let (seen, filter) = self.selection(&request, request.get_ref().filter.as_ref()).await?;
        let v1::GetOverviewRequest { by, every, .. } = request.into_inner();
        let grouping = grouping::asked(&by, every.as_ref(), &filter)?;
        let (overview, groups) = tokio::try_join!(
            self.store.overview(&seen, &filter),
            self.store.overview_groups(&seen, &filter, grouping),
        )
        .map_err(failed)?;
        Ok(Response::new(messages::overview(overview, groups)))
    }

    async fn compare_versions(
        &self,
        request: Request<v1::CompareVersionsRequest>,
    ) -> Result<Response<v1::CompareVersionsResponse>, Status> {
        let (seen, filter) = self.selection(&request, request.get_ref().filter.as_ref()).await?;
        if filter.workflow_version.is_some() {
            return Err(invalid(
                "workflow_version",
                "leave it empty; `a` and `b` name the versions",
            ));
        }
        let v1::CompareVersionsRequest { a, b, .. } = request.into_inner();
        let of = |argument, version: String| match version.as_str() {
            "" => Err(invalid(argument, "is missing; it names a version of the workflow")),
            _ => Ok(TicketFilter { workflow_version: Some(version), ..filter.clone() }),
        };
        let (a, b) = (of("a", a)?, of("b", b)?);
        let (a, b) =
            tokio::try_join!(self.store.overview(&seen, &a), self.store.overview(&seen, &b))
                .map_err(failed)?;
        let overview = |overview| Some(messages::overview(overview, Vec::new()));
        Ok(Response::new(v1::CompareVersionsResponse { a: overview(a), b: overview(b) }))
    }

    async fn get_storage(
        &self,
        request: Request<v1::GetStorageRequest>,
    ) -> Result<Response<v1::GetStorageResponse>, Status> {
        self.storage(&request).await.map(Response::new)
    }

    async fn search_tickets(
        &self,
        request: Request<v1::SearchTicketsRequest>,
    ) -> Result<Response<v1::SearchTicketsResponse>, Status> {
        let (seen, filter) = self.selection(&request, request.get_ref().filter.as_ref()).await?;
        let room = request.extensions().get::<Room>().cloned();
        let asked = request.into_inner();
        let answer = search::answer(&self.store, seen, filter, asked, room).await?;
        Ok(Response::new(answer))
    }

    async fn export_tickets(
        &self,
        request: Request<v1::ExportTicketsRequest>,
    ) -> Result<Response<v1::ExportTicketsResponse>, Status> {
        let (seen, filter) = self.selection(&request, request.get_ref().filter.as_ref()).await?;
        let room = request.extensions().get::<Room>().cloned();
        let asked = request.into_inner();
        let answer = export::answer(&self.store, &seen, &filter, asked, room).await?;
        Ok(Response::new(answer))
    }

    async fn list_feedback(
        &self,
        request: Request<v1::ListFeedbackRequest>,
    ) -> Result<Response<v1::ListFeedbackResponse>, Status> {
        let principal = principal(&self.keys, &request).await?;
        let named = request.get_ref().filter.as_ref().map(|filter| filter.tenant.as_str());
        let seen = scope::seen(&self.keys, principal, named.unwrap_or_default())?;
        let room = request.extensions().get::<Room>().cloned();
        let answer = feedback::answer(&self.store, &seen, request.into_inner(), room).await?;
        Ok(Response::new(answer))
    }

    async fn get_value(
        &self,
        request: Request<v1::GetValueRequest>,
    ) -> Result<Response<v1::Value>, Status> {
        let principal = principal(&self.keys, &request).await?;
        let v1::GetValueRequest { tenant, month } = request.into_inner();
        let seen = scope::seen(&self.keys, principal, &tenant)?;
        value::answer(&self.store, seen, &month).await.map(Response::new)
    }
}
