use serde_json::{Value, json};

use super::*;
use crate::evidence::azure::SeenKey;
use crate::evidence::plan::ChangeAction;
use crate::evidence::{Cloud, MissingReason};

mod around;
mod before;
mod corpus;
mod groups;
mod modules;
mod named;
mod over;
mod plan;
mod principals;
mod roles;
mod vaults;

use plan::{
    ASSIGNMENT, KEY, KEY_ID, PRINCIPAL, ROLE, SUBSCRIPTION, VAULT, VAULT_ID, first, later, with_outcome,
};
