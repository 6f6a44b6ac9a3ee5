//! The tools over standard streams: a client starts this program, and ends it by closing its input.

use rmcp::{
    ServiceExt,
    transport::{async_rw::AsyncRwTransport, stdio},
};

use crate::Tools;

/// Bytes of one line of input; a call of a tool has far fewer.
const LINE: usize = 256 << 10;

/// Why the conversation could not begin.
#[derive(Debug, thiserror::Error)]
#[error("the client did not begin as the protocol has it: {0}")]
pub struct StdioError(String);

/// Serves on standard input and output until the input ends. Nothing but the protocol is written.
///
/// # Errors
/// [`StdioError`] where the client says something else first.
pub async fn serve(tools: Tools) -> Result<(), StdioError> {
    let (input, output) = stdio();
    let transport = AsyncRwTransport::new(input, output).with_max_line_length(LINE);
    let served = match tools.serve(transport).await {
        Ok(served) => served,
        // The client was gone before it said anything: that is an end like any other.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(StdioError(error.to_string())),
    };
    let _ = served.waiting().await;
    Ok(())
}
