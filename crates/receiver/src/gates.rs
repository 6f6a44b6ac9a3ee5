//! The gate each tenant's records go through: the receiver's own, or one that also does what the
//! tenant's setting says. A gate is built when a setting is first met, not for each request, and
//! equal settings share one.
//!
//! Invariant: whoever needs a gate that is there waits for nobody who builds another.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use ticketlens_redact::{Gate, GateConfig, HashKey, InvalidGate, Subject};
use ticketlens_store::{DenyKeys, TenantSettings};

/// Gates kept at once, beside the receiver's own: of about 400 KiB and three milliseconds each.
const KEPT: usize = 128;
/// A gate that was not used for so long gives its place to another.
const IDLE: Duration = Duration::from_secs(60);

/// The gates in use.
pub(crate) struct Gates {
    /// With its hash key, so that all of them hash alike.
    config: GateConfig,
    own: Gate,
    set: Mutex<HashMap<Setting, Kept>>,
    is_full_told: AtomicBool,
}

/// What a tenant sets of its gate; the default is the receiver's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Setting {
    deny_keys: DenyKeys,
    subject: Subject,
}

impl Setting {
    fn of(tenant: &TenantSettings) -> Self {
        Self { deny_keys: tenant.deny_keys.clone(), subject: tenant.subject }
    }

    fn is_default(&self) -> bool {
        self.deny_keys.is_empty() && self.subject == Subject::default()
    }
}

/// A gate, once it is built: by the first who needs it, for all who wait for it.
type GateCell = Arc<OnceLock<Result<Gate, InvalidGate>>>;

struct Kept {
    cell: GateCell,
    used: Instant,
}

impl Gates {
    /// The receiver's own gate. Without a hash key, one is taken for as long as the process runs.
    ///
    /// # Errors
    /// When the configuration makes no gate.
    pub(crate) fn new(mut config: GateConfig) -> Result<Self, InvalidGate> {
        config.hash_key.get_or_insert_with(HashKey::random);
        let own = Gate::new(config.clone())?;
        let is_full_told = AtomicBool::new(false);
        Ok(Self { config, own, set: Mutex::default(), is_full_told })
    }

    /// The receiver's own.
    pub(crate) fn own(&self) -> Gate {
        self.own.clone()
    }

    /// The tenant's gate.
    ///
    /// # Errors
    /// When its settings make none: its records can't be taken then.
    pub(crate) fn of(&self, tenant: &TenantSettings) -> Result<Gate, InvalidGate> {
        self.with(&Setting::of(tenant))
    }

    fn with(&self, setting: &Setting) -> Result<Gate, InvalidGate> {
        if setting.is_default() {
            return Ok(self.own.clone());
        }
        let cell = self.cell(setting, Instant::now());
        // Outside of the lock: who needs another gate goes on.
        cell.get_or_init(|| self.build(setting)).clone()
    }

    /// Where the gate is, or will be. With every place taken by a gate in use, it gets none: its
    /// tenant pays for what does not fit, the others don't.
    fn cell(&self, setting: &Setting, now: Instant) -> GateCell {
        // Nothing that is done under it leaves the map half changed.
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = set.get_mut(setting) {
            kept.used = now;
            return Arc::clone(&kept.cell);
        }
        let cell = GateCell::default();
        if set.len() >= KEPT {
            set.retain(|_, kept| now.duration_since(kept.used) < IDLE);
        }
        if set.len() < KEPT {
            let kept = Kept { cell: Arc::clone(&cell), used: now };
            set.insert(setting.clone(), kept);
        } else if !self.is_full_told.swap(true, Relaxed) {
            tracing::warn!(name: "gates.too_many",
                "more than {KEPT} settings of denied keys and subjects are in use; the gates of \
                 those beyond are built for each request (told once)"
            );
        }
        cell
    }

    fn build(&self, setting: &Setting) -> Result<Gate, InvalidGate> {
        let Setting { deny_keys, subject } = setting;
        let denied_keys = deny_keys.to_vec();
        Gate::new(GateConfig { denied_keys, subject: *subject, ..self.config.clone() })
    }
}

impl fmt::Debug for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gates").field("own", &self.own).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use ticketlens_redact::KeyClass;

    use super::*;

    fn gates() -> Gates {
        let exempt_keys = vec!["badge".to_owned()];
        Gates::new(GateConfig { exempt_keys, ..GateConfig::default() }).unwrap()
    }

    fn deny(key: &str) -> Setting {
        Setting { deny_keys: DenyKeys::new([key]).unwrap(), ..Setting::default() }
    }

    fn kept(gates: &Gates) -> usize {
        gates.set.lock().unwrap().len()
    }

    #[test]
    fn a_setting_is_built_once_and_hashes_as_the_others() {
        let gates = gates();
        let own = gates.with(&Setting::default()).unwrap();
        assert_eq!((own.classify("badge"), kept(&gates)), (KeyClass::Plain, 0));
        for _ in 0..3 {
            let gate = gates.with(&deny("badge")).unwrap();
            assert_eq!(gate.classify("badge"), KeyClass::Secret);
            assert_eq!(gate.pass(None).hash("c-42"), own.pass(None).hash("c-42"));
        }
        assert_eq!(kept(&gates), 1);
    }

    #[test]
    fn a_subject_in_place_is_a_setting_of_its_own_and_a_denied_one_wins() {
        let gates = gates();
        let in_place = |deny_keys| Setting { deny_keys, subject: Subject::InPlace };
        let readable = gates.with(&in_place(DenyKeys::default())).unwrap();
        assert_eq!(readable.classify("subject"), KeyClass::Plain);
        let own = gates.with(&Setting::default()).unwrap();
        assert_eq!(own.classify("subject"), KeyClass::Personal);
        let denied = gates.with(&in_place(deny("subject").deny_keys)).unwrap();
        assert_eq!(denied.classify("subject"), KeyClass::Secret);
        assert_eq!(kept(&gates), 2);
        assert_eq!(readable.pass(None).hash("c-42"), own.pass(None).hash("c-42"));
    }

    #[test]
    fn no_more_gates_are_kept_than_the_bound_and_those_in_use_keep_their_places() {
        let gates = gates();
        let started = Instant::now();
        let cell = |n: usize, now| gates.cell(&deny(&format!("own{n}key")), now);
        let first = cell(0, started);
        for n in 1..KEPT + 8 {
            cell(n, started);
        }
        assert_eq!(kept(&gates), KEPT);
        assert!(Arc::ptr_eq(&first, &cell(0, started)));
        // Whoever found no place has a gate all the same.
        let beyond = gates.with(&deny(&format!("own{}key", KEPT + 7))).unwrap();
        assert_eq!(beyond.classify("own7key"), KeyClass::Plain);
        // One idle gate makes room.
        let later = started + IDLE;
        (0..KEPT - 1).for_each(|n| drop(cell(n, later)));
        let new = cell(KEPT + 7, later);
        assert!(Arc::ptr_eq(&new, &cell(KEPT + 7, later)));
        assert!(Arc::ptr_eq(&first, &cell(0, later)));
        assert_eq!(kept(&gates), KEPT);
    }

    #[test]
    fn one_builds_for_all_that_wait_and_nobody_else_waits() {
        let gates = gates();
        let slow = gates.cell(&deny("badge"), Instant::now());
        let (start, started) = std::sync::mpsc::channel();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let gates = &gates;
            scope.spawn(move || {
                slow.get_or_init(|| {
                    start.send(()).unwrap();
                    wait.recv().unwrap();
                    gates.build(&deny("badge"))
                });
            });
            started.recv().unwrap();
            // While it is being built: another tenant's gate, and one that waits for it.
            gates.with(&deny("seat")).unwrap();
            let same = scope.spawn(|| gates.with(&deny("badge")).unwrap());
            go.send(()).unwrap();
            assert_eq!(same.join().unwrap().classify("badge"), KeyClass::Secret);
        });
        assert_eq!(kept(&gates), 2);
    }
}
