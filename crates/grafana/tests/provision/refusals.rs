//! What is in the way is told before anything is changed.

use std::net::TcpListener;

use secrecy::SecretString;
use ticketlens_grafana::{Api, Client, Error};

use crate::{
    brought, provider, provisioner,
    stub::{Grafana, Org, PASSWORD},
    tenant,
};

#[tokio::test]
async fn a_login_is_checked_at_once() {
    let grafana = Grafana::start();
    let wrong = Client::new(&grafana.url, "admin", &SecretString::from("wrong")).unwrap();
    let error = Api::open(wrong).await.err().unwrap();
    assert!(matches!(&error, Error::NotLetIn { user, .. } if user == "admin"), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");

    grafana.state().is_server_admin = false;
    assert!(matches!(provisioner(&grafana).await.err().unwrap(), Error::NotAdmin(_)));
    grafana.state().is_server_admin = true;
    grafana.state().has_plugin = false;
    assert!(matches!(provisioner(&grafana).await.err().unwrap(), Error::NoPlugin));
    assert!(grafana.changes().is_empty());
}

#[tokio::test]
async fn nobody_there_is_no_refusal() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::new(&format!("http://{nobody}"), "admin", &SecretString::from(PASSWORD));
    let error = Api::open(client.unwrap()).await.err().unwrap();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn what_is_somebody_elses_is_taken_over_only_when_asked_to() {
    let grafana = Grafana::start();
    let mut provisioner = provisioner(&grafana).await.unwrap();
    let theirs = Org { name: "acme".into(), ..Org::default() };
    grafana.state().orgs.insert(7, theirs);
    let acme = tenant("acme");
    let error = brought(&provisioner, &acme, Some("hunter2")).await.unwrap_err();
    assert!(matches!(&error, Error::ForeignOrganisation(name) if name == "acme"), "{error}");
    assert!(matches!(provisioner.remove(&acme).await, Err(Error::ForeignOrganisation(_))));
    assert!(grafana.changes().is_empty(), "nothing was changed");

    provisioner.adopt = true;
    brought(&provisioner, &acme, Some("hunter2")).await.unwrap();
    assert!(grafana.state().orgs[&7].data_source.is_some());

    // Another installation's data source, in an organisation of that name.
    provisioner.adopt = false;
    grafana.state().orgs.get_mut(&7).unwrap().data_source.as_mut().unwrap()["jsonData"]["defaultDatabase"] =
        "other_t_acme".into();
    let error = brought(&provisioner, &acme, None).await.unwrap_err();
    assert!(
        matches!(&error, Error::ForeignDataSource { database, .. } if database == "other_t_acme"),
        "{error}"
    );
}

#[tokio::test]
async fn a_providers_organisation_that_is_not_there_is_named() {
    let grafana = Grafana::start();
    let mut provisioner = provisioner(&grafana).await.unwrap();
    provisioner.provider_org = 9;
    let error = brought(&provisioner, &provider(), None).await.unwrap_err();
    assert!(matches!(error, Error::NoOrganisation(9)), "{error}");
}
