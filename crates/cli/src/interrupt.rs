//! Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends at once. SIGHUP asks to
//! look at files again.

use tokio::sync::watch;

use crate::{
    exit::{Exit, Failure, Result},
    terminal::note,
};

/// Whether somebody asked for the end.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on; the default (the process is gone) no longer holds.
    pub fn listen() -> Result<Self> {
        let failed = |e| Failure::new(Exit::Failed, format!("can't listen for Ctrl-C: {e}"));
        let mut signals = Signals::new().map_err(failed)?;
        let (asked, interrupt) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            asked.send_replace(true);
            signals.next().await;
            note("stopped at once; work in progress may be lost");
            std::process::exit(Exit::Interrupted as i32);
        });
        Ok(Self(interrupt))
    }

    /// Whether it was asked for by now.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for.
    pub async fn asked(&mut self) {
        // The sender lives as long as the process.
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Calls this at every SIGHUP, which no longer ends the process then.
#[cfg(unix)]
pub fn on_hangup(look: impl Fn() + Send + 'static) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |e| Failure::new(Exit::Failed, format!("can't listen for SIGHUP: {e}"));
    let mut hangups = signal(SignalKind::hangup()).map_err(failed)?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            look();
        }
    });
    Ok(())
}

/// There is no such signal here.
#[cfg(not(unix))]
pub fn on_hangup(_: impl Fn() + Send + 'static) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
