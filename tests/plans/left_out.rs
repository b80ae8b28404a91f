//! Plans that leave out what may be a registration: nobody can say that there is none.

use serde_json::{Value, json};

use crate::plan::Plan;
use crate::program::Run;
use crate::several::require_none;

const REGISTRATION: &str = "openai_external_key.example";
const PRINCIPAL: &str = "azuread_service_principal.openai";

/// `deferred_changes` of Terraform's JSON Output Format, of something that is to be made.
fn deferred(address: &str, kind: &str, mode: &str) -> Value {
    json!([{ "reason": "provider_config_unknown", "resource_change": {
        "address": address, "mode": mode, "type": kind, "name": "x",
        "change": { "actions": ["create"], "before": null, "after": {}, "after_unknown": {} },
    } }])
}

/// The plan without a resource that is still configured, as after `-target`.
fn untargeted(stem: &str, address: &str) -> Plan {
    let whole = Plan::corpus(stem);
    let configuration = whole.document["configuration"].clone();
    whole.omit(address).top("configuration", configuration)
}

#[test]
fn a_plan_that_leaves_out_a_registration_is_not_without_one() {
    let put_off = |stem: &str, address: &str, deferred: Value| {
        Plan::corpus(stem).omit(address).top("complete", json!(false)).top("deferred_changes", deferred)
    };
    let cases = vec![
        (
            "the registration is put off",
            put_off("aws-official", REGISTRATION, deferred(REGISTRATION, "openai_external_key", "managed")),
            REGISTRATION,
        ),
        (
            "registrations are put off, and nobody knows how many",
            put_off(
                "aws-official",
                REGISTRATION,
                deferred("openai_external_key.e[*]", "openai_external_key", "managed"),
            ),
            "openai_external_key.e[*]",
        ),
        (
            "the service principal is put off",
            put_off("azure", PRINCIPAL, deferred(PRINCIPAL, "azuread_service_principal", "managed")),
            PRINCIPAL,
        ),
        (
            "the service principal is read later",
            put_off(
                "azure",
                PRINCIPAL,
                deferred("data.azuread_service_principal.x", "azuread_service_principal", "data"),
            ),
            "data.azuread_service_principal.x",
        ),
        ("the registration is left out", untargeted("aws-official", REGISTRATION), REGISTRATION),
        (
            "the registration is left out, and Terraform says that the plan is not all",
            untargeted("aws-official", REGISTRATION).top("complete", json!(false)),
            REGISTRATION,
        ),
        ("the service principal is left out", untargeted("azure", PRINCIPAL), PRINCIPAL),
    ];
    require_none(cases, |(name, plan, left_out)| {
        let run = Run::on(plan.text());
        [run.clone(), run.arguments(&["--allow-none"])]
            .iter()
            .map(Run::outcome)
            .filter(|outcome| outcome.exit != Some(2) || !outcome.stderr.contains(&format!("`{left_out}`")))
            .map(|outcome| format!("{name}: {outcome}"))
            .collect()
    });
}
