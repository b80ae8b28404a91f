//! What the providers for Azure's own interfaces, azapi and msgraph, change of what other resources show. It is not read:
//! all that is known is that it may be otherwise afterwards.

use super::reader::Reader;
use crate::evidence::Missing;
use crate::evidence::plan::{ChangeAction, PlanLimit};
use crate::target::azure::Scope;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::planned::{Planned, Side, place};

/// Resources of any type.
pub(super) const RESOURCE: &str = "azapi_resource";
/// Parts of resources that stand elsewhere.
const PART: &str = "azapi_update_resource";
/// Something that is done once to a resource that stands elsewhere.
const ACTION: &str = "azapi_resource_action";
/// What a service itself keeps: a key, by its address in the vault.
const IN_SERVICE: &str = "azapi_data_plane_resource";
/// Templates of Azure Resource Manager in a resource group.
const DEPLOYMENTS: [&str; 2] = ["azurerm_resource_group_template_deployment", "azurerm_template_deployment"];
/// Templates of all of a subscription and more, which remove nothing.
const WIDER: [&str; 3] = [
    "azurerm_management_group_template_deployment",
    "azurerm_subscription_template_deployment",
    "azurerm_tenant_template_deployment",
];
/// All that Microsoft Graph's own provider makes or does.
const GRAPH: [&str; 4] =
    ["msgraph_resource", "msgraph_resource_action", "msgraph_resource_collection", "msgraph_update_resource"];

/// The first resource that changes, or may, what is of this type and has an id that is asked for.
pub(super) fn changes<'a>(
    reader: &Reader<'a>,
    of_type: &str,
    is_it: impl Fn(&Scope) -> bool,
) -> Option<&'a Instance> {
    let changed = |one: &&'a Instance| {
        let was = one.text(Side::Refreshed, "id").and_then(|id| id.parse::<Scope>().ok());
        acts(one) && was.is_some_and(|was| is_it(&was))
    };
    if reader.side == Side::After
        && let Some(one) = reader.planned.of_kind(RESOURCE).find(changed)
    {
        return Some(one);
    }
    let does = |one: &&'a Instance| {
        let mut sides = [Side::After, Side::Refreshed].into_iter().filter(|side| one.is_there(*side));
        let at = |side| one.text(side, "resource_id").map(|id| id.parse::<Scope>());
        acts(one)
            && !only_reads(one)
            && may_be_of(one, of_type)
            && sides.any(|side| at(side).is_none_or(|at| at.is_ok_and(|at| is_it(&at))))
    };
    if reader.side == Side::After
        && let Some(one) = reader.planned.of_kind(ACTION).find(does)
    {
        return Some(one);
    }
    reader
        .there(PART)
        .find(|one| may_be_of(one, of_type) && part_of(reader, one, of_type).is_none_or(|at| is_it(&at)))
}

/// Whether something that is done only asks.
fn only_reads(one: &Instance) -> bool {
    let method = one.text(Side::After, "method");
    method.is_some_and(|own| ["GET", "HEAD"].iter().any(|method| own.eq_ignore_ascii_case(method)))
}

/// Something that is done to what is in the vault, at what assigns or denies around it, or to what it is in.
pub(super) fn acted_on<'a>(reader: &Reader<'a>, vault: &Scope) -> Option<&'a Instance> {
    let around = |one: &Instance, at: &Scope| {
        let whole = at.as_str().to_ascii_lowercase();
        // What is done by name to a subscription or group (registering a provider, say) leaves what is in it.
        let changes_all =
            one.text(Side::After, "method").is_some_and(|method| !method.eq_ignore_ascii_case("POST"));
        match whole.split_once("/providers/microsoft.authorization/") {
            Some((scope, _)) => {
                scope.parse::<Scope>().is_ok_and(|scope| vault.is_within(&scope) || scope.is_within(vault))
            }
            None => {
                (at != vault && at.is_within(vault)) || (changes_all && at != vault && vault.is_within(at))
            }
        }
    };
    let does = |one: &&'a Instance| {
        let mut sides =
            [Side::After, Side::Refreshed].into_iter().filter_map(|side| one.text(side, "resource_id"));
        // What is done to a key is the key's.
        let is_key = |at: &Scope| {
            let above = at.as_str().rsplit_once('/').map(|(above, _)| above.to_ascii_lowercase());
            above.is_some_and(|above| above.ends_with("/keys"))
        };
        acts(one)
            && !only_reads(one)
            && sides.any(|at| at.parse::<Scope>().is_ok_and(|at| !is_key(&at) && around(one, &at)))
    };
    reader.planned.of_kind(ACTION).filter(|_| reader.side == Side::After).find(does)
}

/// What a part is of: its id, or what it is in and its own name.
fn part_of<'a>(reader: &Reader<'a>, part: &'a Instance, of_type: &str) -> Option<Scope> {
    let aside = reader.aside();
    aside.scope(part, "resource_id").ok().or_else(|| {
        let (parent, name) = (aside.scope(part, "parent_id").ok()?, aside.need(part, "name").ok()?);
        let (provider, types) = of_type.split_once('/')?;
        // What is in something of its own provider goes on behind that: a key behind its vault.
        let own = types.rsplit_once('/').map_or_else(
            || format!("providers/{provider}/{types}/{name}"),
            |(_, own)| format!("{own}/{name}"),
        );
        Some(parent.child(&own))
    })
}

/// What makes or changes something of one of these types in, above or at a resource.
pub(super) fn acting_around<'a>(reader: &Reader<'a>, types: &[&str], at: &Scope) -> Option<&'a Instance> {
    let is_around = |parent: &str| match parent.parse::<Scope>() {
        Ok(parent) => at.is_within(&parent) || parent.is_within(at) || parent.is_management_group(),
        Err(_) => true,
    };
    let acting = |one: &&Instance| {
        let parents = [Side::Refreshed, Side::After]
            .into_iter()
            .filter_map(|side| one.text(side, "parent_id").or(one.text(side, "resource_id")));
        let parents: Vec<&str> = parents.collect();
        acts(one)
            && types.iter().any(|of_type| may_be_of(one, of_type))
            && (parents.is_empty() || parents.into_iter().any(is_around))
    };
    let all = [RESOURCE, PART].into_iter().flat_map(|kind| reader.planned.of_kind(kind));
    all.filter(|_| reader.side == Side::After).find(acting)
}

/// A deployment of a template that removes what is in the resource group and not in the template (Resource Manager
/// deployment-modes); what another one changes is a limit.
pub(super) fn deployed<'a>(reader: &Reader<'a>, at: &Scope) -> Option<&'a Instance> {
    let here = |one: &&Instance| {
        let sides = [Side::After, Side::Refreshed].into_iter();
        let groups: Vec<&str> = sides.filter_map(|side| one.text(side, "resource_group_name")).collect();
        acts(one) && (groups.is_empty() || groups.into_iter().any(|group| at.is_in_group(group)))
    };
    let of_kinds = |kinds: &'static [&'static str]| {
        let all = kinds.iter().flat_map(|kind| reader.planned.of_kind(kind));
        all.filter(|_| reader.side == Side::After)
    };
    let is_incremental = |one: &&Instance| {
        one.text(Side::After, "deployment_mode").is_some_and(|mode| mode.eq_ignore_ascii_case("incremental"))
    };
    let deployments = of_kinds(&DEPLOYMENTS).filter(here);
    let (incremental, whole): (Vec<&Instance>, Vec<&Instance>) = deployments.partition(is_incremental);
    for one in incremental.into_iter().chain(of_kinds(&WIDER).filter(|one| acts(one))) {
        reader.leave_out(PlanLimit {
            what: format!("what the template of `{}` changes around the vault is not read", one.address),
            lift: "judge the cloud itself after the apply".into(),
        });
    }
    whole.into_iter().next()
}

/// All that changes something of this type.
pub(super) fn all_changing<'a>(planned: &Planned<'a>, of_type: &str) -> impl Iterator<Item = &'a Instance> {
    let whole = planned.of_kind(RESOURCE).filter(|one| one.is_there(Side::Refreshed));
    whole.chain(planned.of_kind(PART)).filter(move |one| acts(one) && may_be_of(one, of_type))
}

/// What changes something in a vault itself, at this address: `contoso-ekm.vault.azure.net/keys/name`, whatever its
/// version.
pub(super) fn in_vault<'a>(reader: &Reader<'a>, address: &str) -> Option<&'a Instance> {
    let is_it = |one: &&Instance| {
        let at = one.text(Side::Refreshed, "id").unwrap_or_default();
        let at = at.trim_start_matches("https://").to_ascii_lowercase();
        let behind = at.strip_prefix(&address.to_ascii_lowercase());
        acts(one) && behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('/'))
    };
    reader.planned.of_kind(IN_SERVICE).filter(|_| reader.side == Side::After).find(is_it)
}

/// What changes something in Microsoft Graph at one of these paths (`serviceprincipals/ID`, in lower case), or perhaps: its
/// path is known only after apply, and refers to something of these types.
pub(super) fn in_graph<'a>(
    reader: &Reader<'a>,
    types: &[&str],
    is_it: impl Fn(&str) -> bool,
) -> Option<&'a Instance> {
    let changed = |one: &'a Instance, side: Side| {
        let attribute = if one.kind.name == "msgraph_resource_action" { "resource_url" } else { "url" };
        match one.attribute(side, attribute) {
            Some(Attribute::Unknown) => !reader.is_of_others(one, attribute, types),
            Some(Attribute::Text(url)) => {
                let id = one.text(side, "id").map(|id| format!("/{id}")).unwrap_or_default();
                is_it(&format!("{}{id}", url.trim_matches('/')).to_ascii_lowercase())
            }
            _ => false,
        }
    };
    let all = GRAPH.into_iter().flat_map(|kind| reader.planned.of_kind(kind));
    let mut acting = all.filter(|one| reader.side == Side::After && acts(one) && !only_reads(one));
    acting.find(|one| changed(one, Side::Refreshed) || changed(one, Side::After))
}

/// That what a resource changes is not read, and what to write instead.
pub(super) fn not_read(other: &Instance, what: &str, instead: &str) -> Missing {
    Missing::after_apply(
        place(other, ""),
        format!("what it changes of {what} is not read: write it as an `{instead}`"),
    )
}

/// What Terraform forgets stays as it is.
fn acts(one: &Instance) -> bool {
    one.action.is_some_and(|action| action != ChangeAction::Forget)
}

/// Whether it is of a type, or its type is not known: `Microsoft.KeyVault/vaults@2023-07-01`.
fn may_be_of(one: &Instance, of_type: &str) -> bool {
    let written = [Side::After, Side::Refreshed].into_iter().find_map(|side| one.text(side, "type"));
    let name = written.and_then(|written| written.split('@').next());
    name.is_none_or(|name| name.is_empty() || name.eq_ignore_ascii_case(of_type))
}
