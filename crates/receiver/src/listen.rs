//! One listener: accepts, speaks TLS, serves HTTP/1.1 and HTTP/2, and ends in order.
//!
//! Both ports run this loop; they differ in their routes alone. Every wait for a stranger has an
//! end: the TLS handshake, the first request, a request's headers, dead connections (HTTP/2 pings), and a
//! connection over which no right key ever comes.

mod connections;
mod inflow;
mod unread;

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

pub(crate) use connections::ConnectionState;
use connections::{ConnectionPermit, ConnectionPermits, Stay};
use inflow::{Inflow, Taken};
use unread::{Ahead, Head, Opened};
pub(crate) use unread::{Unread, weight_of};

use crate::handshake::Handshake;

/// For the TLS handshake, and for a request's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// After a failure to accept (no more file handles), which comes back at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Between two pings on a quiet HTTP/2 connection, and how long an answer may take.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_WITHIN: Duration = Duration::from_secs(20);
/// From being told to end to the end.
const END_WITHIN: Duration = Duration::from_secs(5);
/// Connections beyond the limit, for as long as it takes to ask whether this is alive: every place
/// may be a sender's.
const PROBES: usize = 16;
const PROBE_WITHIN: Duration = Duration::from_secs(2);
/// Bytes a sender may be ahead of us: large bodies need more than HTTP/2's 64 KiB to flow. A
/// connection has room for many streams that wait for the budget, or those would stop the ones that
/// are being read. How far all of them are ahead together is bounded by [`Unread`].
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 8 << 20;
const FRAME: u32 = 64 << 10;
const STREAMS: u32 = 256;
const HEADER_BYTES: u32 = 16 << 10;

/// A bound port.
pub(crate) struct Listener {
    tcp: TcpListener,
    handshake: Option<Arc<Handshake>>,
    permits: Arc<ConnectionPermits>,
    probes: Arc<Semaphore>,
    unread: Arc<Unread>,
}

impl Listener {
    pub(crate) async fn bind(
        address: SocketAddr,
        handshake: Option<Arc<Handshake>>,
        max_connections: usize,
        unread: Arc<Unread>,
    ) -> io::Result<Self> {
        let tcp = TcpListener::bind(address).await?;
        let permits = ConnectionPermits::new(max_connections);
        let probes = Arc::new(Semaphore::new(PROBES));
        Ok(Self { tcp, handshake, permits, probes, unread })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until `stop` turns true; then accepts no more, tells every connection to end
    /// (GOAWAY), and returns when their requests are answered.
    pub(crate) async fn serve(self, routes: Router, mut stop: watch::Receiver<bool>) {
        let server = Arc::new(server());
        // Each connection holds one end: when all are gone, so are they.
        let (open, mut all_closed) = mpsc::channel::<Infallible>(1);
        loop {
            let stream = tokio::select! {
                stream = self.accept() => stream,
                () = stopped(&mut stop) => break,
            };
            let connection = Connection {
                server: Arc::clone(&server),
                routes: routes.clone(),
                handshake: self.handshake.clone(),
                unread: Arc::clone(&self.unread),
                stop: stop.clone(),
                open: open.clone(),
            };
            if let Some(permit) = self.permits.take() {
                tokio::spawn(connection.serve(stream, permit));
            } else if let Ok(probe) = Arc::clone(&self.probes).try_acquire_owned() {
                tokio::spawn(async move {
                    let _probe = probe;
                    connection.serve_probe(stream).await;
                });
            }
        }
        // Close the port first: whoever comes now should be told by the next instance.
        drop(self.tcp);
        drop(open);
        let _ = all_closed.recv().await;
    }

    async fn accept(&self) -> TcpStream {
        loop {
            match self.tcp.accept().await {
                Ok((stream, _)) => {
                    // Answers are small: without this they wait for an acknowledgement.
                    let _ = stream.set_nodelay(true);
                    return stream;
                }
                Err(error) => {
                    tracing::warn!(
                        name: "listener.accept_failed", kind = ?error.kind(),
                        "a connection could not be accepted"
                    );
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

/// What serves one connection.
struct Connection {
    server: Arc<auto::Builder<TokioExecutor>>,
    routes: Router,
    handshake: Option<Arc<Handshake>>,
    unread: Arc<Unread>,
    stop: watch::Receiver<bool>,
    /// Held as long as it is open.
    open: mpsc::Sender<Infallible>,
}

impl Connection {
    async fn serve(self, stream: TcpStream, permit: ConnectionPermit) {
        if let Ok(peer) = stream.peer_addr() {
            permit.connection.comes_from(peer.ip());
        }
        let handshake = self.handshake.clone();
        let sent_away = Arc::clone(&permit.connection);
        let served = async {
            let Some(handshake) = handshake else {
                return self.serve_connection(stream, permit).await;
            };
            let accepted = handshake.acceptor().accept(stream);
            let Ok(Ok(stream)) = timeout(HEADERS_WITHIN, accepted).await else { return };
            if handshake.asks_clients() && has_none(&stream) {
                let answered = self.answer_probe(stream, HEALTH, no_certificate);
                let _ = timeout(PROBE_WITHIN, answered).await;
            } else {
                self.serve_connection(stream, permit).await;
            }
        };
        tokio::select! {
            () = served => {}
            () = sent_away.sent_away() => {}
        }
    }

    async fn serve_connection<S>(self, stream: S, permit: ConnectionPermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { server, routes, unread, mut stop, open, .. } = self;
        let ahead = Ahead::new(unread);
        let service = service_fn({
            let (connection, ahead) = (Arc::clone(&permit.connection), Arc::clone(&ahead));
            move |mut request: Request<hyper::body::Incoming>| {
                let under_way = (connection.asks(), Opened::new(&ahead));
                let head = Head::hold(&ahead, request.headers(), connection.is_known());
                request.extensions_mut().insert(Arc::clone(&connection));
                let request = request.map(|body| Body::new(Taken::new(body, &ahead)));
                let answer = head.is_some().then(|| routes.clone().oneshot(request));
                async move {
                    let _under_way = (under_way, head);
                    match answer {
                        Some(answer) => answer.await,
                        None => Ok(too_many_connections()),
                    }
                }
            }
        });
        let stream = TokioIo::new(Inflow::new(stream, ahead));
        let mut connection = pin!(server.serve_connection(stream, service));
        let mut look_at = Instant::now();
        // How a connection ends is its client's affair.
        loop {
            tokio::select! {
                _ = &mut connection => break,
                () = stopped(&mut stop) => {
                    // Until its requests are answered; whoever told it to stop has a deadline.
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.as_mut().await;
                    break;
                }
                () = sleep_until(look_at) => match permit.connection.stays_until(Instant::now()) {
                    Stay::Until(then) => look_at = then,
                    Stay::Leave => break,
                    Stay::LeaveInOrder => {
                        connection.as_mut().graceful_shutdown();
                        let _ = timeout(END_WITHIN, connection.as_mut()).await;
                        break;
                    }
                },
            }
        }
        drop(open);
    }

    /// Answers who asks whether this is alive, and tells others to come again.
    async fn serve_probe(self, stream: TcpStream) {
        let handshake = self.handshake.clone();
        let served = async {
            let Some(handshake) = handshake else {
                return self.answer_probe(stream, PROBED, |_| too_many_connections()).await;
            };
            let Ok(stream) = handshake.acceptor().accept(stream).await else { return };
            if handshake.asks_clients() && has_none(&stream) {
                self.answer_probe(stream, HEALTH, no_certificate).await;
            } else {
                self.answer_probe(stream, PROBED, |_| too_many_connections()).await;
            }
        };
        let _ = timeout(PROBE_WITHIN, served).await;
    }

    async fn answer_probe<S>(
        self,
        stream: S,
        probed: &'static [&'static str],
        others: fn(&HeaderMap) -> Response<Body>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { server, routes, unread, open, .. } = self;
        let ahead = Ahead::new(unread);
        let service = service_fn({
            let ahead = Arc::clone(&ahead);
            move |request: Request<hyper::body::Incoming>| {
                let opened = Opened::new(&ahead);
                let path = request.uri().path();
                let is_probe = probed.iter().any(|probed| path.starts_with(probed));
                let refused = others(request.headers());
                let request = request.map(|body| Body::new(Taken::new(body, &ahead)));
                let answer = is_probe.then(|| routes.clone().oneshot(request));
                async move {
                    let _opened = opened;
                    match answer {
                        Some(answer) => answer.await,
                        None => Ok(refused),
                    }
                }
            }
        });
        let _ = server.serve_connection(TokioIo::new(Inflow::new(stream, ahead)), service).await;
        drop(open);
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What is answered over connections beyond the limit.
const PROBED: &[&str] = &["/healthz", "/readyz", "/metrics", "/grpc.health.v1.Health/"];

/// What is answered without a client's certificate where one is asked for: a platform's probes have none.
const HEALTH: &[&str] = &["/healthz", "/readyz", "/grpc.health.v1.Health/"];

/// Whether this client showed no certificate; one that is not good ended the handshake.
fn has_none(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.peer_certificates().is_none()
}

/// Not retryable, as without a key.
fn no_certificate(asked: &HeaderMap) -> Response<Body> {
    const WHY: &str = "this receiver asks for a client certificate";
    let content = asked.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if content.is_some_and(|content| content.starts_with(b"application/grpc")) {
        return tonic::Status::unauthenticated(WHY).into_http();
    }
    let mut response = Response::new(Body::from(WHY));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

/// Retryable for both protocols: a gRPC client reads a 503 as UNAVAILABLE.
fn too_many_connections() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
