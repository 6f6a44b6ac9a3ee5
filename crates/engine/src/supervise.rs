//! The thread that owns the child process: starts it, restarts it after a crash, stops it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use crate::access::Access;
use crate::child::{Child, Exit, Host, News};
use crate::config::{Limits, Server, config_xml, users_xml};
use crate::find::Source;
use crate::launch::{Order, PROTOCOL, Report};
use crate::log::Log;
use crate::program;
use crate::start::StartError;
use crate::state::{Standing, State};

/// How often, and how soon, an engine that went down by itself is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restarts {
    /// So many crashes within `window` are recovered from; one more is for good. 0 = never restart.
    pub most: usize,
    /// The time over which crashes are counted.
    pub window: Duration,
    /// Pause before the first restart; doubled with each crash within the window.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
}

impl Default for Restarts {
    fn default() -> Self {
        Self {
            most: 5,
            window: Duration::from_secs(120),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
        }
    }
}

impl Restarts {
    fn pause(&self, crashes: usize) -> Duration {
        let doublings = u32::try_from(crashes.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
        (self.first_pause * (1 << doublings)).min(self.longest_pause)
    }
}

/// Everything a start needs, the first and every later one.
pub(crate) struct Plan {
    pub(crate) source: Source,
    pub(crate) host: Host,
    /// Absolute.
    pub(crate) data_dir: PathBuf,
    pub(crate) ports: Ports,
    pub(crate) limits: Limits,
    pub(crate) access: Access,
    pub(crate) start_timeout: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) restarts: Restarts,
}

/// Where the engine listens, on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// ClickHouse's HTTP protocol; 0 = any free port.
    pub http: u16,
    /// ClickHouse's native protocol; 0 = any free port.
    pub native: u16,
}

/// What the supervisor is asked.
pub(crate) enum Command {
    Stop { deadline: Duration, reply: Sender<Stopped> },
    Restart { access: Access, deadline: Duration, reply: Sender<Result<(), StartError>> },
}

/// How a stop went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The engine closed its folder and ended, or was not running.
    Clean,
    /// It took too long and was killed. Acknowledged rows are safe all the same.
    Killed,
}

pub(crate) enum Message {
    Command(Command),
    /// News of the run of that number; older runs are of no interest.
    News(u64, News),
}

pub(crate) struct Supervisor {
    plan: Plan,
    standing: Arc<Standing>,
    messages: Receiver<Message>,
    sender: Sender<Message>,
    /// Commands that came while a start was under way.
    waiting: VecDeque<Command>,
    child: Option<Child>,
    run: u64,
    /// The engine's own reason, given before it goes.
    last_word: Option<String>,
    crashes: VecDeque<Instant>,
    retry_at: Option<Instant>,
}

impl Supervisor {
    pub(crate) fn new(
        plan: Plan,
        standing: Arc<Standing>,
        messages: Receiver<Message>,
        sender: Sender<Message>,
    ) -> Self {
        Self {
            plan,
            standing,
            messages,
            sender,
            waiting: VecDeque::new(),
            child: None,
            run: 0,
            last_word: None,
            crashes: VecDeque::new(),
            retry_at: None,
        }
    }

    /// Starts, answers `first`, and then watches until told to stop.
    pub(crate) fn run(mut self, first: &Sender<Result<Ports, StartError>>) {
        let started = self.start();
        let failed = started.is_err();
        if first.send(started.map(|()| self.plan.ports)).is_err() || failed {
            self.stop_child(Duration::ZERO);
            self.standing.set(State::Stopped);
            return;
        }
        loop {
            match self.next() {
                Next::Retry => self.retry(),
                Next::Message(Message::News(run, News::Gone)) if run == self.run => {
                    self.bury_crashed();
                }
                Next::Message(Message::News(run, news)) => self.hear(run, news),
                Next::Message(Message::Command(Command::Restart { access, deadline, reply })) => {
                    // Nobody may wait for the answer any more.
                    let _ = reply.send(self.restart(access, deadline));
                }
                Next::Message(Message::Command(Command::Stop { deadline, reply })) => {
                    let stopped = self.stop_child(deadline);
                    self.standing.set(State::Stopped);
                    let _ = reply.send(stopped);
                    return;
                }
            }
        }
    }

    fn next(&mut self) -> Next {
        if let Some(command) = self.waiting.pop_front() {
            return Next::Message(Message::Command(command));
        }
        let received = match self.retry_at {
            Some(at) => self.receive(at.saturating_duration_since(Instant::now())),
            None => self.messages.recv().ok(),
        };
        received.map_or(Next::Retry, Next::Message)
    }

    /// `None` when nothing came in time.
    fn receive(&self, limit: Duration) -> Option<Message> {
        // We hold a sender ourselves, so an error is always the timeout.
        self.messages.recv_timeout(limit).ok()
    }

    /// One start, to the point where it answers. Keeps the ports it got, so that a restart keeps them too.
    fn start(&mut self) -> Result<(), StartError> {
        self.standing.set(State::Starting);
        self.retry_at = None;
        self.last_word = None;
        self.run += 1;
        let (run, sender) = (self.run, self.sender.clone());
        let order = self.order()?;
        let log = Log::open(&self.plan.data_dir.join("engine.log"))
            .map_err(|source| StartError::Folder { path: self.plan.data_dir.clone(), source })?;
        let tell = {
            let sender = sender.clone();
            // Nobody listens once the engine is dropped.
            move |news| drop(sender.send(Message::News(run, news)))
        };
        let child = Child::spawn(&self.plan.host, &order, log, tell).map_err(StartError::Spawn)?;
        let pid = child.pid();
        self.child = Some(child);
        if matches!(order.source, Source::Program(_)) {
            program::tell_when_ready(&order, self.plan.start_timeout, move |report| {
                drop(sender.send(Message::News(run, News::Report(report))));
            });
        }
        let ports = self.await_ready()?;
        self.plan.ports = ports;
        self.standing.set(State::Running { pid });
        Ok(())
    }

    fn await_ready(&mut self) -> Result<Ports, StartError> {
        let deadline = Instant::now() + self.plan.start_timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(message) = self.receive(left) else {
                self.kill_child();
                let exit = self.bury();
                return Err(StartError::NotReady { after: self.plan.start_timeout, exit });
            };
            match message {
                Message::Command(command @ Command::Restart { .. }) => {
                    self.waiting.push_back(command);
                }
                Message::Command(command @ Command::Stop { .. }) => {
                    self.waiting.push_back(command);
                    self.kill_child();
                    self.bury();
                    return Err(StartError::Stopped);
                }
                Message::News(run, _) if run != self.run => {}
                Message::News(_, News::Report(Report::Ready { http_port, native_port })) => {
                    return Ok(Ports { http: http_port, native: native_port });
                }
                Message::News(_, News::Report(Report::Refused(refusal))) => {
                    self.bury();
                    return Err(StartError::refused(refusal, &self.plan.data_dir));
                }
                Message::News(_, News::Gone) => {
                    return Err(StartError::Ended { exit: self.bury() });
                }
                Message::News(run, news) => self.hear(run, news),
            }
        }
    }

    fn order(&mut self) -> Result<Order, StartError> {
        let plan = &mut self.plan;
        let server = match plan.source {
            Source::Library(_) => None,
            Source::Program(_) => {
                plan.ports = program::free_ports(plan.ports).map_err(StartError::Spawn)?;
                let path = format!("{}/clickhouse/", plan.data_dir.display());
                Some(Server { path, http_port: plan.ports.http, native_port: plan.ports.native })
            }
        };
        Ok(Order {
            protocol: PROTOCOL,
            source: plan.source.clone(),
            data_dir: plan.data_dir.clone(),
            http_port: plan.ports.http,
            native_port: plan.ports.native,
            config_xml: config_xml(&plan.limits, server.as_ref()),
            users_xml: users_xml(&plan.access),
            lock_wait_ms: u64::try_from(plan.lock_wait.as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn hear(&mut self, run: u64, news: News) {
        if let (true, News::Report(Report::Gave { message })) = (run == self.run, news) {
            self.last_word = Some(message);
        }
    }

    /// The child is gone (or killed): collects how.
    fn bury(&mut self) -> Exit {
        let message = self.last_word.take();
        match self.child.take() {
            Some(child) => child.finish(message),
            None => Exit { status: "not running".into(), message, last_lines: Vec::new() },
        }
    }

    fn bury_crashed(&mut self) {
        let exit = self.bury();
        self.crashed(exit);
    }

    fn retry(&mut self) {
        match self.start() {
            Ok(()) => {}
            Err(StartError::Ended { exit } | StartError::NotReady { exit, .. }) => {
                self.crashed(exit)
            }
            Err(error) => {
                let message = Some(error.to_string());
                self.crashed(Exit { status: "not restarted".into(), message, last_lines: vec![] });
            }
        }
    }

    fn crashed(&mut self, exit: Exit) {
        let now = Instant::now();
        self.crashes.push_back(now);
        let window = self.plan.restarts.window;
        self.crashes.retain(|crash| now.duration_since(*crash) <= window);
        let crash = Arc::new(exit);
        if self.crashes.len() > self.plan.restarts.most {
            self.retry_at = None;
            self.standing.set(State::Failed { crash });
        } else {
            self.retry_at = Some(now + self.plan.restarts.pause(self.crashes.len()));
            self.standing.set(State::Restarting { crash });
        }
    }

    fn restart(&mut self, access: Access, deadline: Duration) -> Result<(), StartError> {
        self.stop_child(deadline);
        self.plan.access = access;
        self.crashes.clear();
        let started = self.start();
        if let Err(error) = &started {
            let message = Some(error.to_string());
            let exit = Exit { status: "not restarted".into(), message, last_lines: vec![] };
            self.standing.set(State::Failed { crash: Arc::new(exit) });
        }
        started
    }

    fn stop_child(&mut self, deadline: Duration) -> Stopped {
        self.retry_at = None;
        let Some(child) = &mut self.child else { return Stopped::Clean };
        child.ask_stop();
        let until = Instant::now() + deadline;
        let stopped = loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.receive(left) {
                None => {
                    self.kill_child();
                    break Stopped::Killed;
                }
                Some(Message::News(run, News::Gone)) if run == self.run => break Stopped::Clean,
                Some(Message::News(..)) => {}
                Some(Message::Command(command)) => self.waiting.push_back(command),
            }
        };
        self.bury();
        stopped
    }

    fn kill_child(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill();
        }
    }
}

enum Next {
    Message(Message),
    Retry,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let restarts = Restarts::default();
        let pauses: Vec<u128> = [1, 2, 3, 6, 7, 1000].map(|n| restarts.pause(n).as_millis()).into();
        assert_eq!(pauses, [100, 200, 400, 3200, 5000, 5000]);
    }
}
