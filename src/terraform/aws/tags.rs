//! Tags: those of a resource, and those that its provider gives to everything.

use super::made::known_after;
use super::reader::{Reader, not_shown};
use crate::evidence::Missing;
use crate::evidence::aws::Tags;
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::instances::Instance;

/// The tags of a resource, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Tagged {
    pub(super) known: Tags,
    /// Why others are not known; none where these are all.
    pub(super) missing: Option<Missing>,
}

impl Reader<'_> {
    /// The tags of a resource: all of them are in `tags_all` where that is known. Otherwise its own are in `tags`, which
    /// stand above those of the provider (documentation of the AWS provider, "default_tags Configuration Block").
    pub(super) fn tags(&self, instance: &Instance) -> Tagged {
        if let Some(Attribute::Map(all)) = instance.attribute(self.side, "tags_all") {
            return self.tagged(instance, "tags_all", all);
        }
        let mut own = match instance.attribute(self.side, "tags") {
            Some(Attribute::Map(tags)) => self.tagged(instance, "tags", tags),
            Some(Attribute::Null) => Tagged::default(),
            Some(Attribute::Unknown) => {
                return missing(known_after(instance, "tags", "what the plan does not show"));
            }
            _ => return missing(not_shown(instance, "tags")),
        };
        // A data source has one list, of all tags.
        if instance.kind.data {
            return own;
        }
        if instance.attribute(self.side, "tags_all") == Some(&Attribute::Null) {
            return own;
        }
        if self.has_default_tags(instance) != Some(false) {
            own.missing.get_or_insert_with(|| {
                known_after(instance, "tags_all", "tags of its own and the `default_tags` of the provider")
            });
        }
        own
    }

    /// Whether the provider gives tags to everything; not known without a configuration.
    fn has_default_tags(&self, instance: &Instance) -> Option<bool> {
        let provider = self.planned.provider(instance)?;
        let configuration = self.planned.document.configuration.as_ref()?;
        // A provider without a configuration is not among them.
        Some(configuration.provider(provider).is_some_and(|provider| provider.default_tags))
    }

    fn tagged(&self, instance: &Instance, attribute: &str, map: &Object) -> Tagged {
        let known = map.iter().filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned())));
        let known: Tags = known.collect();
        let all = known.0.len() == map.len();
        let unknown = || known_after(instance, attribute, "what the plan does not show");
        Tagged { missing: (!all).then(unknown), known }
    }
}

fn missing(missing: Missing) -> Tagged {
    Tagged { known: Tags::default(), missing: Some(missing) }
}
