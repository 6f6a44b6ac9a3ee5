//! Compiles `proto/ticketlens/v1` with a parser in Rust: nobody needs `protoc`.

use std::path::Path;

use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let files = ["tickets", "admin", "prices", "value"]
        .map(|name| root.join(format!("ticketlens/v1/{name}.proto")));
    let descriptors = protox::compile(files, [root])?;
    // Without `connect()`: whoever calls chooses how to connect and passes a channel.
    // What the API is, for callers that ask the server itself (gRPC reflection).
    let file = Path::new(&std::env::var("OUT_DIR")?).join("ticketlens.v1.bin");
    std::fs::write(file, descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
