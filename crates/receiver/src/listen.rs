//! One listener: accepts, speaks TLS, serves HTTP/1.1 and HTTP/2, and ends in order.
//!
//! Both ports run this loop; they differ in their routes alone. Every wait for a stranger has an
//! end: the TLS handshake, the first request, a request's headers, dead peers (HTTP/2 pings).

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::Request;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// For the TLS handshake, and for a request's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Whoever connects and asks nothing is let go after this; clients connect again by themselves.
const FIRST_REQUEST_WITHIN: Duration = Duration::from_secs(30);
/// After a failure to accept (no more file handles), which comes back at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Between two pings on a quiet HTTP/2 connection, and how long an answer may take.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_WITHIN: Duration = Duration::from_secs(20);
/// Bytes a sender may be ahead of us: large bodies need more than HTTP/2's 64 KiB to flow, and
/// it is memory that the budget does not see. A connection has room for many streams that wait
/// for the budget, or those would stop the ones that are being read.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 8 << 20;
const FRAME: u32 = 64 << 10;
const STREAMS: u32 = 256;
const HEADER_BYTES: u32 = 16 << 10;

/// A bound port.
pub(crate) struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Arc<Semaphore>,
}

impl Listener {
    pub(crate) async fn bind(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        max_connections: usize,
    ) -> io::Result<Self> {
        let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
        Ok(Self { tcp: TcpListener::bind(address).await?, tls, places })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until `stop` turns true; then accepts no more, tells every connection to end
    /// (GOAWAY), and returns when their requests are answered.
    pub(crate) async fn serve(self, routes: Router, mut stop: watch::Receiver<bool>) {
        let connections = GracefulShutdown::new();
        let server = Arc::new(server());
        loop {
            let (stream, place) = tokio::select! {
                accepted = self.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let connection = Connection {
                server: Arc::clone(&server),
                routes: routes.clone(),
                watcher: connections.watcher(),
            };
            let tls = self.tls.clone();
            tokio::spawn(async move {
                let _place = place;
                match tls {
                    None => connection.serve(stream).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = timeout(HEADERS_WITHIN, tls.accept(stream)).await {
                            connection.serve(stream).await;
                        }
                    }
                }
            });
        }
        // Close the port first: whoever comes now should be told by the next instance.
        drop(self.tcp);
        connections.shutdown().await;
    }

    async fn accept(&self) -> (TcpStream, OwnedSemaphorePermit) {
        loop {
            // The semaphore is never closed; without a place there is nothing to do but wait.
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                std::future::pending::<()>().await;
                continue;
            };
            match self.tcp.accept().await {
                Ok((stream, _)) => {
                    // Answers are small: without this they wait for an acknowledgement.
                    let _ = stream.set_nodelay(true);
                    return (stream, place);
                }
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

fn server() -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    server
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WITHIN);
    server
}

struct Connection {
    server: Arc<auto::Builder<TokioExecutor>>,
    routes: Router,
    watcher: hyper_util::server::graceful::Watcher,
}

impl Connection {
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let asked = Arc::new(AtomicBool::new(false));
        let service = service_fn({
            let (routes, asked) = (self.routes, Arc::clone(&asked));
            move |request: Request<hyper::body::Incoming>| {
                asked.store(true, Ordering::Relaxed);
                routes.clone().oneshot(request.map(Body::new))
            }
        });
        let connection = self.server.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(self.watcher.watch(connection.into_owned()));
        tokio::select! {
            // How a connection ends is its client's affair.
            _ = &mut connection => return,
            () = sleep(FIRST_REQUEST_WITHIN) => {}
        }
        if asked.load(Ordering::Relaxed) {
            let _ = connection.await;
        }
    }
}
