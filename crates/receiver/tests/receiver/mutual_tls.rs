//! Clients' certificates: who is served, and what a platform's probes are told without one.

use http::{Request, StatusCode};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use ticketlens_receiver::TlsConfig;
use tonic::{
    Code,
    body::Body,
    transport::{Certificate, Channel, ClientTlsConfig, Identity},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::{Service as _, ServiceExt as _};

use crate::{
    records::{request, ticket},
    rig::{self, with_key},
};

/// An authority of clients, and a certificate it made.
fn authority() -> (String, Identity) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(["workflow".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let client = params.signed_by(&key, &authority).unwrap();
    (authority.pem(), Identity::from_pem(client.pem(), key.serialize_pem()))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_clients_with_a_certificate_are_served_and_probes_need_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (ours, client) = authority();
    let tls = TlsConfig {
        certificate: path("cert.pem"),
        key: path("key.pem"),
        client_ca: Some(path("ca.pem")),
    };
    std::fs::write(&tls.certificate, made.cert.pem()).unwrap();
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(path("ca.pem"), ours).unwrap();
    let rig = rig::start_with("mutual_tls", |config| config.tls = Some(tls)).await;
    let trust = || {
        let trusted = Certificate::from_pem(made.cert.pem());
        ClientTlsConfig::new().ca_certificate(trusted).domain_name("localhost")
    };
    let channel = |port: std::net::SocketAddr, tls| {
        let endpoint = Channel::from_shared(format!("https://{port}")).unwrap();
        endpoint.tls_config(tls).unwrap().connect_lazy()
    };

    let known = channel(rig.grpc, trust().identity(client));
    let call = with_key(request(vec![ticket("a")]), &rig.ingest);
    LogsServiceClient::new(known).export(call).await.unwrap();

    // The right key alone does not do.
    let nobody = channel(rig.grpc, trust());
    let call = with_key(request(vec![ticket("b")]), &rig.ingest);
    let refused = LogsServiceClient::new(nobody.clone()).export(call).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
    assert_eq!(refused.message(), "this receiver asks for a client certificate");
    let health = HealthClient::new(nobody).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
    let mut web = channel(rig.http, trust());
    for (path, status) in [
        ("/healthz", StatusCode::OK),
        ("/readyz", StatusCode::OK),
        ("/metrics", StatusCode::UNAUTHORIZED),
        ("/v1/logs", StatusCode::UNAUTHORIZED),
    ] {
        let asked = Request::get(path).body(Body::empty()).unwrap();
        let answer = web.ready().await.unwrap().call(asked).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }

    // Another authority's certificate ends the handshake.
    let (_, stranger) = authority();
    let stranger = channel(rig.grpc, trust().identity(stranger));
    let call = with_key(request(vec![ticket("c")]), &rig.ingest);
    LogsServiceClient::new(stranger).export(call).await.unwrap_err();
    assert_eq!(rig.count().await, 1);
}
