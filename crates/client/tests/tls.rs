//! TLS both ways: the receiver's certificate is checked, and the client shows its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fake_receiver;

use std::{fs, path::Path, time::Duration};

use fake_receiver::{FakeReceiver, eventually};
use rcgen::generate_simple_self_signed;
use ticketlens::Lens;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

/// A certificate for this machine and its key, as PEM.
fn certificate() -> (String, String) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_trusted_receiver_gets_tickets_from_a_client_it_knows() {
    let folder = tempfile::tempdir().unwrap();
    let (server, server_key) = certificate();
    let (client, client_key) = certificate();
    let receiver = FakeReceiver::start_tls(
        ServerTlsConfig::new()
            .identity(Identity::from_pem(&server, &server_key))
            .client_ca_root(Certificate::from_pem(&client)),
    );
    let vars = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("localhost:{}", receiver.address.port())),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", file(folder.path(), "ca.pem", &server)),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", file(folder.path(), "client.pem", &client)),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", file(folder.path(), "client.key", &client_key)),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value));
    let lens = Lens::builder().read_vars(vars).build().unwrap();
    lens.ticket("1").succeed();
    assert_eq!(lens.shutdown(Duration::from_secs(30)).sent, 1, "{:?}", lens.stats());
}

#[test]
fn a_receiver_that_is_not_trusted_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (server, server_key) = certificate();
    let (other, _) = certificate();
    let identity = Identity::from_pem(&server, &server_key);
    let receiver = FakeReceiver::start_tls(ServerTlsConfig::new().identity(identity));
    let lens = Lens::builder()
        .endpoint(format!("https://localhost:{}", receiver.address.port()))
        .certificate(file(folder.path(), "ca.pem", &other))
        .build()
        .unwrap();
    lens.ticket("1").succeed();
    eventually("the failure is told", || lens.stats().last_error.is_some());
    let why = lens.stats().last_error.unwrap();
    assert!(why.contains("certificate"), "{why}");
    assert_eq!(receiver.state.calls(), 0);
    assert_eq!(lens.shutdown(Duration::from_millis(50)).left, 1);
}
