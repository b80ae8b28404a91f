//! OpenAI's service principal: whether it exists, may sign in, and who else it counts as.

use super::ServicePrincipalFacts;
use super::layer::{Layer, Said};
use crate::contract;
use crate::evidence::azure::{AzureEvidence, ServicePrincipal};
use crate::evidence::{Item, MissingReason};
use crate::facts::{Fact, Limit, UnknownBecause};
use crate::target::azure::ObjectId;

/// The service principal as far as it is known.
pub(super) struct Principal<'a> {
    seen: Fact<Option<&'a ServicePrincipal>>,
    /// The id from the command line.
    given: Option<ObjectId>,
    /// The same, where there is no answer of Microsoft Graph's that could confirm or contradict it.
    taken: Option<ObjectId>,
    groups: &'a Item<Vec<ObjectId>>,
}

const KEY: &str = "azure.service_principal";
const GROUPS: &str = "azure.service_principal_groups";

impl<'a> Principal<'a> {
    pub(super) fn of(evidence: &'a AzureEvidence, given: Option<ObjectId>) -> Self {
        let openai = contract::azure::APPLICATION_ID;
        let seen = evidence.service_principal.fact(KEY).and_then(|seen| match seen {
            Some(other) if other.application_id.to_string() != openai => Fact::Unknown(vec![because(
                KEY,
                &format!("the answer is about another application than {openai}"),
            )]),
            seen => Fact::Known(seen),
        });
        // What a plan shows of it in part is no reason to take the rest for granted.
        let of_plan = [MissingReason::KnownAfterApply, MissingReason::Contradicted];
        let unread = evidence.service_principal.missing().is_some_and(|one| !of_plan.contains(&one.reason));
        let taken = given.filter(|_| unread);
        Self { seen, given, taken, groups: &evidence.service_principal_groups }
    }

    /// Its object id; `None` where the tenant has none. Where Microsoft Graph could not be read it is the one given.
    pub(super) fn id(&self) -> Fact<Option<ObjectId>> {
        match self.taken {
            Some(given) => Fact::Known(Some(given)),
            None => self.seen.clone().map(|seen| seen.map(|seen| seen.id)),
        }
    }

    /// Whether what is given to this principal is given to OpenAI's: to itself, or to a group that it is in.
    pub(super) fn is(&self, principal: ObjectId) -> Fact<bool> {
        self.id().and_then(|id| match id {
            None => Fact::Known(false),
            Some(id) if id == principal => Fact::Known(true),
            // Whoever is there is in groups or in none: a list that is absent was not read.
            Some(_) => match self.groups {
                Item::Partial { known, .. } if known.contains(&principal) => Fact::Known(true),
                groups => groups.fact(GROUPS).and_then(|groups| match groups {
                    Some(groups) => Fact::Known(groups.contains(&principal)),
                    None => Fact::Unknown(behind_absent(GROUPS)),
                }),
            },
        })
    }

    /// Whether it may sign in. Microsoft disables applications that break its terms (Graph servicePrincipal,
    /// `disabledByMicrosoftStatus`).
    fn enabled(&self) -> Fact<bool> {
        if self.taken.is_some() {
            return Fact::Known(true);
        }
        self.seen.clone().and_then(|seen| {
            let Some(seen) = seen else { return Fact::Known(false) };
            match seen.disabled_by_microsoft.as_deref() {
                _ if !seen.enabled => Fact::Known(false),
                None | Some("" | "NotDisabled") => Fact::Known(true),
                Some(status) if status.starts_with("Disabled") => Fact::Known(false),
                Some(status) => Fact::Unknown(vec![because(KEY, &format!("its status is `{status}`"))]),
            }
        })
    }

    pub(super) fn facts(&self) -> ServicePrincipalFacts {
        let matches = match (&self.seen, self.given) {
            (Fact::Known(Some(seen)), Some(given)) => seen.id == given,
            _ => true,
        };
        ServicePrincipalFacts {
            exists: self.id().map(|id| id.is_some()),
            enabled: self.enabled(),
            object_id: self.id().map(|id| id.map(|id| id.to_string())),
            is_the_one_given: self.id().map(|_| matches),
        }
    }

    /// Whether Microsoft Entra gives OpenAI a token for it.
    pub(super) fn said(&self) -> Said {
        let layer = Layer::ServicePrincipal;
        match (self.id(), self.enabled()) {
            (Fact::Unknown(because), _) => Said::unread(layer, because),
            (Fact::Known(None), _) => Said::lacks(
                layer,
                format!(
                    "the tenant has no service principal of OpenAI's application {}",
                    contract::azure::APPLICATION_ID
                ),
            ),
            (Fact::Known(Some(id)), Fact::Known(false)) => Said::denies(layer, format!("`{id}` is disabled")),
            (Fact::Known(Some(id)), Fact::Unknown(because)) => Said::depends(
                layer,
                format!("whether `{id}` is enabled can't be told"),
                layer.word(),
                because,
            ),
            (Fact::Known(Some(id)), Fact::Known(true)) => {
                let how = if self.taken.is_some() { "taken as given" } else { "enabled in the tenant" };
                Said::allows(layer, format!("`{id}` is {how}"))
            }
        }
    }

    /// That the service principal was not read but given.
    pub(super) fn limit(&self) -> Option<Limit> {
        let given = self.taken?;
        Some(Limit {
            what: format!("that `{given}` is OpenAI's service principal and enabled was taken as given"),
            lift:
                "read it with a caller that may read applications in Microsoft Graph (Application.Read.All)"
                    .into(),
        })
    }
}

pub(super) fn because(evidence: &str, reason: &str) -> UnknownBecause {
    UnknownBecause { evidence: evidence.into(), reason: reason.into(), permission: None }
}

/// Why something is unknown that is behind what is not there.
pub(super) fn behind_absent(evidence: &str) -> Vec<UnknownBecause> {
    vec![because(evidence, "absent")]
}
