//! The command line, as types.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::config;
use crate::target::FriendlyName;

/// Know that OpenAI can use your key before you ask OpenAI.
///
/// Reads your own cloud, decides what OpenAI's calls would get, and prints a report and the registration payload. It
/// never writes to a cloud.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit status: 0 ready, 1 not ready, 2 usage, configuration or internal error, 3 undetermined.",
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a key in AWS KMS, and the role that OpenAI assumes to use it.
    ///
    /// Credentials, profiles and endpoints are those of the AWS CLI: AWS_PROFILE, SSO, AWS_ENDPOINT_URL and so on. The
    /// region is the key's.
    Aws(Aws),
    /// Check a key in Azure Key Vault, and the role that OpenAI's application has on it.
    ///
    /// Credentials are tried in the order of Azure's other tools, for the tenant given: a client secret in AZURE_CLIENT_ID
    /// and AZURE_CLIENT_SECRET, workload identity, managed identity, the Azure CLI's login, the Azure Developer CLI's.
    Azure(Azure),
    /// Judge what a Terraform plan makes of a key's registration, before it is applied.
    ///
    /// Reads what `terraform show -json` or `tofu show -json` prints of a saved plan, or of a state. The registrations are
    /// found in it (`openai_external_key`; on Azure the service principal of OpenAI's application and the key that its role
    /// is assigned on), or named with the options of `aws` and `azure`, or by the addresses of resources.
    Plan(Box<Plan>),
    /// Judge evidence saved earlier with --save-evidence.
    Replay(Replay),
    /// Check all targets of a configuration file, into one report.
    ///
    /// Targets are read from AWS and Azure, from Terraform plans or from saved evidence, several at a time; what they have
    /// in common is read once. Exit status: that of the worst target. A target without credentials is undetermined, and the
    /// others go on. What is given here stands in place of what the file says, for all targets.
    Run(Run),
    /// Write a configuration file to begin with, with comments that explain each part.
    Init(Init),
    /// Decide what AWS would answer to a request, given policies.
    ///
    /// Reads a request and everything that has a say in it as JSON, and prints the decision and its reasons. An array of
    /// requests gives an array of decisions. Exit status: 0 allowed, 1 denied, 2 bad input, 3 it depends on what is not
    /// known; for an array 3 if one depends, else 0.
    Simulate(Simulate),
    /// List the checks, show one, begin one of your own, or run their embedded cases.
    Checks(Checks),
    /// Explain a check, or an error that OpenAI, its API or the cloud showed.
    ///
    /// Give a check's id, or the message, whole or in part; `-` reads it from standard input. A message with quotes or a
    /// `$` in it stands in single quotes, or on standard input.
    Explain(Explain),
    /// Print the least permissions that a run needs, which only read.
    Permissions(Permissions),
    /// Print a script that completes this program's commands and options in a shell.
    ///
    /// For bash: source <(ekm-preflight completions bash). For zsh: write it to _ekm-preflight in a directory of $fpath.
    /// For fish: write it to ~/.config/fish/completions/ekm-preflight.fish.
    Completions(Completions),
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Options of `aws`.
#[derive(Debug, Args)]
pub struct Aws {
    /// The role that OpenAI assumes: arn:aws:iam::111122223333:role/NAME.
    #[arg(long, value_name = "ARN")]
    pub role_arn: String,
    /// The key: arn:aws:kms:REGION:111122223333:key/ID (or an alias's ARN).
    #[arg(long, value_name = "ARN")]
    pub kms_arn: String,
    /// The id that OpenAI passes: your organization's, org-…, or a project's, proj_….
    #[arg(long, value_name = "ID")]
    pub external_id: String,
    /// Read the role with this AWS profile instead of the environment's credentials.
    #[arg(long, value_name = "PROFILE")]
    pub role_profile: Option<String>,
    /// Read the key with this AWS profile instead of the environment's credentials.
    #[arg(long, value_name = "PROFILE")]
    pub key_profile: Option<String>,
    /// Read the organization with this AWS profile; by default with the role's and the key's own.
    #[arg(long, value_name = "PROFILE")]
    pub organization_profile: Option<String>,
    /// Give up on what has not been read after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Write what was read to a file, for `replay`.
    #[arg(long, value_name = "FILE", value_parser = written())]
    pub save_evidence: Option<PathBuf>,
    /// How to report.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// Options of `azure`.
#[derive(Debug, Args)]
pub struct Azure {
    /// The tenant that the vault belongs to.
    #[arg(long, value_name = "UUID")]
    pub tenant_id: String,
    /// The vault.
    #[arg(long, value_name = "URI", help = "The vault: https://NAME.vault.azure.net/")]
    pub vault_uri: String,
    /// The key's name: org-…--NAME.
    #[arg(long, value_name = "NAME")]
    pub key_name: String,
    /// Your OpenAI organization, which the key's name must begin with.
    #[arg(long, value_name = "org-…")]
    pub organization_id: Option<String>,
    /// The object id of OpenAI's service principal, where Microsoft Graph can't be read.
    #[arg(long, value_name = "UUID")]
    pub service_principal_id: Option<String>,
    /// Give up on what has not been read after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Write what was read to a file, for `replay`.
    #[arg(long, value_name = "FILE", value_parser = written())]
    pub save_evidence: Option<PathBuf>,
    /// How to report.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The JSON of a plan or state, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Lay what is planned over live evidence, saved with --save-evidence: for what is not in this plan.
    #[arg(long, value_name = "EVIDENCE")]
    pub over: Option<PathBuf>,
    /// A plan that holds no registration is fine.
    #[arg(long)]
    pub allow_none: bool,
    /// Which registration.
    #[command(flatten)]
    pub target: PlanTarget,
    /// Write what was read to a file, for `replay`.
    #[arg(long, value_name = "FILE", value_parser = written())]
    pub save_evidence: Option<PathBuf>,
    /// How to report.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// The registration that a plan is judged for, where it is not found in the plan.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Target")]
pub struct PlanTarget {
    /// The address of the role: aws_iam_role.NAME.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "role_arn")]
    pub role_address: Option<String>,
    /// The address of the key: aws_kms_key.NAME, or of its alias; azurerm_key_vault_key.NAME.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["kms_arn", "key_name"])]
    pub key_address: Option<String>,
    /// The role that OpenAI assumes.
    #[arg(long, value_name = "ARN", conflicts_with_all = ["tenant_id", "vault_uri", "key_name"])]
    pub role_arn: Option<String>,
    /// The key in AWS KMS, or an alias of it.
    #[arg(long, value_name = "ARN", conflicts_with_all = ["tenant_id", "vault_uri", "key_name"])]
    pub kms_arn: Option<String>,
    /// The id that OpenAI passes: your organization's, org-…, or a project's, proj_….
    #[arg(long, value_name = "ID", conflicts_with_all = ["tenant_id", "vault_uri", "key_name"])]
    pub external_id: Option<String>,
    /// The tenant that the vault belongs to.
    #[arg(long, value_name = "UUID")]
    pub tenant_id: Option<String>,
    /// The vault.
    #[arg(long, value_name = "URI")]
    pub vault_uri: Option<String>,
    /// The name of the key in Azure Key Vault: org-…--NAME.
    #[arg(long, value_name = "NAME")]
    pub key_name: Option<String>,
    /// Your OpenAI organization, which the name of a key in Azure must begin with.
    #[arg(long, value_name = "org-…")]
    pub organization_id: Option<String>,
    /// The object id of OpenAI's service principal.
    #[arg(long, value_name = "UUID")]
    pub service_principal_id: Option<String>,
}

/// Options of `replay`.
#[derive(Debug, Args)]
pub struct Replay {
    /// The file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How to report.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The configuration, or `-` for standard input.
    #[arg(value_name = "FILE", default_value = config::FILE)]
    pub file: PathBuf,
    /// Only the target of this name; repeatable.
    #[arg(long, value_name = "NAME")]
    pub target: Vec<String>,
    /// Read so many targets at the same time.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub at_once: Option<u8>,
    /// Give up on a target that has not been read after this many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// The day that waivers are held against, instead of today in UTC.
    #[arg(long, value_name = "DATE|TIMESTAMP", value_parser = day)]
    pub now: Option<Date>,
    /// Write what was read of each target to a file of its name in a directory, for `replay`.
    #[arg(long, value_name = "DIR")]
    pub save_evidence: Option<PathBuf>,
    /// Which checks to use.
    #[command(flatten)]
    pub selecting: Selecting,
    /// The severity from which on a check counts in the verdict.
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "Checks")]
    pub fail_on: Option<FailOn>,
    /// Let something that only warns block: it must have been read, and be right.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Checks")]
    pub require: Vec<Requirement>,
    /// Take something for known that OpenAI does not publish of its calls: aws:SourceIp=203.0.113.7, or on Azure
    /// source-address=203.0.113.7.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Checks")]
    pub assume: Vec<String>,
    /// What to write, and where.
    #[command(flatten)]
    pub writing: Writing,
    /// Write each target's registration payload to a file of its name in a directory, where there is one.
    #[arg(long, value_name = "DIR")]
    pub payload: Option<PathBuf>,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Where to write `ekm-preflight.toml`.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
}

/// Options of `simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The answer's format.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// When to use colour.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
}

/// Which checks to use: options of every command that uses them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub struct Selecting {
    /// Add your own checks, the files `*.yaml` of a directory.
    #[arg(long, value_name = "DIR")]
    pub checks: Vec<PathBuf>,
    /// Judge only these checks.
    #[arg(long, value_name = "ID[,ID…]", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave these checks out.
    #[arg(long, value_name = "ID[,ID…]", value_delimiter = ',')]
    pub skip: Vec<String>,
}

/// How to judge: options of every command that reports.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub struct Judging {
    /// Which checks to use.
    #[command(flatten)]
    pub selecting: Selecting,
    /// The severity from which on a check counts in the verdict.
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Let something that only warns block: it must have been read, and be right.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub require: Vec<Requirement>,
    /// Take something for known that OpenAI does not publish of its calls: aws:SourceIp=203.0.113.7, or on Azure
    /// source-address=203.0.113.7.
    #[arg(long, value_name = "KEY=VALUE")]
    pub assume: Vec<String>,
}

/// The severity from which on a check counts in the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors count.
    Error,
    /// Errors and warnings count.
    Warning,
}

/// What can be made to block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Requirement {
    /// The organization's policies (SCPs, RCPs): the check `aws-organization-policies`.
    OrganizationPolicies,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A check's id, or an error's message; `-` for standard input.
    #[arg(value_name = "ID|ERROR", required = true)]
    pub what: Vec<String>,
    /// Look among your own checks as well, the files `*.yaml` of a directory.
    #[arg(long, value_name = "DIR")]
    pub checks: Vec<PathBuf>,
    /// When to use colour.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
}

/// Options of `permissions`.
#[derive(Debug, Args)]
pub struct Permissions {
    /// The cloud.
    #[command(subcommand)]
    pub cloud: PermissionsCloud,
}

/// The clouds that permissions are printed for.
#[derive(Debug, Subcommand)]
pub enum PermissionsCloud {
    /// An IAM policy with what the selected checks read of AWS.
    ///
    /// Where role and key are in different accounts, --side prints what the credentials of each need.
    Aws(AwsPermissions),
    /// What the selected checks read of Azure, and the roles and the permission of Microsoft Graph that suffice.
    Azure(AzurePermissions),
}

/// Options of `permissions azure`.
#[derive(Debug, Args)]
pub struct AzurePermissions {
    /// The subscription that the custom role is to be assigned in.
    #[arg(long, value_name = "UUID")]
    pub subscription_id: Option<String>,
    /// A table of what each permission is for, or a custom role as JSON.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// When to use colour.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Which checks to use.
    #[command(flatten)]
    pub selecting: Selecting,
}

/// Options of `permissions aws`.
#[derive(Debug, Args)]
pub struct AwsPermissions {
    /// Narrow the permissions to this role.
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// Narrow the permissions to this key, or to the key with this alias.
    #[arg(long, value_name = "ARN")]
    pub kms_arn: Option<String>,
    /// Print only what is read with the credentials for one side.
    #[arg(long, value_enum, value_name = "SIDE")]
    pub side: Option<Side>,
    /// The policy as JSON, or a table of what each permission is for.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// When to use colour.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Which checks to use.
    #[command(flatten)]
    pub selecting: Selecting,
}

/// Whose credentials read what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// Those for the role's account.
    Role,
    /// Those for the key's account.
    Key,
    /// Those that may read the organization.
    Organization,
}

/// Options of every command that reports.
#[derive(Debug, Args)]
pub struct Reporting {
    /// How to judge.
    #[command(flatten)]
    pub judging: Judging,
    /// What to write, and where.
    #[command(flatten)]
    pub writing: Writing,
    /// Write the registration payload to a file, where there is one.
    #[arg(long, value_name = "FILE", value_parser = written())]
    pub payload: Option<PathBuf>,
    /// The registration's friendly name; by default the role's or the key's name, or the one that was saved.
    #[arg(long, value_name = "NAME")]
    pub name: Option<FriendlyName>,
}

/// What a command that reports writes, and where.
#[derive(Debug, Args)]
pub struct Writing {
    /// The report's format.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Write the report to a file instead of standard output.
    #[arg(long, value_name = "FILE", value_parser = written())]
    pub output: Option<PathBuf>,
    /// Write the report in another format to a file as well: sarif=ekm.sarif.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = also)]
    pub also: Vec<Also>,
    /// Say nothing but the report.
    #[arg(long)]
    pub quiet: bool,
    /// When to use colour.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Table,
    /// For programs: JSON, version 1.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For the test reports of pipelines: JUnit XML.
    Junit,
    /// For a comment on a pull request, or the summary of a step on GitHub.
    Markdown,
    /// For the log of a workflow on GitHub: annotations.
    Github,
}

/// A report in another format, and the file that it is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// The format.
    pub format: ReportFormat,
    /// The file.
    pub file: PathBuf,
}

/// The format of what is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Options of `checks`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Checks {
    /// List your own checks as well, the files `*.yaml` of a directory.
    #[arg(long, value_name = "DIR")]
    pub checks: Vec<PathBuf>,
    /// What to do with them; without it, list them.
    #[command(subcommand)]
    pub command: Option<ChecksCommand>,
}

/// What to do with checks.
#[derive(Debug, Subcommand)]
pub enum ChecksCommand {
    /// Print a check's file.
    Show {
        /// The check's id.
        id: String,
        /// Look among your own checks as well, the files `*.yaml` of a directory.
        #[arg(long, value_name = "DIR")]
        checks: Vec<PathBuf>,
    },
    /// Write a check to begin with: complete, and with comments that explain each part.
    New {
        /// Its id: the cloud, then what it is about, as in aws-trust-one-principal.
        id: String,
        /// Where to write `ID.yaml`.
        #[arg(long, value_name = "DIR", default_value = ".")]
        directory: PathBuf,
    },
    /// Run the cases that every check carries: the program's own, and those of a directory.
    Test {
        /// A directory of check files (`*.yaml`).
        directory: Option<PathBuf>,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=3600) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected whole seconds, from 1 to 3600".into()),
    }
}

/// The day of a date, or of a point in time as UTC has it.
fn day(text: &str) -> Result<Date, String> {
    let of_timestamp = |timestamp| Offset::UTC.to_datetime(timestamp).date();
    // A date alone is no timestamp; a timestamp without an offset would be a date with the rest cut off.
    match (text.len(), text.parse::<Date>(), text.parse::<Timestamp>()) {
        (10, Ok(date), _) => Ok(date),
        (_, _, Ok(timestamp)) => Ok(of_timestamp(timestamp)),
        _ => Err("expected a date, 2027-01-31, or a timestamp with an offset, 2027-01-31T12:00:00Z".into()),
    }
}

fn also(text: &str) -> Result<Also, String> {
    let expected = "expected a format and a file: sarif=ekm.sarif";
    let (format, file) = text.split_once('=').ok_or(expected)?;
    let format = ReportFormat::from_str(format, false)
        .map_err(|_| format!("{expected}; the formats are {}", formats().join(", ")))?;
    match file {
        "" => Err(expected.into()),
        "-" => Err(NO_OUTPUT.into()),
        file => Ok(Also { format, file: file.into() }),
    }
}

/// What `-` is not, which elsewhere is standard input.
const NO_OUTPUT: &str = "`-` is no file to write to: leave --output out, and the report goes to standard output in the format of --format";

/// A file that is written.
fn written() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|file| if file.as_os_str() == "-" { Err(NO_OUTPUT) } else { Ok(file) })
}

fn formats() -> Vec<String> {
    let formats = ReportFormat::value_variants().iter();
    formats.filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned())).collect()
}
