//! A way to a receiver on which, after so many bytes of its answers, nothing more comes.

use std::{
    io::{Read, Write, copy},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

pub struct Stalled {
    pub endpoint: String,
    answered: Arc<AtomicUsize>,
}

impl Stalled {
    pub fn start(receiver: &str, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let receiver = receiver.trim_start_matches("http://").to_owned();
        let answered = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&answered);
        thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&receiver).unwrap();
                let counted = Arc::clone(&counted);
                pass(caller, server, most, counted);
            }
        });
        Self { endpoint, answered }
    }

    /// Bytes that were answered.
    pub fn bytes(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }
}

fn pass(caller: TcpStream, server: TcpStream, most: usize, counted: Arc<AtomicUsize>) {
    let (mut asks, mut asked) = (caller.try_clone().unwrap(), server.try_clone().unwrap());
    // Either side may be gone: a program under test is killed.
    thread::spawn(move || copy(&mut asks, &mut asked));
    thread::spawn(move || {
        let (mut caller, mut server) = (caller, server);
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = server.read(&mut piece) {
            let before = counted.fetch_add(read, Ordering::SeqCst);
            if before + read <= most && caller.write_all(&piece[..read]).is_err() {
                return;
            }
        }
    });
}
