//! What the provider for Azure's own interface, azapi, changes of what other resources show. It is not read: all that is
//! known is that it may be otherwise afterwards.

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

/// The first resource that changes, or may, what is of this type and has an id that is asked for.
pub(super) fn changes<'a>(
    reader: &Reader<'a>,
    of_type: &str,
    is_it: impl Fn(&Scope) -> bool,
) -> Option<&'a Instance> {
    let changed = |one: &&Instance| {
        let was = one.text(Side::Refreshed, "id").and_then(|id| id.parse::<Scope>().ok());
        acts(one) && was.is_some_and(|was| is_it(&was))
    };
    if reader.side == Side::After
        && let Some(one) = reader.planned.of_kind(RESOURCE).find(changed)
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
