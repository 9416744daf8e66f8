//! Password prompt on the terminal.

#[cfg(unix)]
pub(super) use unix::prompt_password;

/// Reads a password from the console without echo.
#[cfg(not(unix))]
pub(super) fn prompt_password(prompt: &str) -> std::io::Result<zeroize::Zeroizing<String>> {
    rpassword::prompt_password(prompt).map(zeroize::Zeroizing::new)
}

/// A prompt without echo, like that of `ssh`.
///
/// The terminal stays in canonical mode: it edits the line, and turns Ctrl-C and Ctrl-Z into signals. The echo is restored before
/// a signal ends or suspends the process.
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

    /// Maximum length of a line, in bytes: that of the Linux line discipline.
    const MAX_LINE: usize = 4096;

    /// The open prompt.
    static PROMPT: Mutex<Option<Prompt>> = Mutex::new(None);

    /// A terminal with its echo off.
    struct Prompt {
        terminal: File,
        text: String,
        /// Terminal modes to restore.
        modes: Termios,
    }

    /// Reads a password from the controlling terminal without echo.
    ///
    /// # Errors
    /// If there is no terminal, or its input ends before the line does.
    pub(in super::super) fn prompt_password(text: &str) -> io::Result<Zeroizing<String>> {
        watch_signals()?;
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let input = terminal.try_clone()?;
        let modes = tcgetattr(&terminal)?;
        let prompt = Prompt { terminal, text: text.to_owned(), modes };
        // Under the lock, so that the signal task finds either no prompt or one whose modes it can restore.
        let mut open = lock();
        let prompted = open.insert(prompt).hide();
        drop(open);
        let line = prompted.and_then(|()| read_line(input, MAX_LINE));
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

        /// Restores the modes, and writes the newline that was not echoed.
        fn restore(&mut self) {
            // Fails only if the terminal is gone.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.modes);
            let _ = self.terminal.write_all(b"\n");
        }
    }

    fn lock() -> MutexGuard<'static, Option<Prompt>> {
        PROMPT.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread that handles signals until the process ends.
    fn watch_signals() -> io::Result<()> {
        static STARTED: Once = Once::new();
        let mut started = Ok(());
        STARTED.call_once(|| started = start_watching());
        started
    }

    fn start_watching() -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (hang_up, interrupt, quit, terminate, mut suspended, mut resumed) = {
            let _entered = runtime.enter();
            let listen = |kind: SignalKind| signal(kind).map(|signal| (signal, kind.as_raw_value()));
            (
                listen(SignalKind::hangup())?,
                listen(SignalKind::interrupt())?,
                listen(SignalKind::quit())?,
                listen(SignalKind::terminate())?,
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
                while resumed.recv().await.is_some() {
                    resume();
                }
            });
            while suspended.recv().await.is_some() {
                suspend();
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(watch)).map(drop)
    }

    /// Restores the terminal and exits with the status that shells use for a signal.
    fn end(signal: i32) {
        // Locked until the exit, so that no other prompt turns the echo off.
        let mut open = lock();
        if let Some(prompt) = open.as_mut() {
            prompt.restore();
        }
        std::process::exit(128 + signal);
    }

    /// Stops the process, with the echo restored.
    fn suspend() {
        if let Some(prompt) = lock().as_mut() {
            prompt.restore();
        }
        // This thread may run for a moment after the signal, so the echo must not be turned off after this line.
        let _ = kill_process(getpid(), Signal::STOP);
    }

    /// Shows the prompt again once the process continues.
    fn resume() {
        if let Some(prompt) = lock().as_mut() {
            // On failure, further input is echoed.
            let _ = prompt.hide();
        }
    }
}
