//! The organization above an account, read from an emulator of AWS Organizations: moto, beside ministack for all else.
//!
//! The ids that the emulator makes up are shown by names (`$ROOT`). `tests/run` starts the emulators. Without them these
//! tests print that they are skipped.
#![allow(
    clippy::expect_used,
    clippy::expect_fun_call,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by panicking, and say when they are skipped"
)]

use aws_sdk_organizations::types::{OrganizationFeatureSet, PolicyType};
use serde_json::{Value, json};

#[path = "organizations/account.rs"]
mod account;
#[path = "organizations/moto.rs"]
mod moto;
#[path = "organizations/organization.rs"]
mod organization;
#[path = "organizations/program.rs"]
mod program;
#[path = "organizations/whole_account.rs"]
mod whole_account;

use moto::{Emulators, new_account_id, root_of};
use organization::Organization;
use program::Run;

const SCP: PolicyType = PolicyType::ServiceControlPolicy;
const RCP: PolicyType = PolicyType::ResourceControlPolicy;
/// AWS's own policy that is attached wherever nothing else is (Organizations User Guide, "SCP evaluation"), as moto
/// has it.
const FULL: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
/// The same for resource control policies.
const RCP_FULL: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;
const DENY_REGIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-central-1"}}}]}"#;
const DENY_KEYS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}"#;
const DENY_OUTSIDERS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}"#;

fn policy(name: &str, document: &str) -> Value {
    json!({"name": name, "document": {"collected": document}})
}

fn full() -> Value {
    policy("FullAWSAccess (p-FullAWSAccess)", FULL)
}

fn rcp_full() -> Value {
    policy("RCPFullAWSAccess (p-RCPFullAWSAccess)", RCP_FULL)
}

fn level(target: &str, policies: &[Value]) -> Value {
    json!({"target": target, "policies": {"collected": policies}})
}

fn absent(call: &str) -> Value {
    json!({"absent": {"call": call}})
}

/// The keys that are about the organization.
const ORGANIZATION: [&str; 5] = [
    "role_organization",
    "role_service_control_policies",
    "role_resource_control_policies",
    "key_organization",
    "key_resource_control_policies",
];

#[test]
fn policies_above_an_account_are_read_level_by_level() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        organization.enable(RCP).await;
        let workloads = organization.unit("workloads", &organization.root).await;
        let production = organization.unit("production", &workloads).await;
        let member = organization.member(&production).await;
        let regions = organization.attach(&SCP, "regions", DENY_REGIONS, &organization.root).await;
        let keys = organization.attach(&SCP, "keys", DENY_KEYS, &production).await;
        let outsiders = organization.attach(&RCP, "outsiders", DENY_OUTSIDERS, &workloads).await;
        let own = organization.attach(&RCP, "own", DENY_OUTSIDERS, &member).await;
        // The trust policy names the management account, which is in the organization, and one that is not.
        account::role(&emulators, &member, &[&organization.management_account, "444455556666"]).await;

        let evidence = Run::on(&member)
            .profile("role", &emulators.ministack, &root_of(&member))
            .profile("key", &emulators.ministack, &root_of(&member))
            .profile("organization", &emulators.moto, &organization.keys)
            .naming(&organization.id, "o-exampleorgid")
            .naming(&organization.root, "$ROOT")
            .naming(&workloads, "$WORKLOADS")
            .naming(&production, "$PRODUCTION")
            .naming(&organization.management_account, "111111111111")
            .naming(&member, "222222222222")
            .naming(&regions, "$REGIONS")
            .naming(&keys, "$KEYS")
            .naming(&outsiders, "$OUTSIDERS")
            .naming(&own, "$OWN")
            .evidence()
            .await;

        let place = json!({"collected": {
            "id": "o-exampleorgid",
            "management_account": "111111111111",
            "parents": {"collected": ["$ROOT", "$WORKLOADS", "$PRODUCTION"]}
        }});
        let resource_control = json!({"collected": [
            level("$ROOT", &[rcp_full()]),
            level("$WORKLOADS", &[rcp_full(), policy("outsiders ($OUTSIDERS)", DENY_OUTSIDERS)]),
            level("$PRODUCTION", &[rcp_full()]),
            level("222222222222", &[rcp_full(), policy("own ($OWN)", DENY_OUTSIDERS)]),
        ]});
        assert_eq!(evidence["role_organization"], place);
        assert_eq!(evidence["key_organization"], place);
        assert_eq!(
            evidence["role_service_control_policies"],
            json!({"collected": [
                level("$ROOT", &[full(), policy("regions ($REGIONS)", DENY_REGIONS)]),
                level("$WORKLOADS", &[full()]),
                level("$PRODUCTION", &[full(), policy("keys ($KEYS)", DENY_KEYS)]),
                level("222222222222", &[full()]),
            ]})
        );
        assert_eq!(evidence["role_resource_control_policies"], resource_control);
        assert_eq!(evidence["key_resource_control_policies"], resource_control);
        assert_eq!(
            evidence["named_accounts"],
            json!({"collected": [
                {"account": "111111111111", "organization": {"collected": "o-exampleorgid"}},
                {"account": "444455556666", "organization": absent("organizations:DescribeAccount")},
            ]})
        );
    });
}

/// The emulator's pages hold twenty policies. AWS would not let so many be attached (Organizations User Guide,
/// "Quotas"), but its pages can be shorter than that.
#[test]
fn all_pages_are_read() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        let member = organization.member(&organization.root).await;
        for number in 10..55 {
            let name = format!("policy-{number}");
            organization.attach(&SCP, &name, DENY_KEYS, &member).await;
        }
        let evidence = Run::on(&member)
            .profile("role", &emulators.ministack, &root_of(&member))
            .profile("key", &emulators.ministack, &root_of(&member))
            .profile("organization", &emulators.moto, &organization.keys)
            .evidence()
            .await;
        let policies = &evidence["role_service_control_policies"]["collected"][1]["policies"]["collected"];
        let names: Vec<&str> = policies
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|policy| policy["name"].as_str()?.split(' ').next())
            .collect();
        let expected: Vec<String> =
            ["FullAWSAccess".to_owned()].into_iter().chain((10..55).map(|n| format!("policy-{n}"))).collect();
        assert_eq!(names, expected);
    });
}

#[test]
fn a_kind_of_policies_that_is_not_enabled_is_absent() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        let member = organization.member(&organization.root).await;
        let evidence = Run::on(&member)
            .profile("role", &emulators.ministack, &root_of(&member))
            .profile("key", &emulators.ministack, &root_of(&member))
            .profile("organization", &emulators.moto, &organization.keys)
            .naming(&organization.root, "$ROOT")
            .naming(&member, "222222222222")
            .evidence()
            .await;
        assert_eq!(
            evidence["role_service_control_policies"],
            json!({"collected": [level("$ROOT", &[full()]), level("222222222222", &[full()])]})
        );
        assert_eq!(evidence["role_resource_control_policies"], absent("organizations:ListRoots"));
        assert_eq!(evidence["key_resource_control_policies"], absent("organizations:ListRoots"));
    });
}

/// AWS keeps at least one policy attached everywhere (Organizations API, ConstraintViolationException:
/// MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED), the emulator does not.
#[test]
fn a_place_without_policies_is_not_believed() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        let unit = organization.unit("workloads", &organization.root).await;
        let member = organization.member(&unit).await;
        organization.detach("p-FullAWSAccess", &unit).await;
        let evidence = Run::on(&member)
            .profile("role", &emulators.ministack, &root_of(&member))
            .profile("key", &emulators.ministack, &root_of(&member))
            .profile("organization", &emulators.moto, &organization.keys)
            .naming(&organization.root, "$ROOT")
            .naming(&unit, "$UNIT")
            .naming(&member, "222222222222")
            .evidence()
            .await;
        assert_eq!(
            evidence["role_service_control_policies"],
            json!({"collected": [
                level("$ROOT", &[full()]),
                {"target": "$UNIT", "policies": {"missing": {
                    "call": "organizations:ListPoliciesForTarget",
                    "reason": "unreadable",
                    "detail": "nothing is attached to $UNIT, which can't be where such policies are enabled"
                }}},
                level("222222222222", &[full()]),
            ]})
        );
    });
}

#[test]
fn nothing_governs_the_management_account() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        organization.enable(RCP).await;
        let evidence = Run::on(&organization.management_account)
            .profile("role", &emulators.moto, &organization.keys)
            .profile("key", &emulators.moto, &organization.keys)
            .naming(&organization.id, "o-exampleorgid")
            .naming(&organization.root, "$ROOT")
            .naming(&organization.management_account, "111111111111")
            .evidence()
            .await;
        let place = json!({"collected": {
            "id": "o-exampleorgid",
            "management_account": "111111111111",
            "parents": {"collected": ["$ROOT"]}
        }});
        assert_eq!(evidence["role_organization"], place);
        assert_eq!(evidence["key_organization"], place);
        for key in ORGANIZATION.into_iter().filter(|key| key.ends_with("policies")) {
            assert_eq!(evidence[key], absent("organizations:DescribeOrganization"), "{key}");
        }
        assert_eq!(evidence["named_accounts"], json!({"collected": []}));
    });
}

#[test]
fn an_organization_that_only_shares_bills_has_no_policies() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::with(&emulators, OrganizationFeatureSet::ConsolidatedBilling).await;
        let member = organization.member(&organization.root).await;
        let evidence = Run::on(&member)
            .profile("role", &emulators.ministack, &root_of(&member))
            .profile("key", &emulators.ministack, &root_of(&member))
            .profile("organization", &emulators.moto, &organization.keys)
            .evidence()
            .await;
        assert_eq!(evidence["role_organization"]["collected"]["id"], json!(organization.id));
        for key in ORGANIZATION.into_iter().filter(|key| key.ends_with("policies")) {
            assert_eq!(evidence[key], absent("organizations:DescribeOrganization"), "{key}");
        }
    });
}

#[test]
fn an_account_in_no_organization_has_none() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let account = new_account_id();
        let keys = emulators.session_in(&account).await;
        let evidence = Run::on(&account)
            .profile("role", &emulators.moto, &keys)
            .profile("key", &emulators.moto, &keys)
            .evidence()
            .await;
        for key in ORGANIZATION.into_iter().chain(["named_accounts"]) {
            assert_eq!(evidence[key], absent("organizations:DescribeOrganization"), "{key}");
        }
    });
}

/// Whoever asks is told of the asker's own organization: that another account is in it, or that it is in none, does not
/// follow. To AWS an account that is not in the organization is a child that is not found, and the call may be denied
/// (Organizations API, ListParents); the emulator says that the account is not found.
#[test]
fn an_organization_is_not_taken_for_that_of_another_account() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        let nowhere = new_account_id();
        let in_none = emulators.session_in(&nowhere).await;
        let stranger = new_account_id();
        for (asking, keys, why) in [
            (
                &organization.management_account,
                &organization.keys,
                "AccountNotFoundException: You specified an account that doesn't exist.",
            ),
            (&nowhere, &in_none, "AccountNotFoundException: You specified an account that doesn't exist."),
        ] {
            let evidence = Run::on(&stranger)
                .profile("role", &emulators.ministack, &root_of(&stranger))
                .profile("key", &emulators.ministack, &root_of(&stranger))
                .profile("organization", &emulators.moto, keys)
                .naming(asking, "111111111111")
                .naming(&stranger, "999999999999")
                .evidence()
                .await;
            for key in ORGANIZATION {
                assert_eq!(
                    evidence[key],
                    json!({"missing": {
                        "call": "organizations:DescribeOrganization",
                        "reason": "wrong_account",
                        "detail": format!(
                            "the credentials are of account 111111111111, and nothing shows that 999999999999 is in \
                             the same organization (organizations:ListParents: {why}); use credentials of \
                             999999999999, or of its organization's management account (--organization-profile)"
                        )
                    }}),
                    "{key}"
                );
            }
        }
    });
}

/// Two accounts of one organization, each read with its own profile.
#[test]
fn the_key_may_be_elsewhere_in_the_organization() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(RCP).await;
        let unit = organization.unit("keys", &organization.root).await;
        let (of_role, of_key) =
            (organization.member(&organization.root).await, organization.member(&unit).await);
        let role = format!("arn:aws:iam::{of_role}:role/openai-ekm");
        let key = format!("arn:aws:kms:eu-central-1:{of_key}:key/1234abcd-12ab-34cd-56ef-1234567890ab");
        let evidence = Run::on_both(&role, &key)
            .profile("role", &emulators.ministack, &root_of(&of_role))
            .profile("key", &emulators.ministack, &root_of(&of_key))
            .profile("organization", &emulators.moto, &organization.keys)
            .naming(&organization.root, "$ROOT")
            .naming(&unit, "$UNIT")
            .naming(&of_role, "222222222222")
            .naming(&of_key, "333333333333")
            .evidence()
            .await;
        assert_eq!(evidence["caller"]["collected"]["account"], "222222222222");
        assert_eq!(evidence["key_caller"]["collected"]["account"], "333333333333");
        assert_eq!(evidence["role_organization"]["collected"]["parents"], json!({"collected": ["$ROOT"]}));
        assert_eq!(
            evidence["key_organization"]["collected"]["parents"],
            json!({"collected": ["$ROOT", "$UNIT"]})
        );
        assert_eq!(
            evidence["role_resource_control_policies"],
            json!({"collected": [level("$ROOT", &[rcp_full()]), level("222222222222", &[rcp_full()])]})
        );
        assert_eq!(
            evidence["key_resource_control_policies"],
            json!({"collected": [
                level("$ROOT", &[rcp_full()]),
                level("$UNIT", &[rcp_full()]),
                level("333333333333", &[rcp_full()]),
            ]})
        );
    });
}

/// ministack enforces what the user may do; each of its accounts manages an organization of its own.
#[test]
fn a_caller_without_rights_is_told_which() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let member = new_account_id();
        account::role(&emulators, &member, &["444455556666"]).await;
        let auditor = account::user(&emulators, &member, &["iam:GetRole"]).await;
        let evidence = Run::on(&member)
            .profile("role", &emulators.ministack, &auditor)
            .profile("key", &emulators.ministack, &auditor)
            .evidence()
            .await;
        for key in ORGANIZATION {
            let missing = &evidence[key]["missing"];
            assert_eq!(missing["reason"], "denied", "{key}: {missing}");
            assert_eq!(missing["permission"], "organizations:DescribeOrganization", "{key}");
        }
        let named = &evidence["named_accounts"]["collected"];
        assert_eq!(named[0]["account"], "444455556666");
        assert_eq!(named[0]["organization"]["missing"]["reason"], "denied");
    });
}
