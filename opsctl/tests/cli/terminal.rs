//! The password prompt, on a pseudoterminal.

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};

/// `opsctl hash-password` as the leader of a session with a pseudoterminal.
struct Session {
    /// Controller side of the pseudoterminal, on which the test types and reads.
    controller: File,
    /// Terminal side, which the program uses.
    terminal: File,
    program: Child,
}

impl Session {
    fn start() -> Session {
        let controller =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudoterminal");
        grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("its terminal side");
        let name = ptsname(&controller, Vec::new()).expect("its name");
        let terminal = File::from(
            open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).expect("its terminal side"),
        );
        let descriptor = || terminal.try_clone().expect("a descriptor");
        let mut command = Command::new("setsid");
        command.args(["--ctty", env!("CARGO_BIN_EXE_opsctl"), "hash-password", "--memory-kib", "7168"]);
        let program = command
            .stdin(descriptor())
            .stdout(descriptor())
            .stderr(descriptor())
            .spawn()
            .expect("`setsid` of util-linux");
        Session { controller: controller.into(), terminal, program }
    }

    /// Reads until the output ends with `text`.
    fn wait_for(&mut self, text: &str) -> String {
        let mut screen = Vec::new();
        let mut byte = [0];
        while !screen.ends_with(text.as_bytes()) {
            assert_eq!(self.controller.read(&mut byte).expect("the screen"), 1);
            screen.push(byte[0]);
        }
        String::from_utf8(screen).expect("text")
    }

    fn type_in(&mut self, text: &str) {
        self.controller.write_all(text.as_bytes()).expect("the terminal");
    }

    fn has_echo(&self) -> bool {
        tcgetattr(&self.terminal).expect("its modes").local_modes.contains(LocalModes::ECHO)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.program)
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.program.wait().expect("its exit status").code()
    }
}

#[test]
fn password_is_typed_twice_without_echo() {
    let mut session = Session::start();
    session.wait_for("Password: ");
    assert!(!session.has_echo());
    session.type_in("s3crex\u{7f}t\n");
    let screen = session.wait_for("Again: ");
    assert!(!screen.contains("s3cre"), "{screen:?}");
    session.type_in("s3cret\n");
    let screen = session.wait_for("$argon2id$v=19$m=7168,t=2,p=1$");
    assert!(!screen.contains("s3cre"), "{screen:?}");
    assert_eq!(session.exit_code(), Some(0));
    assert!(session.has_echo());
}

#[test]
fn signal_at_the_prompt_restores_the_echo_and_sets_the_exit_code() {
    for (prompt, interrupt, code) in [
        ("Password: ", None, 130),
        ("Again: ", None, 130),
        ("Password: ", Some(Signal::INT), 130),
        ("Password: ", Some(Signal::TERM), 143),
        ("Password: ", Some(Signal::HUP), 129),
    ] {
        let mut session = Session::start();
        session.wait_for("Password: ");
        if prompt != "Password: " {
            session.type_in("s3cret\n");
            session.wait_for(prompt);
        }
        assert!(!session.has_echo());
        match interrupt {
            None => session.type_in("\u{3}"),
            Some(signal) => kill_process(session.pid(), signal).expect("the program"),
        }
        assert_eq!(session.exit_code(), Some(code));
        assert!(session.has_echo(), "{prompt} {interrupt:?}");
    }
}

#[test]
fn suspension_restores_the_echo_and_resumption_prompts_again() {
    let mut session = Session::start();
    session.wait_for("Password: ");
    session.type_in("half\u{1a}");
    let (_pid, status) = waitpid(Some(session.pid()), WaitOptions::UNTRACED).expect("the program").expect("a change");
    assert!(status.stopped() && session.has_echo());
    kill_process(session.pid(), Signal::CONT).expect("the program");
    session.wait_for("Password: ");
    assert!(!session.has_echo());
    session.type_in("s3cret\n");
    session.wait_for("Again: ");
    session.type_in("s3cret\n");
    session.wait_for("$argon2id$");
    assert_eq!(session.exit_code(), Some(0));
}

impl Drop for Session {
    /// Ends the program if the test has failed.
    fn drop(&mut self) {
        // Fails if the program has ended.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn end_of_input_at_the_prompt_restores_the_echo() {
    let mut session = Session::start();
    session.wait_for("Password: ");
    session.type_in("\u{4}");
    session.wait_for("opsctl: cannot read the password: ");
    assert_eq!(session.exit_code(), Some(1));
    assert!(session.has_echo());
}
