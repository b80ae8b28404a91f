//! What is registered: found in the plan, named by options or addresses, or what live evidence was collected for.

use super::reader::{Asked, KEYS, Reader, reason};
use crate::evidence::Missing;
use crate::evidence::plan::PlanLimit;
use crate::target::InvalidInput;
use crate::target::aws::AwsRegistration;
use crate::terraform::attribute::Attribute;
use crate::terraform::instances::Instance;
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

/// Private safety processing, which has keys of its own.
const OTHER_PURPOSE: &str = "psp_decryption";

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
        (true, [_]) if !by_options.is_complete() => found,
        (true, _) => {
            let live = reader.live.registration().map(live_registration);
            vec![live.unwrap_or_default()]
        }
    };
    let named = base.into_iter().map(|one| match by_options.no_longer_is(reader, &one) {
        // It is about to be registered as something else than what was asked about.
        true => one,
        false => Registered { resource: one.resource, ..by_options.clone().or(one) },
    });
    Ok(named.collect())
}

/// Keys that are registered for another purpose, which nobody judges here.
pub(super) fn of_other_purposes(reader: &Reader<'_>) -> Option<PlanLimit> {
    let others = reader.of_kind("openai_external_key").filter(|resource| {
        resource.text(reader.where_it_is(resource).side, "purpose") == Some(OTHER_PURPOSE)
    });
    let others: Vec<String> = others.map(|resource| format!("`{}`", resource.address)).collect();
    if others.is_empty() {
        return None;
    }
    Some(PlanLimit {
        what: format!("{} is for `{OTHER_PURPOSE}`, another product, and was not judged", others.join(", ")),
        lift: "follow what OpenAI asks of keys for that purpose".into(),
    })
}

/// `psp_decryption` is another product's; what a registration is for is not written in most (OpenAI API reference,
/// "Create external key"). One that names neither role nor key is of another cloud.
fn is_of_ekm<'a>(reader: &Reader<'a>, resource: &'a Instance) -> bool {
    let side = reader.where_it_is(resource).side;
    let unset = |name| matches!(resource.attribute(side, name), None | Some(Attribute::Null));
    resource.text(side, "purpose") != Some(OTHER_PURPOSE) && !(unset("role_arn") && unset("kms_arn"))
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
        instances.iter().filter(|one| is_it(one)).map(|one| format!("`{}`", one.address)).collect();
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

    /// Whether nothing is left to be found.
    fn is_complete(&self) -> bool {
        self.role.is_some() && self.key.is_some() && self.external_id.is_some()
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

    /// Whether a registration of the plan is the one that these names are of before the change, and another after it.
    fn no_longer_is(&self, reader: &Reader<'a>, found: &Self) -> bool {
        let Some(resource) = found.resource else { return false };
        let given = |named: &Option<Named<'a>>| match named {
            Some(Named::Arn(given)) => Some(given.text.clone()),
            Some(Named::Resource(_)) | None => None,
        };
        let external_id = self.external_id.as_ref().map(|given| given.text.clone());
        let named =
            [("role_arn", given(&self.role)), ("kms_arn", given(&self.key)), ("external_id", external_id)];
        let is = |side: Side| {
            let text = |attribute: &str| reader.on(side).text(resource, attribute, Asked::Arn).ok().flatten();
            resource.is_there(side)
                && named.iter().all(|(attribute, name)| name.is_none() || text(attribute) == *name)
        };
        resource.is_there(Side::After) && is(Side::Before) && !is(Side::After)
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
            return Err(Refused::incomplete(
                format!(
                    "the registration is not complete: nothing in the plan tells its {}",
                    attribute.replace('_', " ")
                ),
                format!("name it with {option}"),
            ));
        };
        let given = |text| Given { option: format!("{}.{attribute}", resource.address), text };
        match reader.text(resource, attribute, Asked::Arn) {
            Ok(Some(text)) => Ok(given(text)),
            Ok(None) => Err(Refused::incomplete(
                format!("`{}.{attribute}` is not set", resource.address),
                format!("name it with {option}"),
            )),
            Err(missing) => Err(incomplete(&missing, option)),
        }
    }
}

fn incomplete(missing: &Missing, option: &str) -> Refused {
    Refused::incomplete(
        format!("`{}` is not known before the apply: {}", missing.call, reason(missing)),
        format!("name it with {option}"),
    )
}

impl<'a> Reader<'a> {
    /// The ARN of what is named: as it will be, or was.
    fn named_arn(&self, named: &Named<'a>) -> Result<String, Missing> {
        match named {
            Named::Arn(given) => Ok(given.text.clone()),
            Named::Resource(instance) => Ok(self.where_it_is(instance).arn_of(instance)?.to_string()),
        }
    }

    /// The friendly name that the plan gives to a registration.
    pub(super) fn friendly_name(&self, registered: &Registered<'a>) -> Option<&'a str> {
        let resource = registered.resource?;
        let named = [Side::After, Side::Before].into_iter().find_map(|side| resource.attribute(side, "name"));
        named.and_then(Attribute::text)
    }
}
