//! Dependency cycles between files and between folders.

use crate::graph::{self, Graph};
use crate::source;
use crate::uses::UseKind;
use crate::workspace::{Use, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

/// A strongly connected component of files or folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Files or folders, in alphabetical order.
    pub members: Vec<String>,
    /// Edges between the members. Those with the fewest uses come first, as they are the easiest to remove.
    pub edges: Vec<Edge>,
}

/// All uses of one file or folder by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// File or folder that contains the paths.
    pub from: String,
    /// File or folder that contains the definitions.
    pub to: String,
    /// Uses. Paths that start with an imported name are represented by the import.
    pub uses: Vec<Use>,
}

impl Display for Cycle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "cycle of {}: {}", self.members.len(), self.members.join(", "))?;
        for Edge { from, to, uses } in &self.edges {
            writeln!(f, "  {from} -> {to}")?;
            uses.iter().try_for_each(|used| writeln!(f, "    {used}"))?;
        }
        Ok(())
    }
}

/// Returns the cycles between files.
pub fn file_cycles(workspace: &Workspace) -> Vec<Cycle> {
    cycles(workspace, |file| file)
}

/// Returns the cycles between folders.
///
/// A folder contains only its direct files, not those of its subfolders.
pub fn folder_cycles(workspace: &Workspace) -> Vec<Cycle> {
    cycles(workspace, source::folder)
}

fn cycles(workspace: &Workspace, node: impl Fn(&str) -> &str) -> Vec<Cycle> {
    let mut edges: BTreeMap<(&str, &str), Vec<&Use>> = BTreeMap::new();
    for used in workspace.uses.iter().filter(|used| used.is_edge()) {
        let ends = (node(&used.file), node(&used.target));
        if ends.0 != ends.1 {
            edges.entry(ends).or_default().push(used);
        }
    }
    let mut graph = Graph::new();
    for (from, to) in edges.keys() {
        graph.entry(from).or_default().insert(to);
    }
    let cycle = |members: &BTreeSet<&str>| {
        let within = edges.iter().filter(|((from, to), _)| members.contains(from) && members.contains(to));
        let mut edges: Vec<Edge> = within.map(|((from, to), uses)| Edge::new(from, to, uses)).collect();
        edges.sort_by_key(|edge| edge.uses.len());
        Cycle { members: members.iter().map(|member| (*member).to_owned()).collect(), edges }
    };
    graph::cycles(&graph).iter().map(cycle).collect()
}

impl Edge {
    fn new(from: &str, to: &str, uses: &[&Use]) -> Self {
        let imported: BTreeSet<(&str, &str)> = uses
            .iter()
            .filter(|used| used.kind == UseKind::Import)
            .map(|used| (used.file.as_str(), used.path.rsplit("::").next().unwrap_or_default()))
            .collect();
        let is_repeated = |used: &Use| {
            let first = used.path.split("::").next().unwrap_or_default();
            used.kind == UseKind::Path && imported.contains(&(used.file.as_str(), first))
        };
        let uses = uses.iter().filter(|used| !is_repeated(used)).map(|used| (*used).clone()).collect();
        Edge { from: from.to_owned(), to: to.to_owned(), uses }
    }
}
