//! A wire between receiver and database that can be cut and mended.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

pub struct Wire {
    pub address: SocketAddr,
    target: SocketAddr,
    running: Option<tokio::task::JoinHandle<()>>,
}

impl Wire {
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let running = Some(tokio::spawn(carry(listener, target)));
        Self { address, target, running }
    }

    /// Refuses new connections and resets the ones there are.
    pub async fn cut(&mut self) {
        let running = self.running.take().unwrap();
        running.abort();
        let _ = running.await;
    }

    /// Cuts it, and takes connections on which nothing is ever said.
    pub async fn silence(&mut self) {
        self.cut().await;
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.running = Some(tokio::spawn(hold(listener)));
    }

    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.running = Some(tokio::spawn(carry(listener, self.target)));
    }
}

async fn carry(listener: TcpListener, target: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((mut here, _)) = listener.accept().await else { return };
        connections.spawn(async move {
            if let Ok(mut there) = TcpStream::connect(target).await {
                let _ = copy_bidirectional(&mut here, &mut there).await;
            }
        });
    }
}

async fn hold(listener: TcpListener) {
    let mut held = Vec::new();
    while let Ok((stream, _)) = listener.accept().await {
        held.push(stream);
    }
}
