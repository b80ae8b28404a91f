//! Principals of a tenant's directory.

/// An application in a tenant.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    /// What role assignments name.
    pub(crate) object_id: String,
    /// The application (client) id.
    pub(crate) application_id: String,
    pub(crate) display_name: String,
    pub(crate) account_enabled: bool,
    /// The tenant in which the application is registered.
    pub(crate) owner_tenant: String,
    /// `Application`, `ManagedIdentity`, `Legacy` or `SocialIdp`.
    pub(crate) kind: String,
    /// `DisabledDueToViolationOfServicesAgreement`, say, where Microsoft disabled the application.
    pub(crate) disabled_by_microsoft: Option<String>,
}

/// A group of principals and of other groups.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) display_name: String,
    /// The object ids of its members.
    pub(crate) members: Vec<String>,
}

impl ServicePrincipal {
    /// An enabled application.
    pub(crate) fn new(object_id: &str, application_id: &str, display_name: &str, owner_tenant: &str) -> Self {
        Self {
            object_id: object_id.into(),
            application_id: application_id.into(),
            display_name: display_name.into(),
            account_enabled: true,
            owner_tenant: owner_tenant.into(),
            kind: "Application".into(),
            disabled_by_microsoft: None,
        }
    }
}

impl Group {
    /// A group of these.
    pub(crate) fn new(id: &str, display_name: &str, members: &[&str]) -> Self {
        Self {
            id: id.into(),
            display_name: display_name.into(),
            members: members.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether this is one of its own members.
    pub(crate) fn has_member(&self, object_id: &str) -> bool {
        self.members.iter().any(|member| member.eq_ignore_ascii_case(object_id))
    }
}
