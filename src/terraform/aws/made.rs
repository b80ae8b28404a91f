//! What names and ARNs will be that the apply makes: of what is known of them, and symbols for what is not.

use super::reader::{Asked, Reader, not_shown, unreadable};
use crate::evidence::Missing;
use crate::target::arn::Arn;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
use crate::terraform::join::NotJoined;
use crate::terraform::planned::{after_apply, place};

impl<'a> Reader<'a> {
    /// The ARN of a role: `arn:aws:iam::ACCOUNT:role/PATH/NAME` (IAM User Guide, "IAM ARNs").
    pub(super) fn role_arn(&self, role: &'a Instance) -> Result<Arn, Missing> {
        if let Some(arn) = self.own_arn(role)? {
            return Ok(arn);
        }
        let name = self.role_name(role)?;
        self.iam_arn(role, "role", &name)
    }

    /// The ARN of a managed policy (IAM User Guide, "IAM ARNs").
    pub(super) fn policy_arn(&self, policy: &'a Instance) -> Result<Arn, Missing> {
        if let Some(arn) = self.own_arn(policy)? {
            return Ok(arn);
        }
        let name = self.name(policy, "terraform-")?;
        self.iam_arn(policy, "policy", &name)
    }

    fn iam_arn(&self, instance: &'a Instance, kind: &str, name: &str) -> Result<Arn, Missing> {
        let path = self.word(instance, "path", "/")?;
        if !path.starts_with('/') || !path.ends_with('/') {
            return Err(unreadable(instance, "path", "a path that begins and ends with `/`"));
        }
        let (partition, account) = (self.partition(instance), self.account(instance));
        parsed(instance, &format!("arn:{partition}:iam::{account}:{kind}{path}{name}"))
    }

    /// The name of a role.
    pub(super) fn role_name(&self, role: &'a Instance) -> Result<String, Missing> {
        self.name(role, "terraform-")
    }

    /// A name: written out, or made of a prefix, which without one is the provider's own (documentation of the AWS
    /// provider, `name` and `name_prefix`).
    fn name(&self, instance: &'a Instance, default_prefix: &str) -> Result<String, Missing> {
        let set = |attribute: &str| instance.attribute(self.side, attribute);
        if let Some(Attribute::Text(name)) = set("name") {
            return Ok(name.clone());
        }
        let stands_for = place(instance, "name");
        if let (Some(Attribute::Text(prefix)), false) =
            (set("name_prefix"), self.is_left_out(instance, "name_prefix"))
        {
            return Ok(self.planned.symbols.name(prefix, &stands_for));
        }
        let by_provider = ["name", "name_prefix"].iter().all(|name| self.is_left_out(instance, name));
        if by_provider && set("name") == Some(&Attribute::Unknown) {
            return Ok(self.planned.symbols.name(default_prefix, &stands_for));
        }
        self.text(instance, "name", Asked::RoleName)?.ok_or_else(|| not_shown(instance, "name"))
    }

    /// The ARN of a key (KMS Developer Guide, "Key ARN").
    pub(super) fn key_arn(&self, key: &'a Instance, depth: usize) -> Result<Arn, Missing> {
        if let Some(arn) = self.own_arn(key)? {
            return Ok(arn);
        }
        let id = self.key_id(key, depth)?;
        let (partition, region, account) = (self.partition(key), self.region(key), self.account(key));
        parsed(key, &format!("arn:{partition}:kms:{region}:{account}:key/{id}"))
    }

    /// The id of a key. A replica has its primary's (KMS Developer Guide, "Multi-Region keys").
    pub(super) fn key_id(&self, key: &'a Instance, depth: usize) -> Result<String, Missing> {
        // Keys with imported material have no `key_id`; what `id` is of all of them is the same.
        for attribute in ["key_id", "id"] {
            if let Some(id) = key.text(self.side, attribute) {
                return Ok(id.to_owned());
            }
        }
        if key.kind.name.contains("replica") {
            let depth = depth.checked_sub(1).ok_or_else(|| not_shown(key, "primary_key_arn"))?;
            let primary = self.text_within(key, "primary_key_arn", Asked::Arn, depth)?;
            let primary: Option<Arn> = primary.and_then(|arn| arn.parse().ok());
            let id = primary.as_ref().and_then(|arn| arn.resource().strip_prefix("key/"));
            return id.map(str::to_owned).ok_or_else(|| unreadable(key, "primary_key_arn", "a key's ARN"));
        }
        let multi_region = self.is_multi_region(key)?;
        Ok(self.planned.symbols.key_id(multi_region, &place(key, "key_id")))
    }

    /// Whether a key is a multi-Region key: the ids of those begin with `mrk-` (KMS Developer Guide, "Multi-Region
    /// keys"). A provider that knows none makes none.
    pub(super) fn is_multi_region(&self, key: &'a Instance) -> Result<bool, Missing> {
        if key.attribute(self.side, "multi_region").is_some() {
            return self.truth(key, "multi_region", false);
        }
        match key.text(self.side, "key_id").or(key.text(self.side, "id")) {
            Some(id) => Ok(id.starts_with("mrk-")),
            None if self.is_new(key) => Ok(false),
            None => Err(not_shown(key, "multi_region")),
        }
    }

    /// The ARN of an alias (KMS Developer Guide, "Alias ARN").
    pub(super) fn alias_arn(&self, alias: &'a Instance) -> Result<Arn, Missing> {
        if let Some(arn) = self.own_arn(alias)? {
            return Ok(arn);
        }
        let name = self.alias_name(alias)?;
        let (partition, region, account) = (self.partition(alias), self.region(alias), self.account(alias));
        parsed(alias, &format!("arn:{partition}:kms:{region}:{account}:{name}"))
    }

    /// The name of an alias, with `alias/`.
    pub(super) fn alias_name(&self, alias: &'a Instance) -> Result<String, Missing> {
        self.name(alias, "alias/")
    }

    /// The ARN of a data source.
    pub(super) fn read_arn(&self, data: &Instance) -> Result<Arn, Missing> {
        self.own_arn(data)?.ok_or_else(|| not_shown(data, "arn"))
    }

    fn own_arn(&self, instance: &Instance) -> Result<Option<Arn>, Missing> {
        match instance.attribute(self.side, "arn") {
            Some(Attribute::Text(text)) => parsed(instance, text).map(Some),
            Some(Attribute::Unknown) => Ok(None),
            // A resource that the plan makes, in a document that leaves out what is unknown.
            None | Some(Attribute::Null) if self.is_new(instance) => Ok(None),
            None | Some(Attribute::Null) => Err(not_shown(instance, "arn")),
            Some(_) => Err(unreadable(instance, "arn", "a text")),
        }
    }
}

fn parsed(instance: &Instance, text: &str) -> Result<Arn, Missing> {
    text.parse().map_err(|_| unreadable(instance, "arn", "an ARN"))
}

/// A value that is known only after apply, without an expression to follow.
pub(super) fn known_after(instance: &Instance, attribute: &str, of: &str) -> Missing {
    after_apply(instance, attribute, &NotJoined(of.into()))
}
