//! What a test's own thread logs.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::{Arc, Mutex, Once},
};

/// What is logged on this thread. One subscriber serves all tests: one of a thread's own, made while
/// another thread meets a place that logs for the first time, may never hear of that place.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

thread_local! {
    static TAKEN_IN: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// Until it is dropped, this thread's lines are taken in.
pub struct Taking;

impl Drop for Taking {
    fn drop(&mut self) {
        TAKEN_IN.with_borrow_mut(Option::take);
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Until what is returned is dropped.
    pub fn take_in(&self) -> Taking {
        static ONE: Once = Once::new();
        ONE.call_once(|| {
            let here = || TAKEN_IN.with_borrow(Clone::clone).unwrap_or_default();
            let log = tracing_subscriber::fmt().with_writer(here).finish();
            tracing::subscriber::set_global_default(log).unwrap();
        });
        TAKEN_IN.set(Some(self.clone()));
        Taking
    }

    /// How many of them hold this text.
    pub fn with(&self, text: &str) -> usize {
        let lines = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        lines.lines().filter(|line| line.contains(text)).count()
    }
}
