//! Helm, which renders our chart, and what holds the objects it renders against Kubernetes' types.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{engine::require, run::run};

const HELM: &str = "helm.sh/helm/v3/cmd/helm";

/// The Kubernetes that Helm's own build would name, by the `k8s.io` modules in go.mod: what is built from a
/// module alone takes itself for years older.
const KUBERNETES_MINOR: &str = "37";

/// Builds `helm` and `check-objects`.
pub(super) fn build(source: &Path, into: &Path) -> Result<()> {
    require("go", "Helm comes as a Go module; install Go (1.26 or newer)")?;
    let named = ["pkg/chartutil", "pkg/lint/rules"]
        .map(|of| {
            let of = format!("-X helm.sh/helm/v3/{of}.k8sVersion");
            format!("{of}Major=1 {of}Minor={KUBERNETES_MINOR}")
        })
        .join(" ");
    run(go(source)
        .arg(format!("-ldflags=-s -w {named}"))
        .arg("-o")
        .arg(into.join("helm"))
        .arg(HELM))?;
    run(go(source).arg("-ldflags=-s -w").arg("-o").arg(into.join("check-objects")).arg("."))
}

fn go(source: &Path) -> Command {
    let mut go = Command::new("go");
    // What is set around this repository is not meant for this.
    go.current_dir(source).env("GOWORK", "off").env("GOFLAGS", "").env("CGO_ENABLED", "0");
    go.args(["build", "-mod=readonly", "-trimpath", "-buildvcs=false"]);
    go
}
