//! Bytes that were read from a socket and by nobody yet: HTTP/2 lets a sender be ahead of whoever
//! reads its requests, on every stream of every connection. All of it together stays below a limit:
//! at the limit a connection with much of it is not read on, and its sender waits.
//!
//! What is counted is what came in, less what requests have taken out of their bodies. Headers come
//! in too; they are let go of when no request of the connection is under way.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{Notify, futures::OwnedNotified},
};

/// What every connection may be ahead, whatever others are: a small request is always read.
const FREE: usize = 32 << 10;
/// Read at once.
const PIECE: usize = 64 << 10;
/// A frame's header, of HTTP/2 (RFC 9113, 4.1).
const FRAME: usize = 9;

/// Held for each header, beside its text: a few bytes on the wire can name many.
const HEADER: usize = 128;
/// Of heads under way, on a connection over which a right key came: as many ordinary ones as it may
/// have streams.
const CONNECTION_HEADS: usize = 512 << 10;

/// The unread bytes of all connections, and the heads of requests that are under way.
#[derive(Debug)]
pub(crate) struct Unread {
    limit: usize,
    counted: AtomicUsize,
    /// Of strangers' heads: as much as the limit, for all of them together.
    heads: AtomicUsize,
    freed: Arc<Notify>,
}

/// What a request's head takes.
pub(crate) fn weight_of(headers: &HeaderMap) -> usize {
    let text: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    text + (headers.len() + 1) * HEADER
}

/// A head that is held: a stranger's, or that of a connection over which a right key came. Those of
/// the latter are its tenant's as soon as its room in the budget is, so no tenant keeps others out.
#[derive(Debug)]
pub(super) struct Head {
    ahead: Arc<Ahead>,
    is_known: bool,
    bytes: usize,
}

impl Head {
    /// Room for a request's head; `None` where there is none.
    pub(super) fn hold(ahead: &Arc<Ahead>, headers: &HeaderMap, is_known: bool) -> Option<Self> {
        let head = Self { ahead: Arc::clone(ahead), is_known, bytes: weight_of(headers) };
        let most = if is_known { CONNECTION_HEADS } else { ahead.all.limit };
        let held = head.counter().fetch_add(head.bytes, Relaxed);
        // What was added is taken back by `drop`.
        (held + head.bytes <= most).then_some(head)
    }

    fn counter(&self) -> &AtomicUsize {
        if self.is_known { &self.ahead.heads } else { &self.ahead.all.heads }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        self.counter().fetch_sub(self.bytes, Relaxed);
    }
}

impl Unread {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let (counted, heads) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { limit, counted, heads, freed: Arc::default() })
    }

    /// Those beyond what is free.
    #[cfg(test)]
    fn counted(&self) -> usize {
        self.counted.load(Relaxed)
    }

    /// At most `most` of what is left.
    fn take(&self, most: usize) -> usize {
        let mut taken = 0;
        let _ = self.counted.fetch_update(Relaxed, Relaxed, |counted| {
            taken = most.min(self.limit.saturating_sub(counted));
            Some(counted + taken)
        });
        taken
    }

    fn give_back(&self, bytes: usize) {
        if bytes > 0 {
            self.counted.fetch_sub(bytes, Relaxed);
            self.freed.notify_waiters();
        }
    }
}

/// The unread bytes of one connection.
#[derive(Debug)]
pub(super) struct Ahead {
    all: Arc<Unread>,
    bytes: AtomicUsize,
    /// Requests and bodies that are under way.
    open: AtomicUsize,
    /// Of heads, once a right key came.
    heads: AtomicUsize,
}

impl Ahead {
    pub(super) fn new(all: Arc<Unread>) -> Arc<Self> {
        let (bytes, open, heads) = Default::default();
        Arc::new(Self { all, bytes, open, heads })
    }

    /// How many bytes may be read now; those beyond what is free are counted from now on.
    fn may_read(&self) -> usize {
        let free = FREE.saturating_sub(self.bytes.load(Relaxed));
        if free > 0 { free } else { self.all.take(PIECE) }
    }

    /// Of `allowed` bytes, so many were read.
    fn read(&self, allowed: usize, read: usize) {
        let before = self.bytes.fetch_add(read, Relaxed);
        let counted = if before < FREE { 0 } else { allowed };
        let beyond = (before + read).saturating_sub(FREE) - before.saturating_sub(FREE);
        self.all.give_back(counted.saturating_sub(beyond));
    }

    /// So many were taken out.
    fn taken(&self, bytes: usize) {
        let mut given = 0;
        let _ = self.bytes.fetch_update(Relaxed, Relaxed, |before| {
            let after = before.saturating_sub(bytes);
            given = before.saturating_sub(FREE) - after.saturating_sub(FREE);
            Some(after)
        });
        self.all.give_back(given);
    }

    fn opened(self: &Arc<Self>) -> Opened {
        self.open.fetch_add(1, Relaxed);
        Opened(Arc::clone(self))
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.taken(usize::MAX);
    }
}

/// A request or a body that is under way.
#[derive(Debug)]
pub(super) struct Opened(Arc<Ahead>);

impl Opened {
    pub(super) fn new(ahead: &Arc<Ahead>) -> Self {
        ahead.opened()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Relaxed) == 1 {
            // Nobody will take what is left of it: headers, and bodies that were let go of.
            self.0.taken(usize::MAX);
        }
    }
}

/// A connection's bytes on their way in.
pub(super) struct Inflow<S> {
    stream: S,
    ahead: Arc<Ahead>,
    paused: Option<Pin<Box<OwnedNotified>>>,
}

impl<S> Inflow<S> {
    pub(super) const fn new(stream: S, ahead: Arc<Ahead>) -> Self {
        Self { stream, ahead, paused: None }
    }

    /// How many bytes may be read; waits while there are none.
    fn poll_may_read(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        loop {
            let freed = self.paused.get_or_insert_with(|| {
                Box::pin(Arc::clone(&self.ahead.all.freed).notified_owned())
            });
            // Registered before looking, so that what is given back in between is not missed.
            let woken = freed.as_mut().poll(cx).is_ready();
            let allowed = self.ahead.may_read();
            if allowed > 0 {
                self.paused = None;
                return Poll::Ready(allowed);
            }
            if !woken {
                return Poll::Pending;
            }
            self.paused = None;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Inflow<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let allowed = if self.ahead.bytes.load(Relaxed) < FREE {
            self.ahead.may_read()
        } else {
            ready!(self.poll_may_read(cx))
        };
        let most = allowed.min(out.remaining());
        let mut part = ReadBuf::new(out.initialize_unfilled_to(most));
        let outcome = Pin::new(&mut self.stream).poll_read(cx, &mut part);
        let read = part.filled().len();
        self.ahead.read(allowed, read);
        out.advance(read);
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Inflow<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A body whose bytes are no longer unread when they are taken out of it.
pub(super) struct Taken<B> {
    body: B,
    opened: Opened,
}

impl<B> Taken<B> {
    pub(super) fn new(body: B, ahead: &Arc<Ahead>) -> Self {
        Self { body, opened: ahead.opened() }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Taken<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.opened.0.taken(bytes + FRAME);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const LIMIT: usize = 4 * PIECE;

    /// Reads as far as it may; how far that was.
    async fn read_on(inflow: &mut Inflow<tokio::io::DuplexStream>) -> usize {
        let mut piece = vec![0; 2 * PIECE];
        let mut read = 0;
        while let Ok(more) =
            tokio::time::timeout(std::time::Duration::from_millis(1), inflow.read(&mut piece)).await
        {
            read += more.unwrap();
        }
        read
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_read_up_to_the_limit_and_on_when_its_bytes_are_taken() {
        let all = Unread::new(LIMIT);
        let ahead = Ahead::new(Arc::clone(&all));
        let (near, mut far) = duplex(32 * PIECE);
        far.write_all(&vec![1; 16 * PIECE]).await.unwrap();
        let mut inflow = Inflow::new(near, Arc::clone(&ahead));
        assert_eq!(read_on(&mut inflow).await, FREE + LIMIT);
        assert_eq!(all.counted(), LIMIT);

        // Another one still reads a small request.
        let other = Ahead::new(Arc::clone(&all));
        let (near, mut far) = duplex(PIECE);
        far.write_all(&[1; 1000]).await.unwrap();
        let mut small = Inflow::new(near, other);
        assert_eq!(read_on(&mut small).await, 1000);

        let mut body = Taken::new(Full::new(Bytes::from(vec![1; PIECE])), &ahead);
        body.frame().await.unwrap().unwrap();
        assert_eq!(read_on(&mut inflow).await, PIECE + FRAME);
        drop(body);
        assert_eq!(all.counted(), 0, "no request is under way");
    }

    #[test]
    fn heads_of_strangers_share_a_limit_and_take_nothing_from_who_is_known() {
        let all = Unread::new(10 * HEADER);
        let (one, other) = (Ahead::new(Arc::clone(&all)), Ahead::new(Arc::clone(&all)));
        let mut headers = HeaderMap::new();
        headers.insert("x", http::HeaderValue::from_static("y"));
        let held: Vec<_> = (0..8).map_while(|_| Head::hold(&one, &headers, false)).collect();
        assert_eq!(held.len(), 4, "each is its text and two entries");
        assert!(Head::hold(&other, &headers, false).is_none());
        let known: Vec<_> = (0..10_000).map_while(|_| Head::hold(&one, &headers, true)).collect();
        assert_eq!(known.len(), CONNECTION_HEADS / weight_of(&headers));
        assert!(Head::hold(&other, &headers, true).is_some(), "each connection has its own");
        drop((held, known));
        assert!(Head::hold(&other, &headers, false).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_and_who_leaves_gives_back() {
        let all = Unread::new(LIMIT);
        let first = Ahead::new(Arc::clone(&all));
        let opened = Opened::new(&first);
        let fill = |ahead: &Arc<Ahead>| {
            let (near, far) = duplex(32 * PIECE);
            (Inflow::new(near, Arc::clone(ahead)), far)
        };
        let (mut inflow, mut far) = fill(&first);
        far.write_all(&vec![1; 16 * PIECE]).await.unwrap();
        read_on(&mut inflow).await;
        let second = Ahead::new(Arc::clone(&all));
        let (mut waiting, mut far) = fill(&second);
        far.write_all(&vec![1; 2 * PIECE]).await.unwrap();
        assert_eq!(read_on(&mut waiting).await, FREE);
        let task = tokio::spawn(async move {
            let mut piece = vec![0; PIECE];
            waiting.read(&mut piece).await.unwrap()
        });
        tokio::task::yield_now().await;
        assert!(!task.is_finished());
        drop(opened);
        assert!(task.await.unwrap() > 0);
        drop((inflow, first, second));
        assert_eq!(all.counted(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_breaks_off_holds_nothing() {
        let all = Unread::new(LIMIT);
        let ahead = Ahead::new(Arc::clone(&all));
        let (near, mut far) = duplex(32 * PIECE);
        far.write_all(&vec![1; 3 * PIECE]).await.unwrap();
        drop(far);
        let mut inflow = Inflow::new(near, ahead);
        let mut read = Vec::new();
        inflow.read_to_end(&mut read).await.unwrap();
        assert_eq!(read.len(), 3 * PIECE);
        drop(inflow);
        assert_eq!(all.counted(), 0);
    }
}
