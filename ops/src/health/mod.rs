//! Health checks; the layer lands from the branch `health` (on a merge conflict here, that branch's file is the right one).

/// A check as the attribute `#[health_check]` leaves it in the program.
#[derive(Debug)]
pub struct LinkedCheck {
    pub(crate) descriptor: crate::CheckDescriptor,
}
