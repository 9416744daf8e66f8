//! Standard output: streaming, truncation and write errors.

use crate::commands::opsctl;
use crate::raw_server::{respond_once, serve_once};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opsctl"));
    command.args(arguments).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(target_os = "linux")]
#[test]
fn failed_write_to_standard_output_is_an_error() {
    let (address, _heads) = respond_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let url = format!("http://{address}/");
    for arguments in [
        &["get", &url][..],
        &["token", "prom"],
        &["hash-password", "--memory-kib", "7168"],
        &["--help"],
        &["get", "--help"],
        &["--version"],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("the device");
        let mut running = command(arguments).stdout(full).spawn().expect("the program");
        // The program may end without reading its input.
        let _ = running.stdin.take().expect("its input").write_all(b"s3cr3t\n");
        let output = running.wait_with_output().expect("its end");
        let error = "opsctl: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
            (Some(1), error),
            "{arguments:?}"
        );
    }
}

#[test]
fn closed_pipe_is_not_an_error() {
    let (closed, wait) = channel::<()>();
    let (address, _heads) = serve_once("127.0.0.1:0", move |mut stream| {
        // Returns once the reader has closed the pipe.
        let _ = wait.recv();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("a client");
        while stream.write_all(b"a line of many\n").is_ok() {}
    })
    .expect("a port");
    let mut running = command(&["get", &format!("http://{address}/")]).spawn().expect("the program");
    drop(running.stdout.take());
    drop(closed);
    let output = running.wait_with_output().expect("its end");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));

    let mut running = command(&["hash-password", "--memory-kib", "7168"]).spawn().expect("the program");
    drop(running.stdout.take());
    running.stdin.take().expect("its input").write_all(b"s3cr3t\n").expect("a reader");
    let output = running.wait_with_output().expect("its end");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn event_stream_is_printed_as_it_arrives() {
    let (events, wait) = channel::<&[u8]>();
    let (address, _heads) = serve_once("127.0.0.1:0", move |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n").expect("a client");
        wait.iter().for_each(|bytes| stream.write_all(bytes).expect("a client"));
    })
    .expect("a port");
    let mut running = command(&["get", &format!("http://{address}/")]).spawn().expect("the program");
    let mut output = BufReader::new(running.stdout.take().expect("its output"));
    for event in ["data: 1\n", "data: 2\n"] {
        events.send(event.as_bytes()).expect("the server");
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        assert_eq!(line, event);
    }
    events.send(b"data: 3").expect("the server");
    let mut start = [0; 7];
    output.read_exact(&mut start).expect("a line that has not ended");
    assert_eq!(&start, b"data: 3");
    drop(events);
    assert_eq!(running.wait().expect("its end").code(), Some(0));
}

#[test]
fn event_stream_ends_at_an_explicit_timeout() {
    let (stop, wait) = channel::<()>();
    let (address, _heads) = serve_once("127.0.0.1:0", move |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n").expect("a client");
        let _ = wait.recv();
    })
    .expect("a port");
    let url = format!("http://{address}/");
    let error = format!("opsctl: {url}: incomplete response after 500ms; set a longer `--timeout`\n");
    assert_eq!(opsctl(&["get", &url, "--timeout", "500ms"], "", &[]), (1, "data: 1\n".to_owned(), error));
    drop(stop);
}

#[test]
fn body_is_printed_unchanged_and_truncation_is_an_error() {
    let (address, _heads) = respond_once(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\x00\n!");
    let output = command(&["get", &format!("http://{address}/")]).output().expect("the program");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"\xff\x00\n!"[..]));

    let (address, _heads) = respond_once(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut");
    let (code, output, error) = opsctl(&["get", &format!("http://{address}/")], "", &[]);
    assert_eq!((code, output.as_str()), (1, "cut"));
    assert!(
        error.starts_with(&format!("opsctl: http://{address}/: connection closed during the response: ")),
        "{error}"
    );
}

#[test]
fn control_characters_in_an_error_are_escaped() {
    let (address, _heads) = respond_once(b"HTTP/1.1 500 Failed\r\nContent-Length: 9\r\n\r\n\x1b[2J\x07bad\n");
    let error = format!("opsctl: http://{address}/ returned 500: \\u{{1b}}[2J\\u{{7}}bad\n");
    assert_eq!(opsctl(&["get", &format!("http://{address}/")], "", &[]).2, error);
}
