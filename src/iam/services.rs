//! What the references of KMS and STS say of their actions and keys (Service Authorization Reference, KMS-DG
//! kms-api-permissions-reference and key-policy-modifying-external-accounts).

use super::context::Key;
use super::pattern::arn_parts;

/// Which policies have a say in an action on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Governance {
    /// The key's policy must allow, itself or by delegating to the account (KMS-DG key-policies).
    KeyPolicy,
    /// The role's trust policy must allow, itself or by delegating to the account (IAM-UG
    /// reference_policies_evaluation-logic).
    TrustPolicy,
    /// There is no policy of the resource: `kms:ListKeys`, and the alias side of `kms:CreateAlias` (KMS-DG
    /// cmks-in-iam-policies, alias-access).
    IdentityPolicies,
    /// Either the identity's or the resource's policies may allow (IAM-UG reference_policies_evaluation-logic).
    Either,
    /// A grant alone allows, policies can only deny: `kms:RetireGrant` (KMS-DG grant-manage).
    Grant,
    /// It needs no permission: `sts:GetCallerIdentity` (STS API, GetCallerIdentity).
    Nothing,
}

/// KMS's actions without a key, in lower case.
const KMS_WITHOUT_KEY: &[&str] = &[
    "kms:connectcustomkeystore",
    "kms:createcustomkeystore",
    "kms:createkey",
    "kms:deletecustomkeystore",
    "kms:describecustomkeystores",
    "kms:disconnectcustomkeystore",
    "kms:generaterandom",
    "kms:listaliases",
    "kms:listkeys",
    "kms:listretirablegrants",
    "kms:updatecustomkeystore",
];

/// KMS's actions that have an effect on another account's key, in lower case.
const KMS_ACROSS_ACCOUNTS: &[&str] = &[
    "kms:creategrant",
    "kms:decrypt",
    "kms:derivesharedsecret",
    "kms:describekey",
    "kms:encrypt",
    "kms:generatedatakey",
    "kms:generatedatakeypair",
    "kms:generatedatakeypairwithoutplaintext",
    "kms:generatedatakeywithoutplaintext",
    "kms:generatemac",
    "kms:getkeyrotationstatus",
    "kms:getpublickey",
    "kms:listgrants",
    "kms:reencryptfrom",
    "kms:reencryptto",
    "kms:retiregrant",
    "kms:revokegrant",
    "kms:sign",
    "kms:verify",
    "kms:verifymac",
];

/// Actions on a role that its trust policy decides, in lower case.
const ON_ROLES: &[&str] = &[
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];

/// The services whose resources resource control policies limit (ORG-UG orgs_manage_policies_rcps, as of September
/// 2026).
const WITH_RESOURCE_CONTROL: &[&str] = &[
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Keys of AWS, KMS and STS that may have several values, in lower case (Service Authorization Reference; IAM-UG
/// reference_policies_condition-keys).
const MULTIVALUED: &[&str] = &[
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
    "sts:identitytokenaudience",
    "sts:requestcontextproviders",
    "sts:transitivetagkeys",
];

/// KMS's and STS's actions, all of them (Service Authorization Reference, as of September 2026), the most telling first.
const KMS_AND_STS: &[&str] = &[
    "kms:ScheduleKeyDeletion",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:DisableKey",
    "kms:CancelKeyDeletion",
    "kms:ConnectCustomKeyStore",
    "kms:CreateAlias",
    "kms:CreateCustomKeyStore",
    "kms:CreateKey",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DeleteCustomKeyStore",
    "kms:DeleteImportedKeyMaterial",
    "kms:DeriveSharedSecret",
    "kms:DescribeCustomKeyStores",
    "kms:DescribeKey",
    "kms:DisableKeyRotation",
    "kms:DisconnectCustomKeyStore",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:GenerateRandom",
    "kms:GetKeyLastUsage",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:GetParametersForImport",
    "kms:GetPublicKey",
    "kms:ImportKeyMaterial",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListKeys",
    "kms:ListResourceTags",
    "kms:ListRetirableGrants",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ReplicateKey",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:Sign",
    "kms:SynchronizeMultiRegionKey",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateCustomKeyStore",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
    "kms:Verify",
    "kms:VerifyMac",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetDelegatedAccessToken",
    "sts:GetFederationToken",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
    "sts:GetWebIdentityToken",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagGetWebIdentityToken",
    "sts:TagSession",
];

/// Actions of other services that tell a reader what a pattern lets through.
const TELLING: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "iam:PassRole",
    "iam:CreateAccessKey",
    "iam:PutRolePolicy",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "dynamodb:GetItem",
    "lambda:InvokeFunction",
    "ec2:RunInstances",
    "ec2:DescribeInstances",
    "logs:PutLogEvents",
    "sqs:SendMessage",
    "sns:Publish",
];

/// Real actions, the most telling first.
pub fn real_actions() -> impl Iterator<Item = &'static str> {
    KMS_AND_STS.iter().chain(TELLING).copied()
}

/// Whether AWS has an action of this name; `None` for services whose actions are not known here.
pub fn exists(action: &str) -> Option<bool> {
    let named = |known: &&str| known.eq_ignore_ascii_case(action);
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    match service.as_str() {
        "kms" | "sts" => Some(KMS_AND_STS.iter().any(named)),
        _ => TELLING.iter().any(named).then_some(true),
    }
}

/// Which policies have a say in an action, given in lower case, on a resource.
pub fn governance(action: &str, resource: &str) -> Governance {
    let alias = || arn_parts(resource).is_some_and(|[_, _, _, _, _, of_kms]| of_kms.starts_with("alias/"));
    match action {
        "sts:getcalleridentity" => Governance::Nothing,
        "kms:retiregrant" => Governance::Grant,
        _ if ON_ROLES.contains(&action) => Governance::TrustPolicy,
        _ if KMS_WITHOUT_KEY.contains(&action) => Governance::IdentityPolicies,
        "kms:createalias" | "kms:updatealias" | "kms:deletealias" if alias() => Governance::IdentityPolicies,
        _ if action.starts_with("kms:") => Governance::KeyPolicy,
        _ => Governance::Either,
    }
}

/// Whether an action of KMS, given in lower case, is on no key and no alias.
pub fn is_without_resource(action: &str) -> bool {
    KMS_WITHOUT_KEY.contains(&action)
}

/// Whether an action, given in lower case, has an effect on a resource of another account.
pub fn works_across_accounts(action: &str) -> bool {
    !action.starts_with("kms:") || KMS_ACROSS_ACCOUNTS.contains(&action)
}

/// Whether resource control policies limit an action, given in lower case (KMS-DG resource-control-policies:
/// never `kms:RetireGrant`).
pub fn under_resource_control(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    action != "kms:retiregrant" && WITH_RESOURCE_CONTROL.contains(&service)
}

/// Whether a key may have several values; `None` for keys of other services, of which that is not known here.
pub fn is_multivalued(key: &Key) -> Option<bool> {
    let listed = MULTIVALUED.contains(&key.lower());
    let known = ["aws:", "kms:", "sts:"].iter().any(|prefix| key.lower().starts_with(prefix));
    (listed || known).then_some(listed)
}
