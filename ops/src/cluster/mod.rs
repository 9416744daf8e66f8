//! Cluster membership: the other processes of this service, as listed by `/info`.

use std::sync::Arc;

/// A member of the cluster: one process of the service.
///
/// ```
/// let member = ops::Member::new("n1", "host1:9464");
/// assert_eq!((member.id.as_str(), member.addr.as_str(), member.is_self), ("n1", "host1:9464", false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "server", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Member {
    /// The name of the member, unique in the cluster.
    pub id: String,
    /// The address of the member's admin API, as displayed in `/info`.
    pub addr: String,
    /// `true` for the process that serves the response.
    #[cfg_attr(feature = "server", serde(rename = "self"))]
    pub is_self: bool,
}

impl Member {
    /// Creates a member called `id` with its admin API at `addr`.
    pub fn new(id: impl Into<String>, addr: impl Into<String>) -> Member {
        Member { id: id.into(), addr: addr.into(), is_self: false }
    }

    /// Returns this member marked as the local process.
    #[must_use]
    pub fn local(self) -> Member {
        Member { is_self: true, ..self }
    }
}

/// Source of the cluster members. Implement it on top of the membership protocol of the service.
pub trait Cluster: Send + Sync + 'static {
    /// Returns the local process.
    fn local(&self) -> Member;

    /// Returns all members, including the local process, sorted by id.
    fn members(&self) -> Vec<Member>;
}

impl<T: Cluster + ?Sized> Cluster for Arc<T> {
    fn local(&self) -> Member {
        (**self).local()
    }

    fn members(&self) -> Vec<Member> {
        (**self).members()
    }
}

impl<T: Cluster + ?Sized> Cluster for Box<T> {
    fn local(&self) -> Member {
        (**self).local()
    }

    fn members(&self) -> Vec<Member> {
        (**self).members()
    }
}

/// A cluster with a fixed list of members.
///
/// ```
/// use ops::{Cluster, Member, StaticCluster};
///
/// let cluster = StaticCluster::new(Member::new("n2", "host2:9464"), [Member::new("n1", "host1:9464")]);
/// assert_eq!(cluster.members(), [Member::new("n1", "host1:9464"), Member::new("n2", "host2:9464").local()]);
/// ```
#[derive(Clone, Debug)]
pub struct StaticCluster {
    local: Member,
    members: Vec<Member>,
}

impl StaticCluster {
    /// Creates a cluster of this process and its peers. Peers with the id of this process are ignored.
    pub fn new(local: Member, peers: impl IntoIterator<Item = Member>) -> StaticCluster {
        let local = local.local();
        let peers = peers.into_iter().filter(|peer| peer.id != local.id).map(|peer| Member { is_self: false, ..peer });
        let mut members: Vec<_> = peers.chain([local.clone()]).collect();
        members.sort();
        StaticCluster { local, members }
    }
}

impl Cluster for StaticCluster {
    fn local(&self) -> Member {
        self.local.clone()
    }

    fn members(&self) -> Vec<Member> {
        self.members.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_contain_this_process_once() {
        let peers = ["c", "b", "a"].map(|id| Member::new(id, format!("{id}:1")));
        let cluster = StaticCluster::new(Member::new("b", "b:2"), peers);
        let members: Vec<_> = cluster.members().into_iter().map(|m| (m.id, m.addr, m.is_self)).collect();
        let expected = [("a", "a:1", false), ("b", "b:2", true), ("c", "c:1", false)];
        assert_eq!(members, expected.map(|(id, addr, is_self)| (id.to_owned(), addr.to_owned(), is_self)));
        assert_eq!(cluster.local(), Member::new("b", "b:2").local());
    }
}
