//! The file as it is written: `docs/ekm-preflight.schema.json` is the schema of these types.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toml::Spanned;

use super::place::Place;
use crate::check::Severity;
use crate::text;

/// What `ekm-preflight run` is to do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "ekm-preflight.toml")]
pub struct File {
    /// The format of this file: 1.
    #[schemars(with = "u32", extend("const" = 1))]
    pub format: Spanned<u32>,
    /// Directories with your own checks, relative to this file.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub checks: Vec<Spanned<String>>,
    /// How many targets are read at the same time: 1 to 64, 8 where it is left out.
    #[serde(default)]
    #[schemars(with = "Option<u8>", range(min = 1, max = 64))]
    pub at_once: Option<Spanned<u32>>,
    /// How targets are judged that don't say otherwise.
    #[serde(default)]
    pub defaults: SettingsEntry,
    /// Each registration.
    #[serde(default)]
    #[schemars(with = "Vec<TargetEntry>")]
    pub target: Vec<Spanned<TargetEntry>>,
    /// What is accepted for a while.
    #[serde(default)]
    pub waiver: Vec<WaiverEntry>,
}

/// How targets are judged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsEntry {
    /// Judge only these checks.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub only: Option<Vec<Spanned<String>>>,
    /// Leave these checks out.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub skip: Option<Vec<Spanned<String>>>,
    /// The severity from which on a check counts in the verdict.
    #[serde(default)]
    pub fail_on: Option<FailOn>,
    /// Let something that only warns block: it must have been read, and be right.
    #[serde(default)]
    pub require: Option<Vec<Requirement>>,
    /// What you know of OpenAI's calls: `aws:SourceIp=203.0.113.7`, `source-address=203.0.113.7`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub assume: Option<Vec<Spanned<String>>>,
    /// How much checks count, by their ids, instead of what they ship with.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Severity>")]
    pub severity: BTreeMap<Spanned<String>, Severity>,
    /// Seconds after which a target is given up that has not been read: 1 to 3600, 30 where it is left out.
    #[serde(default)]
    #[schemars(with = "Option<u16>", range(min = 1, max = 3600))]
    pub timeout: Option<Spanned<u64>>,
}

/// The severity from which on a check counts in the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors count.
    Error,
    /// Errors and warnings count.
    Warning,
}

/// What can be made to block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// The organization's policies (SCPs, RCPs).
    OrganizationPolicies,
}

// What `SettingsEntry` has stands here once more: serde knows no unknown fields, and toml no places, of what is flattened.
/// Something that is or is to be registered: with exactly one of `aws`, `azure`, `plan` and `evidence`. What it says of
/// how it is judged stands in place of the defaults; `severity` adds to theirs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["aws"]}, {"required": ["azure"]}, {"required": ["plan"]}, {"required": ["evidence"]}
]))]
pub struct TargetEntry {
    /// Its name in reports and waivers, and the registration's friendly name: unique, whatever the case.
    #[schemars(with = "String", length(min = 1, max = 80))]
    pub name: Spanned<String>,
    /// A role and a key in AWS, read from there.
    #[serde(default)]
    pub aws: Option<AwsEntry>,
    /// A vault and a key in Azure, read from there.
    #[serde(default)]
    pub azure: Option<AzureEntry>,
    /// A Terraform plan or state.
    #[serde(default)]
    pub plan: Option<PlanEntry>,
    /// A file that `--save-evidence` wrote, relative to this file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub evidence: Option<Spanned<String>>,
    /// Judge only these checks.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub only: Option<Vec<Spanned<String>>>,
    /// Leave these checks out.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub skip: Option<Vec<Spanned<String>>>,
    /// The severity from which on a check counts in the verdict.
    #[serde(default)]
    pub fail_on: Option<FailOn>,
    /// Let something that only warns block: it must have been read, and be right.
    #[serde(default)]
    pub require: Option<Vec<Requirement>>,
    /// What you know of OpenAI's calls: `aws:SourceIp=203.0.113.7`, `source-address=203.0.113.7`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub assume: Option<Vec<Spanned<String>>>,
    /// How much checks count, by their ids, instead of what they ship with.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Severity>")]
    pub severity: BTreeMap<Spanned<String>, Severity>,
    /// Seconds after which it is given up where it has not been read: 1 to 3600.
    #[serde(default)]
    #[schemars(with = "Option<u16>", range(min = 1, max = 3600))]
    pub timeout: Option<Spanned<u64>>,
}

/// A role and a key in AWS.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsEntry {
    /// The role that OpenAI assumes.
    #[schemars(with = "String")]
    pub role_arn: Spanned<String>,
    /// The key, or an alias of it.
    #[schemars(with = "String")]
    pub kms_arn: Spanned<String>,
    /// The id that OpenAI passes: your organization's, `org-…`, or a project's, `proj_…`.
    #[schemars(with = "String")]
    pub external_id: Spanned<String>,
    /// The AWS profile to read the role with, instead of the environment's credentials.
    #[serde(default)]
    pub role_profile: Option<String>,
    /// The AWS profile to read the key with, instead of the environment's credentials.
    #[serde(default)]
    pub key_profile: Option<String>,
    /// The AWS profile to read the organization with; by default the role's and the key's own.
    #[serde(default)]
    pub organization_profile: Option<String>,
}

/// A vault and a key in Azure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureEntry {
    /// The tenant that the vault belongs to.
    #[schemars(with = "String")]
    pub tenant_id: Spanned<String>,
    /// The vault: `https://NAME.vault.azure.net/`.
    #[schemars(with = "String")]
    pub vault_uri: Spanned<String>,
    /// The key's name: `org-…--NAME`.
    #[schemars(with = "String")]
    pub key_name: Spanned<String>,
    /// Your OpenAI organization, which the key's name must begin with.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub organization_id: Option<Spanned<String>>,
    /// The object id of OpenAI's service principal, where Microsoft Graph can't be read.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub service_principal_id: Option<Spanned<String>>,
}

/// A Terraform plan or state. What is looked at in it are its own registrations, or the role and the key that are named
/// here, of one cloud.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// What `terraform show -json` printed, relative to this file.
    #[schemars(with = "String")]
    pub file: Spanned<String>,
    /// Saved evidence to lay the planned values over, relative to this file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub over: Option<Spanned<String>>,
    /// A plan that registers nothing is no error.
    #[serde(default)]
    pub allow_none: bool,
    /// The role's address: `module.ekm.aws_iam_role.openai`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub role_address: Option<Spanned<String>>,
    /// The key's address: `aws_kms_key.openai`, `azurerm_key_vault_key.openai`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub key_address: Option<Spanned<String>>,
    /// The role's ARN.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub role_arn: Option<Spanned<String>>,
    /// The key's ARN.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub kms_arn: Option<Spanned<String>>,
    /// The id that OpenAI passes.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub external_id: Option<Spanned<String>>,
    /// The tenant that the vault belongs to.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub tenant_id: Option<Spanned<String>>,
    /// The vault.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub vault_uri: Option<Spanned<String>>,
    /// The key's name.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub key_name: Option<Spanned<String>>,
    /// Your OpenAI organization.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub organization_id: Option<Spanned<String>>,
    /// The object id of OpenAI's service principal.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub service_principal_id: Option<Spanned<String>>,
}

/// What is accepted for a while: a check's `fail` and `unknown` on a target count no more in its verdict. No payload is
/// given where a check of severity `error` is waived.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverEntry {
    /// The check's id.
    #[schemars(with = "String")]
    pub check: Spanned<String>,
    /// The target's name, or `*` for all of them.
    #[schemars(with = "String")]
    pub target: Spanned<String>,
    /// Why.
    #[schemars(with = "String", length(min = 1, max = 1000))]
    pub reason: Spanned<String>,
    /// Who answers for it.
    #[schemars(with = "String", length(min = 1, max = 1000))]
    pub owner: Spanned<String>,
    /// The last day on which it counts, in UTC; at most two years ahead: `2027-01-31`.
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Spanned<Day>,
}

/// A date of TOML, without a time.
#[derive(Debug, Clone, Copy)]
pub struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = || serde::de::Error::custom("expected a date without quotation marks: 2027-01-31");
        let written = toml::value::Datetime::deserialize(deserializer).map_err(|_| expected())?;
        let toml::value::Datetime { date: Some(date), time: None, offset: None } = written else {
            return Err(expected());
        };
        let numbers = (i16::try_from(date.year), i8::try_from(date.month), i8::try_from(date.day));
        let (Ok(year), Ok(month), Ok(day)) = numbers else { return Err(expected()) };
        Date::new(year, month, day).map(Self).map_err(|_| expected())
    }
}

impl TargetEntry {
    /// How it is judged.
    pub(super) fn settings(&mut self) -> SettingsEntry {
        SettingsEntry {
            only: self.only.take(),
            skip: self.skip.take(),
            fail_on: self.fail_on.take(),
            require: self.require.take(),
            assume: self.assume.take(),
            severity: std::mem::take(&mut self.severity),
            timeout: self.timeout.take(),
        }
    }
}

/// The schema of the file. TOML has no null: what can be left out has no value that says so.
pub fn schema() -> Schema {
    let mut schema = schemars::schema_for!(File);
    RecursiveTransform(|schema: &mut Schema| {
        if schema.get("default") == Some(&Value::Null) {
            schema.remove("default");
        }
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                schema.insert("type".into(), only);
            }
        }
        if let Some(Value::Array(parts)) = schema.get_mut("anyOf") {
            parts.retain(|part| part.get("type").is_none_or(|name| name != "null"));
            if let [Value::Object(only)] = &parts[..] {
                let only = only.clone();
                schema.remove("anyOf");
                only.into_iter().for_each(|(name, value)| {
                    schema.insert(name, value);
                });
            }
        }
    })
    .transform(&mut schema);
    schema
}

/// Reads a file's text.
///
/// # Errors
/// The first thing that is no TOML or has another shape, and where.
pub(super) fn read(source: &str) -> Result<File, (Option<Place>, String)> {
    // Between lines and words; everything else that acts would hide text from whoever reviews the file.
    let of_lines = |byte: usize, character| match character {
        '\n' | '\t' => true,
        '\r' => source.get(byte..).is_some_and(|rest| rest.starts_with("\r\n")),
        '\u{feff}' => byte == 0,
        _ => false,
    };
    let mut characters = source.char_indices();
    if let Some((byte, character)) =
        characters.find(|&(byte, character)| text::acts(character) && !of_lines(byte, character))
    {
        return Err((
            Some(Place::of(source, byte)),
            format!(
                "the file holds the character U+{:04X}, which acts on a terminal or hides text: remove it",
                u32::from(character)
            ),
        ));
    }
    toml::from_str(source).map_err(|error| {
        let place = error.span().map(|span| Place::of(source, span.start));
        let written = error.span().and_then(|span| source.get(span)).unwrap_or_default();
        (place, plain(error.message(), written))
    })
}

/// What is wrong with the text, in the words of somebody who writes such a file.
fn plain(problem: &str, written: &str) -> String {
    if problem == "duplicate key" {
        return format!("`{written}` is given twice: remove one of them");
    }
    let terms = [
        ("a sequence", "a list"),
        ("sequence", "list"),
        ("struct ", "the table "),
        ("map", "table"),
        ("u32", "a whole number"),
        ("u64", "a whole number"),
        ("boolean", "truth value"),
        ("a boolean", "`true` or `false`"),
    ];
    terms.into_iter().fold(problem.to_owned(), |said, (term, plain)| said.replace(term, plain))
}
