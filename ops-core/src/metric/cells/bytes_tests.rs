//! Tests of the byte arena; in a separate file because `tests/loom` includes `bytes.rs`.

use super::bytes::{Bytes, PAGES, locate};
use super::sync::{AtomicU32, FIRST_PAGE, Mutex, Ordering};
use std::sync::atomic::AtomicBool;

fn bytes() -> Bytes {
    Bytes::new([(); PAGES].map(|()| AtomicU32::new(0)), Mutex::new(0))
}

#[test]
fn appended_bytes_are_readable_and_do_not_move() {
    let bytes = bytes();
    let texts: Vec<String> =
        (0..if cfg!(miri) { 60 } else { 2_000 }).map(|n| "x".repeat(n % 50) + &n.to_string()).collect();
    let positions: Vec<_> = texts.iter().map(|text| bytes.append(&[b"<", text.as_bytes(), b">"]).unwrap()).collect();
    let first = bytes.read_from(positions[0]).unwrap().as_ptr();
    for (text, position) in texts.iter().zip(&positions) {
        assert!(bytes.read_from(*position).unwrap().starts_with(format!("<{text}>").as_bytes()));
    }
    assert_eq!(bytes.read_from(positions[0]).unwrap().as_ptr(), first);
}

#[test]
fn long_appends_skip_to_the_first_page_with_room() {
    let bytes = bytes();
    let long = vec![7; 5 * FIRST_PAGE];
    let positions = [&b"short"[..], &long, b"after"].map(|part| bytes.append(&[part]).unwrap());
    assert_eq!(positions.map(locate), [(0, 0), (3, 0), (3, long.len())]);
    assert_eq!(&bytes.read_from(positions[1]).unwrap()[..long.len()], long);
}

#[test]
fn reads_stop_at_the_end_of_the_appended_bytes() {
    let bytes = bytes();
    assert_eq!(bytes.read_from(0), None);
    bytes.append(&[b"four"]).unwrap();
    assert_eq!(
        [bytes.read_from(0), bytes.read_from(1), bytes.read_from(2)],
        [Some(&b"four"[..]), Some(&b""[..]), None]
    );
}

#[test]
fn concurrent_readers_see_complete_appends() {
    let (bytes, published, done) = (bytes(), AtomicU32::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..(if cfg!(miri) { 50 } else { 20_000_u32 }) {
                published.store(bytes.append(&[&n.to_le_bytes(), &n.to_le_bytes()]).unwrap(), Ordering::Release);
            }
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            let read = bytes.read_from(published.load(Ordering::Acquire)).unwrap_or_default();
            assert_eq!(read.get(..4), read.get(4..8));
        }
    });
}
