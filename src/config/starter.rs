//! The file that `ekm-preflight init` writes.

/// A configuration to begin with: valid as it stands, and without a target.
pub const STARTER: &str = include_str!("starter.toml");
