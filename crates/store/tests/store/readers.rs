//! The statements that make readers on a server with users of its own. The engine here has none, so
//! each statement is read by it, and the making of users goes as far as the place to keep them.

use secrecy::SecretString;
use ticketlens_store::{
    Change, DEFINER_SETTINGS, GRANTS_TO_PROVISION, READER_SETTINGS, Reader, ReaderError, Setting,
    Visibility,
};

use crate::engine::{raw, store, value};

/// There is nowhere to keep it, and it is kept where it can't be changed: all that is wrong here.
const NOWHERE_TO_KEEP_IT: &[&str] = &["Code: 514.", "Code: 495."];

fn readers(database: &str) -> [Reader; 2] {
    let tenant = Visibility::Tenant("skyline-air".parse().unwrap());
    [tenant, Visibility::All].map(|whose| Reader::new(&database.parse().unwrap(), whose))
}

#[tokio::test]
async fn every_statement_is_one_that_clickhouse_reads() {
    let store = store("statements").await;
    for reader in readers("statements") {
        for statement in reader.statements(&SecretString::from("hunter2")).unwrap() {
            let sql = statement.sql();
            raw(&store, &format!("EXPLAIN AST {sql}"))
                .await
                .unwrap_or_else(|e| panic!("{sql}: {e}"));
            // Settings, writability, tables and forms are checked before it is kept.
            if sql.starts_with("CREATE SETTINGS PROFILE") || sql.contains("TO ALL") {
                let refused = raw(&store, &sql).await.unwrap_err().to_string();
                let expected = NOWHERE_TO_KEEP_IT.iter().any(|code| refused.contains(code));
                assert!(expected, "{sql}: {refused}");
            }
        }
    }
    for grant in GRANTS_TO_PROVISION {
        let sql = format!("EXPLAIN AST {}", grant.replace('…', "somebody"));
        raw(&store, &sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
    // What docs/operating.md takes away from the receiver's own login.
    let operating = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md");
    let operating = std::fs::read_to_string(operating).unwrap();
    let revoke = operating.split("```sql\nREVOKE").nth(1).unwrap().split("```").next().unwrap();
    raw(&store, &format!("EXPLAIN AST REVOKE{revoke}")).await.unwrap();
    // So would one with a mistake in it not.
    for wrong in
        ["CREATE SETTINGS PROFILE x SETTINGS no_such_setting = 1", "CREATE USER x HOST NOWHERE"]
    {
        let refused = raw(&store, wrong).await.unwrap_err().to_string();
        assert!(!NOWHERE_TO_KEEP_IT.iter().any(|code| refused.contains(code)), "{refused}");
    }
}

#[tokio::test]
async fn a_server_that_keeps_its_users_in_a_file_is_told_before_anything_is_done() {
    let store = store("in_a_file").await;
    for reader in readers("in_a_file") {
        let made = store.provision_reader(&reader, Some(&SecretString::from("x"))).await;
        assert_eq!(made, Err(ReaderError::UsersInAFile));
        assert_eq!(store.remove_reader(&reader).await, Err(ReaderError::UsersInAFile));
        assert_eq!(store.has_login(&reader).await, Ok(false));
        assert_eq!(store.withdraw_views(&reader).await, Ok(Change::Unchanged));
    }
    let databases = "SELECT count() FROM system.databases WHERE name LIKE 'in_a_file%'";
    assert_eq!(value(&store, databases).await, "2");
}

/// The profiles for a server are those of the embedded engine, which the attacks are made on.
#[tokio::test]
async fn the_settings_are_the_embedded_engines() {
    let store = store("profiles").await;
    for (profile, settings) in [("reader", READER_SETTINGS), ("definer", DEFINER_SETTINGS)] {
        let sql = format!(
            "SELECT arrayStringConcat([ifNull(setting_name, '-'), ifNull(value, '-'), \
             ifNull(min, '-'), ifNull(max, '-'), ifNull(toString(writability), '-')], ' ') AS line \
             FROM system.settings_profile_elements WHERE profile_name = '{profile}'"
        );
        let there = raw(&store, &sql).await.unwrap();
        let line = |json: &str| json["{\"line\":\"".len()..].trim_end_matches("\"}").to_owned();
        let mut there: Vec<String> = there.lines().map(line).collect();
        let or_none = |text: Option<&'static str>| text.unwrap_or("-");
        let ours = |s: &Setting| {
            let (least, most) = (s.bounds.map(|b| b.0), s.bounds.map(|b| b.1));
            [Some(s.name), s.value, least, most, s.writability].map(or_none).join(" ")
        };
        let mut ours: Vec<String> = settings.iter().map(ours).collect();
        there.sort();
        ours.sort();
        assert_eq!(there, ours, "{profile}");
    }
}
