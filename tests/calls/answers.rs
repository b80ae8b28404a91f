//! An account that takes every call to read, in the form of the services' API references: inline and attached policy,
//! boundary, alias, tags, a grant, an organization with a unit, both kinds of organization policies, and a trust policy
//! that names another account.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::http::{Answer, Http};

/// The role.
pub(crate) const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/openai-ekm";
/// The key.
pub(crate) const KEY_ARN: &str =
    "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// An alias of it.
pub(crate) const ALIAS_ARN: &str = "arn:aws:kms:eu-central-1:111122223333:alias/openai-ekm";

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::790389265272:role/EnterpriseKeyManagement","arn:aws:iam::444455556666:root"]},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// A request, as far as it counts.
pub(crate) struct Request {
    service: &'static str,
    action: String,
    fields: BTreeMap<String, String>,
}

impl Request {
    /// KMS and Organizations name the action in a header and send JSON, IAM and STS send a form.
    pub(crate) fn of(Http { headers, body }: &Http) -> Self {
        let target = headers.get("x-amz-target");
        if let Some((service, action)) = target.and_then(|target| target.split_once('.')) {
            let service = match service {
                "TrentService" => "kms",
                "AWSOrganizationsV20161128" => "organizations",
                other => panic!("a service that is not known: {other}"),
            };
            let fields: BTreeMap<String, Value> = serde_json::from_str(body).expect("JSON");
            let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let fields = fields.into_iter().map(|(name, value)| (name, text(value))).collect();
            return Self { service, action: action.to_owned(), fields };
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().expect("text").into_owned();
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let fields: BTreeMap<String, String> =
            pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
        let action = fields["Action"].clone();
        Self { service: if action == "GetCallerIdentity" { "sts" } else { "iam" }, action, fields }
    }

    /// The call, without what it is about.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    /// The call, and what it is about where it can be made about several things.
    pub(crate) fn call(&self) -> String {
        let about: &[&str] = match self.action.as_str() {
            "GetRolePolicy" => &["PolicyName"],
            "GetPolicy" | "GetPolicyVersion" => &["PolicyArn"],
            "ListParents" => &["ChildId"],
            "ListPoliciesForTarget" => &["TargetId", "Filter"],
            "DescribePolicy" => &["PolicyId"],
            "DescribeAccount" => &["AccountId"],
            _ => &[],
        };
        let mut call = self.name();
        for field in about {
            call.push(' ');
            call.push_str(&self.fields[*field]);
        }
        call
    }
}

/// The answer to a request.
pub(crate) fn to(request: &Request) -> Answer {
    match request.service {
        "kms" if request.action != "DescribeKey" && request.fields["KeyId"] != KEY_ARN => (
            "400 Bad Request",
            json!({"__type": "InvalidArnException", "message": "not the ARN of a key"}).to_string(),
        ),
        "kms" => ("200 OK", kms(&request.action).to_string()),
        "organizations" => ("200 OK", organizations(request).to_string()),
        _ => {
            let action = &request.action;
            let result = iam_or_sts(action);
            (
                "200 OK",
                format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"),
            )
        }
    }
}

fn iam_or_sts(action: &str) -> String {
    // IAM sends documents percent-encoded.
    let encoded = |document| utf8_percent_encode(document, NON_ALPHANUMERIC).to_string();
    match action {
        "GetCallerIdentity" => {
            "<Arn>arn:aws:iam::111122223333:user/auditor</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>".into()
        }
        "GetRole" => format!(
            "<Role><Path>/</Path><RoleName>openai-ekm</RoleName><RoleId>AROAEXAMPLE</RoleId><Arn>{ROLE_ARN}</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>\
             <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
             <PermissionsBoundaryArn>arn:aws:iam::111122223333:policy/boundary</PermissionsBoundaryArn>\
             </PermissionsBoundary></Role>",
            encoded(TRUST)
        ),
        "ListRolePolicies" => {
            "<PolicyNames><member>use-the-key</member></PolicyNames><IsTruncated>false</IsTruncated>".into()
        }
        "ListAttachedRolePolicies" => "<AttachedPolicies><member><PolicyName>attached</PolicyName>\
             <PolicyArn>arn:aws:iam::111122223333:policy/attached</PolicyArn></member></AttachedPolicies>\
             <IsTruncated>false</IsTruncated>"
            .into(),
        "GetRolePolicy" => format!(
            "<RoleName>openai-ekm</RoleName><PolicyName>use-the-key</PolicyName><PolicyDocument>{}</PolicyDocument>",
            encoded(POLICY)
        ),
        "GetPolicy" => "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>".into(),
        "GetPolicyVersion" => format!(
            "<PolicyVersion><Document>{}</Document><VersionId>v3</VersionId></PolicyVersion>",
            encoded(POLICY)
        ),
        other => panic!("not a call that reads: {other}"),
    }
}

fn kms(action: &str) -> Value {
    match action {
        "DescribeKey" => json!({"KeyMetadata": {
            "AWSAccountId": "111122223333",
            "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
            "Arn": KEY_ARN,
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled",
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "MultiRegion": false
        }}),
        "GetKeyPolicy" => json!({"Policy": POLICY, "PolicyName": "default"}),
        "ListAliases" => json!({"Aliases": [{"AliasName": "alias/openai-ekm"}], "Truncated": false}),
        "ListResourceTags" => json!({"Tags": [{"TagKey": "team", "TagValue": "a"}], "Truncated": false}),
        "ListGrants" => json!({"Truncated": false, "Grants": [{
            "GrantId": "0123", "GranteePrincipal": ROLE_ARN, "Operations": ["Encrypt"]
        }]}),
        "GetKeyRotationStatus" => json!({"KeyRotationEnabled": true, "RotationPeriodInDays": 365}),
        other => panic!("not a call that reads: {other}"),
    }
}

fn organizations(request: &Request) -> Value {
    let attached = |ids: &[&str]| {
        let policies: Vec<_> = ids.iter().map(|id| json!({"Id": id, "Name": "named"})).collect();
        json!({"Policies": policies})
    };
    let field = |name: &str| request.fields[name].as_str();
    match request.action.as_str() {
        "DescribeOrganization" => json!({"Organization": {
            "Id": "o-exampleorgid", "FeatureSet": "ALL", "MasterAccountId": "777788889999"
        }}),
        "ListRoots" => json!({"Roots": [{"Id": "r-ab12", "PolicyTypes": [
            {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
            {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}
        ]}]}),
        "ListParents" => match field("ChildId") {
            "111122223333" => json!({"Parents": [{"Id": "ou-ab12-11111111", "Type": "ORGANIZATIONAL_UNIT"}]}),
            "ou-ab12-11111111" => json!({"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}),
            other => panic!("not above the account: {other}"),
        },
        "ListPoliciesForTarget" => match (field("TargetId"), field("Filter")) {
            ("111122223333", "SERVICE_CONTROL_POLICY") => attached(&["p-FullAWSAccess"]),
            ("111122223333", "RESOURCE_CONTROL_POLICY") => attached(&["p-RCPFullAWSAccess"]),
            ("ou-ab12-11111111", "SERVICE_CONTROL_POLICY") => attached(&["p-FullAWSAccess", "p-unitservice"]),
            ("ou-ab12-11111111", "RESOURCE_CONTROL_POLICY") => {
                attached(&["p-RCPFullAWSAccess", "p-unitresource"])
            }
            ("r-ab12", "SERVICE_CONTROL_POLICY") => attached(&["p-FullAWSAccess", "p-rootservice"]),
            ("r-ab12", "RESOURCE_CONTROL_POLICY") => attached(&["p-RCPFullAWSAccess"]),
            (target, kind) => panic!("nothing of the kind: {target} {kind}"),
        },
        "DescribePolicy" => json!({"Policy": {"Content": POLICY}}),
        "DescribeAccount" => {
            let account = field("AccountId");
            let arn = format!("arn:aws:organizations::777788889999:account/o-exampleorgid/{account}");
            json!({"Account": {"Id": account, "Arn": arn}})
        }
        other => panic!("not a call that reads: {other}"),
    }
}
