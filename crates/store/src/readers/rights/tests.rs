use secrecy::SecretString;

use super::*;
use crate::{DatabaseName, Visibility};

fn database() -> DatabaseName {
    "ticketlens".parse().unwrap()
}

fn acme() -> Reader {
    Reader::new(&database(), Visibility::Tenant("acme".parse().unwrap()))
}

fn provider() -> Reader {
    Reader::new(&database(), Visibility::All)
}

/// The plan as text. The definer's password is random: its digest is left out.
fn text(plan: &[Statement]) -> String {
    let lines = plan.iter().map(Statement::sql).map(|sql| {
        let Some((before, rest)) = sql.split_once("IDENTIFIED WITH sha256_hash BY '") else {
            return sql;
        };
        let (digest, after) = rest.split_once('\'').unwrap();
        assert_eq!(digest.len(), 64, "{sql}");
        format!("{before}IDENTIFIED WITH sha256_hash BY '…'{after}")
    });
    lines.collect::<Vec<_>>().join(";\n")
}

/// What a server says once everything was made.
fn provisioned(reader: &Reader) -> Rights {
    let line = |profile: &str, user: &str, inherits: &str, setting: Option<&Setting>| Line {
        profile: profile.into(),
        user: user.into(),
        setting: setting.map(|s| s.name.to_owned()).unwrap_or_default(),
        value: setting.and_then(|s| s.value).map(str::to_owned),
        least: setting.and_then(|s| s.bounds).map(|b| b.0.to_owned()),
        most: setting.and_then(|s| s.bounds).map(|b| b.1.to_owned()),
        writability: setting.and_then(|s| s.writability).unwrap_or_default().into(),
        inherits: inherits.into(),
    };
    let mut rights = Rights::default();
    for (user, profile, reads) in [
        (
            reader.name(),
            statements::reader_profile(reader.source()),
            statements::login_reads(reader),
        ),
        (
            reader.definer(),
            statements::definer_profile(reader.source()),
            statements::definer_reads(reader),
        ),
    ] {
        rights.users.insert(user.to_owned());
        rights.profiles_of.insert(user.to_owned(), vec![profile]);
        let reads = reads.iter().map(|on| format!("SELECT ON {on}")).collect();
        rights.grants.insert(user.to_owned(), reads);
    }
    for (name, settings) in statements::profiles(reader.source()) {
        let lines = settings.iter().map(|setting| line(&name, "", "", Some(setting))).collect();
        rights.profiles.insert(name, lines);
    }
    for guarded in GUARDED {
        let everyone = statements::everyone(reader.source());
        rights.policies.push(Policy::of(&everyone, guarded.table, "1", false, &[]));
        if reader.tenant().is_some() {
            let filter = reader.filter(guarded.tenant_column);
            let to = [reader.definer()];
            rights.policies.push(Policy::of(reader.name(), guarded.table, &filter, true, &to));
        }
    }
    rights
}

#[test]
fn a_tenants_reader_is_made_in_the_order_that_protects() {
    let plan = acme().statements(&SecretString::from("hunter2")).unwrap();
    insta::assert_snapshot!(text(&plan));
    assert!(!format!("{plan:?}").contains("hunter2"));
}

#[test]
fn the_provider_needs_no_policy_of_its_own() {
    insta::assert_snapshot!(text(&provider().statements(&SecretString::from("x")).unwrap()));
}

#[test]
fn a_second_run_changes_nothing() {
    for reader in [acme(), provider()] {
        let rights = provisioned(&reader);
        assert_eq!(rights.before_views(&reader), Ok(Vec::new()));
        assert_eq!(rights.after_views(&reader, None), Vec::new());
        let rotated = rights.after_views(&reader, Some(&SecretString::from("x")));
        assert_eq!(rotated.len(), 1);
        assert!(rotated[0].sql().starts_with("ALTER USER "), "{rotated:?}");
    }
}

/// What is changed by hand is put right, and nothing else is touched.
#[test]
fn whatever_differs_is_put_right() {
    type Spoil = fn(&mut Rights);
    let cases: [(&str, Spoil); 7] = [
        ("GRANT SELECT ON ticketlens_t_acme.* TO ticketlens_t_acme WITH REPLACE OPTION", |r| {
            r.grants.get_mut("ticketlens_t_acme").unwrap().insert("SELECT ON *.*".into());
        }),
        (
            "GRANT SELECT ON ticketlens_store.tickets, SELECT ON ticketlens_store.feedback, \
             SELECT ON ticketlens_store.value_rates, SELECT ON ticketlens_store.rejections, \
             SELECT ON ticketlens_store.usage, SELECT ON ticketlens_store.tenants, \
             SELECT ON ticketlens_store.audit, SELECT ON ticketlens_store.provider, \
             SELECT ON ticketlens.* TO ticketlens_definer_t_acme WITH REPLACE OPTION",
            |r| {
                let grants = r.grants.get_mut("ticketlens_definer_t_acme").unwrap();
                grants.insert("SELECT ON ticketlens_store.keys".into());
            },
        ),
        ("ALTER USER ticketlens_t_acme SETTINGS PROFILE 'ticketlens_reader'", |r| {
            r.profiles_of.remove("ticketlens_t_acme");
        }),
        (
            "ALTER SETTINGS PROFILE ticketlens_definer SETTINGS limit CONST, additional_table_filters CONST",
            |r| {
                r.profiles.get_mut("ticketlens_definer").unwrap().pop();
            },
        ),
        (
            "ALTER ROW POLICY ticketlens_t_acme ON ticketlens_store.tickets AS RESTRICTIVE \
             FOR SELECT USING tenant = 'acme' TO ticketlens_definer_t_acme",
            |r| {
                let to = ["ticketlens_definer_t_acme"];
                let other = Policy::of("ticketlens_t_acme", "tickets", "1", true, &to);
                r.policies[1] = other;
            },
        ),
        (
            "CREATE ROW POLICY IF NOT EXISTS ticketlens_t_acme ON ticketlens_store.tickets \
             AS RESTRICTIVE FOR SELECT USING tenant = 'acme' TO ticketlens_definer_t_acme",
            |r| {
                r.policies.remove(1);
            },
        ),
        (
            "CREATE ROW POLICY IF NOT EXISTS ticketlens_everyone ON ticketlens_store.tickets \
             AS PERMISSIVE FOR SELECT USING 1 TO ALL",
            |r| {
                r.policies.remove(0);
            },
        ),
    ];
    for (expected, spoil) in cases {
        let mut rights = provisioned(&acme());
        spoil(&mut rights);
        let mut plan = rights.before_views(&acme()).unwrap();
        plan.extend(rights.after_views(&acme(), None));
        assert_eq!(text(&plan), expected);
    }
}

#[test]
fn a_policy_of_somebody_elses_is_not_undone() {
    let mut rights = Rights::default();
    rights.policies.push(Policy::of("analysts", "tickets", "tenant = 'acme'", false, &["ann"]));
    let found = rights.before_views(&acme());
    assert!(matches!(found, Err(ReaderError::ForeignPolicy { .. })), "{found:?}");
}
