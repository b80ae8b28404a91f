//! KMS keys: key policies, aliases, Regions and the context of cryptographic calls.

use serde_json::{Value, json};

use crate::case::{
    ACCOUNT, ACCOUNT_ROOT, ALLOWED, Case, DEPENDS, EXPLICITLY_DENIED, IMPLICITLY_DENIED, KEY, ROLE, USER,
    allow, allow_to, conditions, deny, deny_to, encrypt, encrypt_elsewhere, on, when, with,
};

const ALIAS: &str = "arn:aws:kms:us-east-1:111122223333:alias/app";

/// KMS-DG key-policies: no IAM policy allows unless the key policy allows or delegates; a denial works regardless.
#[test]
fn the_key_policy_is_the_root_of_trust() {
    encrypt().is(ALLOWED);
    encrypt().without("resource_policy").is(IMPLICITLY_DENIED);
    encrypt().resource(json!([])).is(IMPLICITLY_DENIED).because_of("key_policy", "none");
    encrypt().resource(json!([allow_to(USER, "kms:*")])).is(IMPLICITLY_DENIED);
    let named = encrypt().resource(json!([allow_to(ROLE, "kms:Encrypt")]));
    named.clone().no_identity().is(ALLOWED);
    named.clone().identity(json!([deny("kms:*")])).is(EXPLICITLY_DENIED);
    named.identity(json!([deny("s3:*")])).is(ALLOWED);
}

/// KMS-DG key-policy-overview: `*` "means this KMS key", and a statement without Resource "has no effect".
#[test]
fn a_key_policy_statement_without_resource_has_no_effect() {
    let lacking = |statement: Value| {
        let mut statement = statement;
        statement.as_object_mut().expect("an object").remove("Resource");
        statement
    };
    encrypt().resource(json!([allow_to(ACCOUNT_ROOT, "kms:*")])).is(ALLOWED);
    let ineffective = encrypt().resource(json!([lacking(allow_to(ACCOUNT_ROOT, "kms:*"))]));
    ineffective.is(IMPLICITLY_DENIED).because("key_policy", "#0", "none", "Resource");
    encrypt().resource(json!([allow_to(ACCOUNT_ROOT, "kms:*"), deny_to("*", "kms:*")])).is(EXPLICITLY_DENIED);
    encrypt().resource(json!([allow_to(ACCOUNT_ROOT, "kms:*"), lacking(deny_to("*", "kms:*"))])).is(ALLOWED);
}

/// KMS-DG key-policy-default: the account's statement delegates its own actions under its own conditions.
#[test]
fn delegation_is_limited_to_the_statements_actions_and_conditions() {
    let delegating = |action: &str| encrypt().resource(json!([allow_to(ACCOUNT_ROOT, action)]));
    delegating("kms:Encrypt").is(ALLOWED);
    delegating("kms:Decrypt").is(IMPLICITLY_DENIED);
    delegating("kms:Encrypt").identity(json!([allow("kms:Decrypt")])).is(IMPLICITLY_DENIED);
    let in_region = |region: &str| {
        let condition = json!({"StringEquals": {"aws:RequestedRegion": region}});
        encrypt()
            .resource(json!([when(allow_to(ACCOUNT_ROOT, "kms:*"), condition)]))
            .context(json!({"aws:RequestedRegion": "us-east-1"}))
    };
    in_region("us-east-1").is(ALLOWED);
    in_region("eu-west-1").is(IMPLICITLY_DENIED).because("key_policy", "#0", "none", "aws:RequestedRegion");
    // One statement has the action, the other the condition that holds.
    let split = json!([
        allow_to(ACCOUNT_ROOT, "kms:Decrypt"),
        when(
            allow_to(ACCOUNT_ROOT, "kms:Encrypt"),
            json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
        )
    ]);
    in_region("us-east-1").resource(split).is(IMPLICITLY_DENIED);
}

/// KMS-DG key-policy-modifying-external-accounts: across accounts only these; other permissions "have no effect".
#[test]
fn across_accounts_keys_can_be_used_and_not_administered() {
    let usable = [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:Sign",
        "kms:Verify",
        "kms:GenerateMac",
        "kms:VerifyMac",
        "kms:DeriveSharedSecret",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "kms:GetKeyRotationStatus",
        "kms:GetPublicKey",
        "kms:ListGrants",
        "kms:RevokeGrant",
    ];
    for action in usable {
        encrypt_elsewhere().action(action).is(ALLOWED);
        encrypt().action(action).is(ALLOWED);
    }
    let own_only = [
        "kms:ScheduleKeyDeletion",
        "kms:CancelKeyDeletion",
        "kms:PutKeyPolicy",
        "kms:GetKeyPolicy",
        "kms:DisableKey",
        "kms:EnableKey",
        "kms:EnableKeyRotation",
        "kms:TagResource",
        "kms:UpdateKeyDescription",
        "kms:ListKeyPolicies",
    ];
    for action in own_only {
        encrypt_elsewhere().action(action).is(IMPLICITLY_DENIED);
        encrypt().action(action).is(ALLOWED);
    }
}

/// KMS-DG cmks-in-iam-policies: a cryptographic call is for the key's ARN, and an alias in Resource allows nothing on
/// the key.
#[test]
fn an_alias_as_resource_gives_nothing_on_the_key() {
    let on_alias = with(on(allow("kms:Encrypt"), ALIAS), json!({"Sid": "Alias"}));
    let denied = encrypt().identity(json!([on_alias])).is(IMPLICITLY_DENIED);
    denied.because("identity_policy", "Alias", "none", "alias");
    encrypt().identity(json!([on(allow("kms:Encrypt"), KEY)])).is(ALLOWED);
    encrypt().identity(json!([allow("kms:*"), on(deny("kms:*"), ALIAS)])).is(ALLOWED);
    encrypt().identity(json!([allow("kms:*"), on(deny("kms:*"), KEY)])).is(EXPLICITLY_DENIED);
}

/// KMS-DG alias-access: a permission on an alias comes from IAM policies alone.
#[test]
fn a_permission_on_an_alias_needs_no_key_policy() {
    let create =
        encrypt().without("resource_policy").request(json!({"action": "kms:CreateAlias", "resource": ALIAS}));
    create.clone().identity(json!([on(allow("kms:CreateAlias"), ALIAS)])).is(ALLOWED);
    create.clone().identity(json!([on(allow("kms:CreateAlias"), KEY)])).is(IMPLICITLY_DENIED);
    create.request(json!({"resource": KEY})).is(IMPLICITLY_DENIED);
}

/// KMS-DG conditions-kms#conditions-kms-request-alias: there only when the request names the key by that alias.
#[test]
fn the_request_alias_is_the_alias_that_the_request_used() {
    let condition = json!({"StringEquals": {"kms:RequestAlias": "alias/app"}});
    conditions(&json!({"kms:RequestAlias": "alias/app"}), &[("holds", condition.clone())]);
    conditions(&json!({"kms:RequestAlias": "alias/other"}), &[("fails", condition.clone())]);
    conditions(&json!({"kms:ResourceAliases": ["alias/app"]}), &[("fails", condition)]);
    let by_arn = json!({"StringEquals": {"kms:RequestAlias": ALIAS}});
    conditions(&json!({"kms:RequestAlias": "alias/app"}), &[("fails", by_arn)]);
}

/// KMS-DG conditions-kms#conditions-kms-resource-aliases: the aliases of the key, several of them, however the request
/// names it.
#[test]
fn the_resource_aliases_are_those_of_the_key_and_many() {
    let any = json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}});
    conditions(&json!({"kms:ResourceAliases": ["alias/old", "alias/app"]}), &[("holds", any.clone())]);
    conditions(&json!({"kms:ResourceAliases": ["alias/old"]}), &[("fails", any.clone())]);
    conditions(&json!({"kms:RequestAlias": "alias/app"}), &[("fails", any)]);
    let plain = json!({"StringEquals": {"kms:ResourceAliases": "alias/app"}});
    conditions(&json!({"kms:ResourceAliases": ["alias/app"]}), &[("depends", plain)]);
}

/// KMS-DG conditions-kms#conditions-kms-via-service: there only when a service calls for the principal.
#[test]
fn via_service_is_absent_in_a_direct_call() {
    let only = json!({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}});
    let but = json!({"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}});
    conditions(&json!({}), &[("fails", only.clone()), ("holds", but.clone())]);
    let via_storage = json!({"kms:ViaService": "s3.us-east-1.amazonaws.com"});
    conditions(&via_storage, &[("holds", only.clone()), ("fails", but.clone())]);
    let via_other_region = json!({"kms:ViaService": "s3.eu-west-1.amazonaws.com"});
    conditions(&via_other_region, &[("fails", only), ("holds", but)]);
}

/// KMS-DG conditions-kms#conditions-kms-caller-account: everyone, under a condition on the caller's account, is every
/// identity of that account, without an IAM policy.
#[test]
fn everyone_of_an_account_is_each_identity_of_it() {
    let of_account = |account: &str| {
        let condition = json!({"StringEquals": {"kms:CallerAccount": account}});
        encrypt().no_identity().resource(json!([when(allow_to("*", "kms:*"), condition)]))
    };
    of_account(ACCOUNT).is(ALLOWED);
    of_account(ACCOUNT).principal(USER).is(ALLOWED);
    of_account("444455556666").is(IMPLICITLY_DENIED);
    encrypt().no_identity().is(IMPLICITLY_DENIED);
}

/// KMS-DG conditions-kms#conditions-kms-grant-is-for-aws-resource: true only when an integrated service asks for the
/// grant.
#[test]
fn grants_for_services_only_are_not_for_the_user() {
    let condition = json!({"Bool": {"kms:GrantIsForAWSResource": "true"}});
    let create =
        encrypt().action("kms:CreateGrant").identity(json!([when(allow("kms:CreateGrant"), condition)]));
    create.is(IMPLICITLY_DENIED);
    create.clone().context(json!({"kms:GrantIsForAWSResource": "false"})).is(IMPLICITLY_DENIED);
    create.context(json!({"kms:GrantIsForAWSResource": "true"})).is(ALLOWED);
}

/// KMS-DG conditions-kms#conditions-kms-encryption-context: the key of a pair ignores case, its value follows the
/// operator.
#[test]
fn the_key_of_an_encryption_context_ignores_case_and_its_value_does_not() {
    conditions(
        &json!({"kms:EncryptionContext:AppName": "Payroll", "aws:PrincipalTag/app": "Payroll"}),
        &[
            ("holds", json!({"StringEquals": {"kms:EncryptionContext:AppName": "Payroll"}})),
            ("holds", json!({"StringEquals": {"kms:EncryptionContext:appname": "Payroll"}})),
            ("holds", json!({"StringEquals": {"KMS:encryptioncontext:APPNAME": "Payroll"}})),
            ("fails", json!({"StringEquals": {"kms:EncryptionContext:AppName": "payroll"}})),
            ("holds", json!({"StringEqualsIgnoreCase": {"kms:EncryptionContext:AppName": "payroll"}})),
            ("holds", json!({"StringLike": {"kms:EncryptionContext:AppName": "Pay*"}})),
            ("fails", json!({"StringEquals": {"kms:EncryptionContext:App": "Payroll"}})),
            ("holds", json!({"StringEquals": {"kms:EncryptionContext:AppName": "${aws:PrincipalTag/app}"}})),
        ],
    );
    conditions(
        &json!({}),
        &[
            ("fails", json!({"StringEquals": {"kms:EncryptionContext:AppName": "Payroll"}})),
            ("holds", json!({"Null": {"kms:EncryptionContext:AppName": "true"}})),
        ],
    );
}

/// KMS-DG conditions-kms#conditions-kms-encryption-context-keys: the keys of the pairs, as they are written.
#[test]
fn the_keys_of_an_encryption_context_are_compared_as_written() {
    conditions(
        &json!({"kms:EncryptionContext:AppName": "Payroll", "kms:EncryptionContext:stage": "live"}),
        &[
            ("holds", json!({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "AppName"}})),
            ("fails", json!({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "appname"}})),
            (
                "holds",
                json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["AppName", "stage"]}}),
            ),
            ("fails", json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "AppName"}})),
            ("depends", json!({"StringEquals": {"kms:EncryptionContextKeys": "AppName"}})),
        ],
    );
    conditions(
        &json!({}),
        &[("fails", json!({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "AppName"}}))],
    );
}

/// KMS-DG multi-region-keys-auth: replicas share an id and nothing else; an ARN with a Region is one of them.
#[test]
fn an_arn_with_a_region_is_one_replica() {
    let replica =
        |region: &str| format!("arn:aws:kms:{region}:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab");
    let on_replica = |resource: &str, region: &str| {
        encrypt()
            .request(json!({"resource": replica(region)}))
            .identity(json!([on(allow("kms:*"), resource)]))
    };
    on_replica(&replica("us-east-1"), "us-east-1").is(ALLOWED);
    on_replica(&replica("us-east-1"), "eu-west-1").is(IMPLICITLY_DENIED);
    on_replica(&replica("*"), "us-east-1").is(ALLOWED);
    on_replica(&replica("*"), "eu-west-1").is(ALLOWED);
    conditions(
        &json!({"kms:MultiRegion": "true", "kms:MultiRegionKeyType": "REPLICA"}),
        &[
            ("holds", json!({"Bool": {"kms:MultiRegion": "true"}})),
            ("fails", json!({"Bool": {"kms:MultiRegion": "false"}})),
            ("holds", json!({"StringEquals": {"kms:MultiRegionKeyType": "REPLICA"}})),
            ("fails", json!({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}})),
        ],
    );
}

/// KMS-DG kms-api-permissions-reference: ReEncrypt is one permission on the source key and another on the target key.
#[test]
fn re_encryption_is_two_permissions() {
    let case = |action: &str, asked: &str| encrypt().action(asked).identity(json!([allow(action)]));
    case("kms:ReEncryptFrom", "kms:ReEncryptFrom").is(ALLOWED);
    case("kms:ReEncryptFrom", "kms:ReEncryptTo").is(IMPLICITLY_DENIED);
    case("kms:ReEncrypt*", "kms:ReEncryptFrom").is(ALLOWED);
    case("kms:ReEncrypt*", "kms:ReEncryptTo").is(ALLOWED);
    case("kms:ReEncrypt", "kms:ReEncryptTo").is(IMPLICITLY_DENIED);
}

/// KMS-DG cmks-in-iam-policies: some actions have no key, so only `*` is their resource and no key policy has a say.
#[test]
fn actions_without_a_key_need_no_key_policy() {
    for action in
        ["kms:ListKeys", "kms:ListAliases", "kms:CreateKey", "kms:GenerateRandom", "kms:CreateCustomKeyStore"]
    {
        let case = encrypt().without("resource_policy").request(json!({"action": action, "resource": "*"}));
        case.clone().identity(json!([allow(action)])).is(ALLOWED);
        case.clone().identity(json!([on(allow(action), KEY)])).is(IMPLICITLY_DENIED);
        case.no_identity().is(IMPLICITLY_DENIED);
    }
}

/// KMS-DG conditions-aws: a service's call does not come from the customer's endpoint, so a denial of all other
/// endpoints hits it unless it is spared.
#[test]
fn a_denial_outside_an_endpoint_hits_the_calls_of_services() {
    let outside = json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}});
    let sparing = with(outside.clone(), json!({"Bool": {"aws:ViaAWSService": "false"}}));
    let case = |condition: &Value, context: Value| -> Case {
        encrypt()
            .resource(json!([
                allow_to(ACCOUNT_ROOT, "kms:*"),
                when(deny_to("*", "kms:*"), condition.clone())
            ]))
            .context(context)
    };
    let through_service =
        json!({"aws:ViaAWSService": "true", "kms:ViaService": "ec2.us-east-1.amazonaws.com"});
    case(&outside, through_service.clone()).is(EXPLICITLY_DENIED);
    case(&sparing, through_service).is(ALLOWED);
    for condition in [&outside, &sparing] {
        case(condition, json!({"aws:ViaAWSService": "false", "aws:SourceVpce": "vpce-1"})).is(ALLOWED);
        case(condition, json!({"aws:ViaAWSService": "false", "aws:SourceVpce": "vpce-2"}))
            .is(EXPLICITLY_DENIED);
    }
    case(&outside, json!({"aws:ViaAWSService": "false"})).unknown(&["aws:SourceVpce"]).is(DEPENDS);
}
