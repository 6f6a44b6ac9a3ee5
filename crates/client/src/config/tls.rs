//! TLS from the environment's files, or from the machine's own root certificates.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt as _;
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    client::WantsClientCert,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::{
    problem::Problem,
    settings::{Setting, Settings},
};

/// What `https` endpoints are spoken to with. Where the endpoint is plain (`needed` is unset) no
/// root certificates are looked for: a container often has none.
pub(super) fn client(
    settings: &Settings,
    needed: bool,
    problems: &mut Vec<Problem>,
) -> Option<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Problem::Tls(error.to_string()));
    let config = builder
        .and_then(|builder| with_roots(builder, settings, needed))
        .and_then(|builder| with_identity(builder, settings));
    config.map_err(|problem| problems.push(problem)).ok()
}

fn with_roots(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    settings: &Settings,
    needed: bool,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Problem> {
    if let Some(given) = &settings.certificate {
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates(given)?);
        if added == 0 {
            return Err(Problem::NotPem { setting: given.name, what: "certificate" });
        }
        return Ok(builder.with_root_certificates(roots));
    }
    if !needed {
        return Ok(builder.with_root_certificates(RootCertStore::empty()));
    }
    builder.with_native_roots().map_err(|_| {
        Problem::Tls(
            "this machine has no root certificates; set OTEL_EXPORTER_OTLP_CERTIFICATE".to_owned(),
        )
    })
}

fn with_identity(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    settings: &Settings,
) -> Result<ClientConfig, Problem> {
    const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
    match (&settings.client_certificate, &settings.client_key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(given), None) => Err(Problem::HalfAnIdentity { given: given.name, missing: KEY }),
        (None, Some(given)) => {
            Err(Problem::HalfAnIdentity { given: given.name, missing: CERTIFICATE })
        }
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let not_pem = Problem::NotPem { setting: key.name, what: "private key" };
            let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| not_pem)?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| Problem::Tls(error.to_string()))
        }
    }
}

fn certificates(given: &Setting<String>) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let pem = read(given)?;
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    chain.ok_or(Problem::NotPem { setting: given.name, what: "certificate" })
}

fn read(given: &Setting<String>) -> Result<Vec<u8>, Problem> {
    std::fs::read(given.value.trim()).map_err(|error| Problem::Unreadable {
        setting: given.name,
        path: given.value.trim().into(),
        kind: error.kind(),
    })
}
