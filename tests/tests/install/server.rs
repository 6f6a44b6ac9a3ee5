//! The files of one folder over HTTP, on this machine alone.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// Serves until it is dropped.
pub struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

pub fn serve(folder: &Path) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let (folder, over) = (folder.to_owned(), Arc::clone(&is_over));
    let thread = std::thread::spawn(move || {
        for stream in listener.incoming() {
            if over.load(Ordering::SeqCst) {
                return;
            }
            answer(stream.unwrap(), &folder);
        }
    });
    Server { address, is_over, thread: Some(thread) }
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // Wakes it.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

/// One request, one answer. A client that is gone is no failure of ours.
fn answer(mut stream: TcpStream, folder: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    // To the end of its head, or closing would reset what it has not read yet.
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let file = asked_for(&first).and_then(|name| fs::read(folder.join(name)).ok());
    let (status, body) = match file {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", Vec::new()),
    };
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

/// The file that `GET /name HTTP/1.1` names.
fn asked_for(line: &str) -> Option<PathBuf> {
    let name = line.strip_prefix("GET /")?.split(' ').next()?;
    (!name.contains('/')).then(|| PathBuf::from(name))
}
