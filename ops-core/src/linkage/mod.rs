//! Detects link-time registrations that are in the program's code and not in its registry.
//!
//! Registrations are statics in named sections, which the linker concatenates within one image: an executable or a shared
//! library. They get lost where a linker leaves object files out of the image, and where the code of one program is spread
//! over several images. `docs/linking.md` lists which ways to link are complete, which are detected here, and which neither.

#[cfg(any(target_os = "android", target_os = "linux"))]
mod elf;
mod error;
#[cfg(any(target_os = "android", target_os = "linux"))]
mod images;

pub use error::LinkageError;

use crate::registry::CANARY;

/// Returns every loss of registrations that can be detected in this process now, images that are loaded later excluded.
///
/// On Linux and Android this reads `/proc/self/maps` and the section headers of each loaded image, about 30 µs an image. On
/// other systems only [`LinkageError::ArchiveMembers`] is detected. An image that cannot be read is skipped.
pub(crate) fn errors() -> Vec<LinkageError> {
    let mut errors = Vec::new();
    if CANARY.is_empty() {
        errors.push(LinkageError::ArchiveMembers);
    }
    #[cfg(any(target_os = "android", target_os = "linux"))]
    errors.extend(images::unread());
    errors
}
