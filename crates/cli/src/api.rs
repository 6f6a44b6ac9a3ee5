//! The receiver's query and admin API, with a key on every call.

use std::time::Duration;

use ticketlens_api::{
    GetTenantRequest, admin_service_client::AdminServiceClient,
    ticket_service_client::TicketServiceClient,
};
use ticketlens_show::safe;
use tonic::{
    Code, Status,
    transport::{ClientTlsConfig, Endpoint},
};

use crate::{
    channel::{Key, KeyedChannel, key_source},
    exit::{Exit, Failure, Result, innermost},
    flags::named_here,
    identity,
};

/// Bytes of one answer: a ticket's trace may be as large as a body.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A client of the administration API.
pub type Admin = AdminServiceClient<KeyedChannel>;

/// A client of the query API.
pub type Tickets = TicketServiceClient<KeyedChannel>;

/// Longest time to an answer.
pub const ANSWER: Duration = Duration::from_secs(60);
/// The same for one piece of work on many stored tickets; the receiver gives up a little before.
pub const LONG_WORK: Duration = Duration::from_mins(11);

/// Connects to an address, whose answers take at most `within`; `otherwise` says what to do where
/// nothing answers.
pub async fn connect(
    address: &str,
    key: &Key,
    otherwise: &str,
    within: Duration,
) -> Result<KeyedChannel> {
    let shown = safe::line(address);
    let invalid = |what: &str| Failure::new(Exit::Usage, format!("{what}: {shown}"));
    let mut endpoint = Endpoint::from_shared(address.to_owned())
        .map_err(|_| invalid("not a valid address of a receiver"))?
        .connect_timeout(Duration::from_secs(10))
        .timeout(within)
        .tcp_nodelay(true);
    if address.starts_with("https://") {
        let mut tls = ClientTlsConfig::new().with_native_roots();
        if let Some(files) = identity::files()? {
            tls = tls.identity(files.read()?);
        }
        endpoint = endpoint
            .tls_config(tls)
            .map_err(|_| invalid("TLS can't be set up for this address"))?;
    }
    let channel = endpoint.connect().await.map_err(|error| {
        let cause = innermost(&error);
        let failure =
            Failure::new(Exit::Unreachable, format!("no receiver answers at {shown} ({cause})"));
        // What rustls makes of an answer that is no TLS.
        if cause.contains("InvalidContentType") {
            return failure.next("it does not use TLS: start the address with http://");
        }
        failure.next(otherwise)
    })?;
    KeyedChannel::new(channel, key)
}

/// A client of the query API on a connection.
pub fn tickets(channel: KeyedChannel) -> Tickets {
    TicketServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES)
}

/// Checks that a tenant is there: of one whose name is mistyped there would be nothing, and no word.
/// Who may not ask sees a tenant of its own alone, and is told so by the query itself; the answer says
/// whether it may.
pub async fn expect_tenant(admin: &mut Admin, name: &str) -> Result<bool> {
    match admin.get_tenant(GetTenantRequest { name: name.to_owned() }).await {
        Ok(_) => Ok(true),
        Err(status) if status.code() == Code::NotFound => {
            Err(refused(&status).next("`ticketlens tenant list` shows the tenants there are"))
        }
        Err(_) => Ok(false),
    }
}

/// What a refusal of the receiver means for the person at the terminal.
pub fn refused(status: &Status) -> Failure {
    let says = safe::line(&named_here(status.message())).into_owned();
    let says =
        if says.is_empty() { format!("the receiver said {:?}", status.code()) } else { says };
    // What the provider looks for in the receiver's log.
    let id = status.metadata().get("x-request-id").and_then(|id| id.to_str().ok());
    let says = match (status.code(), id) {
        (Code::Internal | Code::Unavailable | Code::DeadlineExceeded, Some(id)) => {
            format!("{says} (request {})", safe::line(id))
        }
        _ => says,
    };
    match status.code() {
        Code::NotFound => Failure::new(Exit::NotFound, says),
        Code::Unauthenticated | Code::PermissionDenied => {
            let failure = Failure::new(Exit::Refused, says);
            match key_source(status) {
                Some(source) => failure.next(format!(
                    "the key came from {}; `ticketlens key list` shows the keys there are",
                    safe::line(source)
                )),
                None => failure,
            }
        }
        Code::InvalidArgument | Code::OutOfRange => Failure::new(Exit::Usage, says),
        Code::Unavailable | Code::DeadlineExceeded => Failure::new(Exit::Unreachable, says)
            .next("the receiver is there but can't answer just now; try again shortly"),
        Code::Unimplemented => Failure::new(Exit::Unreachable, says)
            .next("is this the gRPC port (usually 4317) of a TicketLens receiver?"),
        _ => Failure::new(Exit::Failed, says),
    }
}
