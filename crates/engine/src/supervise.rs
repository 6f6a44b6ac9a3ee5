//! The thread that owns the child process: starts it, restarts it after a crash, stops it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::access::Access;
use crate::child::{Child, Event, Exit, Host};
use crate::config::{Limits, Server, backups_folder, config_xml, users_xml};
use crate::log::Log;
use crate::ports::Ports;
use crate::program;
use crate::protocol::{Order, PROTOCOL, Report};
use crate::restarts::{Crashes, Restarts};
use crate::source::Source;
use crate::start_error::StartError;
use crate::state::{State, StateCell};

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
    /// An event of the run of that number; older runs are of no interest.
    Event(u64, Event),
}

pub(crate) struct Supervisor {
    plan: Plan,
    state: Arc<StateCell>,
    messages: Receiver<Message>,
    sender: Sender<Message>,
    /// Commands that came while a start was under way.
    waiting: VecDeque<Command>,
    child: Option<Child>,
    run: u64,
    /// The engine's own reason, given before it goes.
    last_message: Option<String>,
    crashes: Crashes,
    /// Also those of long ago.
    total_crashes: u64,
    retry_at: Option<Instant>,
}

impl Supervisor {
    pub(crate) fn new(
        plan: Plan,
        state: Arc<StateCell>,
        messages: Receiver<Message>,
        sender: Sender<Message>,
    ) -> Self {
        Self {
            plan,
            state,
            messages,
            sender,
            waiting: VecDeque::new(),
            child: None,
            run: 0,
            last_message: None,
            crashes: Crashes::default(),
            total_crashes: 0,
            retry_at: None,
        }
    }

    /// Starts, answers `first`, and then watches until told to stop.
    pub(crate) fn run(mut self, first: &Sender<Result<Ports, StartError>>) {
        let started = self.start();
        let failed = started.is_err();
        if first.send(started.map(|()| self.plan.ports)).is_err() || failed {
            self.stop_child(Duration::ZERO);
            self.state.set(State::Stopped);
            return;
        }
        loop {
            match self.next() {
                Next::Retry => self.retry(),
                Next::Message(Message::Event(run, Event::Gone)) if run == self.run => {
                    self.reap_crashed();
                }
                Next::Message(Message::Event(run, event)) => self.keep_message(run, event),
                Next::Message(Message::Command(Command::Restart { access, deadline, reply })) => {
                    // Nobody may wait for the answer any more.
                    let _ = reply.send(self.restart(access, deadline));
                }
                Next::Message(Message::Command(Command::Stop { deadline, reply })) => {
                    let stopped = self.stop_child(deadline);
                    self.state.set(State::Stopped);
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
        self.state.set(State::Starting);
        self.retry_at = None;
        self.last_message = None;
        self.run += 1;
        let (run, sender) = (self.run, self.sender.clone());
        let order = self.order()?;
        let log = Log::open(&self.plan.data_dir.join("engine.log"))
            .map_err(|source| StartError::Folder { path: self.plan.data_dir.clone(), source })?;
        let tell = {
            let sender = sender.clone();
            // Nobody listens once the engine is dropped.
            move |event| drop(sender.send(Message::Event(run, event)))
        };
        let child = Child::spawn(&self.plan.host, &order, log, tell).map_err(StartError::Spawn)?;
        let pid = child.pid();
        self.child = Some(child);
        if matches!(order.source, Source::Program(_)) {
            program::tell_when_ready(&order, self.plan.start_timeout, move |report| {
                drop(sender.send(Message::Event(run, Event::Report(report))));
            });
        }
        let ports = self.await_ready()?;
        self.plan.ports = ports;
        self.state.set(State::Running { pid });
        Ok(())
    }

    fn await_ready(&mut self) -> Result<Ports, StartError> {
        let deadline = Instant::now() + self.plan.start_timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(message) = self.receive(left) else {
                self.kill_child();
                let exit = self.reap();
                return Err(StartError::NotReady { after: self.plan.start_timeout, exit });
            };
            match message {
                Message::Command(command @ Command::Restart { .. }) => {
                    self.waiting.push_back(command);
                }
                Message::Command(command @ Command::Stop { .. }) => {
                    self.waiting.push_back(command);
                    self.kill_child();
                    self.reap();
                    return Err(StartError::Stopped);
                }
                Message::Event(run, _) if run != self.run => {}
                Message::Event(_, Event::Report(Report::Ready { http_port, native_port })) => {
                    return Ok(Ports { http: http_port, native: native_port });
                }
                Message::Event(_, Event::Report(Report::Refused(refusal))) => {
                    self.reap();
                    return Err(StartError::refused(refusal, &self.plan.data_dir));
                }
                Message::Event(_, Event::Gone) => {
                    return Err(StartError::Ended { exit: self.reap() });
                }
                Message::Event(run, event) => self.keep_message(run, event),
            }
        }
    }

    fn order(&mut self) -> Result<Order, StartError> {
        let plan = &mut self.plan;
        let server = match plan.source {
            Source::Library(_) => None,
            Source::Program(_) => {
                // A server can't report the ports it chose, so free ones are chosen for it.
                plan.ports = plan.ports.chosen().map_err(StartError::Spawn)?;
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
            config_xml: config_xml(&plan.limits, server.as_ref(), &backups_folder(&plan.data_dir)),
            users_xml: users_xml(&plan.access),
            lock_wait_ms: u64::try_from(plan.lock_wait.as_millis()).unwrap_or(u64::MAX),
        })
    }

    fn keep_message(&mut self, run: u64, event: Event) {
        if let (true, Event::Report(Report::Gave { message })) = (run == self.run, event) {
            self.last_message = Some(message);
        }
    }

    /// The child is gone (or killed): collects how.
    fn reap(&mut self) -> Exit {
        let message = self.last_message.take();
        match self.child.take() {
            Some(child) => child.reap(message),
            None => Exit::without_run("not running", message),
        }
    }

    fn reap_crashed(&mut self) {
        let exit = self.reap();
        self.crashed(exit);
    }

    fn retry(&mut self) {
        match self.start() {
            Ok(()) => {}
            Err(StartError::Ended { exit } | StartError::NotReady { exit, .. }) => {
                self.crashed(exit)
            }
            Err(error) => {
                self.crashed(Exit::without_run("not restarted", Some(error.to_string())));
            }
        }
    }

    fn crashed(&mut self, exit: Exit) {
        let (crash, now) = (Arc::new(exit), Instant::now());
        self.total_crashes += 1;
        let pause = self.crashes.add(now, &self.plan.restarts);
        self.retry_at = pause.map(|pause| now + pause);
        self.state.set(match pause {
            Some(pause) => State::Restarting { crash, pause, crashes: self.total_crashes },
            None => State::Failed { crash },
        });
    }

    fn restart(&mut self, access: Access, deadline: Duration) -> Result<(), StartError> {
        self.stop_child(deadline);
        self.plan.access = access;
        self.crashes.clear();
        loop {
            let error = match self.start() {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let exit = match &error {
                StartError::Ended { exit } | StartError::NotReady { exit, .. } => exit.clone(),
                StartError::Stopped => return Err(error),
                other => Exit::without_run("not restarted", Some(other.to_string())),
            };
            self.crashed(exit);
            // Going down while it comes up is one crash like any other.
            let Some(again) = self.retry_at else { return Err(error) };
            thread::sleep(again.saturating_duration_since(Instant::now()));
        }
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
                Some(Message::Event(run, Event::Gone)) if run == self.run => break Stopped::Clean,
                Some(Message::Event(..)) => {}
                Some(Message::Command(command)) => self.waiting.push_back(command),
            }
        };
        self.reap();
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
