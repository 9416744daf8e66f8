//! Cycles between files and between folders.

use crate::graph::{self, Graph};
use crate::source;
use crate::workspace::{Use, Workspace};
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

/// Files or folders, each of which can be reached from every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The files or folders, in alphabetical order.
    pub members: Vec<String>,
    /// The uses between them.
    pub uses: Vec<Use>,
}

impl Display for Cycle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "cycle of {}: {}", self.members.len(), self.members.join(", "))?;
        self.uses.iter().try_for_each(|used| writeln!(f, "  {used}"))
    }
}

/// Returns the cycles between files.
pub fn file_cycles(workspace: &Workspace) -> Vec<Cycle> {
    cycles(workspace, |file| file)
}

/// Returns the cycles between folders. A folder consists of the files directly in it, without those of its subfolders.
pub fn folder_cycles(workspace: &Workspace) -> Vec<Cycle> {
    cycles(workspace, source::folder)
}

fn cycles(workspace: &Workspace, node: impl for<'a> Fn(&'a str) -> &'a str) -> Vec<Cycle> {
    let ends = |used: &'_ Use| -> Option<(String, String)> {
        let (from, to) = (node(&used.file), node(&used.target));
        (used.is_edge() && from != to).then(|| (from.to_owned(), to.to_owned()))
    };
    let edges: Vec<(String, String, &Use)> =
        workspace.uses.iter().filter_map(|used| ends(used).map(|(from, to)| (from, to, used))).collect();
    let mut graph = Graph::new();
    for (from, to, _) in &edges {
        graph.entry(from).or_default().insert(to);
    }
    let found = graph::cycles(&graph);
    let cycle = |members: &BTreeSet<&str>| {
        let within =
            edges.iter().filter(|(from, to, _)| members.contains(from.as_str()) && members.contains(to.as_str()));
        Cycle {
            members: members.iter().map(|member| (*member).to_owned()).collect(),
            uses: within.map(|(_, _, used)| (*used).clone()).collect(),
        }
    };
    found.iter().map(cycle).collect()
}
