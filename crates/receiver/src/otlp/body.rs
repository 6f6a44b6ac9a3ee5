//! A request's body as it arrives: reserved before it is there, bounded in bytes and time, and
//! in one piece in the end.

use std::{pin::pin, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::reply::Refusal;

/// Who has shown no right key may still send this much before the connection is cut: enough for
/// an ordinary batch, so that its sender reads the answer instead of a reset.
pub(crate) const DRAIN_STRANGER: usize = 1 << 20;
/// Who has, may send a request that is too large to its end.
pub(crate) const DRAIN_CALLER: usize = 256 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Reads pieces of a body until `deadline`.
pub(crate) struct Incoming<B> {
    body: B,
    deadline: Instant,
}

impl<B> Incoming<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    pub(crate) fn new(body: B, deadline: Instant) -> Self {
        Self { body, deadline }
    }

    /// The next piece that is not empty; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let frame = timeout_at(self.deadline, self.body.frame()).await;
            match frame.map_err(|_| Refusal::TooSlow)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(Refusal::BrokenOff),
                // Trailers say nothing in a request.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.has_remaining() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    }

    /// At least `least` bytes, unless the body ends before.
    pub(crate) async fn start(&mut self, least: usize) -> Result<Bytes, Refusal> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        if first.len() >= least {
            return Ok(first);
        }
        let mut start = BytesMut::from(first);
        while start.len() < least {
            let Some(piece) = self.next().await? else { break };
            start.extend_from_slice(&piece);
        }
        Ok(start.freeze())
    }

    /// `start` and the rest of the body, at most `limit` bytes. `grow` is asked before bytes
    /// beyond `expected` are kept. One piece is not copied.
    pub(crate) async fn rest(
        &mut self,
        start: Bytes,
        expected: usize,
        limit: usize,
        grow: &mut (dyn FnMut(usize) -> Result<(), Refusal> + Send),
    ) -> Result<Bytes, Refusal> {
        let mut reserved = expected;
        let mut reserve = |len: usize| -> Result<(), Refusal> {
            if len > limit {
                return Err(Refusal::TooLarge { limit });
            }
            if len > reserved {
                grow(len - reserved)?;
                reserved = len;
            }
            Ok(())
        };
        reserve(start.len())?;
        let Some(second) = self.next().await? else { return Ok(start) };
        let mut whole = BytesMut::with_capacity(expected.min(limit).max(start.len()));
        whole.extend_from_slice(&start);
        drop(start);
        let mut next = Some(second);
        while let Some(piece) = next {
            reserve(whole.len() + piece.len())?;
            whole.extend_from_slice(&piece);
            next = self.next().await?;
        }
        Ok(whole.freeze())
    }

    /// The body itself, wherever it stands.
    pub(crate) fn into_inner(self) -> B {
        self.body
    }
}

/// Reads and throws away what still comes, beside the answer: a sender that is cut off while it
/// writes may never read why.
pub(crate) fn drain<B>(body: B, most: usize)
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(timeout(DRAIN_TIME, async move {
        let mut body = pin!(body);
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > most {
                return;
            }
        }
    }));
}
