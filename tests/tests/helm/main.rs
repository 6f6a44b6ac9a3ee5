//! The Helm chart of `deploy/helm`: what Helm says of it, whether Kubernetes would read what it renders, and
//! whether our receiver starts with that.
//!
//! No cluster is needed and none was there: what a scheduler or a kubelet makes of the objects is not tested.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod objects;
mod receiver;
mod rendered;
mod secrets;
mod settings;
