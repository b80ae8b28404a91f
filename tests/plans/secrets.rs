//! Secrets: the JSON of a plan has them in clear text, and nothing of them may come out again.

use serde_json::{Value, json};

use crate::aws::{KEY, ROLE};
use crate::corpus::BY_ADDRESS;
use crate::plan::{Plan, computed};
use crate::program::{Run, text};
use crate::several::require_none;

/// What no output may hold.
const MARKER: &str = "s3cr3t-marker-6f1d";

/// Puts the marker into variables, outputs, other resources, and attributes that nothing needs.
fn marked(plan: Plan) -> Plan {
    let secret = || json!(format!("{MARKER}-value"));
    let plan = plan.but(|document| {
        document["variables"]["database_password"] = json!({ "value": secret() });
        document["output_changes"] = json!({ "password": {
            "actions": ["create"], "before": null, "after": secret(), "after_unknown": false,
            "before_sensitive": true, "after_sensitive": true,
        } });
        document["checks"] =
            json!([{ "status": "fail", "instances": [{ "problems": [{ "message": secret() }] }] }]);
        document["relevant_attributes"] = json!([{ "resource": secret(), "attribute": [secret()] }]);
        if document["planned_values"].is_object() {
            document["planned_values"]["outputs"] =
                json!({ "password": { "sensitive": true, "value": secret() } });
        }
        if document["configuration"].is_object() {
            document["configuration"]["provider_config"]["postgresql"] = json!({
                "name": "postgresql",
                "expressions": { "password": { "constant_value": secret() } },
            });
            document["configuration"]["root_module"]["variables"]["database_password"] =
                json!({ "default": secret(), "sensitive": true });
        }
    });
    let other = json!({
        "password": secret(),
        "user_data": secret(),
        "policy": secret(),
        "tags": { MARKER: secret() },
        "arn": computed(),
    });
    plan.create("aws_db_instance.main", other.clone())
        .create("aws_secretsmanager_secret_version.main", json!({ "secret_string": secret() }))
        .create("random_password.main", json!({ "result": secret(), "length": 20 }))
        .create("aws_iam_access_key.main", json!({ "secret": secret(), "user": "ci" }))
        // Of a type that is read, and of another role and key.
        .create(
            "aws_iam_role.other",
            json!({
                "name": "other",
                "assume_role_policy": "{}",
                "description": secret(),
                "tags": { "password": secret() },
                "arn": computed(),
            }),
        )
        .create("aws_iam_role_policy.other", json!({ "role": "other", "policy": secret(), "name": secret() }))
        .create(
            "aws_kms_external_key.other",
            json!({ "key_material_base64": secret(), "description": secret(), "arn": computed() }),
        )
}

fn plans() -> Vec<(&'static str, Plan, Vec<&'static str>)> {
    let secret = || json!(format!("{MARKER}-value"));
    let imported = crate::aws::external(
        Plan::corpus("aws-official"),
        json!({ "key_material_base64": secret(), "description": secret() }),
    );
    let azure = Plan::corpus("azure")
        .set(crate::azure::VAULT, "tags", json!({ "password": secret() }))
        .set(crate::azure::KEY, "tags", json!({ "password": secret() }))
        .create("azurerm_key_vault_secret.s", json!({ "name": "s", "value": secret() }))
        .create("azuread_service_principal_password.p", json!({ "value": secret() }));
    vec![
        ("aws-official", marked(Plan::corpus("aws-official")), vec![]),
        (
            "descriptions",
            marked(Plan::corpus("aws-official")).set(KEY, "description", secret()).set(
                ROLE,
                "description",
                secret(),
            ),
            vec![],
        ),
        ("imported material", marked(imported), vec![]),
        (
            "attributes that the providers add",
            Plan::corpus("aws-official").set(KEY, "password", secret()).set(ROLE, "something_new", secret()),
            vec![],
        ),
        ("aws-official-nochange", marked(Plan::corpus("aws-official-nochange")), vec![]),
        ("aws-official-update-breaks", marked(Plan::corpus("aws-official-update-breaks")), vec![]),
        ("aws-jsonencode", marked(Plan::corpus("aws-jsonencode")), BY_ADDRESS.to_vec()),
        ("nothing to register", marked(Plan::corpus("aws-jsonencode")), vec![]),
        ("azure", marked(azure), vec![]),
        // What can't be read is told without what stands there.
        (
            "a wrong type",
            Plan::corpus("aws-official").set(KEY, "is_enabled", secret()).set(
                ROLE,
                "path",
                json!([secret()]),
            ),
            vec![],
        ),
        (
            "a wrong type at the top",
            marked(Plan::corpus("aws-official")).top("resource_changes", json!(secret())),
            vec![],
        ),
    ]
}

#[test]
fn no_secret_comes_out_of_a_plan() {
    require_none(plans(), |(name, plan, arguments)| {
        let run = Run::on(plan.text()).arguments(&arguments).replays();
        let outcome = run.outcome();
        let shown = run.in_format("table");
        [
            ("the report", outcome.stdout),
            ("the messages", outcome.stderr),
            ("the evidence", outcome.evidence),
            ("the payload", outcome.payload),
            ("the table", text(&shown.stdout) + &text(&shown.stderr)),
        ]
        .into_iter()
        .filter(|(_, said)| said.contains(MARKER) || said.contains("panicked"))
        .map(|(what, said)| format!("{name}: {what}:\n{said}"))
        .collect()
    });
}

/// A document that is cut in the middle of a secret is refused without it.
#[test]
fn no_secret_comes_out_of_a_plan_that_is_no_json() {
    let plan = marked(Plan::corpus("aws-official")).text();
    let cuts: Vec<usize> = plan.match_indices(MARKER).map(|(at, _)| at + 5).step_by(5).take(10).collect();
    require_none(cuts, |at| {
        let broken = format!("{}\u{1}{}", &plan[..at], &plan[at..]);
        let cut = plan[..at + MARKER.len()].to_owned();
        [broken, cut]
            .into_iter()
            .map(|input| Run::on(input).outcome())
            .filter(|outcome| outcome.exit != Some(2) || outcome.stderr.contains("marker"))
            .map(|outcome| format!("at {at}: {outcome}"))
            .collect()
    });
}

/// What the evidence keeps of a plan is what it keeps of a live account: nothing of resources that are not on the path.
#[test]
fn the_evidence_holds_nothing_of_other_resources() {
    let outcome = Run::on(marked(Plan::corpus("aws-official")).text()).replays().outcome();
    let evidence: Value = serde_json::from_str(&outcome.evidence).expect("evidence was saved");
    let text = evidence.to_string();
    for other in [
        "aws_db_instance",
        "aws_secretsmanager",
        "random_password",
        "database_password",
        "aws_iam_role.other",
    ] {
        assert!(!text.contains(other), "{other} in\n{}", outcome.evidence);
    }
}
