//! One question to the receiver's HTTP port, and the certificate that it shows. No key is sent, so any
//! certificate will do: whether it is a good one is judged by itself.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

/// For an answer: a receiver whose database is away gives it at once, too.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are read of an answer.
const MOST: usize = 256 * 1024;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Bytes,
    /// The receiver's clock, in whole seconds.
    pub date: Option<Timestamp>,
    /// Our clock before and after.
    pub around: (Timestamp, Timestamp),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection, and the certificate that was shown on it.
struct Connection {
    stream: Box<dyn Stream>,
    certificate: Option<CertificateDer<'static>>,
}

/// Asks `GET path` of the server at `address`, `http://` or `https://`.
pub async fn get(address: &str, path: &str) -> Result<Answer, String> {
    within(ask(address, path)).await
}

/// The certificate that the server at `address` shows; `None` without TLS.
pub async fn certificate(address: &str) -> Result<Option<CertificateDer<'static>>, String> {
    within(async { Ok(connect(&uri(address)?).await?.certificate) }).await
}

async fn within<T>(asked: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let late = || format!("no answer within {} s", PATIENCE.as_secs());
    timeout(PATIENCE, asked).await.map_err(|_| late())?
}

fn uri(address: &str) -> Result<Uri, String> {
    address.parse().map_err(|_| "not an address".to_owned())
}

async fn ask(address: &str, path: &str) -> Result<Answer, String> {
    let uri = uri(address)?;
    let stream = connect(&uri).await?.stream;
    let broke = |error: hyper::Error| format!("the connection broke ({error})");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broke)?;
    let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let request = Request::get(path).header(header::HOST, host).body(Empty::<Bytes>::new());
    let request = request.map_err(|_| "not an address".to_owned())?;
    let before = Timestamp::now();
    let answered = async {
        let answer = sender.send_request(request).await.map_err(broke)?;
        let after = Timestamp::now();
        let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let (status, date) = (answer.status(), date.map(|date| date.timestamp()));
        let body = Limited::new(answer.into_body(), MOST).collect().await;
        let body = body.map_err(|_| "the answer broke off or is too long".to_owned())?.to_bytes();
        Ok(Answer { status, body, date, around: (before, after) })
    };
    tokio::pin!(answered);
    // The connection has to be driven while the answer comes; its own end says less than the answer's.
    tokio::select! {
        answer = &mut answered => answer,
        _ = connection => answered.await,
    }
}

async fn connect(uri: &Uri) -> Result<Connection, String> {
    let host = uri.host().ok_or("not an address")?;
    let is_tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((bare, port)).await.map_err(|error| error.to_string())?;
    if !is_tls {
        return Ok(Connection { stream: Box::new(stream), certificate: None });
    }
    let name = ServerName::try_from(bare.to_owned()).map_err(|_| "not a host's name".to_owned())?;
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await;
    let stream = stream.map_err(|error| format!("no TLS there ({error})"))?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let certificate = shown.map(|shown| shown.clone().into_owned());
    Ok(Connection { stream: Box::new(stream), certificate })
}

/// Takes any certificate whose key its holder has.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
