//! Passwords that are typed at a terminal.

#[cfg(unix)]
pub(super) use unix::prompt_password;

/// Asks for a password at the console, without showing it.
#[cfg(not(unix))]
pub(super) fn prompt_password(prompt: &str) -> std::io::Result<zeroize::Zeroizing<String>> {
    rpassword::prompt_password(prompt).map(zeroize::Zeroizing::new)
}

/// As `ssh` does it: the terminal edits the line and makes signals of Ctrl-C and Ctrl-Z, and whatever ends or suspends the
/// process puts the echo back before.
#[cfg(unix)]
mod unix {
    use crate::line::read_line;
    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::fs::{File, OpenOptions};
    use std::io::{self, Write};
    use std::sync::{Mutex, MutexGuard, Once, PoisonError};
    use std::thread;
    use tokio::signal::unix::{SignalKind, signal};
    use zeroize::Zeroizing;

    /// The longest line of a terminal that is read, in bytes: more than any terminal edits.
    const MAX_LINE: usize = 4096;

    /// The prompt that is open.
    static PROMPT: Mutex<Option<Prompt>> = Mutex::new(None);

    /// A terminal without its echo.
    struct Prompt {
        terminal: File,
        text: String,
        /// The modes to put back.
        modes: Termios,
    }

    /// Asks for a password at the terminal of the process, without showing it.
    ///
    /// # Errors
    /// If there is no terminal, or it ends before a line does.
    pub(in super::super) fn prompt_password(text: &str) -> io::Result<Zeroizing<String>> {
        watch_signals()?;
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let input = terminal.try_clone()?;
        let modes = tcgetattr(&terminal)?;
        let prompt = Prompt { terminal, text: text.to_owned(), modes };
        // Under the lock, so that a signal finds either no prompt or one whose modes it can put back.
        let mut open = lock();
        let shown = open.insert(prompt).hide();
        drop(open);
        let line = shown.and_then(|()| read_line(input, MAX_LINE));
        if let Some(mut prompt) = lock().take() {
            prompt.restore();
        }
        line
    }

    impl Prompt {
        /// Turns the echo off and writes the prompt.
        fn hide(&mut self) -> io::Result<()> {
            let mut modes = self.modes.clone();
            modes.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
            tcsetattr(&self.terminal, OptionalActions::Flush, &modes)?;
            self.terminal.write_all(self.text.as_bytes())
        }

        /// Puts the modes back, and ends the line that the terminal has not shown.
        fn restore(&mut self) {
            // A terminal that is gone needs neither.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.modes);
            let _ = self.terminal.write_all(b"\n");
        }
    }

    fn lock() -> MutexGuard<'static, Option<Prompt>> {
        PROMPT.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles signals for the rest of the process.
    fn watch_signals() -> io::Result<()> {
        static STARTED: Once = Once::new();
        let mut started = Ok(());
        STARTED.call_once(|| started = start_watching());
        started
    }

    fn start_watching() -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (hang_up, interrupt, quit, terminate, mut stop, mut go_on) = {
            let _entered = runtime.enter();
            let ends = |kind: SignalKind| signal(kind).map(|signal| (signal, kind.as_raw_value()));
            (
                ends(SignalKind::hangup())?,
                ends(SignalKind::interrupt())?,
                ends(SignalKind::quit())?,
                ends(SignalKind::terminate())?,
                signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?,
                signal(SignalKind::from_raw(Signal::CONT.as_raw()))?,
            )
        };
        let watch = async move {
            for (mut signal, number) in [hang_up, interrupt, quit, terminate] {
                tokio::spawn(async move {
                    signal.recv().await;
                    end(number);
                });
            }
            tokio::spawn(async move {
                while go_on.recv().await.is_some() {
                    resume();
                }
            });
            while stop.recv().await.is_some() {
                suspend();
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(watch)).map(drop)
    }

    /// Ends the process as a shell tells of one that a signal has ended.
    fn end(signal: i32) {
        // Held until the end, so that no prompt hides anything any more.
        let mut open = lock();
        if let Some(prompt) = open.as_mut() {
            prompt.restore();
        }
        std::process::exit(128 + signal);
    }

    /// Stops the process with the echo on.
    fn suspend() {
        if let Some(prompt) = lock().as_mut() {
            prompt.restore();
        }
        // Another thread may be the one that it stops first: what comes after it here may still run, and must not hide anything.
        let _ = kill_process(getpid(), Signal::STOP);
    }

    /// Asks again, whoever has stopped the process and whatever was done to the terminal meanwhile.
    fn resume() {
        if let Some(prompt) = lock().as_mut() {
            // What cannot be hidden now was not typed yet.
            let _ = prompt.hide();
        }
    }
}
