//! The vault's network in a plan: its firewall, private endpoints and perimeters.

use std::collections::BTreeSet;

use super::reader::{Reader, not_shown, texts};
use crate::evidence::Missing;
use crate::evidence::azure::{NetworkRules, Vault};
use crate::evidence::plan::PlanLimit;
use crate::target::azure::Scope;
use crate::terraform::attribute::{Attribute, Object};
use crate::terraform::configuration::Expression;
use crate::terraform::instances::Instance;
use crate::terraform::planned::place;

const RULES: &str = "network_acls";
/// The value of `publicNetworkAccess` that leaves it to a perimeter.
const PERIMETER: &str = "SecuredByPerimeter";

/// Whether the plan puts the vault into a perimeter that alone decides, whatever the vault's own setting (Private Link
/// network-security-perimeter-transition).
fn is_within_a_perimeter(reader: &Reader<'_>, id: &Scope) -> Result<bool, Missing> {
    for association in reader.there("azurerm_network_security_perimeter_association") {
        match reader.scope(association, "resource_id") {
            Ok(other) if other == *id => {}
            Ok(_) => continue,
            Err(_) if reader.is_of_others(association, "resource_id", &["azurerm_key_vault"]) => continue,
            Err(missing) => return Err(missing),
        }
        let mode = reader.text(association, "access_mode").ok().flatten();
        let falls_back =
            |mode: String| ["Learning", "Audit"].iter().any(|other| other.eq_ignore_ascii_case(&mode));
        if !mode.is_some_and(falls_back) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the plan makes of the `publicNetworkAccess` of a vault that stands elsewhere.
pub(super) fn public_access_elsewhere(
    reader: &Reader<'_>,
    id: &Scope,
    live: Option<String>,
) -> Result<Option<String>, Missing> {
    Ok(if is_within_a_perimeter(reader, id)? { Some(PERIMETER.into()) } else { live })
}

/// `publicNetworkAccess` of a vault in the plan that live evidence shows too: the provider's attribute says only whether
/// it is off, and Azure knows more than on and off.
pub(super) fn public_access_as_seen(planned: Option<String>, live: Option<String>) -> Option<String> {
    let is_another = |word: &String| !["enabled", "disabled"].contains(&word.to_ascii_lowercase().as_str());
    match (planned.as_deref(), live.filter(is_another)) {
        (Some(word), Some(live)) if word.eq_ignore_ascii_case("enabled") => Some(live),
        _ => planned,
    }
}

/// Whether public access is switched off.
pub(super) fn is_off(vault: &Vault) -> bool {
    vault.public_network_access.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("disabled"))
}

/// Whom the firewall lets in, in one way of writing; none where it lets everybody in.
pub(super) fn let_in(vault: &Vault) -> Option<BTreeSet<String>> {
    let rules = vault.network_rules.as_ref()?;
    let refuses = |action: &str| !action.eq_ignore_ascii_case("allow");
    rules.default_action.as_deref().is_none_or(refuses).then(|| {
        let single = |rule: &String| rule.to_ascii_lowercase().trim_end_matches("/32").to_owned();
        rules.ip_rules.iter().map(single).collect()
    })
}

/// `publicNetworkAccess`.
pub(super) fn public_access(
    reader: &Reader<'_>,
    vault: &Instance,
    id: &Scope,
) -> Result<Option<String>, Missing> {
    if is_within_a_perimeter(reader, id)? {
        return Ok(Some(PERIMETER.into()));
    }
    // azurerm documentation: "Defaults to `true`".
    let enabled = reader.truth(vault, "public_network_access_enabled")?.unwrap_or(true);
    Ok(Some(if enabled { "Enabled" } else { "Disabled" }.into()))
}

/// The vault's firewall; none where it has none.
pub(super) fn rules(reader: &Reader<'_>, vault: &Instance) -> Result<Option<NetworkRules>, Missing> {
    match vault.attribute(reader.side, RULES) {
        Some(Attribute::Null) => Ok(None),
        Some(Attribute::List(blocks)) => match blocks.as_slice() {
            [] => Ok(None),
            [Attribute::Map(block)] => written(reader, vault, block).map(Some),
            [Attribute::Unknown] => Err(reader.after_apply(vault, RULES)),
            _ => Err(not_shown(vault, RULES, "it is not one block")),
        },
        // It is computed where it is not set, and a vault that is made without it has no firewall (azurerm
        // documentation, `azurerm_key_vault`). A dynamic block would show as little.
        Some(Attribute::Unknown) if reader.is_new(vault) && !reader.is_set(vault, RULES) => {
            reader.leave_out(PlanLimit {
                what: format!(
                    "`{}` is taken to have no firewall, for the configuration shows none (it would not show a dynamic \
                     block)",
                    vault.address
                ),
                lift: "write `network_acls` out, or judge a plan made after the apply".into(),
            });
            Ok(None)
        }
        Some(Attribute::Unknown) => Err(reader.after_apply(vault, RULES)),
        _ => Err(not_shown(vault, RULES, "it is no list of blocks")),
    }
}

fn written(reader: &Reader<'_>, vault: &Instance, block: &Object) -> Result<NetworkRules, Missing> {
    let text = |name: &str| match block.get(name) {
        Some(Attribute::Text(text)) => Ok(Some(text.clone())),
        None | Some(Attribute::Null) => Ok(None),
        Some(_) => Err(reader.after_apply(vault, RULES)),
    };
    let default_action = text("default_action")?;
    let lets_all_in = default_action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("allow"));
    let listed = |name: &str| block.get(name).map_or(Some(Vec::new()), texts);
    let ip_rules = match listed("ip_rules") {
        Some(rules) => rules,
        // Who is let in by name makes no difference where everybody is.
        None if lets_all_in => Vec::new(),
        None => return Err(reader.after_apply(vault, RULES)),
    };
    // Whose networks they are makes no difference to who calls from the internet.
    let virtual_network_rules =
        listed("virtual_network_subnet_ids").unwrap_or_else(|| vec![place(vault, RULES)]);
    Ok(NetworkRules { default_action, bypass: text("bypass")?, ip_rules, virtual_network_rules })
}

/// How many private endpoints of the plan are connected to the vault.
pub(super) fn private_endpoints<'a>(reader: &Reader<'a>, vault: &'a Instance, id: &Scope) -> u32 {
    const CONNECTION: &str = "private_service_connection";
    let connects = |endpoint: &&Instance| match endpoint.attribute(reader.side, CONNECTION) {
        Some(Attribute::List(connections)) => connections.iter().any(|connection| {
            let to = connection.object().and_then(|object| object.get("private_connection_resource_id"));
            match to {
                Some(Attribute::Text(to)) => to.parse() == Ok(id.clone()),
                Some(Attribute::Unknown) => refers(reader, endpoint, CONNECTION, vault),
                _ => false,
            }
        }),
        _ => false,
    };
    u32::try_from(reader.there("azurerm_private_endpoint").filter(connects).count()).unwrap_or(u32::MAX)
}

/// Whether anything in the blocks of an instance refers to another one.
fn refers(reader: &Reader<'_>, instance: &Instance, attribute: &str, to: &Instance) -> bool {
    let document = reader.planned.document;
    let resource = document.configured(instance);
    let Some(Expression::Blocks(blocks)) = resource.and_then(|resource| resource.expressions.get(attribute))
    else {
        return false;
    };
    let mut expressions = blocks.iter().flat_map(|block| block.values());
    expressions.any(|expression| {
        let joined = document.joined(instance, expression).unwrap_or_default();
        joined.iter().flat_map(|one| &one.instances).any(|one| one.address == to.address)
    })
}
