//! TLS on both ports.

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use rcgen::generate_simple_self_signed;
use ticketlens_receiver::{Receiver, TlsConfig};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

use crate::{
    records::{request, ticket},
    rig::{self, with_key},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_trusts_the_certificate_is_served_and_plain_text_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = TlsConfig { certificate, key };
    let rig = rig::start_with("tls_served", |config| config.tls = Some(tls)).await;

    let trust = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(made.cert.pem()))
        .domain_name("localhost");
    let endpoint = Channel::from_shared(format!("https://{}", rig.grpc)).unwrap();
    let channel = endpoint.tls_config(trust).unwrap().connect().await.unwrap();
    let call = with_key(request(vec![ticket("a")]), &rig.ingest);
    LogsServiceClient::new(channel).export(call).await.unwrap();
    assert_eq!(rig.count().await, 1);
    let plain = Channel::from_shared(format!("http://{}", rig.grpc)).unwrap().connect_lazy();
    let call = with_key(request(vec![ticket("b")]), &rig.ingest);
    LogsServiceClient::new(plain).export(call).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_certificate_is_named_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nothing.pem");
    std::fs::write(&file, "secret text that is no PEM").unwrap();
    let config = tokio::task::spawn_blocking(|| rig::store_config("tls_bad")).await.unwrap();
    let mut config = ticketlens_receiver::Config::new(config);
    config.tls = Some(TlsConfig { certificate: file.clone(), key: file });
    let error = Receiver::bind(config).await.unwrap_err().to_string();
    assert!(error.contains("nothing.pem") && !error.contains("secret text"), "{error}");
}
