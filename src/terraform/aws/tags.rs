//! Tags: those of a resource, and those that its provider gives to everything.

use super::made::known_after;
use super::reader::{Reader, not_shown};
use crate::evidence::Missing;
use crate::evidence::aws::Tags;
use crate::evidence::plan::ChangeAction;
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::{DefaultTags, Provider};
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

/// The tags of a resource, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Tagged {
    pub(super) known: Tags,
    /// Why others are not known; none where these are all.
    pub(super) missing: Option<Missing>,
}

impl<'a> Reader<'a> {
    /// The tags of a resource. Those that its provider is told not to look at are in no plan (documentation of the AWS
    /// provider, "ignore_tags Configuration Block").
    pub(super) fn tags(&self, instance: &Instance) -> Tagged {
        let mut tagged = self.tags_shown(instance);
        if !self.is_new(instance) && self.configured_provider(instance).is_some_and(|one| one.ignores_tags) {
            tagged.missing.get_or_insert_with(|| {
                known_after(instance, "tags_all", "tags and those that the provider's `ignore_tags` hides")
            });
        }
        tagged
    }

    /// All tags are in `tags_all` where that is known. Otherwise the resource's own are in `tags`, which stand above those
    /// of the provider (documentation of the AWS provider, "default_tags Configuration Block").
    fn tags_shown(&self, instance: &Instance) -> Tagged {
        if let Some(Attribute::Map(all)) = instance.attribute(self.side, "tags_all") {
            let mut tagged = self.tagged(instance, "tags_all", all);
            if self.hides_default_tags(instance, all) {
                tagged.missing.get_or_insert_with(|| of_provider(instance));
            }
            return tagged;
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
            own.missing.get_or_insert_with(|| of_provider(instance));
        }
        own
    }

    /// Whether the provider's tags may be missing in `tags_all`: where they are known only after apply, a plan that changes
    /// a resource shows its own alone, and marks nothing as unknown (seen of version 5.100 of the AWS provider).
    fn hides_default_tags(&self, instance: &Instance, all: &Object) -> bool {
        let own = match instance.attribute(self.side, "tags") {
            Some(Attribute::Map(own)) => own.len(),
            _ => 0,
        };
        self.side == Side::After
            && instance.action == Some(ChangeAction::Update)
            && all.len() == own
            && self
                .configured_provider(instance)
                .is_some_and(|provider| provider.default_tags == DefaultTags::MayBeUnknown)
    }

    /// Whether the provider gives tags to everything; not known without a configuration.
    fn has_default_tags(&self, instance: &Instance) -> Option<bool> {
        self.planned.provider(instance)?;
        // A provider without a configuration is not among them.
        let provider = self.configured_provider(instance);
        Some(provider.is_some_and(|provider| provider.default_tags != DefaultTags::NotSet))
    }

    fn configured_provider(&self, instance: &Instance) -> Option<&'a Provider> {
        let key = self.planned.provider(instance)?;
        self.planned.document.configuration.as_ref()?.provider(key)
    }

    fn tagged(&self, instance: &Instance, attribute: &str, map: &Object) -> Tagged {
        let known = map.iter().filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned())));
        let known: Tags = known.collect();
        let all = known.0.len() == map.len();
        let unknown = || known_after(instance, attribute, "what the plan does not show");
        Tagged { missing: (!all).then(unknown), known }
    }
}

fn of_provider(instance: &Instance) -> Missing {
    known_after(instance, "tags_all", "tags of its own and the `default_tags` of the provider")
}

fn missing(missing: Missing) -> Tagged {
    Tagged { known: Tags::default(), missing: Some(missing) }
}
