//! What a place is made of, and that a second run leaves it alone.

use std::fs;

use ticketlens_grafana::Files;

use crate::{brought, changed, provider, provisioner, stub::Grafana, tenant};

#[tokio::test]
async fn a_tenants_place_is_made_once_and_taken_away_whole() {
    let grafana = Grafana::start();
    let provisioner = provisioner(&grafana).await.unwrap();
    let acme = tenant("acme");
    let made = brought(&provisioner, &acme, Some("hunter2")).await.unwrap();
    assert_eq!(
        made,
        [
            "organisation: Made",
            "data source: Made",
            "folder: Made",
            "dashboard ticketlens-overview: Made",
            "dashboard ticketlens-tickets: Made",
            "dashboard ticketlens-ticket: Made",
            "dashboard ticketlens-feedback: Made",
            "dashboard ticketlens-value: Made",
            "home dashboard: Made",
        ]
    );
    {
        let id = grafana.org("acme").unwrap();
        let state = grafana.state();
        let source = state.orgs[&id].data_source.as_ref().unwrap();
        assert_eq!(source["jsonData"]["username"], "ticketlens_t_acme");
        assert_eq!(source["secureJsonData"]["password"], "hunter2");
        assert!(state.orgs[&1].data_source.is_none(), "the provider's is left alone");
    }
    grafana.changes();
    let again = brought(&provisioner, &acme, None).await.unwrap();
    assert!(again.is_empty() && grafana.changes().is_empty(), "{again:?}");

    let removed = changed(&provisioner.remove(&acme).await.unwrap());
    assert_eq!(removed, ["organisation: Removed"]);
    assert_eq!(grafana.org("acme"), None);
    assert!(changed(&provisioner.remove(&acme).await.unwrap()).is_empty());
}

#[tokio::test]
async fn of_the_providers_organisation_only_what_is_ours_goes() {
    let grafana = Grafana::start();
    let provisioner = provisioner(&grafana).await.unwrap();
    brought(&provisioner, &provider(), Some("hunter2")).await.unwrap();
    // Its people have chosen another home since.
    grafana.state().orgs.get_mut(&1).unwrap().home = "theirs".into();
    let removed = changed(&provisioner.remove(&provider()).await.unwrap());
    assert_eq!(removed, ["folder: Removed", "data source: Removed"]);
    assert_eq!(grafana.state().orgs[&1].home, "theirs");
}

#[tokio::test]
async fn a_new_password_is_sent_and_what_others_set_stays() {
    let grafana = Grafana::start();
    let provisioner = provisioner(&grafana).await.unwrap();
    let acme = tenant("acme");
    brought(&provisioner, &acme, Some("old")).await.unwrap();
    let id = grafana.org("acme").unwrap();
    grafana.state().orgs.get_mut(&id).unwrap().data_source.as_mut().unwrap()["jsonData"]["maxOpenConns"] =
        7.into();
    let rotated = brought(&provisioner, &acme, Some("new")).await.unwrap();
    assert_eq!(rotated, ["data source: Updated"]);
    let state = grafana.state();
    let source = state.orgs[&id].data_source.as_ref().unwrap();
    assert_eq!(source["secureJsonData"]["password"], "new");
    assert_eq!(source["jsonData"]["maxOpenConns"], 7);
}

#[tokio::test]
async fn dashboards_by_files_are_written_and_taken_away_with_the_organisation() {
    let (grafana, folder) = (Grafana::start(), tempfile::tempdir().unwrap());
    let mut provisioner = provisioner(&grafana).await.unwrap();
    let files = Files { folder: folder.path().to_owned(), dashboards: "/dashboards".into() };
    provisioner.files = Some(files);
    let acme = tenant("acme");
    let made = brought(&provisioner, &acme, Some("hunter2")).await.unwrap();
    assert!(made.contains(&"dashboard provider: Made".to_owned()), "{made:?}");
    let file = folder.path().join("dashboards/ticketlens-acme.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("orgId: {}\n", grafana.org("acme").unwrap())), "{text}");
    provisioner.remove(&acme).await.unwrap();
    assert!(!file.exists());
}
