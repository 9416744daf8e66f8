//! Layer tables: the allowed order of dependencies between the top-level modules of a crate.

use crate::graph::{self, Graph};
use crate::workspace::{Use, Workspace};
use std::collections::BTreeMap;

/// The top-level modules of a crate in bottom-up layers. A module may only use modules of earlier rows.
///
/// In Markdown, a table is a fenced block with the info string `layers PACKAGE`. The module names of a row are separated by ` · `
/// and followed by two spaces and a description:
///
/// ````text
/// ```layers ops-core
/// name · clock    grammar of names; clocks that tests can control
/// metric          counters, gauges, histograms
/// ```
/// ````
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerTable {
    /// Package name.
    pub package: String,
    /// Modules of each row.
    pub rows: Vec<Vec<String>>,
}

impl LayerTable {
    /// Parses all tables in a Markdown document.
    pub fn parse(document: &str) -> Vec<LayerTable> {
        let mut tables: Vec<LayerTable> = Vec::new();
        let mut is_inside = false;
        for line in document.lines() {
            match line.strip_prefix("```") {
                Some(_) if is_inside => is_inside = false,
                Some(info) => {
                    if let Some(package) = info.strip_prefix("layers ") {
                        tables.push(LayerTable { package: package.trim().to_owned(), rows: Vec::new() });
                        is_inside = true;
                    }
                }
                None if is_inside => {
                    let names = line.split("  ").next().unwrap_or_default();
                    let names: Vec<String> = names.split('·').map(|name| name.trim().to_owned()).collect();
                    if let Some(table) = tables.last_mut() {
                        table.rows.push(names);
                    }
                }
                None => {}
            }
        }
        tables
    }

    fn row(&self, module: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.iter().any(|name| name == module))
    }

    fn crate_name(&self) -> String {
        self.package.replace('-', "_")
    }
}

/// Returns the differences between a table and the source.
///
/// These are missing, duplicate and nonexistent modules, and uses of a module in the same or a later row. Re-exports count as
/// uses, except in the crate root.
pub fn layer_violations(workspace: &Workspace, table: &LayerTable) -> Vec<String> {
    let name = table.crate_name();
    let modules = modules_of(workspace, &name);
    let mut violations = Vec::new();
    for module in modules {
        if table.row(module).is_none() {
            violations.push(format!("module `{module}` of {} is missing from the table", table.package));
        }
    }
    let listed: Vec<&String> = table.rows.iter().flatten().collect();
    for (at, module) in listed.iter().enumerate() {
        if !modules.contains(*module) {
            violations.push(format!("the table of {} lists `{module}`, which does not exist", table.package));
        }
        if listed[..at].contains(module) {
            violations.push(format!("the table of {} lists `{module}` twice", table.package));
        }
    }
    for used in workspace.uses.iter().filter(|used| used.crates.0 == name && used.crates.1 == name) {
        let (Some(from), to) = (&used.modules.0, &used.modules.1) else { continue };
        match to {
            Some(to) if to == from || table.row(to) < table.row(from) => {}
            Some(to) => violations.push(format!("{used}: `{to}` is not in an earlier row than `{from}`")),
            None if used.is_item => violations.push(format!("{used}: modules must not use items of the crate root")),
            None => {}
        }
    }
    violations
}

/// Returns a layer table in Markdown that fits the source.
///
/// Each module is in the earliest possible row. Modules of a cycle share a row.
pub fn suggest_table(workspace: &Workspace, package: &str) -> String {
    let name = package.replace('-', "_");
    let mut graph: Graph<'_> = modules_of(workspace, &name).iter().map(|module| (module.as_str(), [].into())).collect();
    let within = |used: &&Use| used.crates.0 == name && used.crates.1 == name;
    for used in workspace.uses.iter().filter(within) {
        if let (Some(from), Some(to)) = (&used.modules.0, &used.modules.1)
            && from != to
        {
            graph.entry(from).or_default().insert(to);
        }
    }
    let mut level: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<&str>> = Vec::new();
    for component in graph::components(&graph) {
        let below = component.iter().flat_map(|module| &graph[module]).filter_map(|used| level.get(used));
        let row = below.max().map_or(0, |row| row + 1);
        rows.resize(rows.len().max(row + 1), Vec::new());
        rows[row].extend(component.iter());
        level.extend(component.into_iter().map(|module| (module, row)));
    }
    let mut table = format!("```layers {package}\n");
    for mut row in rows {
        row.sort_unstable();
        table.push_str(&row.join(" · "));
        table.push('\n');
    }
    table + "```\n"
}

fn modules_of<'a>(workspace: &'a Workspace, name: &str) -> &'a [String] {
    workspace.modules.iter().find(|(candidate, _)| candidate == name).map_or(&[], |(_, modules)| modules)
}
