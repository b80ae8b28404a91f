//! The organization above the accounts: what a plan changes of its policies, laid over live evidence that has them. Where
//! nothing has them, a plan alone does not show what stands above an account; but what it changes there is not passed over.

use super::contradicted;
use super::live::Live;
use super::reader::Reader;
use crate::evidence::aws::{EvidenceKey, Level, Organization, Policy};
use crate::evidence::plan::ChangeAction;
use crate::evidence::{Item, Missing, MissingReason};
use crate::target::arn::AccountId;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::Side;

const POLICIES: &str = "aws_organizations_policy";
const ATTACHMENTS: &str = "aws_organizations_policy_attachment";

/// The kinds of policies that decide about calls, as the provider writes them (documentation of the AWS provider,
/// `aws_organizations_policy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyKind {
    ServiceControl,
    ResourceControl,
}

impl PolicyKind {
    /// Whether a policy is of this kind, as far as is shown; one that says nothing is a service control policy.
    fn is_of(self, policy: &Instance) -> bool {
        let kind = [Side::After, Side::Before].into_iter().find_map(|side| policy.text(side, "type"));
        match kind {
            Some("RESOURCE_CONTROL_POLICY") => self == Self::ResourceControl,
            Some("SERVICE_CONTROL_POLICY") => self == Self::ServiceControl,
            // Tag policies, backup policies and the like decide about no call.
            Some(_) => false,
            None => true,
        }
    }
}

/// The policy of an attachment on one side of the change.
struct Attached<'a> {
    /// The id that AWS gave it.
    id: Option<&'a str>,
    /// The resource that it is.
    resource: Option<&'a Instance>,
}

/// What an attachment does to the policies at its target.
enum Change {
    /// The policy with this id goes.
    Detach(String),
    /// This one comes.
    Attach(Policy),
}

impl Change {
    fn apply(&self, policies: &mut Vec<Policy>) {
        match self {
            Self::Detach(id) => policies.retain(|one| !has_id(one, id)),
            Self::Attach(one) if policies.iter().any(|other| other.name == one.name) => {}
            Self::Attach(one) => policies.push(one.clone()),
        }
    }
}

impl<'a> Reader<'a> {
    /// The policies of a kind above an account.
    pub(super) fn organization_policies(
        &self,
        live: Option<&Item<Vec<Level>>>,
        kind: PolicyKind,
        account: &str,
        fills: EvidenceKey,
    ) -> Item<Vec<Level>> {
        let shown = live.cloned().unwrap_or_else(|| Item::Missing(in_no_plan()));
        if self.side != Side::After {
            return match shown {
                Item::Collected(mut levels) => {
                    self.settle_policies(&mut levels, kind);
                    Item::Collected(levels)
                }
                other => other,
            };
        }
        if let Some(missing) = self.leaves_its_place(account, fills).or_else(|| self.not_read(account, fills))
        {
            return Item::Missing(missing);
        }
        match shown {
            Item::Absent(_) => shown,
            Item::Collected(levels) => self.laid_over(levels, kind, fills),
            Item::Missing(_) | Item::Partial { .. } => {
                self.changed_above(kind, account, fills).map_or(shown, Item::Missing)
            }
        }
    }

    /// The organization of an account.
    pub(super) fn organization(
        &self,
        live: Option<&Item<Organization>>,
        account: &str,
        fills: EvidenceKey,
    ) -> Item<Organization> {
        match self.leaves_its_place(account, fills) {
            Some(missing) if self.side == Side::After => Item::Missing(missing),
            _ => live.cloned().unwrap_or_else(|| Item::Missing(in_no_plan())),
        }
    }

    /// That an account is closed (Account Management Guide, "Close an AWS account"): what is in it can be used no longer.
    pub(super) fn closed(&self, account: &str, fills: EvidenceKey) -> Option<Missing> {
        let closes = |one: &&'a Instance| {
            let closed = one.attribute(Side::Before, "close_on_deletion").and_then(Attribute::truth);
            is_account(one, account)
                && matches!(one.action, Some(ChangeAction::Delete | ChangeAction::Replace))
                && closed == Some(true)
        };
        let closing =
            self.of_kind("aws_organizations_account").filter(|_| self.side == Side::After).find(closes)?;
        self.fill(fills, closing, "");
        Some(Missing::after_apply(
            closing.address.to_string(),
            format!(
                "it closes the account {account}, and how long what is in it works on is not known: keep the account"
            ),
        ))
    }

    /// Changes that the plan puts off, and those of the provider awscc, of which nothing more is read.
    fn not_read(&self, account: &str, fills: EvidenceKey) -> Option<Missing> {
        let put_off =
            [POLICIES, ATTACHMENTS].into_iter().find_map(|kind| self.planned.document.deferred(kind).next());
        if let Some(left_out) = put_off {
            self.notes.defer(fills, left_out);
            return Some(left_out.missing());
        }
        let is_other = |target: &str| self.is_another_account(target, account);
        let elsewhere = |one: &Instance, side: Side| match one.attribute(side, "target_ids") {
            Some(targets) => targets.is_known() && !targets.any_text(&|target| !is_other(target)),
            None => true,
        };
        let mut own = self.changing("awscc_organizations_policy");
        let own = own.find(|one| !elsewhere(one, Side::Before) || !elsewhere(one, Side::After))?;
        Some(self.may_stand_above(own, fills))
    }

    /// What moves an account in its organization or out of it, or changes which policies the organization uses.
    fn leaves_its_place(&self, account: &str, fills: EvidenceKey) -> Option<Missing> {
        let accounts = self.of_kind("aws_organizations_account").filter(|one| is_account(one, account));
        let of_account = [
            self.live.of_role_account(account).map(|live| &live.role_organization),
            self.live.of_key_account(account).map(|live| &live.key_organization),
        ];
        let organization = of_account.into_iter().flatten().find_map(Item::collected);
        let parents = organization.and_then(|organization| organization.parents.collected());
        let is_above = |unit: &&'a Instance| {
            let id = unit.text(Side::Before, "id");
            parents.is_none_or(|parents| parents.iter().any(|parent| Some(parent.as_str()) == id))
        };
        let units = self.of_kind("aws_organizations_organizational_unit");
        let units = units.filter(|unit| !unit.is_made()).filter(is_above);
        let organizations = self.of_kind("aws_organizations_organization");
        let moves = |one: &&'a Instance| match one.action {
            Some(ChangeAction::Update) => one.changed().iter().any(|name| name != "close_on_deletion"),
            Some(ChangeAction::Forget) | None => false,
            Some(_) => true,
        };
        let moved = accounts.chain(units).chain(organizations).find(moves)?;
        self.fill(fills, moved, "");
        Some(Missing::after_apply(
            moved.address.to_string(),
            "it changes which policies of the organization stand above the account: judge the cloud itself after the apply",
        ))
    }

    /// Levels that were read, with what the plan attaches, detaches and writes anew.
    fn laid_over(&self, mut levels: Vec<Level>, kind: PolicyKind, fills: EvidenceKey) -> Item<Vec<Level>> {
        let unread = |level: &&mut Level| level.policies.collected().is_none();
        if let Some(policy) = self.rewritten(kind).next() {
            for level in levels.iter_mut().filter(unread) {
                level.policies = Item::Missing(self.may_stand_above(policy, fills));
            }
        }
        for policy in self.rewritten(kind) {
            let Some(id) = policy.text(Side::Before, "id") else { continue };
            let document = self.document_after(policy);
            let mut any = false;
            for written in levels.iter_mut().filter_map(listed).flatten().filter(|one| has_id(one, id)) {
                written.document = document.clone();
                any = true;
            }
            if any {
                self.fill(fills, policy, "content");
            }
        }
        let read = levels.clone();
        self.settle_policies(&mut levels, kind);
        // What is detached goes before anything comes.
        let sides = [Side::Before, Side::After].into_iter();
        let changing = sides.flat_map(|side| {
            let there = self.changing(ATTACHMENTS).filter(move |one| one.is_there(side));
            there.map(move |attachment| (attachment, side))
        });
        for (attachment, side) in changing.filter(|(one, side)| self.may_be_of(one, *side, kind)) {
            let Some(target) = attachment.text(side, "target_id") else {
                if self.is_at_something_new(attachment) {
                    continue;
                }
                return Item::Missing(self.may_stand_above(attachment, fills));
            };
            let Some(change) = self.change_by(attachment, side, &read, fills) else { continue };
            for level in levels.iter_mut().filter(|level| level.target == target) {
                self.fill(fills, attachment, "policy_id");
                match listed(level) {
                    Some(policies) => change.apply(policies),
                    None => level.policies = Item::Missing(self.may_stand_above(attachment, fills)),
                }
            }
        }
        Item::Collected(levels)
    }

    /// What the plan found of policies that it leaves as they are, where the evidence says otherwise: what was read last is so.
    fn settle_policies(&self, levels: &mut [Level], kind: PolicyKind) {
        let settled = |one: &Instance, found: Item<String>| match self.newer().evidence() {
            Some(_) => Item::Missing(contradicted::newer_otherwise(&format!("`{}`", one.address))),
            None => found,
        };
        let steady =
            |kind| self.of_kind(kind).filter(|one| one.action.is_none() && one.is_there(Side::After));
        for policy in steady(POLICIES).filter(|one| kind.is_of(one)) {
            let Some(id) = policy.text(Side::After, "id") else { continue };
            let found = self.document(policy, "content");
            let differs = |one: &&mut Policy| match (one.document.collected(), found.collected()) {
                (Some(read), Some(found)) => !contradicted::same_document(read, found),
                _ => false,
            };
            let read = levels.iter_mut().filter_map(listed).flatten().filter(|one| has_id(one, id));
            for one in read.filter(differs) {
                one.document = settled(policy, found.clone());
            }
        }
        for attachment in steady(ATTACHMENTS).filter(|one| self.may_be_of(one, Side::After, kind)) {
            let shown = |name| attachment.text(Side::After, name);
            let (Some(target), Some(id)) = (shown("target_id"), shown("policy_id")) else { continue };
            for policies in levels.iter_mut().filter(|level| level.target == target).filter_map(listed) {
                let resource = self.attached(attachment, Side::After).resource;
                if let Some(policy) = resource.filter(|_| !policies.iter().any(|one| has_id(one, id))) {
                    let document = settled(attachment, self.document(policy, "content"));
                    policies.push(Policy { name: self.name_of(policy), document });
                }
            }
        }
    }

    /// What an attachment that was there takes with it, and what one that will be there brings; nothing where Terraform only
    /// forgets it.
    fn change_by(
        &self,
        attachment: &'a Instance,
        side: Side,
        levels: &[Level],
        fills: EvidenceKey,
    ) -> Option<Change> {
        if side == Side::After {
            return Some(Change::Attach(self.attached_policy(attachment, levels, fills)));
        }
        let id = attachment.text(side, "policy_id").filter(|_| !skips_destroying(attachment))?;
        Some(Change::Detach(id.to_owned()))
    }

    /// The policy that an attachment brings.
    fn attached_policy(&self, attachment: &'a Instance, levels: &[Level], fills: EvidenceKey) -> Policy {
        let attached = self.attached(attachment, Side::After);
        if let Some(resource) = attached.resource {
            return Policy { name: self.name_of(resource), document: self.document_after(resource) };
        }
        let read = attached.id.and_then(|id| {
            let mut all = levels.iter().filter_map(|level| level.policies.collected()).flatten();
            all.find(|policy| has_id(policy, id)).cloned()
        });
        read.unwrap_or_else(|| Policy {
            name: attachment.address.to_string(),
            document: Item::Missing(self.may_stand_above(attachment, fills)),
        })
    }

    /// What the plan changes of policies that may stand above the account, where what stands there is not known.
    fn changed_above(&self, kind: PolicyKind, account: &str, fills: EvidenceKey) -> Option<Missing> {
        let elsewhere = |attachment: &&'a Instance| {
            let targets = [Side::Before, Side::After].into_iter().filter(|side| attachment.is_there(*side));
            targets.into_iter().all(|side| {
                let target = attachment.text(side, "target_id");
                let is_other = target.is_some_and(|target| self.is_another_account(target, account));
                // The account itself may be the one that is made.
                let is_new = self.is_at_something_new(attachment) && !self.planned.symbols.is_one(account);
                !self.may_be_of(attachment, side, kind) || is_other || is_new
            })
        };
        let attachments = self.changing(ATTACHMENTS).filter(|one| !elsewhere(one));
        let change = attachments.chain(self.rewritten(kind)).next()?;
        Some(self.may_stand_above(change, fills))
    }

    /// Whether a target is an account, and another one than this, of which the number is known.
    fn is_another_account(&self, target: &str, account: &str) -> bool {
        target.parse::<AccountId>().is_ok() && target != account && !self.planned.symbols.is_one(account)
    }

    /// Whether an attachment is at an account or a unit that the plan makes: no account that is there is under it yet.
    fn is_at_something_new(&self, attachment: &'a Instance) -> bool {
        let places = ["aws_organizations_account", "aws_organizations_organizational_unit"];
        attachment.text(Side::After, "target_id").is_none()
            && self
                .planned
                .referred(attachment, "target_id")
                .is_ok_and(|(one, of)| places.contains(&one.kind.name) && one.is_made() && of == "id")
    }

    fn may_stand_above(&self, change: &'a Instance, fills: EvidenceKey) -> Missing {
        self.fill(fills, change, "");
        Missing::after_apply(
            change.address.to_string(),
            "it changes a policy of the organization that may stand above the account: lay the plan over evidence that has \
             the organization's policies (--over)",
        )
    }

    /// The policies of a kind that are there and the plan writes anew or destroys.
    fn rewritten(&self, kind: PolicyKind) -> impl Iterator<Item = &'a Instance> + use<'a> {
        let decides =
            |policy: &Instance| policy.changed().iter().any(|name| name == "content" || name == "type");
        let stays = move |policy: &Instance| match policy.action {
            Some(ChangeAction::Update) => !decides(policy),
            _ => !policy.is_there(Side::After) && skips_destroying(policy),
        };
        self.changing(POLICIES).filter(move |one| kind.is_of(one) && !one.is_made() && !stays(one))
    }

    fn changing(&self, kind: &str) -> impl Iterator<Item = &'a Instance> + use<'a> {
        self.of_kind(kind).filter(|one| one.action.is_some_and(|action| action != ChangeAction::Forget))
    }

    /// Whether an attachment may be of a policy of this kind on a side: what the plan does not hold, live evidence may have
    /// among those of the other kind.
    fn may_be_of(&self, attachment: &'a Instance, side: Side, kind: PolicyKind) -> bool {
        let attached = self.attached(attachment, side);
        match (attached.resource, attached.id) {
            (Some(policy), _) => kind.is_of(policy),
            (None, Some(id)) => {
                let other = match kind {
                    PolicyKind::ServiceControl => PolicyKind::ResourceControl,
                    PolicyKind::ResourceControl => PolicyKind::ServiceControl,
                };
                self.live.has_organization_policy(kind, id) || !self.live.has_organization_policy(other, id)
            }
            (None, None) => true,
        }
    }

    fn attached(&self, attachment: &'a Instance, side: Side) -> Attached<'a> {
        let id = attachment.text(side, "policy_id");
        let of_id = |policy: &&'a Instance| {
            [Side::Before, Side::After].into_iter().any(|side| policy.text(side, "id") == id)
        };
        let resource = match id {
            Some(_) => self.of_kind(POLICIES).find(of_id),
            None => {
                let referred = self.planned.referred(attachment, "policy_id").ok();
                referred.filter(|(one, of)| one.kind.name == POLICIES && of == "id").map(|(one, _)| one)
            }
        };
        Attached { id, resource }
    }

    fn name_of(&self, policy: &Instance) -> String {
        let name = policy.text(Side::After, "name").or(policy.text(Side::Before, "name")).unwrap_or_default();
        format!("{name} ({})", policy.text(Side::Before, "id").unwrap_or(&policy.address.to_string()))
    }

    /// The document of a policy after the change. What is destroyed and attached all the same is not known.
    fn document_after(&self, policy: &'a Instance) -> Item<String> {
        if policy.is_there(Side::After) {
            return self.document(policy, "content");
        }
        Item::Missing(Missing::after_apply(
            policy.address.to_string(),
            "it is destroyed, and no resource of the plan detaches it: judge the cloud itself after the apply",
        ))
    }
}

/// Whether what Terraform forgets stays in the organization (documentation of the AWS provider, `skip_destroy`).
fn skips_destroying(instance: &Instance) -> bool {
    instance.attribute(Side::Before, "skip_destroy").and_then(Attribute::truth) == Some(true)
}

fn is_account(instance: &Instance, account: &str) -> bool {
    instance.text(Side::Before, "id") == Some(account)
}

fn listed(level: &mut Level) -> Option<&mut Vec<Policy>> {
    match &mut level.policies {
        Item::Collected(policies) => Some(policies),
        Item::Partial { .. } | Item::Absent(_) | Item::Missing(_) => None,
    }
}

impl Live<'_> {
    /// Whether a policy of this id stands among those of a kind.
    fn has_organization_policy(&self, kind: PolicyKind, id: &str) -> bool {
        let lists = self.evidence().map(|live| match kind {
            PolicyKind::ServiceControl => vec![&live.role_service_control_policies],
            PolicyKind::ResourceControl => {
                vec![&live.role_resource_control_policies, &live.key_resource_control_policies]
            }
        });
        let levels = lists.into_iter().flatten().filter_map(Item::known).flatten();
        levels.filter_map(|level| level.policies.known()).flatten().any(|policy| has_id(policy, id))
    }
}

/// Whether a policy that was read has this id: evidence names it `FullAWSAccess (p-FullAWSAccess)`.
fn has_id(policy: &Policy, id: &str) -> bool {
    policy.name.strip_suffix(')').and_then(|name| name.rsplit_once(" (")).is_some_and(|(_, own)| own == id)
}

/// What stands above accounts is in no plan.
pub(super) fn in_no_plan() -> Missing {
    Missing {
        call: "the organization".into(),
        reason: MissingReason::NotInPlan,
        permission: None,
        detail: "a plan does not show it (see --over)".into(),
    }
}
