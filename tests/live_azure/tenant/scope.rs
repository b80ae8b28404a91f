//! Scopes: where in Azure something is.

/// The id of a resource, or of what resources are in. Compared without regard to case, as Azure does.
#[derive(Debug, Clone)]
pub(crate) struct Scope(String);

/// What the path of a management group begins with.
const MANAGEMENT_GROUPS: &str = "/providers/Microsoft.Management/managementGroups/";

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Scope {
    /// The tenant itself, above all management groups.
    pub(crate) fn root() -> Self {
        Self("/".into())
    }

    pub(crate) fn management_group(name: &str) -> Self {
        Self(format!("{MANAGEMENT_GROUPS}{name}"))
    }

    pub(crate) fn subscription(id: &str) -> Self {
        Self(format!("/subscriptions/{id}"))
    }

    /// A resource group of this subscription.
    pub(crate) fn resource_group(&self, name: &str) -> Self {
        Self(format!("{}/resourceGroups/{name}", self.0))
    }

    /// A vault of this resource group.
    pub(crate) fn vault(&self, name: &str) -> Self {
        Self(format!("{}/providers/Microsoft.KeyVault/vaults/{name}", self.0))
    }

    /// A key of this vault.
    pub(crate) fn key(&self, name: &str) -> Self {
        Self(format!("{}/keys/{name}", self.0))
    }

    /// A path as somebody wrote it.
    pub(crate) fn at(path: &str) -> Self {
        Self(format!("/{}", path.trim_matches('/')))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// Its last part.
    pub(crate) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The subscription that it is, or is in.
    pub(crate) fn subscription_id(&self) -> Option<&str> {
        let segments = self.segments();
        let [kind, id, ..] = segments.as_slice() else { return None };
        kind.eq_ignore_ascii_case("subscriptions").then_some(*id)
    }

    /// The resource group that it is, or is in.
    pub(crate) fn resource_group_name(&self) -> Option<&str> {
        let segments = self.segments();
        let [_, _, kind, name, ..] = segments.as_slice() else { return None };
        kind.eq_ignore_ascii_case("resourceGroups").then_some(*name)
    }

    /// The management group that it is.
    pub(crate) fn management_group_name(&self) -> Option<&str> {
        let prefix = self.0.get(..MANAGEMENT_GROUPS.len())?;
        prefix.eq_ignore_ascii_case(MANAGEMENT_GROUPS).then(|| &self.0[MANAGEMENT_GROUPS.len()..])
    }

    /// Itself, and the scopes above it that its own path names: for a key its vault, the resource group and the
    /// subscription.
    pub(crate) fn with_those_in_its_path(&self) -> Vec<Self> {
        if self.0 == "/" {
            return vec![];
        }
        if self.management_group_name().is_some() {
            return vec![self.clone()];
        }
        let segments = self.segments();
        // A subscription, a resource group, and `/providers/Microsoft.KeyVault/vaults/NAME`; all below that come in pairs
        // of a kind and a name.
        let ends = [2, 4, 8].into_iter().chain((10..).step_by(2));
        let ends = ends.take_while(|end| *end <= segments.len());
        let mut levels: Vec<Self> = ends.map(|end| Self::at(&segments[..end].join("/"))).collect();
        levels.reverse();
        levels
    }

    fn segments(&self) -> Vec<&str> {
        self.0.split('/').filter(|segment| !segment.is_empty()).collect()
    }
}
