//! Cycles in a directed graph.

use std::collections::{BTreeMap, BTreeSet};

/// A directed graph: the successors of each node.
pub(crate) type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Returns the strongly connected components in reverse topological order (Tarjan's algorithm).
pub(crate) fn components<'a>(graph: &Graph<'a>) -> Vec<BTreeSet<&'a str>> {
    let mut search = Search { graph, order: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in graph.keys() {
        if !search.order.contains_key(node) {
            search.visit(node);
        }
    }
    search.found
}

/// Returns the strongly connected components with at least two nodes.
pub(crate) fn cycles<'a>(graph: &Graph<'a>) -> Vec<BTreeSet<&'a str>> {
    components(graph).into_iter().filter(|component| component.len() > 1).collect()
}

struct Search<'g, 'a> {
    graph: &'g Graph<'a>,
    order: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    found: Vec<BTreeSet<&'a str>>,
}

impl<'a> Search<'_, 'a> {
    fn visit(&mut self, node: &'a str) -> usize {
        let order = self.order.len();
        self.order.insert(node, order);
        self.stack.push(node);
        let mut low = order;
        for next in self.graph.get(node).into_iter().flatten() {
            match self.order.get(next) {
                None => low = low.min(self.visit(next)),
                Some(earlier) if self.stack.contains(next) => low = low.min(*earlier),
                Some(_) => {}
            }
        }
        if low == order {
            let start = self.stack.iter().position(|member| *member == node).unwrap_or_default();
            self.found.push(self.stack.drain(start..).collect());
        }
        low
    }
}
