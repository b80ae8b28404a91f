//! An account set up as documented, all of it in moto, and all of the evidence of it.

use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_kms::types::{GrantOperation, KeyUsageType, Tag as KeyTag};
use serde_json::json;

use crate::moto::{Emulators, Keys, configuration};
use crate::organization::Organization;
use crate::program::Run;
use crate::{RCP, SCP, absent, full, level, policy, rcp_full};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::790389265272:role/EnterpriseKeyManagement"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"org-AbC123"}}}]}"#;
const INLINE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"inline & <tagged> ünïcode","Effect":"Allow","Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"}]}"#;
const ATTACHED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}"#;
const BOUNDARY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
const KEY_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:*","Resource":"*"}]}"#;

/// What is made here, by the names that the emulator gave it.
struct Made {
    role_id: String,
    key_arn: String,
    grant: String,
}

async fn make(emulators: &Emulators, account: &str, keys: &Keys) -> Made {
    let configuration = configuration(&emulators.moto, keys);
    let iam = aws_sdk_iam::Client::new(&configuration);
    let kms = aws_sdk_kms::Client::new(&configuration);
    for (name, document) in [("attached", ATTACHED), ("boundary", BOUNDARY)] {
        let create = iam.create_policy().policy_name(name).policy_document(document);
        create.send().await.expect("makes a policy");
    }
    let tag = RoleTag::builder().key("team").value("security").build().expect("is a tag");
    let create = iam.create_role().role_name("openai-ekm").path("/ekm/").assume_role_policy_document(TRUST);
    let create = create.permissions_boundary(format!("arn:aws:iam::{account}:policy/boundary")).tags(tag);
    let role = create.send().await.expect("makes the role").role.expect("is there");
    let put = iam.put_role_policy().role_name("openai-ekm").policy_name("inline").policy_document(INLINE);
    put.send().await.expect("puts the inline policy");
    let attach = iam.attach_role_policy().role_name("openai-ekm");
    let attach = attach.policy_arn(format!("arn:aws:iam::{account}:policy/attached"));
    attach.send().await.expect("attaches the policy");

    let tag = KeyTag::builder().tag_key("purpose").tag_value("openai").build().expect("is a tag");
    // The usage is AWS's default (KMS API, CreateKey); the emulator has none.
    let create = kms.create_key().key_usage(KeyUsageType::EncryptDecrypt);
    let create = create.policy(KEY_POLICY).multi_region(true).tags(tag);
    let key = create.send().await.expect("makes the key").key_metadata.expect("is there");
    let key_arn = key.arn.expect("has an ARN");
    let alias = kms.create_alias().alias_name("alias/openai-ekm").target_key_id(&key_arn);
    alias.send().await.expect("makes the alias");
    kms.enable_key_rotation().key_id(&key_arn).send().await.expect("has it rotate");
    let grant = kms.create_grant().key_id(&key_arn).operations(GrantOperation::Encrypt);
    let grant = grant.grantee_principal(format!("arn:aws:iam::{account}:role/other")).send().await;
    let grant = grant.expect("makes a grant").grant_id.expect("has an id");
    Made { role_id: role.role_id, key_arn, grant }
}

#[test]
fn all_evidence_of_a_documented_account() {
    let Some(emulators) = Emulators::from_environment() else { return };
    emulators.run(async {
        let organization = Organization::create(&emulators).await;
        organization.enable(SCP).await;
        organization.enable(RCP).await;
        let account = organization.member(&organization.root).await;
        let keys = emulators.session_in(&account).await;
        let made = make(&emulators, &account, &keys).await;
        let (_, key_id) = made.key_arn.rsplit_once('/').expect("is a key");
        let role = format!("arn:aws:iam::{account}:role/ekm/openai-ekm");
        let alias = format!("arn:aws:kms:eu-central-1:{account}:alias/openai-ekm");
        let evidence = Run::on_both(&role, &alias)
            .profile("role", &emulators.moto, &keys)
            .profile("key", &emulators.moto, &keys)
            .profile("organization", &emulators.moto, &organization.keys)
            .naming(&organization.id, "o-exampleorgid")
            .naming(&organization.root, "$ROOT")
            .naming(&organization.management_account, "111111111111")
            .naming(&account, "222222222222")
            .naming(&made.role_id, "$ROLE_ID")
            .naming(key_id, "$KEY_ID")
            .naming(&made.grant, "$GRANT")
            .evidence()
            .await;
        let caller = json!({"collected": {
            "account": "222222222222",
            "arn": "arn:aws:sts::222222222222:assumed-role/administrator/test"
        }});
        let service_control =
            json!({"collected": [level("$ROOT", &[full()]), level("222222222222", &[full()])]});
        let resource_control =
            json!({"collected": [level("$ROOT", &[rcp_full()]), level("222222222222", &[rcp_full()])]});
        let place = json!({"collected": {
            "id": "o-exampleorgid",
            "management_account": "111111111111",
            "parents": {"collected": ["$ROOT"]}
        }});
        for (key, expected) in [
            ("caller", caller.clone()),
            ("key_caller", caller),
            (
                "role",
                json!({"collected": {
                    "arn": "arn:aws:iam::222222222222:role/ekm/openai-ekm",
                    "role_id": "$ROLE_ID",
                    "trust_policy": TRUST,
                    "permissions_boundary": "arn:aws:iam::222222222222:policy/boundary",
                    "tags": {"team": "security"}
                }}),
            ),
            ("role_inline_policies", json!({"collected": [policy("inline", INLINE)]})),
            (
                "role_attached_policies",
                json!({"collected": [
                    policy("arn:aws:iam::222222222222:policy/attached", ATTACHED)
                ]}),
            ),
            (
                "role_boundary",
                json!({"collected": policy("arn:aws:iam::222222222222:policy/boundary", BOUNDARY)}),
            ),
            (
                "key",
                json!({"collected": {
                    "arn": "arn:aws:kms:eu-central-1:222222222222:key/$KEY_ID",
                    "spec": "SYMMETRIC_DEFAULT",
                    "usage": "ENCRYPT_DECRYPT",
                    "state": "Enabled",
                    "origin": "AWS_KMS",
                    "manager": "CUSTOMER",
                    "multi_region": true,
                    "multi_region_type": "PRIMARY"
                }}),
            ),
            ("key_policy", json!({"collected": KEY_POLICY})),
            ("key_aliases", json!({"collected": ["alias/openai-ekm"]})),
            ("key_tags", json!({"collected": {"purpose": "openai"}})),
            (
                "key_grants",
                json!({"collected": [{
                    "id": "$GRANT",
                    "grantee": "arn:aws:iam::222222222222:role/other",
                    "operations": ["Encrypt"]
                }]}),
            ),
            // AWS tells the period as well (KMS API, GetKeyRotationStatus), the emulator does not.
            ("key_rotation", json!({"collected": {"enabled": true}})),
            ("role_organization", place.clone()),
            ("key_organization", place),
            ("role_service_control_policies", service_control),
            ("role_resource_control_policies", resource_control.clone()),
            ("key_resource_control_policies", resource_control),
            (
                "named_accounts",
                json!({"collected": [
                    {"account": "444455556666", "organization": absent("organizations:DescribeAccount")}
                ]}),
            ),
        ] {
            assert_eq!(evidence[key], expected, "{key}");
        }
        assert_eq!(evidence.as_object().map(|items| items.len()), Some(18));
    });
}
