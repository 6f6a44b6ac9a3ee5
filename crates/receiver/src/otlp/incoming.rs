//! A request's body as it arrives: reserved piece by piece, bounded in bytes and time, and in one
//! piece in the end.

use std::{pin::pin, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    intake::Arrival,
    reply::{Refusal, TooLarge},
};

/// Who has shown no right key may still send this much before the connection is cut: enough for
/// an ordinary batch, so that its sender reads the answer instead of a reset.
pub(crate) const DRAIN_STRANGER: usize = 1 << 20;
/// Who has, may send a request that is too large to its end.
pub(crate) const DRAIN_CALLER: usize = 256 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// A sender that pauses for so long is no longer expected to send what it declared.
const STALLED_AFTER: Duration = Duration::from_secs(1);
/// Room made for a body of which nothing is there yet, and how many times what is there it may
/// grow at once: memory that is not written to is not used.
const FIRST_ROOM: usize = 64 << 10;
const ROOM_TIMES: usize = 4;

/// Reads pieces of a body, for so long and no longer.
pub(crate) struct Incoming<B> {
    body: B,
    began: Instant,
    deadline: Instant,
}

impl<B> Incoming<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    /// A body whose head has just come, and which may take so long to arrive.
    pub(crate) fn new(body: B, within: Duration) -> Self {
        let began = Instant::now();
        Self { body, began, deadline: began + within }
    }

    /// When its head had come.
    pub(crate) const fn began(&self) -> Instant {
        self.began
    }

    /// The next piece that is not empty; `None` at the end. `stalled` is called where it takes long.
    async fn next(&mut self, stalled: &mut (dyn FnMut() + Send)) -> Result<Option<Bytes>, Refusal> {
        loop {
            let mut frame = self.body.frame();
            let soon = self.deadline.min(Instant::now() + STALLED_AFTER);
            let frame = match timeout_at(soon, &mut frame).await {
                Ok(frame) => frame,
                Err(_) => {
                    stalled();
                    timeout_at(self.deadline, frame).await.map_err(|_| Refusal::TooSlow)?
                }
            };
            match frame {
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
        let Some(first) = self.next(&mut || {}).await? else { return Ok(Bytes::new()) };
        if first.len() >= least {
            return Ok(first);
        }
        let mut start = BytesMut::from(first);
        while start.len() < least {
            let Some(piece) = self.next(&mut || {}).await? else { break };
            start.extend_from_slice(&piece);
        }
        Ok(start.freeze())
    }

    /// `start` and the rest of the body, at most `limit` bytes; `declared` are expected. Each piece
    /// is reserved before it is kept. One piece is not copied.
    pub(crate) async fn rest(
        &mut self,
        start: Bytes,
        declared: usize,
        limit: usize,
        arrival: &mut Arrival,
    ) -> Result<Bytes, Refusal> {
        if start.len() > limit {
            return Err(Refusal::TooLarge(TooLarge::Request { limit }));
        }
        arrival.take(start.len()).await?;
        let Some(second) = self.next(&mut || arrival.stalled()).await? else { return Ok(start) };
        let mut whole = BytesMut::from(start);
        let mut next = Some(second);
        while let Some(piece) = next {
            let after = whole.len() + piece.len();
            if after > limit {
                return Err(Refusal::TooLarge(TooLarge::Request { limit }));
            }
            arrival.take(piece.len()).await?;
            if after > whole.capacity() {
                let most = after.max(declared.min(limit)).min(ROOM_TIMES * after.max(FIRST_ROOM));
                // Until it is copied, what is there is there twice.
                let copied = arrival.beside(whole.len()).await?;
                whole.reserve(most.max(after) - whole.len());
                drop(copied);
            }
            whole.extend_from_slice(&piece);
            next = self.next(&mut || arrival.stalled()).await?;
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
