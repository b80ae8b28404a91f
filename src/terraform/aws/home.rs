//! Whose account and which region a resource is in. Resources under one configuration of a provider are in one account;
//! where nothing tells which, a symbol stands for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::target::arn::{AccountId, Arn};
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side};

/// What is known of the configurations of providers, by their keys: `aws`, `aws.west`.
#[derive(Debug, Default)]
pub(super) struct Homes<'a> {
    by_provider: BTreeMap<&'a str, Home>,
}

#[derive(Debug, Default)]
struct Home {
    /// The account of `aws_caller_identity`.
    caller: BTreeSet<String>,
    /// The accounts in the ARNs of what is there.
    accounts: BTreeSet<String>,
    /// The regions of `aws_region`, and in the ARNs of what is there and has no region of its own.
    regions: BTreeSet<String>,
    /// The region that is configured.
    region: Option<String>,
    /// The partitions in the ARNs of what is there.
    partitions: BTreeSet<String>,
}

/// The one member of a set that has one.
fn only(set: &BTreeSet<String>) -> Option<&String> {
    if set.len() == 1 { set.first() } else { None }
}

/// The ARN that a resource has already.
fn known_arn(instance: &Instance) -> Option<Arn> {
    [Side::After, Side::Before].into_iter().find_map(|side| instance.text(side, "arn")?.parse().ok())
}

impl<'a> Homes<'a> {
    /// Of all providers whose resources the document holds.
    pub(super) fn of(planned: &Planned<'a>) -> Self {
        let mut homes = Self::default();
        for instance in planned.document.instances.iter() {
            let Some(provider) = planned.provider(instance) else { continue };
            let home = homes.by_provider.entry(provider).or_default();
            let configured = planned.document.configuration.as_ref().and_then(|all| all.provider(provider));
            home.region = configured.and_then(|provider| provider.region.clone());
            home.see(planned, instance);
        }
        homes
    }

    /// The account that a resource is in: its number, or a symbol.
    pub(super) fn account(&self, planned: &Planned<'a>, instance: &Instance) -> String {
        let own = known_arn(instance).map(|arn| arn.account().to_owned());
        if let Some(own) = own.filter(|own| own.parse::<AccountId>().is_ok()) {
            return own;
        }
        let Some(provider) = planned.provider(instance) else {
            return planned.symbols.account(&format!("the account of `{}`", instance.address));
        };
        let home = self.by_provider.get(provider);
        let known = home.and_then(|home| only(&home.caller).or_else(|| only(&home.accounts)));
        known
            .cloned()
            .unwrap_or_else(|| planned.symbols.account(&format!("the account of provider {provider}")))
    }

    /// The region that a resource is in: its name, or a symbol.
    pub(super) fn region(&self, planned: &Planned<'a>, instance: &Instance) -> String {
        if let Some(arn) = known_arn(instance).filter(|arn| !arn.region().is_empty()) {
            return arn.region().to_owned();
        }
        if let Some(own) = instance.text(Side::After, "region") {
            return own.to_owned();
        }
        let of_its_own = || planned.symbols.region(&format!("the region of `{}`", instance.address));
        let unset = planned.is_set(instance, "region") == Some(false);
        let Some(provider) = planned.provider(instance).filter(|_| unset) else { return of_its_own() };
        let home = self.by_provider.get(provider);
        let known = home.and_then(|home| home.region.as_ref().or_else(|| only(&home.regions)));
        known
            .cloned()
            .unwrap_or_else(|| planned.symbols.region(&format!("the region of provider {provider}")))
    }

    /// The partition that a resource is in (IAM User Guide, "IAM ARNs"); the commercial one where nothing says
    /// otherwise.
    pub(super) fn partition(&self, planned: &Planned<'a>, instance: &Instance) -> String {
        if let Some(arn) = known_arn(instance) {
            return arn.partition().to_owned();
        }
        let home = planned.provider(instance).and_then(|provider| self.by_provider.get(provider));
        if let Some(partition) = home.and_then(|home| only(&home.partitions)) {
            return partition.clone();
        }
        let own = instance.text(Side::After, "region");
        let of_provider =
            home.and_then(|home| home.region.as_deref().or_else(|| only(&home.regions).map(String::as_str)));
        partition_of(own.or(of_provider).unwrap_or_default()).to_owned()
    }
}

/// The partition of a region (AWS Fault Isolation Boundaries, "Partitions").
fn partition_of(region: &str) -> &'static str {
    for (start, partition) in [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ] {
        if region.starts_with(start) {
            return partition;
        }
    }
    "aws"
}

impl Home {
    fn see(&mut self, planned: &Planned<'_>, instance: &Instance) {
        let known = |name: &str| instance.text(Side::After, name).or(instance.text(Side::Before, name));
        let (data, kind) = (instance.kind.data, instance.kind.name);
        match (data, kind) {
            (true, "aws_caller_identity") => self
                .caller
                .extend(known("account_id").filter(|id| id.parse::<AccountId>().is_ok()).map(str::to_owned)),
            (true, "aws_region")
                if ["name", "region"].iter().all(|name| planned.is_set(instance, name) == Some(false)) =>
            {
                // The attribute is called `region` since version 6 of the provider, and was `name` before.
                self.regions.extend(known("region").or(known("name")).or(known("id")).map(str::to_owned));
            }
            (true, "aws_partition") => self.partitions.extend(known("partition").map(str::to_owned)),
            _ => {}
        }
        // A data source may look into another account, but for a role.
        if data && kind != "aws_iam_role" {
            return;
        }
        let Some(arn) = known_arn(instance).filter(|arn| arn.account().parse::<AccountId>().is_ok()) else {
            return;
        };
        self.accounts.insert(arn.account().to_owned());
        self.partitions.insert(arn.partition().to_owned());
        let own = !matches!(instance.attribute(Side::After, "region"), None | Some(Attribute::Null));
        let of_provider = !own || planned.is_set(instance, "region") == Some(false);
        if !arn.region().is_empty() && of_provider {
            self.regions.insert(arn.region().to_owned());
        }
    }
}
