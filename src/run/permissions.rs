//! What a run needs to be allowed.

use std::io::{self, Write};

use super::terminal::{look, print};
use super::{Exit, Failure, checks};
use crate::cli::{self, AwsPermissions, AzurePermissions, Format, PermissionsCloud, Selecting};
use crate::contract::Provider;
use crate::permissions::{aws, azure};
use crate::selection::{Choice, Selection};
use crate::target::aws::{KeyArn, RoleArn};
use crate::target::azure::SubscriptionId;

/// `ekm-preflight permissions`.
pub(super) fn run(options: &cli::Permissions) -> Result<Exit, Failure> {
    match &options.cloud {
        PermissionsCloud::Aws(options) => aws(options),
        PermissionsCloud::Azure(options) => azure(options),
    }
}

fn selection(options: &Selecting, provider: Provider) -> Result<Selection, Failure> {
    let choice = Choice { only: options.only.clone(), skip: options.skip.clone(), ..Choice::default() };
    let selection = Selection::new(checks::registry_of(provider, &options.checks)?, choice)?;
    selection.covers(provider)?;
    Ok(selection)
}

fn aws(options: &AwsPermissions) -> Result<Exit, Failure> {
    let narrowing = aws::Narrowing {
        role: options.role_arn.as_deref().map(RoleArn::parse).transpose()?,
        key: options.kms_arn.as_deref().map(KeyArn::parse).transpose()?,
    };
    let selection = selection(&options.selecting, Provider::Aws)?;
    let whole = aws::Permissions::of(&selection.needs(), &narrowing);
    let permissions = match options.side {
        None => whole,
        Some(cli::Side::Role) => whole.only(aws::Side::Role),
        Some(cli::Side::Key) => whole.only(aws::Side::Key),
        Some(cli::Side::Organization) => whole.only(aws::Side::Organization),
    };
    match options.format {
        Format::Table => print(&permissions.to_table(look(options.color, None)))?,
        Format::Json if permissions.is_empty() => return Err(Failure::NoPermission("policy to attach")),
        Format::Json => {
            print(&permissions.to_json()?)?;
            if let (Some(role), Some(key), None) = (&narrowing.role, &narrowing.key, options.side)
                && role.account() != key.account()
            {
                let _ = writeln!(
                    io::stderr(),
                    "the role and the key are in different accounts: `--side role` and `--side key` print what the \
                     credentials of each need"
                );
            }
        }
    }
    Ok(Exit::DONE)
}

fn azure(options: &AzurePermissions) -> Result<Exit, Failure> {
    let subscription = options.subscription_id.as_deref().map(SubscriptionId::given).transpose()?;
    let selection = selection(&options.selecting, Provider::Azure)?;
    let permissions = azure::Permissions::of(&selection.needs());
    match (options.format, subscription) {
        (Format::Table, _) => print(&permissions.to_table(look(options.color, None)))?,
        (Format::Json, _) if permissions.needs_no_role() => {
            return Err(Failure::NoPermission("role to assign"));
        }
        (Format::Json, None) => return Err(Failure::NoSubscription),
        (Format::Json, Some(subscription)) => {
            print(&permissions.to_json(subscription)?)?;
            let of_graph = permissions.of_graph();
            if !of_graph.is_empty() {
                let _ = writeln!(
                    io::stderr(),
                    "no role holds what is read in Microsoft Graph: {} (ordinary members of the directory have it)",
                    of_graph.join(", ")
                );
            }
        }
    }
    Ok(Exit::DONE)
}
