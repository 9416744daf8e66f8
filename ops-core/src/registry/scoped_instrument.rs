//! Scoped instruments, which are removed when their registration is dropped.

use super::family::FamilyInfo;
use super::registration::RegistrationId;
use super::source::Source;
use crate::metric::Instrument;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A scoped instrument and its families.
#[derive(Debug)]
pub(super) struct ScopedInstrument {
    pub(super) id: RegistrationId,
    families: Vec<(FamilyInfo, Source)>,
}

impl ScopedInstrument {
    pub(super) fn new(name: &str, help: &str, unit: Option<&'static str>, instrument: &Arc<dyn Instrument>) -> Self {
        let parts = instrument.parts().into_iter().enumerate();
        let families = parts.map(|(at, part)| {
            (FamilyInfo::at_run_time(name, help, unit, part), Source::Runtime(instrument.clone(), at))
        });
        ScopedInstrument { id: RegistrationId::next(), families: families.collect() }
    }

    /// Removes the family with the full name `name`. Returns `true` if it existed.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let before = self.families.len();
        self.families.retain(|(info, _)| info.name != name);
        self.families.len() < before
    }

    pub(super) fn infos(&self) -> impl Iterator<Item = &FamilyInfo> {
        self.families.iter().map(|(info, _)| info)
    }
}

/// Returns the families of `instruments`, each from the latest instrument that has it.
pub(super) fn families(instruments: &[ScopedInstrument]) -> Vec<(FamilyInfo, Vec<Source>)> {
    let families = instruments.iter().flat_map(|instrument| &instrument.families);
    let latest: BTreeMap<_, _> = families.map(|family| (&family.0.name, family)).collect();
    latest.into_values().map(|(info, source)| (info.clone(), vec![source.clone()])).collect()
}
