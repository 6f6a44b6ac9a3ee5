//! Which receiver, and with which key: the command line, the environment, or the running `dev`.

use std::path::{Path, PathBuf};

use clap::Args;
use ticketlens_show::safe;

use crate::{
    api::{self, Admin, KeyedChannel, Tickets},
    exit::{Exit, Failure, Result},
    instance::{DATA_DIR, Instance},
    secrets::secret,
};

/// Which receiver to talk to, and with which key.
#[derive(Args, Debug)]
#[command(next_help_heading = "Receiver")]
pub struct TargetArgs {
    /// The receiver's gRPC address, e.g. https://tickets.example.com:4317.
    #[arg(long, value_name = "URL", env = "TICKETLENS_ENDPOINT")]
    pub endpoint: Option<String>,
    /// The key to show it. The environment keeps it out of the list of processes.
    #[arg(long, value_name = "KEY", env = "TICKETLENS_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Without --endpoint: the folder of a running `ticketlens dev`, which is found by itself.
    #[arg(long, value_name = "DIR", env = "TICKETLENS_DATA", default_value = DATA_DIR)]
    pub data: PathBuf,
}

/// What a command needs a key for; `dev` has one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To send tickets.
    Ingest,
    /// To read tickets and to administrate: the provider's view.
    Admin,
}

/// A receiver and the key it is shown.
pub struct Target {
    /// The gRPC address, `http://` or `https://`.
    pub endpoint: String,
    /// The key.
    pub key: String,
    /// What `dev` hashes customers with, where that is who was found.
    pub hash_key: Option<String>,
    /// What to say when nothing answers there.
    otherwise: String,
}

impl Target {
    /// Finds the receiver and the key for a purpose.
    pub fn find(args: &TargetArgs, purpose: Purpose) -> Result<Self> {
        let instance = match &args.endpoint {
            Some(endpoint) => {
                let key = match &args.key {
                    Some(key) => Some(key.clone()),
                    None => secret("TICKETLENS_KEY")?,
                };
                return Self::given(endpoint, key.as_deref());
            }
            None => running(&args.data)?,
        };
        let key = key_for(purpose, args.key.as_deref(), &instance.instance);
        Ok(Self {
            endpoint: instance.endpoint,
            key,
            hash_key: Some(instance.instance.hash_key),
            otherwise: format!(
                "{} says that `ticketlens dev` runs there as process {}. If it is gone, start it \
                 again: ticketlens dev --data {}",
                Instance::path(&args.data).display(),
                instance.pid,
                args.data.display(),
            ),
        })
    }

    /// The receiver of this very process.
    pub fn own(endpoint: &str, admin_key: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            key: admin_key.to_owned(),
            hash_key: None,
            otherwise: "it was just started: is there a firewall on this machine's own address?"
                .to_owned(),
        }
    }

    fn given(endpoint: &str, key: Option<&str>) -> Result<Self> {
        let Some(key) = key.filter(|key| !key.trim().is_empty()) else {
            return Err(Failure::new(Exit::Usage, format!("no key for {}", safe::line(endpoint)))
                .next(
                    "give it in TICKETLENS_KEY, in the file that TICKETLENS_KEY_FILE names, or with \
                     --key; `ticketlens key create` makes one",
                ));
        };
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            return Err(Failure::new(
                Exit::Usage,
                format!("{} is no address of a receiver", safe::line(endpoint)),
            )
            .next("it begins with http:// or https://, e.g. http://127.0.0.1:4317"));
        }
        Ok(Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            key: key.trim().to_owned(),
            hash_key: None,
            otherwise: "check the address (--endpoint or TICKETLENS_ENDPOINT: the gRPC port, \
                        usually 4317) and that the receiver runs"
                .to_owned(),
        })
    }

    /// Connects, and says what to do where nothing answers.
    pub async fn connect(&self) -> Result<KeyedChannel> {
        api::connect(&self.endpoint, &self.key, &self.otherwise).await
    }
}

/// Connects to the administration API.
pub async fn admin(target: &TargetArgs) -> Result<Admin> {
    Ok(Admin::new(Target::find(target, Purpose::Admin)?.connect().await?))
}

/// Connects to the query API.
pub async fn tickets(target: &TargetArgs) -> Result<Tickets> {
    Ok(api::tickets(Target::find(target, Purpose::Admin)?.connect().await?))
}

/// The key that was given, or `dev`'s own. Its ingest key is exported for workflows, in this very
/// shell: whoever reads or administrates has no use for it, and means `dev`'s admin key.
fn key_for(purpose: Purpose, given: Option<&str>, dev: &Instance) -> String {
    let (own, other) = match purpose {
        Purpose::Ingest => (&dev.ingest_key, None),
        Purpose::Admin => (&dev.admin_key, Some(dev.ingest_key.as_str())),
    };
    let given = given.map(str::trim).filter(|key| !key.is_empty() && Some(*key) != other);
    given.unwrap_or(own).to_owned()
}

/// A running `dev`.
struct Found {
    instance: Instance,
    endpoint: String,
    pid: u32,
}

fn running(data: &Path) -> Result<Found> {
    let path = Instance::path(data);
    let start = format!(
        "start one with `ticketlens dev --data {}`, run this in the folder of one that runs (or \
         name it with --data), or point to a receiver with --endpoint and --key \
         (TICKETLENS_ENDPOINT, TICKETLENS_KEY)",
        data.display()
    );
    let none = |what: String| Failure::new(Exit::Unreachable, what).next(start.clone());
    let instance = Instance::read(data)
        .map_err(|e| Failure::new(Exit::Failed, format!("{} can't be read: {e}", path.display())))?
        .ok_or_else(|| {
            none(format!("no receiver is known here: there is no {}", path.display()))
        })?;
    let Some(running) = instance.running.clone() else {
        return Err(none(format!("the dev instance in {} is not running", data.display())));
    };
    Ok(Found { instance, endpoint: running.grpc_endpoint, pid: running.pid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{Folder, Running, VERSION};

    fn args(endpoint: Option<&str>, key: Option<&str>, data: &Path) -> TargetArgs {
        TargetArgs {
            endpoint: endpoint.map(Into::into),
            key: key.map(Into::into),
            data: data.to_owned(),
        }
    }

    /// A `dev` that runs: it has written its file, and holds its folder.
    fn dev(data: &Path) -> Folder {
        let folder = Folder::take(data).unwrap();
        instance(true).write(data).unwrap();
        folder
    }

    fn instance(running: bool) -> Instance {
        let running = running.then(|| Running {
            pid: 1,
            grpc_endpoint: "http://127.0.0.1:9".into(),
            http_endpoint: "http://127.0.0.1:8".into(),
            clickhouse_url: "http://127.0.0.1:7".into(),
        });
        Instance {
            version: VERSION,
            running,
            tenant: "demo".into(),
            ingest_key: "ingest".into(),
            read_key: "read".into(),
            admin_key: "admin".into(),
            hash_key: "hash".into(),
            readers: Vec::new(),
        }
    }

    #[test]
    fn a_running_dev_lends_its_endpoint_and_the_right_key() {
        let data = tempfile::tempdir().unwrap();
        let _dev = dev(data.path());
        let send = Target::find(&args(None, None, data.path()), Purpose::Ingest).unwrap();
        assert_eq!((send.endpoint.as_str(), send.key.as_str()), ("http://127.0.0.1:9", "ingest"));
        let show = Target::find(&args(None, None, data.path()), Purpose::Admin).unwrap();
        assert_eq!(show.key, "admin");
        let own = Target::find(&args(None, Some("mine"), data.path()), Purpose::Admin).unwrap();
        assert_eq!((own.endpoint.as_str(), own.key.as_str()), ("http://127.0.0.1:9", "mine"));
    }

    #[test]
    fn the_key_that_is_exported_for_workflows_keeps_nobody_out() {
        let data = tempfile::tempdir().unwrap();
        let _dev = dev(data.path());
        for given in ["ingest", " ingest\n", ""] {
            let args = args(None, Some(given), data.path());
            assert_eq!(Target::find(&args, Purpose::Admin).unwrap().key, "admin", "{given:?}");
            assert_eq!(Target::find(&args, Purpose::Ingest).unwrap().key, "ingest", "{given:?}");
        }
        let reader = Target::find(&args(None, Some("read"), data.path()), Purpose::Admin).unwrap();
        assert_eq!(reader.key, "read");
    }

    #[test]
    fn a_dev_that_was_killed_lends_no_port_to_strangers() {
        let data = tempfile::tempdir().unwrap();
        drop(dev(data.path()));
        let gone = Target::find(&args(None, None, data.path()), Purpose::Ingest).err().unwrap();
        assert_eq!(gone.exit, Exit::Unreachable);
        assert!(gone.to_string().contains("is not running"), "{gone}");
    }

    #[test]
    fn without_a_receiver_it_says_how_to_get_one() {
        let data = tempfile::tempdir().unwrap();
        let missing = Target::find(&args(None, None, data.path()), Purpose::Ingest).err().unwrap();
        assert_eq!(missing.exit, Exit::Unreachable);
        assert!(missing.to_string().contains("ticketlens dev --data"), "{missing}");
        instance(false).write(data.path()).unwrap();
        let stopped = Target::find(&args(None, None, data.path()), Purpose::Ingest).err().unwrap();
        assert!(stopped.to_string().contains("is not running"), "{stopped}");
    }

    #[test]
    fn an_endpoint_needs_a_scheme_and_a_key() {
        let data = Path::new("/nowhere");
        for (endpoint, key) in [("http://h:1", None), ("http://h:1", Some(" ")), ("h:1", Some("k"))]
        {
            let failure = Target::find(&args(Some(endpoint), key, data), Purpose::Ingest).err();
            assert_eq!(failure.unwrap().exit, Exit::Usage, "{endpoint}");
        }
        let target = Target::find(&args(Some("http://h:1/"), Some("k\n"), data), Purpose::Ingest);
        assert_eq!(
            target.map(|t| (t.endpoint, t.key)).ok().unwrap(),
            ("http://h:1".into(), "k".into())
        );
    }
}
