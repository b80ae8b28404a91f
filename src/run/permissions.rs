//! What a run needs to be allowed.

use std::io::{self, Write};

use super::terminal::{look, print};
use super::{Exit, Failure, checks};
use crate::cli::{self, AwsPermissions, Format, PermissionsCloud};
use crate::contract::Provider;
use crate::permissions::{Narrowing, Permissions, Side};
use crate::selection::{Choice, Selection};
use crate::target::aws::{KeyArn, RoleArn};

/// `ekm-preflight permissions`.
pub(super) fn run(options: &cli::Permissions) -> Result<Exit, Failure> {
    match &options.cloud {
        PermissionsCloud::Aws(options) => aws(options),
    }
}

fn aws(options: &AwsPermissions) -> Result<Exit, Failure> {
    let narrowing = Narrowing {
        role: options.role_arn.as_deref().map(RoleArn::parse).transpose()?,
        key: options.kms_arn.as_deref().map(KeyArn::parse).transpose()?,
    };
    let choice = Choice {
        only: options.selecting.only.clone(),
        skip: options.selecting.skip.clone(),
        ..Choice::default()
    };
    let selection = Selection::new(checks::registry_for_judging(&options.selecting.checks)?, choice)?;
    selection.covers(Provider::Aws)?;
    let whole = Permissions::of(&selection.needs(), &narrowing);
    let permissions = match options.side {
        None => whole,
        Some(cli::Side::Role) => whole.only(Side::Role),
        Some(cli::Side::Key) => whole.only(Side::Key),
        Some(cli::Side::Organization) => whole.only(Side::Organization),
    };
    match options.format {
        Format::Table => print(&permissions.to_table(look(options.color, None)))?,
        Format::Json if permissions.is_empty() => return Err(Failure::NoPermission),
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
    Ok(Exit::Ready)
}
