//! The gate each tenant's records go through: the receiver's own, or one that also denies what the
//! tenant's setting says. A gate is built when a setting is first met, not for each request, and
//! equal settings share one.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use ticketlens_redact::{Gate, GateConfig, HashKey, InvalidGate};
use ticketlens_store::DenyKeys;

/// Gates kept at once, beside the receiver's own: of about 400 KiB and three milliseconds each. With
/// more settings than that in use, the one not used for longest is built again when it is needed.
const KEPT: usize = 64;

/// The gates in use.
pub(crate) struct Gates {
    /// With its hash key, so that all of them hash alike.
    config: GateConfig,
    own: Gate,
    /// Last used last.
    denying: Mutex<Vec<(DenyKeys, Gate)>>,
}

impl Gates {
    /// The receiver's own gate. Without a hash key, one is taken for as long as the process runs.
    ///
    /// # Errors
    /// When the configuration makes no gate.
    pub(crate) fn new(mut config: GateConfig) -> Result<Self, InvalidGate> {
        config.hash_key.get_or_insert_with(HashKey::random);
        let own = Gate::new(config.clone())?;
        Ok(Self { config, own, denying: Mutex::default() })
    }

    /// The gate for a tenant that denies these keys.
    ///
    /// # Errors
    /// When they make no gate: its records can't be taken then.
    pub(crate) fn denying(&self, keys: &DenyKeys) -> Result<Gate, InvalidGate> {
        if keys.is_empty() {
            return Ok(self.own.clone());
        }
        // A panic while one was built has left the list as it was.
        let mut denying = self.denying.lock().unwrap_or_else(PoisonError::into_inner);
        let found = denying.iter().position(|(known, _)| known == keys);
        let entry = match found {
            Some(place) => denying.remove(place),
            None => (keys.clone(), self.build(keys)?),
        };
        if denying.len() == KEPT {
            denying.remove(0);
        }
        let gate = entry.1.clone();
        denying.push(entry);
        Ok(gate)
    }

    fn build(&self, keys: &DenyKeys) -> Result<Gate, InvalidGate> {
        Gate::new(GateConfig { denied_keys: keys.to_vec(), ..self.config.clone() })
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

    fn deny(key: &str) -> DenyKeys {
        DenyKeys::new([key]).unwrap()
    }

    fn kept(gates: &Gates) -> usize {
        gates.denying.lock().unwrap().len()
    }

    #[test]
    fn a_setting_is_built_once_and_hashes_as_the_others() {
        let gates = gates();
        let own = gates.denying(&DenyKeys::default()).unwrap();
        assert_eq!((own.classify("badge"), kept(&gates)), (KeyClass::Plain, 0));
        for _ in 0..3 {
            let gate = gates.denying(&deny("badge")).unwrap();
            assert_eq!(gate.classify("badge"), KeyClass::Secret);
            assert_eq!(gate.pass(None).hash("c-42"), own.pass(None).hash("c-42"));
        }
        assert_eq!(kept(&gates), 1);
    }

    #[test]
    fn no_more_gates_are_kept_than_the_bound() {
        let gates = gates();
        for n in 0..KEPT + 8 {
            gates.denying(&deny("badge")).unwrap();
            gates.denying(&deny(&format!("own{n}key"))).unwrap();
        }
        assert_eq!(kept(&gates), KEPT);
        assert!(gates.denying.lock().unwrap().iter().any(|(keys, _)| *keys == deny("badge")));
    }
}
