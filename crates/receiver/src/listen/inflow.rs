//! What counts a connection's unread bytes: its stream, as they come in, and the bodies of its
//! requests, as they are taken out.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::futures::OwnedNotified,
};

use super::unread::{Ahead, Opened};

/// A frame's header, of HTTP/2 (RFC 9113, 4.1).
const FRAME: usize = 9;

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
            let freed = self.paused.get_or_insert_with(|| Box::pin(self.ahead.freed()));
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
        let allowed = if self.ahead.is_free() {
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
        Self { body, opened: Opened::new(ahead) }
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
            self.opened.taken(bytes + FRAME);
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

    use super::{
        super::unread::{FREE, PIECE, Unread},
        *,
    };

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
