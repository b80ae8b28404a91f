//! What the providers for Azure's own interfaces, azapi and msgraph, change of what other resources show. It is not read:
//! all that is known is that it may be otherwise afterwards.

use super::reader::Reader;
use crate::evidence::Missing;
use crate::evidence::plan::ChangeAction;
use crate::target::azure::Scope;
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
            && may_be_of(one, of_type)
            && sides.any(|side| at(side).is_none_or(|at| at.is_ok_and(|at| is_it(&at))))
    };
    if reader.side == Side::After
        && let Some(one) = reader.planned.of_kind(ACTION).find(does)
    {
        return Some(one);
    }
    reader.there(PART).find(|one| {
        may_be_of(one, of_type) && reader.aside().scope(one, "resource_id").map_or(true, |at| is_it(&at))
    })
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

/// What changes something in Microsoft Graph at one of these paths: `serviceprincipals/ID`, in lower case.
pub(super) fn in_graph<'a>(reader: &Reader<'a>, is_it: impl Fn(&str) -> bool) -> Option<&'a Instance> {
    let paths = |one: &Instance| -> Vec<String> {
        let sides = [Side::Refreshed, Side::After].into_iter();
        let at = sides.filter_map(|side| {
            let url = one.text(side, "url").or(one.text(side, "resource_url"))?;
            let id = one.text(side, "id").map(|id| format!("/{id}")).unwrap_or_default();
            Some(format!("{}{id}", url.trim_matches('/')).to_ascii_lowercase())
        });
        at.collect()
    };
    let changes = |one: &&'a Instance| acts(one) && paths(one).iter().any(|path| is_it(path));
    let all = GRAPH.into_iter().flat_map(|kind| reader.planned.of_kind(kind));
    all.filter(|_| reader.side == Side::After).find(changes)
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
