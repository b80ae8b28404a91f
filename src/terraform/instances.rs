//! The resources and data sources of a document, and ways to them.

use std::collections::BTreeMap;

use super::attribute::Object;
use super::kind::Kind;
use super::traversal::{Step, Traversal};
use crate::evidence::plan::ChangeAction;

/// One resource or data source.
#[derive(Debug)]
pub(super) struct Instance {
    /// Its address.
    pub(super) address: Traversal,
    /// What it is.
    pub(super) kind: &'static Kind,
    /// As it is, refreshed; none where it is not there.
    pub(super) before: Option<Object>,
    /// As the last apply left it, where it was changed outside of Terraform since.
    pub(super) applied: Option<Object>,
    /// As it will be; none where it will not be there.
    pub(super) after: Option<Object>,
    /// What happens to it, where anything does.
    pub(super) action: Option<ChangeAction>,
    /// Whether it is made anew, and before what it takes the place of goes (`create_before_destroy`).
    pub(super) made_first: bool,
}

/// Every resource and data source of a kind that matters, by address.
#[derive(Debug)]
pub(super) struct Instances {
    /// In the order of their addresses.
    all: Vec<Instance>,
    /// By type, `data.` in front of a data source's.
    by_kind: BTreeMap<String, Vec<usize>>,
    /// By kind, the calls of the modules that it is in, and its name.
    by_resource: BTreeMap<(&'static Kind, Vec<Step>, String), Vec<usize>>,
}

impl From<BTreeMap<Traversal, Instance>> for Instances {
    fn from(by_address: BTreeMap<Traversal, Instance>) -> Self {
        let all: Vec<Instance> = by_address.into_values().collect();
        let mut by_kind: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut by_resource: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, instance) in all.iter().enumerate() {
            by_kind.entry(instance.kind.to_string()).or_default().push(at);
            // Nothing refers to what a replacement left behind.
            if let Some(parts) = instance.address.parts().filter(|parts| parts.rest.is_empty()) {
                let resource = (instance.kind, parts.calls(), parts.name.name.clone());
                by_resource.entry(resource).or_default().push(at);
            }
        }
        Self { all, by_kind, by_resource }
    }
}

impl Instances {
    /// The one at an address.
    pub(super) fn get(&self, address: &Traversal) -> Option<&Instance> {
        let at = self.all.binary_search_by(|instance| instance.address.cmp(address)).ok()?;
        self.all.get(at)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Instance> {
        self.all.iter()
    }

    /// Those of a kind (`data.` in front of a data source's type).
    pub(super) fn of_kind<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.at(self.by_kind.get(kind))
    }

    /// Those of one resource, each with its key, in a module that is reached by these calls.
    pub(super) fn of_resource<'a>(
        &'a self,
        kind: &'static Kind,
        calls: &[Step],
        name: &str,
    ) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.at(self.by_resource.get(&(kind, calls.to_vec(), name.to_owned())))
    }

    fn at<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Instance> + use<'a> {
        places.into_iter().flatten().filter_map(|at| self.all.get(*at))
    }
}
