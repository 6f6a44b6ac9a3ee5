#![allow(missing_docs, clippy::unwrap_used)]
use ticketlens_store::Scope;
use ticketlens_tests::{Database, Receiver};
#[tokio::main]
async fn main() {
    let db = Database::start();
    let rx = Receiver::start(&db, "hash_key = \"0123456789abcdef0123456789abcdef\"");
    let mut keys = vec![];
    for t in ["skyline-air", "acme", "globex"] {
        keys.push((t, db.tenant_key(t, Scope::Ingest).await));
    }
    println!(
        "URL={}\nUSER={}\nPASS={}\nGRPC={}\nHTTP={}",
        db.url(),
        db.user(),
        db.password(),
        rx.grpc(),
        rx.http()
    );
    for (t, k) in keys {
        println!("KEY_{}={k}", t.replace('-', "_"));
    }
    println!("READY");
    std::future::pending::<()>().await
}
