//! What is registered: found in the plan, named by options or addresses, or what live evidence was collected for.

use super::key::KeySubject;
use super::reader::{Asked, KEYS, Reader, not_shown, reason, unreadable};
use super::role::RoleSubject;
use crate::evidence::{Absent, Missing, MissingReason};
use crate::target::InvalidInput;
use crate::target::arn::Arn;
use crate::target::aws::AwsRegistration;
use crate::terraform::attribute::Attribute;
use crate::terraform::document::Instance;
use crate::terraform::planned::Side;
use crate::terraform::traversal::Traversal;
use crate::terraform::{AwsNamed, Refused};

/// A registration: its resource, where it has one, and what is named.
#[derive(Debug, Clone, Default)]
pub(super) struct Registered<'a> {
    /// The `openai_external_key`.
    pub(super) resource: Option<&'a Instance>,
    role: Option<Named<'a>>,
    key: Option<Named<'a>>,
    external_id: Option<Given>,
}

/// A text, and the option or attribute that it was given for.
#[derive(Debug, Clone)]
struct Given {
    option: String,
    text: String,
}

/// What a role or key is named by.
#[derive(Debug, Clone)]
enum Named<'a> {
    /// Its ARN.
    Arn(Given),
    /// A resource.
    Resource(&'a Instance),
}

const ROLES: &[&str] = &["aws_iam_role"];

/// The registrations to judge.
///
/// # Errors
/// For names that are not in the plan, and for registrations that are not complete.
pub(super) fn all<'a>(reader: &Reader<'a>, named: Option<&AwsNamed>) -> Result<Vec<Registered<'a>>, Refused> {
    let found: Vec<Registered<'a>> = reader
        .of_kind("openai_external_key")
        .filter(|resource| is_of_ekm(reader, resource))
        .map(|resource| Registered { resource: Some(resource), ..Registered::default() })
        .collect();
    let Some(named) = named else {
        if found.is_empty() {
            return Ok(reader.live.registration().map(live_registration).into_iter().collect());
        }
        return Ok(found);
    };
    let by_options = Registered {
        resource: None,
        role: option(reader, "role", &named.role_arn, &named.role_address, &[ROLES])?,
        key: option(reader, "key", &named.kms_arn, &named.key_address, &[KEYS, &["aws_kms_alias"]])?,
        external_id: named.external_id.clone().map(|text| Given { option: "--external-id".into(), text }),
    };
    let matching: Vec<Registered<'a>> =
        found.iter().filter(|one| by_options.may_be(reader, one)).cloned().collect();
    let base = match (matching.is_empty(), found.as_slice()) {
        (false, _) => matching,
        (true, [_]) => found,
        (true, _) => {
            let live = reader.live.registration().map(live_registration);
            vec![live.unwrap_or_default()]
        }
    };
    let named =
        base.into_iter().map(|one| Registered { resource: one.resource, ..by_options.clone().or(one) });
    Ok(named.collect())
}

/// `psp_decryption` is another product's; what a registration is for is not written in most (OpenAI API reference,
/// "Create external key"). One that names neither role nor key is of another cloud.
fn is_of_ekm<'a>(reader: &Reader<'a>, resource: &'a Instance) -> bool {
    let side = reader.where_it_is(resource).side;
    let unset = |name| matches!(resource.attribute(side, name), None | Some(Attribute::Null));
    resource.text(side, "purpose") != Some("psp_decryption") && !(unset("role_arn") && unset("kms_arn"))
}

fn live_registration<'a>(live: &AwsRegistration) -> Registered<'a> {
    let given = |option: &str, text: String| Given { option: option.into(), text };
    Registered {
        resource: None,
        role: Some(Named::Arn(given("--over", live.role_arn.to_string()))),
        key: Some(Named::Arn(given("--over", live.kms_arn.to_string()))),
        external_id: Some(given("--over", live.external_id.to_string())),
    }
}

/// What the options name: an address stands above an ARN.
fn option<'a>(
    reader: &Reader<'a>,
    what: &str,
    arn: &Option<String>,
    address: &Option<String>,
    kinds: &[&[&str]],
) -> Result<Option<Named<'a>>, Refused> {
    if let Some(address) = address {
        return Ok(Some(Named::Resource(addressed(reader, what, address, kinds)?)));
    }
    let option = if what == "role" { "--role-arn" } else { "--kms-arn" };
    Ok(arn.clone().map(|text| Named::Arn(Given { option: option.into(), text })))
}

/// The resource at an address.
fn addressed<'a>(
    reader: &Reader<'a>,
    what: &str,
    address: &str,
    kinds: &[&[&str]],
) -> Result<&'a Instance, InvalidInput> {
    let instances = &reader.planned.document.instances;
    let is_it = |instance: &Instance| kinds.iter().any(|kinds| kinds.contains(&instance.kind.name));
    let found = address.parse::<Traversal>().ok().and_then(|address| instances.get(&address));
    let problem = match found {
        Some(instance) if is_it(instance) => return Ok(instance),
        Some(instance) => format!("this is `{}`, not a {what}", instance.kind.name),
        None => "the plan has no such resource".to_owned(),
    };
    let mut there: Vec<String> =
        instances.values().filter(|one| is_it(one)).map(|one| format!("`{}`", one.address)).collect();
    let more = there.len().saturating_sub(8);
    there.truncate(8);
    if more > 0 {
        there.push(format!("{more} more"));
    }
    Err(InvalidInput {
        option: format!("--{what}-address"),
        given: address.to_owned(),
        problem,
        expected: if there.is_empty() {
            format!("the address of a {what}, but the plan has none: give its ARN")
        } else {
            format!("the address of a {what} in the plan: {}", there.join(", "))
        },
    })
}

impl<'a> Registered<'a> {
    /// These names, and the other's for what is not named.
    fn or(self, other: Self) -> Self {
        Self {
            resource: self.resource.or(other.resource),
            role: self.role.or(other.role),
            key: self.key.or(other.key),
            external_id: self.external_id.or(other.external_id),
        }
    }

    /// Whether a registration of the plan may be the one that these names are of.
    fn may_be(&self, reader: &Reader<'a>, found: &Self) -> bool {
        let same = |named: &Option<Named<'a>>, attribute: &str| {
            let Some(named) = named else { return true };
            let sides = [Side::After, Side::Before].into_iter();
            let reader = sides
                .map(|side| reader.on(side))
                .find(|reader| found.resource.is_some_and(|resource| resource.is_there(reader.side)));
            let (Some(reader), Some(resource)) = (reader, found.resource) else { return false };
            match (reader.text(resource, attribute, Asked::Arn), reader.named_arn(named)) {
                (Ok(Some(own)), Ok(named)) => own == named,
                // What is not known may be what is named.
                _ => true,
            }
        };
        same(&self.role, "role_arn") && same(&self.key, "kms_arn")
    }

    /// Whether the registration was there on a side; one that only options name always was.
    pub(super) fn is_there(&self, side: Side) -> bool {
        self.resource.is_none_or(|resource| resource.is_there(side))
    }

    /// The three values on one side of the change.
    ///
    /// # Errors
    /// For a value that is no ARN or no ExternalId at all, and for one that is not known.
    pub(super) fn values(&self, reader: &Reader<'a>) -> Result<AwsRegistration, Refused> {
        let role = self.value(reader, self.role.as_ref(), "role_arn", "--role-address or --role-arn")?;
        let key = self.value(reader, self.key.as_ref(), "kms_arn", "--key-address or --kms-arn")?;
        let external_id = match &self.external_id {
            Some(given) => given.clone(),
            None => self.of_resource(reader, "external_id", "--external-id")?,
        };
        let parsed = AwsRegistration::parse(&role.text, &key.text, &external_id.text);
        parsed.map_err(|problem| {
            let given = match problem.option.as_str() {
                "--role-arn" => &role,
                "--kms-arn" => &key,
                _ => &external_id,
            };
            Refused::Input(InvalidInput { option: given.option.clone(), ..problem })
        })
    }

    fn value(
        &self,
        reader: &Reader<'a>,
        named: Option<&Named<'a>>,
        attribute: &str,
        option: &str,
    ) -> Result<Given, Refused> {
        match named {
            Some(Named::Arn(given)) => Ok(given.clone()),
            Some(named @ Named::Resource(instance)) => {
                let text = reader.named_arn(named).map_err(|missing| incomplete(&missing, option))?;
                Ok(Given { option: instance.address.to_string(), text })
            }
            None => self.of_resource(reader, attribute, option),
        }
    }

    fn of_resource(&self, reader: &Reader<'a>, attribute: &str, option: &str) -> Result<Given, Refused> {
        let Some(resource) = self.resource else {
            return Err(Refused::Incomplete(format!(
                "the registration is not complete: nothing in the plan tells its {}\n  name it with {option}",
                attribute.replace('_', " ")
            )));
        };
        let given = |text| Given { option: format!("{}.{attribute}", resource.address), text };
        match reader.text(resource, attribute, Asked::Arn) {
            Ok(Some(text)) => Ok(given(text)),
            Ok(None) => Err(Refused::Incomplete(format!(
                "`{}.{attribute}` is not set\n  name it with {option}",
                resource.address
            ))),
            Err(missing) => Err(incomplete(&missing, option)),
        }
    }
}

fn incomplete(missing: &Missing, option: &str) -> Refused {
    Refused::Incomplete(format!(
        "`{}` is not known before the apply: {}\n  name it with {option}",
        missing.call,
        reason(missing)
    ))
}

impl<'a> Reader<'a> {
    /// The ARN of what is named: as it will be, or was.
    fn named_arn(&self, named: &Named<'a>) -> Result<String, Missing> {
        match named {
            Named::Arn(given) => Ok(given.text.clone()),
            Named::Resource(instance) => {
                let reader = self.where_it_is(instance);
                let arn = match (instance.kind.data, instance.kind.name) {
                    (true, _) => {
                        reader.text(instance, "arn", Asked::Arn)?.ok_or_else(|| not_shown(instance, "arn"))?
                    }
                    (false, "aws_iam_role") => reader.role_arn(instance)?.to_string(),
                    (false, "aws_kms_alias") => reader.alias_arn(instance)?.to_string(),
                    (false, _) => reader.key_arn(instance, 4)?.to_string(),
                };
                Ok(arn)
            }
        }
    }

    /// The role of this ARN.
    pub(super) fn role_subject(&self, arn: &Arn) -> RoleSubject<'a> {
        let is_it = |instance: &&'a Instance| self.has_arn(instance, arn, |reader, it| reader.role_arn(it));
        let mut all = self.of_kind("aws_iam_role").chain(self.of_kind("data.aws_iam_role"));
        let instance = all.find(is_it);
        let doubt = if instance.is_some() { None } else { self.doubt_about_role(arn) };
        RoleSubject { arn: arn.clone(), instance, doubt }
    }

    /// Whether a resource has an ARN on either side of the change.
    fn has_arn(
        &self,
        instance: &'a Instance,
        arn: &Arn,
        made: impl Fn(&Self, &'a Instance) -> Result<Arn, Missing>,
    ) -> bool {
        [Side::After, Side::Before].into_iter().any(|side| {
            instance.is_there(side)
                && match instance.kind.data {
                    true => instance.text(side, "arn").is_some_and(|own| own == arn.to_string()),
                    false => made(&self.on(side), instance).is_ok_and(|own| own == *arn),
                }
        })
    }

    /// A role of the plan that may be the one of an ARN, in an account that the plan does not show.
    fn doubt_about_role(&self, arn: &Arn) -> Option<Missing> {
        let same = |instance: &&'a Instance| {
            instance.is_there(self.side)
                && self.role_arn(instance).is_ok_and(|own| self.differs_by_symbols(&own, arn))
        };
        self.of_kind("aws_iam_role").find(same).map(|instance| doubt(instance, arn))
    }

    /// Whether two ARNs are the same but for an account or a region that is not known.
    fn differs_by_symbols(&self, own: &Arn, arn: &Arn) -> bool {
        let symbols = self.planned.symbols.all();
        let same = |own: &str, other: &str| own == other || symbols.iter().any(|symbol| symbol.text == own);
        own.resource() == arn.resource()
            && same(own.account(), arn.account())
            && same(own.region(), arn.region())
    }

    /// The key that an ARN names: its own, or that of an alias.
    pub(super) fn key_subject(&self, arn: &Arn) -> KeySubject<'a> {
        if arn.resource().starts_with("alias/") { self.behind_alias(arn) } else { self.key_by_arn(arn) }
    }

    fn key_by_arn(&self, arn: &Arn) -> KeySubject<'a> {
        let keys = KEYS.iter().flat_map(|kind| self.of_kind(kind));
        let mut found = keys.filter_map(|instance| self.key_of(instance, arn));
        if let Some(found) = found.next() {
            return found;
        }
        let mut read = self.of_kind("data.aws_kms_key");
        match read.find(|instance| instance.text(self.side, "arn") == Some(&arn.to_string())) {
            Some(instance) => KeySubject::Resource { arn: arn.clone(), instance, destroyed: false },
            None => KeySubject::Outside(arn.clone()),
        }
    }

    /// The key behind an alias. The alias of a key that is there may be in no resource of the plan.
    fn behind_alias(&self, arn: &Arn) -> KeySubject<'a> {
        let is_it = |instance: &&'a Instance| self.has_arn(instance, arn, |reader, it| reader.alias_arn(it));
        if let Some(alias) = self.of_kind("aws_kms_alias").find(is_it) {
            self.notes.concerns(alias);
            let same = alias.is_there(self.side) && self.alias_arn(alias).is_ok_and(|own| own == *arn);
            self.fill(crate::evidence::aws::EvidenceKey::Key, alias, "target_key_id");
            if !same {
                return KeySubject::Absent(Absent { call: alias.address.to_string() });
            }
            return self.target_of(alias, "target_key_id");
        }
        let text = arn.to_string();
        let mut read = self.of_kind("data.aws_kms_alias");
        if let Some(alias) = read.find(|alias| alias.text(self.side, "arn") == Some(&text)) {
            return self.target_of(alias, "target_key_arn");
        }
        let doubted = |alias: &&'a Instance| {
            alias.is_there(self.side)
                && self.alias_arn(alias).is_ok_and(|own| self.differs_by_symbols(&own, arn))
        };
        if let Some(alias) = self.of_kind("aws_kms_alias").find(doubted) {
            return KeySubject::Unknown(doubt(alias, arn));
        }
        match self.live.of_alias(arn).and_then(|live| live.key.collected()) {
            Some(key) => self.key_by_arn(&key.arn),
            None => KeySubject::Unknown(super::role::not_in_plan(arn, "alias")),
        }
    }

    /// The key that an alias leads to.
    fn target_of(&self, alias: &'a Instance, attribute: &str) -> KeySubject<'a> {
        match self.target_arn(alias, attribute, 8) {
            Ok(arn) => self.key_by_arn(&arn),
            Err(missing) => KeySubject::Unknown(missing),
        }
    }

    /// The ARN of the key that an alias leads to: by its id in the alias's own account and region, or by its ARN.
    pub(super) fn target_arn(
        &self,
        alias: &'a Instance,
        attribute: &str,
        depth: usize,
    ) -> Result<Arn, Missing> {
        let named = self.text_within(alias, attribute, Asked::Key, depth)?.unwrap_or_default();
        let arn = if named.starts_with("arn:") {
            named
        } else {
            let (partition, region, account) =
                (self.partition(alias), self.region(alias), self.account(alias));
            format!("arn:{partition}:kms:{region}:{account}:key/{named}")
        };
        arn.parse().map_err(|_| unreadable(alias, attribute, "a key's id or ARN"))
    }

    /// The friendly name that the plan gives to a registration.
    pub(super) fn friendly_name(&self, registered: &Registered<'a>) -> Option<&'a str> {
        let resource = registered.resource?;
        let named = [Side::After, Side::Before].into_iter().find_map(|side| resource.attribute(side, "name"));
        named.and_then(Attribute::text)
    }
}

/// Why it can't be told whether a resource is what an ARN names.
fn doubt(instance: &Instance, arn: &Arn) -> Missing {
    Missing {
        call: instance.address.to_string(),
        reason: MissingReason::KnownAfterApply,
        permission: None,
        detail: format!(
            "it may be `{arn}`, but the plan does not show its account or region: name it by its address, or give the \
             plan a data source `aws_caller_identity`"
        ),
    }
}
