//! Detects link-time registrations that are missing from the registry.
//!
//! Registrations are statics in named sections, which the linker concatenates within one image: an executable or a shared
//! library. They are lost if the linker discards object files, or if a program consists of several images.
//! The chapter `ops::guide::libraries` lists the supported ways to link and the losses that are detected here.

#[cfg(any(target_os = "android", target_os = "linux"))]
mod elf;
mod error;
#[cfg(any(target_os = "android", target_os = "linux"))]
mod images;

pub use error::LinkageError;

use crate::registry::CANARY;

/// Returns the detected losses of registrations in the images that are loaded now.
///
/// On Linux and Android this reads `/proc/self/maps` and the section headers of each loaded image, about 30 µs per image. On
/// other systems only [`LinkageError::ArchiveMembers`] is detected. Images that cannot be read are skipped.
pub(crate) fn errors() -> Vec<LinkageError> {
    let mut errors = Vec::new();
    if CANARY.is_empty() {
        errors.push(LinkageError::ArchiveMembers);
    }
    #[cfg(any(target_os = "android", target_os = "linux"))]
    errors.extend(images::unread());
    errors
}
