//! The services behind the routes.

use std::sync::Arc;

use ticketlens_api::{admin_service_server::AdminService, ticket_service_server::TicketService};

/// What the routes ask.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) tickets: Arc<dyn TicketService>,
    pub(crate) admin: Arc<dyn AdminService>,
}
