//! What Azure's roles allow: actions with wildcards, and what is beyond those that are needed.
//!
//! Roles are additive: what a principal may do is the union, over its assignments, of what each role's permissions
//! allow, each without its own exceptions (RBAC overview; role-definitions). Strings are compared without case, and `*`
//! stands for any text, slashes included (RBAC role-definitions, "Actions format").

mod action;
mod excess;
mod known;

pub use action::Actions;
pub use excess::{Beyond, Plane, Undecidable, beyond};
