//! The registrations of AWS keys in a plan, and the evidence of each: as it will be, and as it was.
//!
//! ```text
//! registrations ──▶ role, key, on both sides ──▶ policies, grants, … with symbols ──sound──▶ evidence
//! ```

use std::collections::BTreeMap;

use super::planned::{Planned, Side};
use super::{Refused, Wanted};
use crate::evidence::aws::{AwsEvidence, Caller, EvidenceKey};
use crate::evidence::plan::{Plan, PlanLimit, REGISTRATION, Symbol, SymbolKind};
use crate::evidence::registered::Registered as RegisteredKeys;
use crate::evidence::{Cloud, Evidence, Item, Missing, MissingReason, Source, VERSION};
use crate::target::FriendlyName;
use crate::target::arn::Arn;
use crate::target::aws::AwsRegistration;

mod attached;
mod cached;
mod contradicted;
mod document;
mod elements;
mod hanging;
mod home;
mod key;
mod key_policy;
mod live;
mod made;
mod notes;
mod on_key;
mod organization;
mod other_hands;
mod policies;
mod reader;
mod registrations;
mod replaced;
mod role;
mod sound;
mod subjects;
mod tags;

use cached::Cached;
use home::Homes;
use key::KeySubject;
use live::Live;
use notes::Notes;
use organization::{PolicyKind, in_no_plan};
use reader::Reader;
use registrations::Registered;
use sound::Sound;

use super::instances::Instance;

/// The evidence of every registration that the plan holds or that is named.
///
/// # Errors
/// For names that are not in the plan, and for registrations that are not complete.
pub(super) fn evidence(planned: &Planned<'_>, wanted: &Wanted) -> Result<Vec<Evidence>, Refused> {
    let homes = Homes::of(planned);
    let live = Live::of(wanted.over.as_ref());
    let notes = Notes::default();
    let cached = Cached::default();
    let reader = Reader { planned, homes: &homes, live, notes: &notes, cached: &cached, side: Side::After };
    let registered = registrations::all(&reader, wanted.aws.as_ref())?;
    let mut found: Vec<Evidence> = registered
        .iter()
        .map(|registered| {
            let notes = Notes::default();
            of_registration(&Reader { notes: &notes, ..reader }, registered, wanted.name.as_ref())
        })
        .collect::<Result<_, _>>()?;
    let mut keys = RegisteredKeys::default();
    for one in &found {
        if let Cloud::Aws { registration, evidence, .. } = &one.cloud {
            keys.add(registration, Some(evidence));
        }
    }
    found.iter_mut().for_each(|one| keys.note(&mut one.cloud));
    Ok(found)
}

fn of_registration<'a>(
    reader: &Reader<'a>,
    registered: &Registered<'a>,
    name: Option<&FriendlyName>,
) -> Result<Evidence, Refused> {
    let planned = reader.planned;
    if let Some(resource) = registered.resource {
        reader.notes.concerns(resource);
    }
    let before = reader.on(Side::Before);
    // One that is destroyed is reported as it was.
    let shown = if registered.is_there(Side::After) { *reader } else { before };
    let registration = registered.values(&shown)?;
    let mut after = reader.seen(&registration);
    let was = planned.document.is_plan.then(|| {
        let was_there = registered.is_there(Side::Before);
        let earlier = if was_there { registered.values(&before).ok() } else { None };
        reader.as_registered(registered, earlier.unwrap_or_else(|| registration.clone()))
    });
    let was = was
        .filter(|was| registered.resource.is_some_and(|it| it.is_there(Side::Before)) || before.existed(was));
    let mut seen_before = was.as_ref().map(|was| before.seen(was));
    if was.as_ref().is_none_or(|was| *was == registration) {
        reader.settle(&registration, seen_before.as_mut(), &mut after);
    }
    let before = was.zip(seen_before).map(|(registration, seen)| {
        Box::new(Cloud::Aws { registration, other_keys: Vec::new(), evidence: Box::new(seen) })
    });
    let name = name.cloned().or_else(|| reader.friendly_name(registered)?.parse().ok());
    let name = match name.map_or_else(|| default_name(&registration), Ok) {
        Ok(name) => name,
        Err(_) => {
            return Err(Refused::incomplete("the registration has no name", "give it one with --name"));
        }
    };
    let cloud = Cloud::Aws { registration, other_keys: Vec::new(), evidence: Box::new(after) };
    let symbols = standing_in(planned.symbols.all(), &[Some(&cloud), before.as_deref()]);
    let of_partition = partition_assumed(&symbols);
    let plan = Plan {
        places: places(reader, registered),
        symbols,
        before,
        changes: reader.notes.changes(planned.document),
        limits: [
            reader.notes.limit(),
            of_partition,
            incomplete(planned),
            registrations::of_other_purposes(reader),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    Ok(Evidence {
        version: VERSION,
        name,
        source: Source::Plan,
        collected_at: planned.at,
        cloud,
        plan: Some(Box::new(plan)),
    })
}

/// Where everything stands, the registration itself among it.
fn places(reader: &Reader<'_>, registered: &Registered<'_>) -> BTreeMap<String, String> {
    let mut places = reader.notes.places();
    if let Some(resource) = registered.resource {
        places.insert(REGISTRATION.into(), resource.address.to_string());
    }
    places
}

/// As for live runs: the role's name.
fn default_name(registration: &AwsRegistration) -> Result<FriendlyName, crate::target::NotAFriendlyName> {
    match registration.role() {
        Ok(role) => role.name().parse(),
        Err(_) => "openai-ekm".parse(),
    }
}

/// The symbols that stand in these.
fn standing_in(symbols: Vec<Symbol>, clouds: &[Option<&Cloud>]) -> Vec<Symbol> {
    let written: Vec<String> =
        clouds.iter().flatten().filter_map(|cloud| serde_json::to_string(cloud).ok()).collect();
    symbols.into_iter().filter(|symbol| written.iter().any(|text| text.contains(&symbol.text))).collect()
}

/// Of a region that is not known the partition is not known either.
fn partition_assumed(symbols: &[Symbol]) -> Option<PlanLimit> {
    let region = symbols.iter().find(|symbol| symbol.kind == SymbolKind::Region)?;
    Some(PlanLimit {
        what: format!("{} is taken to be one of AWS's commercial regions", region.stands_for),
        lift: "set the provider's `region` in the configuration, or judge a plan made after the apply".into(),
    })
}

fn incomplete(planned: &Planned<'_>) -> Option<PlanLimit> {
    (!planned.document.complete).then(|| PlanLimit {
        what: "the plan is not complete: more is to be done than it shows".into(),
        lift: "plan without -target, and judge the plans until nothing is deferred".into(),
    })
}

impl<'a> Reader<'a> {
    /// What is registered, where the plan does not show it: the evidence of the same role and key was collected for that.
    fn as_registered(&self, registered: &Registered<'a>, asked: AwsRegistration) -> AwsRegistration {
        let of_same = |live: &&AwsRegistration| {
            live.role_arn == asked.role_arn && live.kms_arn == asked.kms_arn && registered.resource.is_none()
        };
        self.live.registration().filter(of_same).cloned().unwrap_or(asked)
    }

    /// Whether the role or the key of a registration was there before.
    fn existed(&self, registration: &AwsRegistration) -> bool {
        let there = |instance: Option<&Instance>| instance.is_none_or(|one| one.is_there(Side::Before));
        let of_key = match self.key_subject(&registration.kms_arn) {
            KeySubject::Resource { instance, .. } => instance.is_there(Side::Before),
            KeySubject::Outside(_) | KeySubject::Unknown(_) => true,
            KeySubject::Absent(_) => false,
        };
        of_key || there(self.role_subject(&registration.role_arn).instance)
    }

    /// The evidence, where it was read after the document was made. Of one that does not say when that was nobody knows
    /// which is the later.
    fn newer(&self) -> Live<'a> {
        self.planned.document.timestamp.map_or(self.live, |made| self.live.since(made))
    }

    /// Takes out what evidence that was read later contradicts.
    fn settle(
        &self,
        registration: &AwsRegistration,
        before: Option<&mut AwsEvidence>,
        after: &mut AwsEvidence,
    ) {
        let newer = self.newer();
        if newer.registration().is_none() {
            return;
        }
        let notes = Notes::default();
        let side = if before.is_some() { Side::Refreshed } else { Side::After };
        let found = Reader { notes: &notes, ..self.on(side) }.seen(registration);
        let key = found.key.collected().map_or(&registration.kms_arn, |key| &key.arn);
        let of_key = newer.of_alias(&registration.kms_arn).or_else(|| newer.of_key(key));
        let mut sides = contradicted::Sides { before, found, after };
        if let Some(live) = newer.of_role(&registration.role_arn) {
            sides.settle_role(live);
        }
        if let Some(live) = of_key {
            sides.settle_key(live);
        }
    }

    /// What is seen of a registration on this side.
    fn seen(&self, registration: &AwsRegistration) -> AwsEvidence {
        let role = self.role_subject(&registration.role_arn);
        let key = self.key_subject(&registration.kms_arn);
        let seen = self.role(&role);
        let key_account = registration.kms_arn.account();
        let of_role_account = self.live.of_role_account(role.arn.account());
        let of_key_account = self.live.of_key_account(key_account);
        let evidence = AwsEvidence {
            caller: self.caller(role.instance, &role.arn, of_role_account.map(|live| &live.caller)),
            key_caller: self.caller(
                key.instance(),
                &registration.kms_arn,
                of_key_account.map(|live| &live.key_caller),
            ),
            role: seen.role,
            role_inline_policies: self.inline_policies(&role),
            role_attached_policies: self.attached_policies(&role),
            role_boundary: seen.boundary,
            key: self.key(&key),
            key_policy: self.after_replacement(self.key_policy(&key), &role, &registration.kms_arn),
            key_aliases: self.aliases(&key),
            key_tags: self.key_tags(&key),
            key_grants: self.grants(&key),
            key_rotation: self.rotation(&key),
            role_organization: self.organization(
                of_role_account.map(|live| &live.role_organization),
                role.arn.account(),
                EvidenceKey::RoleOrganization,
            ),
            role_service_control_policies: self.organization_policies(
                of_role_account.map(|live| &live.role_service_control_policies),
                PolicyKind::ServiceControl,
                role.arn.account(),
                EvidenceKey::RoleServiceControlPolicies,
            ),
            role_resource_control_policies: self.organization_policies(
                of_role_account.map(|live| &live.role_resource_control_policies),
                PolicyKind::ResourceControl,
                role.arn.account(),
                EvidenceKey::RoleResourceControlPolicies,
            ),
            key_organization: self.organization(
                of_key_account.map(|live| &live.key_organization),
                key_account,
                EvidenceKey::KeyOrganization,
            ),
            key_resource_control_policies: self.organization_policies(
                of_key_account.map(|live| &live.key_resource_control_policies),
                PolicyKind::ResourceControl,
                key_account,
                EvidenceKey::KeyResourceControlPolicies,
            ),
            named_accounts: of_role_account
                .map_or_else(|| Item::Missing(in_no_plan()), |live| live.named_accounts.clone()),
        };
        self.place_empty_lists(role.instance, key.instance());
        let sound =
            Sound::of(&self.planned.symbols, &seen.tags, &registration.role_arn, key.arn(), &evidence);
        sound.checked(evidence)
    }

    /// A list in which nothing is has its place at what it would hang on.
    fn place_empty_lists(&self, role: Option<&Instance>, key: Option<&Instance>) {
        let of_role =
            [EvidenceKey::RoleInlinePolicies, EvidenceKey::RoleAttachedPolicies].map(|list| (list, role));
        let of_key = [EvidenceKey::KeyAliases, EvidenceKey::KeyGrants].map(|list| (list, key));
        for (list, instance) in of_role.into_iter().chain(of_key) {
            if let (Side::After, Some(instance)) = (self.side, instance) {
                self.notes.place_of_none(list, instance);
            }
        }
    }

    /// Who plans, where a data source under the same provider tells, and the account is that of what it is about.
    fn caller(&self, of: Option<&Instance>, arn: &Arn, live: Option<&Item<Caller>>) -> Item<Caller> {
        let provider = of.and_then(|instance| self.planned.provider(instance));
        let callers = self.of_kind("data.aws_caller_identity").filter_map(|instance| {
            let same = provider.is_some() && self.planned.provider(instance) == provider;
            let caller = Caller {
                account: instance.text(self.side, "account_id")?.parse().ok()?,
                arn: instance.text(self.side, "arn")?.parse().ok()?,
            };
            Some(caller).filter(|caller| same && caller.account.as_str() == arn.account())
        });
        let mut callers = callers;
        match (callers.next(), live) {
            (Some(caller), _) => Item::Collected(caller),
            (None, Some(live)) => live.clone(),
            (None, None) => Item::Missing(Missing {
                call: "data.aws_caller_identity".into(),
                reason: MissingReason::NotInPlan,
                permission: None,
                detail: "nobody is asked".into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
