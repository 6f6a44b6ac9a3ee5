//! Dashboards by files: a provider for each organisation, all of the same folder of JSON.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ticketlens_store::Change;

use crate::{
    api::FOLDER,
    error::{Error, Result},
};

/// Where Grafana finds its files.
#[derive(Clone, Debug)]
pub struct Files {
    /// Grafana's provisioning folder, as we see it.
    pub folder: PathBuf,
    /// The folder with the dashboards' JSON, as Grafana sees it.
    pub dashboards: String,
}

impl Files {
    /// Writes an organisation's provider.
    pub(crate) fn write(&self, tenant: Option<&str>, org: u64) -> Result<Change> {
        let path = self.path(tenant);
        let text = provider(tenant, org, &self.dashboards);
        let change = match fs::read_to_string(&path) {
            Ok(there) if there == text => return Ok(Change::Unchanged),
            Ok(_) => Change::Updated,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Change::Made,
            Err(error) => return Err(unusable(&path, error)),
        };
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(|error| unusable(parent, error))?;
        // In one step: Grafana may be reading.
        let new = path.with_extension("yaml.new");
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &path))
            .map_err(|error| unusable(&path, error))?;
        Ok(change)
    }

    /// Removes it: Grafana does not start with one of an organisation that is gone.
    pub(crate) fn remove(&self, tenant: Option<&str>) -> Result<Change> {
        let path = self.path(tenant);
        match fs::remove_file(&path) {
            Ok(()) => Ok(Change::Removed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Change::Unchanged),
            Err(error) => Err(unusable(&path, error)),
        }
    }

    fn path(&self, tenant: Option<&str>) -> PathBuf {
        self.folder.join("dashboards").join(format!("{}.yaml", name(tenant)))
    }
}

fn name(tenant: Option<&str>) -> String {
    tenant.map_or_else(|| "ticketlens".to_owned(), |tenant| format!("ticketlens-{tenant}"))
}

fn provider(tenant: Option<&str>, org: u64, dashboards: &str) -> String {
    // A JSON string is a YAML string.
    let path = serde_json::Value::from(dashboards);
    format!(
        "# Written by `ticketlens grafana provision`, and removed by `ticketlens grafana remove`.
apiVersion: 1
providers:
  - name: {}
    orgId: {org}
    folder: TicketLens
    folderUid: {}
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: {path}
",
        name(tenant),
        FOLDER,
    )
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::File { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_for_each_organisation_that_a_second_run_leaves_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files {
            folder: folder.path().to_owned(),
            dashboards: "/var/lib/grafana/ticket \"lens\"".into(),
        };
        assert_eq!(files.write(Some("acme"), 7).unwrap(), Change::Made);
        assert_eq!(files.write(Some("acme"), 7).unwrap(), Change::Unchanged);
        assert_eq!(files.write(None, 1).unwrap(), Change::Made);
        let path = folder.path().join("dashboards/ticketlens-acme.yaml");
        insta::assert_snapshot!(fs::read_to_string(&path).unwrap());
        assert_eq!(files.write(Some("acme"), 8).unwrap(), Change::Updated);
        assert_eq!(files.remove(Some("acme")).unwrap(), Change::Removed);
        assert_eq!(files.remove(Some("acme")).unwrap(), Change::Unchanged);
        assert!(folder.path().join("dashboards/ticketlens.yaml").is_file());
    }
}
