//! `unsafe` functions stay `unsafe`, in signature and body.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, unsafe_op_in_unsafe_fn)]
#![allow(unsafe_code, clippy::future_not_send, clippy::unused_async, reason = "under test")]

#[ops::metric]
#[ops::instrument_span]
unsafe fn read(from: *const u8) -> u8 {
    // SAFETY: the caller guarantees that `from` is valid for reads.
    unsafe { *from }
}

#[ops::metric]
unsafe extern "C" fn write(to: *mut u8, byte: u8) {
    // SAFETY: the caller guarantees that `to` is valid for writes.
    unsafe { *to = byte }
}

#[ops::metric]
#[ops::instrument_span]
async unsafe fn read_later(from: *const u8) -> u8 {
    // SAFETY: the caller guarantees that `from` is valid for reads.
    unsafe { *from }
}

fn main() {
    let mut byte = 1;
    // SAFETY: `byte` is a live local, borrowed by nothing else.
    unsafe {
        write(&raw mut byte, 2);
        assert_eq!(read(&raw const byte), 2);
        drop(read_later(&raw const byte));
    }
}
